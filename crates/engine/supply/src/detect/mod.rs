//! The detectors, each over [`Facts`] alone.

mod hashes;
mod index;
mod pinning;
mod script;
mod source;
mod squat;

use syndic_detect::Detector;
use syndic_evidence::Severity;

use crate::facts::Facts;

/// Every detector of the engine.
pub(crate) static DETECTORS: &[Detector<Facts>] = &[
    Detector { rule: "supply.dependency-unpinned", run: pinning::unpinned },
    Detector { rule: "supply.dependency-unhashed", run: hashes::unhashed },
    Detector { rule: "supply.lock-missing", run: hashes::lock_missing },
    Detector { rule: "supply.extra-index", run: index::extra },
    Detector { rule: "supply.index-insecure", run: index::insecure },
    Detector { rule: "supply.index-credential", run: index::credential },
    Detector { rule: "supply.source-git", run: source::movable },
    Detector { rule: "supply.package-typosquat", run: squat::typosquat },
    Detector { rule: "supply.install-script", run: script::install },
];

/// Names listed in one message.
const NAMED: usize = 5;

/// Names kept in the properties of one finding.
const KEPT: usize = 100;

/// Lists the first names and says how many more there are.
fn list(names: &[&str]) -> String {
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Lowers a severity for what does not ship.
fn here(facts: &Facts, severity: Severity) -> Severity {
    if facts.is_shipped() { severity } else { severity.min(Severity::Low) }
}
