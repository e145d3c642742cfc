//! Faults of agents: rights without question, instructions nobody sees.

use syndic_detect::Findings;
use syndic_evidence::{Confidence, Location, Severity};

use super::settle;
use crate::facts::Facts;

/// Finds, once a file, agents that act without asking.
pub(super) fn unbounded(facts: &Facts, findings: &mut Findings<'_>) {
    let Some(worst) =
        facts.grants.iter().reduce(|worst, grant| if grant.is_total && !worst.is_total { grant } else { worst })
    else {
        return;
    };
    let mut settings: Vec<&str> = facts.grants.iter().map(|grant| grant.setting.as_str()).collect();
    settings.dedup();
    let message = format!("an agent may act without asking anyone: {}", settings.join(", "));
    let draft = findings.report(Location::line(&facts.path, worst.line), message);
    // In a build service there is nobody to ask: the machine is the bound, and what triggers it decides.
    let severity = match (worst.is_total, facts.kind.as_str()) {
        (true, "ci_workflow") | (false, _) => Severity::Medium,
        (true, _) => Severity::High,
    };
    draft.severity = settle(facts, severity);
}

/// Finds text in prompts and instructions that a person does not see.
pub(super) fn hidden(facts: &Facts, findings: &mut Findings<'_>) {
    let Some(first) = facts.hidden.first() else { return };
    let forms: Vec<String> =
        facts.hidden.iter().map(|hidden| format!("{} {}", hidden.count, hidden.form.replace('_', " "))).collect();
    let message = format!("invisible characters stand in text that a model follows: {}", forms.join(", "));
    let draft = findings.report(Location::line(&facts.path, first.line), message);
    let is_message = facts.hidden.iter().any(|hidden| matches!(hidden.form.as_str(), "tags" | "variation_selectors"));
    draft.severity = settle(facts, if is_message { Severity::High } else { Severity::Medium });
    if !is_message {
        draft.confidence = Confidence::Medium;
    }
}
