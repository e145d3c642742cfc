//! Packages taken from a repository or an address whose content can change.

use serde_json::Value;
use syndic_detect::{Findings, Place};
use syndic_evidence::{Location, Severity};

use crate::detect::{KEPT, here, list};
use crate::facts::{Facts, Requirement, Role, Source};

/// Reports one finding per manifest that takes packages from a branch, a tag or an archive without digest.
pub(super) fn movable(facts: &Facts, findings: &mut Findings<'_>) {
    // A lock file notes the commit it found; the manifest beside it may then name a branch.
    let is_locked = facts.has_lock && matches!(facts.role, Role::Application | Role::Library);
    if is_locked || facts.role == Role::Lock || facts.place() == Place::Vendored {
        return;
    }
    let moving: Vec<&Requirement> = facts.requirements.iter().filter(|found| is_movable(&found.source)).collect();
    let Some(first) = moving.first() else { return };
    let names: Vec<&str> = moving.iter().map(|found| name_of(found)).collect();
    let message =
        format!("{} can change without notice: no full commit or digest fixes {}", list(&names), pronoun(&names));
    // A release archive over HTTPS changes less easily than a branch.
    let all_archives = moving
        .iter()
        .all(|found| matches!(&found.source, Source::Url { address, .. } if address.starts_with("https:")));
    let all_development = moving.iter().all(|found| !found.group.is_shipped());
    // What CI takes from a branch it mostly takes to test against it.
    let is_ci = facts.path.contains(".github/") || facts.path.contains(".gitlab-ci");
    let usual = if all_archives || all_development || is_ci { Severity::Low } else { findings.severity() };
    let draft = findings.report(Location::line(&facts.path, first.line), message);
    draft.severity = here(facts, usual);
    draft.props.insert("packages".to_owned(), names.iter().take(KEPT).map(|name| Value::from(*name)).collect());
}

const fn is_movable(source: &Source) -> bool {
    matches!(source, Source::Git { at_commit: false, .. } | Source::Url { has_digest: false, .. })
}

fn name_of(found: &Requirement) -> &str {
    match &found.source {
        Source::Git { address, .. } | Source::Url { address, .. } if found.name.is_empty() => address,
        _ => &found.name,
    }
}

const fn pronoun(names: &[&str]) -> &'static str {
    if names.len() == 1 { "it" } else { "them" }
}
