//! Small pills: risk numbers and data classes.

use std::fmt::Write as _;

use syndic_evidence::{DataClass, Risk};

use super::theme;
use crate::text::width;

/// Font size in pixels.
const SIZE: i32 = 10;
/// Height in pixels.
pub(super) const HEIGHT: i32 = 14;
/// Pixels between two pills.
pub(super) const GAP: i32 = 4;

/// One pill: what it says, on which ground.
#[derive(Debug, Clone)]
pub(super) struct Badge {
    text: String,
    ground: &'static str,
    /// Outlined rather than filled: what is inferred.
    outlined: bool,
}

impl Badge {
    /// Returns the pill of the worst of some risks, with how many more there are.
    pub(super) fn risks(ranks: &[usize], risks: &[Risk]) -> Option<Self> {
        let first = ranks.first()?;
        let more = ranks.len() - 1;
        let text = if more == 0 { format!("R{}", first + 1) } else { format!("R{} +{more}", first + 1) };
        Some(Self { text, ground: theme::heat(risks.get(*first)?.severity), outlined: false })
    }

    /// Returns the pill of a data class.
    pub(super) fn class(class: DataClass, inferred: bool) -> Self {
        let text = match class {
            DataClass::Pii => "PII",
            DataClass::Financial => "FIN",
            DataClass::GovernmentId => "GOV ID",
            DataClass::Phi => "PHI",
            DataClass::Secret => "SECRET",
        };
        let ground = if class == DataClass::Secret { "#9d174d" } else { theme::CLASS };
        Self { text: text.to_owned(), ground, outlined: inferred }
    }

    /// Returns the width in pixels.
    pub(super) fn width(&self) -> i32 {
        width(&self.text, SIZE) + 11
    }

    /// Draws it with its left upper corner at (`x`, `y`).
    pub(super) fn draw(&self, out: &mut String, x: i32, y: i32) {
        let w = self.width();
        let dashes = if self.outlined { " stroke-dasharray=\"2.5 1.8\"" } else { "" };
        let (fill, ink) = if self.outlined { ("#f3e8ff", self.ground) } else { (self.ground, "#ffffff") };
        let (pill, letters) = if self.outlined { ("guess", "guessed") } else { ("pill", "pilled") };
        let _ = write!(
            out,
            "<g><rect class=\"{pill}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{HEIGHT}\" rx=\"7\" fill=\"{fill}\" stroke=\"{}\"{dashes}/>\
             <text class=\"{letters}\" x=\"{}\" y=\"{}\" font-size=\"{SIZE}\" font-weight=\"700\" text-anchor=\"middle\" fill=\"{ink}\">{}</text></g>",
            self.ground,
            x + w / 2,
            y + 11,
            self.text
        );
    }
}

/// Returns the width of pills side by side.
pub(super) fn row_width(badges: &[Badge]) -> i32 {
    let gaps = i32::try_from(badges.len()).unwrap_or(1).saturating_sub(1).max(0) * GAP;
    badges.iter().map(Badge::width).sum::<i32>() + gaps
}
