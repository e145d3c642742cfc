//! The key under the picture: shapes, lines, badges, and the first risks by number.

use std::fmt::Write as _;

use syndic_evidence::{DataClass, Risk, Severity};

use super::badge::Badge;
use super::theme;
use crate::model::Model;
use crate::text::{escape, shorten, width};

/// At most this many risks are written out under the picture.
const LISTED: usize = 12;
const ROW: i32 = 22;
const SIZE: i32 = 12;
const MARGIN: i32 = 56;

/// The key as SVG, and how high it is.
pub(super) struct Legend {
    pub(super) height: i32,
    pub(super) text: String,
}

/// Draws the key below `top`; returns the width of the whole picture with it.
pub(super) fn legend(model: &Model, risks: &[Risk], picture: i32, top: i32) -> (i32, Legend) {
    let mut out = String::from("<g>");
    let mut y = top + 4;
    if !risks.is_empty() {
        y = ranking(&mut out, risks, picture, y);
    }
    keys(&mut out, model, picture, y);
    out.push_str("</g>");
    let rows = if picture < 1000 { 2 } else { 1 };
    (picture, Legend { height: y - top + ROW * rows + 18, text: out })
}

fn ranking(out: &mut String, risks: &[Risk], picture: i32, top: i32) -> i32 {
    let listed = risks.len().min(LISTED);
    let columns = if picture >= 1000 { 2 } else { 1 };
    let rows = i32::try_from(listed.div_ceil(columns)).unwrap_or(1);
    let title = match risks.len() - listed {
        0 => "Risks by score (likelihood × impact)".to_owned(),
        more => format!("Risks by score (likelihood × impact): the first {listed}, {more} more in the report"),
    };
    let _ = write!(
        out,
        "<text class=\"text\" x=\"{MARGIN}\" y=\"{}\" font-size=\"13\" font-weight=\"600\" fill=\"{}\">{title}</text>",
        top + 13,
        theme::TEXT
    );
    let room = (picture - 2 * MARGIN) / if columns == 2 { 2 } else { 1 };
    for (rank, risk) in (0_i32..).zip(risks.iter().take(listed)) {
        let (x, y) = (MARGIN + rank / rows * room, top + 24 + rank % rows * ROW);
        row(out, usize::try_from(rank).unwrap_or_default(), risk, risks, (x, y, room));
    }
    top + 24 + rows * ROW + 12
}

fn row(out: &mut String, rank: usize, risk: &Risk, risks: &[Risk], (x, y, room): (i32, i32, i32)) {
    if let Some(badge) = Badge::risks(&[rank], risks) {
        badge.draw(out, x, y);
    }
    let _ = write!(
        out,
        "<g><title>{}</title><text class=\"text\" x=\"{}\" y=\"{}\" font-size=\"{SIZE}\" font-weight=\"600\" text-anchor=\"end\" fill=\"{}\">{}</text>\
         <text class=\"text\" x=\"{}\" y=\"{}\" font-size=\"{SIZE}\" fill=\"{}\">{}</text></g>",
        escape(&format!("{} ({})", risk.title, risk.stride.title())),
        x + 58,
        y + 12,
        theme::TEXT,
        risk.score(),
        x + 68,
        y + 12,
        theme::TEXT,
        escape(&shorten(&risk.title, room - 92, SIZE))
    );
}

/// One entry of the key: a sample as SVG at the origin, its width, its words.
type Key = (String, i32, String);

fn keys(out: &mut String, model: &Model, picture: i32, top: i32) {
    let (mut x, mut y) = (MARGIN, top);
    for (sample, wide, words) in entries(model) {
        let room = wide + 7 + width(&words, 11) + 16;
        if x + room > picture - MARGIN {
            (x, y) = (MARGIN, y + ROW);
        }
        let _ = write!(
            out,
            "<g transform=\"translate({x} {y})\">{sample}<text class=\"faint\" x=\"{}\" y=\"12\" font-size=\"11\" fill=\"{}\">{words}</text></g>",
            wide + 7,
            theme::FAINT
        );
        x += room;
    }
}

fn entries(model: &Model) -> Vec<Key> {
    let boxed = |class: &str, fill: &str, line: &str, radius: i32| {
        format!(
            "<rect class=\"{class}\" x=\"0\" y=\"1\" width=\"24\" height=\"14\" rx=\"{radius}\" fill=\"{fill}\" stroke=\"{line}\" stroke-width=\"1.4\"/>"
        )
    };
    let store = format!(
        "<path class=\"store\" d=\"M0 4A12 3 0 0 1 24 4V13A12 3 0 0 1 0 13ZM0 4A12 3 0 0 0 24 4\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.4\"/>",
        theme::STORE,
        theme::STORE_LINE
    );
    let line = |colour: &str, dashes: &str, class: &str| {
        format!(
            "<path class=\"{class}\" d=\"M0 8H24\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>"
        )
    };
    let tick = format!(
        "<path class=\"edge\" d=\"M0 8H24\" stroke=\"{}\" stroke-width=\"1.5\"/><path class=\"tick\" d=\"M12 -1V17\" stroke=\"{}\" stroke-width=\"2.6\" stroke-dasharray=\"4 3\"/>",
        theme::EDGE,
        theme::CROSSING
    );
    let mut keys = vec![
        (boxed("process", theme::PROCESS, theme::PROCESS_LINE, 7), 24, "process".to_owned()),
        (store, 24, "store".to_owned()),
        (boxed("external", theme::EXTERNAL, theme::EXTERNAL_LINE, 1), 24, "external".to_owned()),
        (tick, 24, "crosses a trust boundary".to_owned()),
        (line(theme::EDGE, "2 4", "edge"), 24, "flow not sure".to_owned()),
        (line(theme::heat(Severity::High), "none", "hot"), 24, "flow at high risk".to_owned()),
    ];
    if model.elements.iter().any(|e| !e.classes.is_empty() || !e.inferred.is_empty()) {
        for (inferred, words) in [(false, "data seen"), (true, "data inferred")] {
            let badge = Badge::class(DataClass::Pii, inferred);
            let mut sample = String::new();
            badge.draw(&mut sample, 0, 1);
            keys.push((sample, badge.width(), words.to_owned()));
        }
    }
    keys
}
