//! Versions that tomorrow's install may change.
//!
//! How firm a version has to be depends on what the manifest is for: a requirements file installs what stands in it,
//! an application's wishes are made firm by a lock file, and a published package rightly leaves the choice to whoever
//! installs it. So a library with upper bounds is no finding.

use serde_json::Value;
use syndic_detect::{Findings, Place};
use syndic_evidence::{Location, Severity};

use crate::ai::class_of;
use crate::detect::{KEPT, here, list};
use crate::facts::{Facts, IncludeKind, Pin, Requirement, Role};

/// Reports one finding per manifest that lists floating packages.
pub(super) fn unpinned(facts: &Facts, findings: &mut Findings<'_>) {
    let counted: Vec<&Requirement> = facts.requirements.iter().filter(|found| is_counted(found)).collect();
    let floating: Vec<&Requirement> = counted.iter().copied().filter(|found| floats(facts, found)).collect();
    let Some(severity) = severity(facts, &floating, findings.severity()) else { return };
    let (ai, others): (Vec<&Requirement>, Vec<&Requirement>) =
        floating.iter().partition(|found| class_of(found.ecosystem(facts.kind), &found.name).is_some());
    // AI packages first: theirs is the code that loads models and holds keys.
    let mut names: Vec<&str> = ai.iter().chain(&others).map(|found| found.name.as_str()).collect();
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    let line = floating.first().map_or(1, |found| found.line);
    let message = format!(
        "{} of {} dependencies not fixed to one version, open to future releases: {}",
        floating.len(),
        counted.len(),
        list(&names)
    );
    let draft = findings.report(Location::line(&facts.path, line), message);
    draft.severity = severity;
    draft.props.insert("packages".to_owned(), names.iter().take(KEPT).map(|name| Value::from(*name)).collect());
    draft.props.insert("unpinned".to_owned(), floating.len().into());
    draft.props.insert("total".to_owned(), counted.len().into());
    draft.props.insert("ai_packages".to_owned(), ai.len().into());
}

fn is_counted(found: &Requirement) -> bool {
    found.source.is_index() && found.group.is_shipped() && !found.name.is_empty()
}

/// A wish of a published package floats only if nothing bounds it above.
fn floats(facts: &Facts, found: &Requirement) -> bool {
    match facts.role {
        Role::Library if facts.kind.ecosystem() == "pypi" => matches!(found.pinned, Pin::None | Pin::Open),
        Role::Library => found.pinned == Pin::None,
        // Cargo and Go record what they chose on the first build; only a wildcard floats in the manifest itself.
        Role::Application if facts.kind.ecosystem() == "cargo" => found.pinned == Pin::None,
        _ => found.pinned != Pin::Exact,
    }
}

fn severity(facts: &Facts, floating: &[&Requirement], usual: Severity) -> Option<Severity> {
    // What lies in `node_modules` or `site-packages` is installed already: its wishes no longer decide anything.
    if floating.is_empty() || facts.place() == Place::Vendored {
        return None;
    }
    let is_unbounded = floating.iter().any(|found| matches!(found.pinned, Pin::None | Pin::Open));
    let severity = match facts.role {
        Role::Lock | Role::Settings | Role::Constraints | Role::Source => return None,
        Role::Application | Role::Library if facts.has_lock => return None,
        Role::Library => Severity::Low,
        // The lock file of a workspace lies at its root, which is not in the tree, or it would have been found.
        Role::Application if facts.requirements.iter().any(|found| found.specifier.starts_with("workspace:")) => {
            Severity::Low
        }
        Role::Application => usual,
        Role::Installed | Role::Development => {
            let is_constrained = facts.includes.iter().any(|include| include.kind == IncludeKind::Constraints);
            if is_constrained || facts.has_lock || !is_unbounded { Severity::Low } else { usual }
        }
    };
    Some(here(facts, severity))
}
