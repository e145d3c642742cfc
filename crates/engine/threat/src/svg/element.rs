//! Draws one element in the shape of its kind, with name, kind and badges inside.

use std::fmt::Write as _;

use syndic_evidence::{AssetKind, Urn};

use super::badge::{Badge, GAP, HEIGHT, row_width};
use super::{Ranking, theme};
use crate::layout::Rect;
use crate::model::{Element, Mark, Shape};
use crate::text::{escape, shorten};

const NAME_SIZE: i32 = 13;
const KIND_SIZE: i32 = 11;

pub(super) fn draw<'a>(out: &mut String, element: &'a Element, at: Rect, ranking: &Ranking<'a>) {
    let ranks = ranking.element(&element.urn);
    let _ = write!(out, "<g><title>{}</title>", escape(&tooltip(element, ranks, ranking)));
    outline(out, element.shape, at);
    let badges = badges(element, ranks, ranking, at.w - 20);
    let lines = if badges.is_empty() { 34 } else { 34 + HEIGHT + 4 };
    // The lid of a cylinder takes room at the top.
    let lid = if element.shape == Shape::Store { 5 } else { 0 };
    let top = at.y + (at.h - lines) / 2 + lid;
    let centre = at.x + at.w / 2;
    let _ = write!(
        out,
        "<text class=\"text\" x=\"{centre}\" y=\"{}\" font-size=\"{NAME_SIZE}\" font-weight=\"600\" text-anchor=\"middle\" \
         fill=\"{}\">{}</text><text class=\"faint\" x=\"{centre}\" y=\"{}\" font-size=\"{KIND_SIZE}\" text-anchor=\"middle\" \
         fill=\"{}\">{}</text>",
        top + 13,
        theme::TEXT,
        escape(&shorten(&element.name, at.w - 22, NAME_SIZE + 1)),
        top + 29,
        theme::FAINT,
        escape(&shorten(&kind_line(element), at.w - 16, KIND_SIZE)),
    );
    let mut x = centre - row_width(&badges) / 2;
    for badge in badges {
        badge.draw(out, x, top + 36);
        x += badge.width() + GAP;
    }
    out.push_str("</g>");
}

fn outline(out: &mut String, shape: Shape, at: Rect) {
    let Rect { x, y, w, h } = at;
    let (class, fill, line) = match shape {
        Shape::Process => ("process", theme::PROCESS, theme::PROCESS_LINE),
        Shape::Store => ("store", theme::STORE, theme::STORE_LINE),
        Shape::External => ("external", theme::EXTERNAL, theme::EXTERNAL_LINE),
    };
    let paint = format!("class=\"{class}\" fill=\"{fill}\" stroke=\"{line}\" stroke-width=\"1.6\"");
    let _ = match shape {
        Shape::Process => write!(out, "<rect {paint} x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"24\"/>"),
        Shape::External => write!(out, "<rect {paint} x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"2\"/>"),
        // A cylinder: the lid is an ellipse of which the front half shows.
        Shape::Store => write!(
            out,
            "<path {paint} d=\"M{x} {}A{r} 6 0 0 1 {e} {}V{}A{r} 6 0 0 1 {x} {}ZM{x} {}A{r} 6 0 0 0 {e} {}\"/>",
            y + 6,
            y + 6,
            y + h - 6,
            y + h - 6,
            y + 6,
            y + 6,
            r = w / 2,
            e = x + w,
        ),
    };
}

/// Returns the second line: the kind, and the one thing about it a reader should see.
fn kind_line(element: &Element) -> String {
    let kind = element.kind.as_str().replace('_', " ").replace("mcp", "MCP");
    let parts = element.members.len();
    let detail = match element.kind {
        _ if element.count > 1 => return format!("{} folded", element.count),
        AssetKind::Model if element.is(Mark::CodeOnLoad) => Some("runs code".to_owned()),
        AssetKind::McpServer if element.is(Mark::Unpinned) => Some("unpinned".to_owned()),
        AssetKind::Provider if parts == 1 => element.members.first().map(last_name),
        AssetKind::Provider if parts > 1 => Some(format!("{parts} models")),
        _ => None,
    };
    detail.map_or_else(|| kind.clone(), |detail| format!("{kind} · {detail}"))
}

fn last_name(urn: &Urn) -> String {
    urn.as_str().rsplit([':', '/']).next().unwrap_or_default().to_owned()
}

fn badges(element: &Element, ranks: &[usize], ranking: &Ranking<'_>, room: i32) -> Vec<Badge> {
    let seen = element.classes.iter().map(|class| Badge::class(*class, false));
    let inferred = element.inferred.iter().map(|class| Badge::class(*class, true));
    let mut badges: Vec<Badge> = Badge::risks(ranks, ranking.risks).into_iter().chain(seen).chain(inferred).collect();
    while row_width(&badges) > room {
        badges.pop();
    }
    badges
}

fn tooltip(element: &Element, ranks: &[usize], ranking: &Ranking<'_>) -> String {
    let mut text = format!("{} ({}, {})\n{}", element.name, element.kind, element.zone.title(), element.source);
    for member in element.members.iter().take(12) {
        let _ = write!(text, "\n+ {member}");
    }
    if element.members.len() > 12 {
        let _ = write!(text, "\n+ {} more", element.members.len() - 12);
    }
    let names = |set: &std::collections::BTreeSet<syndic_evidence::DataClass>| {
        set.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(", ")
    };
    if !element.classes.is_empty() {
        let _ = write!(text, "\nholds {}", names(&element.classes));
    }
    if !element.inferred.is_empty() {
        let _ = write!(text, "\nreached by {} (inferred)", names(&element.inferred));
    }
    for rank in ranks {
        if let Some(risk) = ranking.risks.get(*rank) {
            let _ = write!(text, "\nR{} {}", rank + 1, risk.title);
        }
    }
    text
}
