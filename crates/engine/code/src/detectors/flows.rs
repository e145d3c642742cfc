//! What flows between user, model and executor.

use std::collections::BTreeMap;

use syndic_detect::Findings;
use syndic_evidence::{Confidence, Severity};

use super::{hazards, inside, weigh};
use crate::{Facts, Hazard, HazardKind};

/// Model output is executed.
pub(super) fn output_executed(facts: &Facts, findings: &mut Findings<'_>) {
    let mut by_place: BTreeMap<(&str, &str), &Hazard> = BTreeMap::new();
    for hazard in hazards(facts, HazardKind::OutputExecuted) {
        by_place.entry((&hazard.function, &hazard.what)).or_insert(hazard);
    }
    for ((function, what), hazard) in by_place {
        let from = if hazard.detail.is_empty() { String::new() } else { format!(" (seen with {})", hazard.detail) };
        let message = format!("`{what}`{} executes text a model wrote{from}", inside(function));
        let draft = findings.report(facts.location(hazard.at), message);
        format!("{function} {what}").trim().clone_into(&mut draft.discriminator);
        draft.confidence = draft.confidence.min(hazard.confidence);
        weigh(facts, draft);
    }
}

/// User text stands inside the system prompt.
pub(super) fn prompt_injection(facts: &Facts, findings: &mut Findings<'_>) {
    for hazard in hazards(facts, HazardKind::PromptInjection) {
        let message = format!(
            "text from users is put into the system prompt{}, where the model takes it for instructions",
            inside(&hazard.function)
        );
        let draft = findings.report(facts.location(hazard.at), message);
        draft.discriminator.clone_from(&hazard.function);
        draft.confidence = draft.confidence.min(hazard.confidence);
        if hazard.confidence == Confidence::Low {
            draft.severity = Severity::Low;
        }
        weigh(facts, draft);
    }
}

/// An agent may execute code or commands.
pub(super) fn dangerous_tool(facts: &Facts, findings: &mut Findings<'_>) {
    let mut by_name: BTreeMap<&str, &Hazard> = BTreeMap::new();
    for hazard in hazards(facts, HazardKind::DangerousTool) {
        by_name.entry(hazard.what.as_str()).or_insert(hazard);
    }
    for (name, hazard) in by_name {
        let detail = if hazard.detail.is_empty() { "lifts a safeguard the library sets" } else { &hazard.detail };
        let draft = findings.report(facts.location(hazard.at), format!("`{name}` {detail}"));
        name.clone_into(&mut draft.discriminator);
        weigh(facts, draft);
    }
}
