//! Models and data brought into the process: remote code, moving revisions, deserialisers that run code.

use std::collections::BTreeMap;

use syndic_detect::Findings;
use syndic_evidence::{Confidence, Severity};

use super::{ONCE_ASKED, hazards, inside, weigh};
use crate::{Facts, Hazard, HazardKind, HostedModelUse, Origin};

/// Names listed in one message at most.
const LISTED: usize = 5;

/// `trust_remote_code=True`.
pub(super) fn remote_code(facts: &Facts, findings: &mut Findings<'_>) {
    let mut by_model: BTreeMap<&str, &Hazard> = BTreeMap::new();
    for hazard in hazards(facts, HazardKind::RemoteCode) {
        by_model.entry(hazard.detail.as_str()).or_insert(hazard);
    }
    for (model, hazard) in by_model {
        let what =
            if model.is_empty() { "a model repository chosen elsewhere".to_owned() } else { format!("`{model}`") };
        let message = format!("`{}`{} runs Python code that {what} carries", hazard.what, inside(&hazard.function));
        let draft = findings.report(facts.location(hazard.at), message);
        model.clone_into(&mut draft.discriminator);
        draft.confidence = draft.confidence.min(hazard.confidence);
        if model.is_empty() {
            draft.severity = Severity::Medium;
        }
        if facts.opt_ins.contains(&hazard.at) {
            draft.message.push_str(ONCE_ASKED);
            draft.severity = Severity::Low;
        }
        weigh(facts, draft);
    }
}

/// Hub models without a fixed revision: one finding a file.
pub(super) fn unpinned(facts: &Facts, findings: &mut Findings<'_>) {
    let loose: Vec<&HostedModelUse> = facts.models.iter().filter(|model| model.pinned == Some(false)).collect();
    let Some(first) = loose.first() else { return };
    let mut names: Vec<&str> = loose.iter().map(|model| model.model.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let listed = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(LISTED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let draft =
        findings.report(facts.location(first.at), format!("downloaded without a fixed revision: {listed}{rest}"));
    draft.props.insert("models".to_owned(), names.clone().into());
    weigh(facts, draft);
}

/// Deserialisers that run code: one finding a function name, by its worst origin.
pub(super) fn deserialise(facts: &Facts, findings: &mut Findings<'_>) {
    let mut by_name: BTreeMap<&str, Vec<&Hazard>> = BTreeMap::new();
    for hazard in hazards(facts, HazardKind::Deserialise) {
        by_name.entry(hazard.what.as_str()).or_default().push(hazard);
    }
    for (name, places) in by_name {
        let is_opt_in = |hazard: &Hazard| facts.opt_ins.contains(&hazard.at);
        let weight = |hazard: &&&Hazard| (!is_opt_in(hazard), hazard.origin, std::cmp::Reverse(hazard.at));
        let Some(worst) = places.iter().max_by_key(weight) else { continue };
        let option = if worst.detail.is_empty() { String::new() } else { format!(" ({})", worst.detail) };
        let source = match worst.origin {
            Origin::Remote => "what came over the network",
            Origin::Local => "a local file",
            _ => "data whose origin the code does not show",
        };
        let places_text = if places.len() > 1 { format!(", {} places", places.len()) } else { String::new() };
        let draft = findings.report(
            facts.location(worst.at),
            format!("`{name}`{option} runs code from {source}{}{places_text}", inside(&worst.function)),
        );
        name.clone_into(&mut draft.discriminator);
        draft.severity = match worst.origin {
            Origin::Remote => Severity::High,
            _ if name == "load_local" || name.ends_with(".load_local") => Severity::Medium,
            Origin::Local => Severity::Medium,
            _ => Severity::Low,
        };
        if name == "torch.load" && worst.origin != Origin::Remote && worst.detail.contains("not True") {
            draft.severity = Severity::Low;
        }
        if is_opt_in(worst) {
            draft.severity = Severity::Low;
            draft.message.push_str(ONCE_ASKED);
        }
        if worst.origin == Origin::Unknown || worst.origin == Origin::Constant {
            draft.confidence = Confidence::Low;
        }
        draft.props.insert("lines".to_owned(), places.iter().map(|hazard| hazard.at.line).collect::<Vec<_>>().into());
        weigh(facts, draft);
    }
}
