//! Faults of what is taken from elsewhere: code of models, actions of workflows, ways to providers.

use syndic_detect::Findings;
use syndic_evidence::{Confidence, Location, Severity};

use super::settle;
use crate::facts::{Action, Facts};

/// Finds models that ask to run Python of their own.
pub(super) fn remote_code(facts: &Facts, findings: &mut Findings<'_>) {
    let Some(model) = facts.model.as_ref().filter(|model| !model.custom_code.is_empty()) else { return };
    // `owner/repository--file.Class` comes from another repository than the model's own.
    let is_foreign = model.custom_code.iter().any(|code| code.contains("--"));
    let message = format!("the model asks to run Python of its own: {}", model.custom_code.join(", "));
    let draft = findings.report(Location::line(&facts.path, model.custom_code_line.max(1)), message);
    draft.severity = settle(facts, if is_foreign { Severity::High } else { Severity::Medium });
}

/// Finds, once a file, actions of third parties by tag or branch.
pub(super) fn workflow_unpinned(facts: &Facts, findings: &mut Findings<'_>) {
    let meant: Vec<&Action> =
        facts.actions.iter().filter(|action| action.is_third_party && !action.is_pinned).collect();
    let Some(first) = meant.first() else { return };
    let mut names: Vec<String> = meant.iter().map(|action| format!("{}@{}", action.name, action.version)).collect();
    names.sort();
    names.dedup();
    let shown = names.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().checked_sub(5).map(|more| format!(" and {} more", more + 1)).unwrap_or_default();
    let draft = findings
        .report(Location::line(&facts.path, first.line), format!("uses actions by a tag that can move: {shown}{more}"));
    draft.severity = settle(facts, Severity::Low);
}

/// Finds workflows that run a stranger's code with the repository's rights.
pub(super) fn workflow_stranger(facts: &Facts, findings: &mut Findings<'_>) {
    let Some(line) = facts.stranger_checkout else { return };
    let what = "checks out the code of a pull request and runs steps with the repository's own rights";
    let (message, severity) = if facts.stranger_needs_label {
        (format!("{what}, once somebody has labelled the request"), Severity::Medium)
    } else {
        (what.to_owned(), Severity::High)
    };
    findings.report(Location::line(&facts.path, line), message).severity = settle(facts, severity);
}

/// Finds AI services addressed without encryption.
pub(super) fn provider_plaintext(facts: &Facts, findings: &mut Findings<'_>) {
    for mention in facts.mentions.iter().filter(|mention| matches!(mention.scheme.as_deref(), Some("http" | "ws"))) {
        let message = format!("{} is addressed without encryption at {}", mention.provider, mention.by);
        let draft = findings.report(Location::line(&facts.path, mention.line), message);
        draft.severity = settle(facts, Severity::High);
        draft.discriminator.clone_from(&mention.by);
        if facts.kind == "generic_config" {
            draft.confidence = Confidence::Medium;
        }
    }
}
