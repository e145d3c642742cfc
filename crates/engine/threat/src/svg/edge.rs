//! Draws one flow: the line with rounded corners, arrowheads where data arrives, the label.

use std::fmt::Write as _;

use syndic_evidence::{Confidence, Severity};

use super::badge::{Badge, GAP, row_width};
use super::{Ranking, theme};
use crate::layout::{PITCH, Point, Rect, Want};
use crate::model::Flow;
use crate::text::{escape, width};

/// Font size of labels in pixels.
const SIZE: i32 = 11;
/// Radius of corners in pixels.
const RADIUS: i32 = 7;
/// Length and half width of an arrowhead in pixels.
const HEAD: (i32, i32) = (9, 4);

/// Returns the room the label of `flow` wants.
pub(super) fn want<'a>(flow: &'a Flow, ranking: &Ranking<'a>) -> Want {
    let ranks = ranking.flow(&flow.src, &flow.dst);
    let risk = Badge::risks(ranks, ranking.risks);
    let badges = badges(flow, ranking);
    let pills = if badges.is_empty() { 0 } else { row_width(&badges) + GAP };
    Want {
        full: width(&flow.label, SIZE) + pills + 10,
        least: risk.map_or(0, |badge| badge.width() + 4),
        turn: ranks.first().copied().unwrap_or(usize::MAX),
    }
}

fn badges<'a>(flow: &'a Flow, ranking: &Ranking<'a>) -> Vec<Badge> {
    let risk = Badge::risks(ranking.flow(&flow.src, &flow.dst), ranking.risks);
    let classes = flow.classes.iter().map(|class| Badge::class(*class, flow.inferred.contains(class)));
    risk.into_iter().chain(classes).collect()
}

/// Draws the line and its heads.
pub(super) fn draw<'a>(out: &mut String, flow: &'a Flow, route: &[Point], ranking: &Ranking<'a>) {
    let points: Vec<Point> = route.iter().map(|(x, y)| (x * PITCH, y * PITCH)).collect();
    let ranks = ranking.flow(&flow.src, &flow.dst);
    let worst = ranks.first().and_then(|rank| ranking.risks.get(*rank)).map(|risk| risk.severity);
    let hot = worst.filter(|severity| *severity >= Severity::High);
    let (class, head, colour) = match hot {
        Some(severity) => ("hot", "hothead", theme::heat(severity)),
        None => ("edge", "head", theme::EDGE),
    };
    let weight = if hot.is_some() { "2" } else { "1.5" };
    let dashes = if flow.confidence == Confidence::Low { " stroke-dasharray=\"2 4\"" } else { "" };
    let _ = write!(
        out,
        "<g><title>{}</title><path class=\"{class}\" d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{weight}\"{dashes}/>",
        escape(&tooltip(flow, ranks, ranking)),
        path(&points)
    );
    let forward = flow.data_arrives_at_dst();
    let backward = flow.data_arrives_at_src();
    if let (true, [.., before, last]) = (forward, points.as_slice()) {
        arrow(out, *before, *last, head, colour);
    }
    if let (true, [first, second, ..]) = (backward, points.as_slice()) {
        arrow(out, *second, *first, head, colour);
    }
    out.push_str("</g>");
}

fn path(points: &[Point]) -> String {
    let mut path = String::new();
    let Some(first) = points.first() else { return path };
    let _ = write!(path, "M{} {}", first.0, first.1);
    for corner in points.windows(3) {
        let [before, at, after] = corner else { continue };
        let (start, end) = (towards(*at, *before), towards(*at, *after));
        let _ = write!(path, "L{} {}Q{} {} {} {}", start.0, start.1, at.0, at.1, end.0, end.1);
    }
    if let Some(last) = points.last() {
        let _ = write!(path, "L{} {}", last.0, last.1);
    }
    path
}

/// Returns the point near `from` on the way to `to` where a corner begins to bend.
fn towards(from: Point, to: Point) -> Point {
    let reach = |a: i32, b: i32| (b - a).signum() * RADIUS.min((b - a).abs() / 2);
    (from.0 + reach(from.0, to.0), from.1 + reach(from.1, to.1))
}

fn arrow(out: &mut String, before: Point, tip: Point, class: &str, colour: &str) {
    let (dx, dy) = ((tip.0 - before.0).signum(), (tip.1 - before.1).signum());
    let (x, y) = (tip.0 - dx * HEAD.0, tip.1 - dy * HEAD.0);
    let _ = write!(
        out,
        "<path class=\"{class}\" d=\"M{} {}L{} {}L{} {}Z\" fill=\"{colour}\"/>",
        tip.0,
        tip.1,
        x + dy * HEAD.1,
        y + dx * HEAD.1,
        x - dy * HEAD.1,
        y - dx * HEAD.1
    );
}

/// Draws the label; only the risk badge if there was no room for all of it.
pub(super) fn label<'a>(out: &mut String, flow: &'a Flow, at: Rect, whole: bool, ranking: &Ranking<'a>) {
    let ranks = ranking.flow(&flow.src, &flow.dst);
    let mut badges = badges(flow, ranking);
    if !whole {
        badges.truncate(1);
    }
    let _ = write!(
        out,
        "<g><title>{}</title><rect class=\"halo\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{}\" stroke=\"#d5dce8\" \
         stroke-width=\".8\"/>",
        escape(&tooltip(flow, ranks, ranking)),
        at.x,
        at.y,
        at.w,
        at.h,
        theme::PAPER
    );
    let mut x = at.x + if whole { 3 } else { 2 };
    let mut rest = badges.into_iter().peekable();
    if !ranks.is_empty()
        && let Some(risk) = rest.next()
    {
        risk.draw(out, x, at.y + 1);
        x += risk.width() + GAP;
    }
    if whole {
        let room = width(&flow.label, SIZE);
        let _ = write!(
            out,
            "<text class=\"text\" x=\"{}\" y=\"{}\" font-size=\"{SIZE}\" text-anchor=\"middle\" fill=\"{}\">{}</text>",
            x + room / 2 + 1,
            at.y + 12,
            theme::TEXT,
            escape(&flow.label)
        );
        x += room + GAP;
    }
    for class in rest {
        class.draw(out, x, at.y + 1);
        x += class.width() + GAP;
    }
    out.push_str("</g>");
}

/// Returns where a route comes into `zone` for the last time, in pixels, and whether it runs horizontally there.
pub(super) fn enters(route: &[Point], zone: &Rect) -> Option<(i32, i32, bool)> {
    let inside =
        |point: &Point| zone.x < point.0 && point.0 < zone.x + zone.w && zone.y < point.1 && point.1 < zone.y + zone.h;
    let steps: Vec<(&Point, &Point)> = route.iter().zip(route.iter().skip(1)).collect();
    let (from, to) = steps.into_iter().rev().find(|(from, to)| !inside(from) && inside(to))?;
    let horizontal = from.1 == to.1;
    let border = |from: i32, to: i32, low: i32, size: i32| if from < to { low } else { low + size };
    let point = if horizontal {
        (border(from.0, to.0, zone.x, zone.w), from.1)
    } else {
        (from.0, border(from.1, to.1, zone.y, zone.h))
    };
    Some((point.0 * PITCH, point.1 * PITCH, horizontal))
}

fn tooltip(flow: &Flow, ranks: &[usize], ranking: &Ranking<'_>) -> String {
    let mut text = format!("{} → {}: {}", flow.src, flow.dst, flow.label);
    for class in &flow.classes {
        let how = if flow.inferred.contains(class) { " (inferred)" } else { "" };
        let _ = write!(text, "\ncarries {}{how}", class.as_str());
    }
    if let Some(encrypted) = flow.encrypted {
        text.push_str(if encrypted { "\nencrypted" } else { "\nnot encrypted" });
    }
    if let Some(authn) = &flow.authn {
        let _ = write!(text, "\nauthentication: {authn}");
    }
    let _ = write!(text, "\n{} ({} confidence)", flow.source, flow.confidence.as_str());
    for rank in ranks {
        if let Some(risk) = ranking.risks.get(*rank) {
            let _ = write!(text, "\nR{} {}", rank + 1, risk.title);
        }
    }
    text
}
