//! Versions that are fixed while the content behind them, or the packages below them, are not.

use syndic_detect::{Findings, Place};
use syndic_evidence::{Location, Severity};

use crate::ManifestKind;
use crate::detect::here;
use crate::facts::{Facts, Pin, Requirement, Role};

/// Reports a requirements file that fixes every version and no content.
pub(super) fn unhashed(facts: &Facts, findings: &mut Findings<'_>) {
    let is_deployed = facts.kind == ManifestKind::Requirements && facts.role == Role::Installed && facts.is_shipped();
    let indexed = direct(facts);
    let all_pinned = !indexed.is_empty() && indexed.iter().all(|found| found.pinned == Pin::Exact);
    // A file that is not even pinned has the heavier finding; hashes are its second step.
    if !is_deployed || !all_pinned || facts.require_hashes || facts.has_lock {
        return;
    }
    let bare: Vec<&Requirement> = indexed.into_iter().filter(|found| !found.hashed).collect();
    if let Some(first) = bare.first() {
        let what = if bare.len() == 1 {
            "1 pinned dependency carries"
        } else {
            &format!("{} pinned dependencies carry", bare.len())
        };
        let message = format!("{what} no --hash: the index may serve other content");
        let draft = findings.report(Location::line(&facts.path, first.line), message);
        draft.props.insert("unhashed".to_owned(), bare.len().into());
    }
}

/// Reports an application whose direct dependencies are fixed while those below them float.
pub(super) fn lock_missing(facts: &Facts, findings: &mut Findings<'_>) {
    if facts.role != Role::Application || facts.has_lock || facts.place() == Place::Vendored {
        return;
    }
    let indexed = direct(facts);
    // If a direct dependency floats, the finding on versions already asks for a lock file.
    let firm = |found: &&Requirement| found.pinned == Pin::Exact || facts.kind == ManifestKind::CargoToml;
    let Some(first) = indexed.first().filter(|_| indexed.iter().all(firm)) else { return };
    let message = format!("{} direct dependencies, and no lock file that fixes what they bring along", indexed.len());
    let severity: Severity = here(facts, findings.severity());
    findings.report(Location::line(&facts.path, first.line), message).severity = severity;
}

fn direct(facts: &Facts) -> Vec<&Requirement> {
    facts.requirements.iter().filter(|found| found.source.is_index() && found.group.is_shipped()).collect()
}
