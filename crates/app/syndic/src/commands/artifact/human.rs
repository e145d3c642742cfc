//! A scan for people: the worst first, why, and how many there were of each.

use std::fmt::Write as _;

use syndic_artifact::Verdict;

use super::scanned::Scanned;

/// Findings shown of one file.
const SHOWN: usize = 5;
const WORST_FIRST: [Verdict; 5] =
    [Verdict::Malicious, Verdict::Suspicious, Verdict::Incomplete, Verdict::Unreviewed, Verdict::Clean];

/// Returns the summary.
pub(super) fn text(all: &[Scanned]) -> String {
    let mut text = String::new();
    for verdict in WORST_FIRST.into_iter().filter(|verdict| *verdict != Verdict::Clean) {
        for scanned in all.iter().filter(|scanned| scanned.verdict == verdict) {
            describe(scanned, &mut text);
        }
    }
    let counts = WORST_FIRST.map(|verdict| {
        let count = all.iter().filter(|scanned| scanned.verdict == verdict).count();
        format!("{count} {}", verdict.as_str())
    });
    let _ = writeln!(text, "{} files: {}", all.len(), counts.join(", "));
    text
}

/// Returns what is said of one file.
pub(super) fn file(scanned: &Scanned) -> String {
    let mut text = String::new();
    describe(scanned, &mut text);
    text
}

fn describe(scanned: &Scanned, text: &mut String) {
    let format = scanned.format.as_deref().unwrap_or("unread");
    let model = scanned.model.as_deref().map_or(String::new(), |model| format!("{}, ", plain(model)));
    let _ = writeln!(text, "{:<10} {} ({model}{format})", scanned.verdict.as_str(), plain(&scanned.path));
    for finding in scanned.findings.iter().take(SHOWN) {
        let at = finding.offset.map_or(String::new(), |offset| format!(" at byte {offset}"));
        let member = finding.member.as_deref().map_or(String::new(), |member| format!(" in {}", plain(member)));
        let _ = writeln!(text, "           {}: {}{member}{at}", finding.rule, plain(&finding.message));
    }
    for missing in scanned.not_inspected.iter().take(SHOWN) {
        let _ = writeln!(text, "           not inspected: {}", plain(missing));
    }
}

/// A hostile name must not steer the terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
