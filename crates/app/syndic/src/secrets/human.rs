//! Secrets for people: a line a place, then how much was looked at and what was not.

use std::fmt::Write as _;

use super::outcome::Outcome;
use super::secret::Secret;

/// Gaps shown.
const SHOWN_GAPS: usize = 20;

/// Returns the list.
pub(super) fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    for secret in &outcome.secrets {
        let place = format!("{}:{}:{}", plain(&secret.path), secret.line, secret.column);
        let _ = writeln!(
            text,
            "{:<8} {place}\n         {} ({}): {}",
            secret.severity,
            secret.title,
            secret.rule,
            about(secret)
        );
    }
    for note in &outcome.notes {
        let _ = writeln!(text, "note: {}", plain(note));
    }
    for gap in outcome.not_inspected.iter().take(SHOWN_GAPS) {
        let _ = writeln!(text, "not inspected: {}: {}", plain(&gap.path), plain(&gap.problem));
    }
    if outcome.not_inspected.len() > SHOWN_GAPS {
        let _ = writeln!(text, "not inspected: {} more", outcome.not_inspected.len() - SHOWN_GAPS);
    }
    let (covered, accepted) = (outcome.covered, outcome.accepted);
    let commits = if covered.commits > 0 { format!(" of {} commits", covered.commits) } else { String::new() };
    let _ = writeln!(
        text,
        "{} secrets in {} files{commits} ({} bytes); {} accepted by marks, {} by baselines",
        outcome.secrets.len(),
        covered.files,
        covered.bytes,
        accepted.marked,
        accepted.waived
    );
    text
}

fn about(secret: &Secret) -> String {
    let mut about = format!("{}, {} confidence", plain(&secret.preview), secret.confidence.as_str());
    match secret.validated {
        Some(true) => about.push_str(", checksum right"),
        Some(false) => about.push_str(", checksum wrong"),
        None => {}
    }
    if let Some(life) = &secret.lifetime {
        let short = |commit: &str| commit.chars().take(10).collect::<String>();
        let end =
            if life.is_present { "still present".to_owned() } else { format!("last in {}", short(&life.last_commit)) };
        let _ = write!(about, ", since {} of {}, {end}", short(&life.first_commit), life.first_authored);
    }
    about
}

/// Without characters that a terminal would act on.
fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '?' } else { character }).collect()
}
