//! What the Rego answered, held to the pack's contract before anybody acts on it.

use std::collections::BTreeSet;

use serde::Deserialize;
use syndic_evidence::{ControlResult, ControlStatus, Urn, Verdict};

use crate::document::Document;
use crate::{Catalogue, Control, Enforcement};

/// So many reasons are kept for one status; the rest is counted.
const REASON_LIMIT: usize = 10;

/// `data.syndic.decision` as the pack's contract has it.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    verdict: Verdict,
    statuses: Vec<RawStatus>,
}

#[derive(Debug, Deserialize)]
struct RawStatus {
    control: String,
    asset: Urn,
    result: ControlResult,
    fails: Vec<String>,
    unknowns: Vec<String>,
    notes: Vec<String>,
}

/// Turns the answer into statuses in catalogue order, adding unknown for every control nobody answered for.
pub(crate) fn statuses(
    answer: &Answer,
    catalogue: &Catalogue,
    document: &Document<'_>,
    system: &Urn,
) -> Vec<ControlStatus> {
    let mut found = Vec::new();
    for control in &catalogue.controls {
        let mut own: Vec<_> = answer.statuses.iter().filter(|raw| raw.control == control.id).collect();
        own.sort_by_key(|raw| (raw.result, &raw.asset));
        if own.is_empty() {
            found.push(unanswered(control, catalogue, system));
        }
        found.extend(own.into_iter().map(|raw| status(raw, control, catalogue, document)));
    }
    found
}

/// Returns the verdict: what Rego said, unless the statuses forbid it. Rust can only make it stricter.
pub(crate) fn verdict(answer: &Answer, statuses: &[ControlStatus]) -> Verdict {
    let blocking: BTreeSet<ControlResult> =
        statuses.iter().filter(|status| status.blocking).map(|status| status.result).collect();
    let strictest = if blocking.contains(&ControlResult::Fail) {
        Verdict::Deny
    } else if blocking.contains(&ControlResult::Unknown) || statuses.is_empty() {
        Verdict::Unknown
    } else {
        Verdict::Allow
    };
    answer.verdict.max(strictest)
}

fn status(raw: &RawStatus, control: &Control, catalogue: &Catalogue, document: &Document<'_>) -> ControlStatus {
    let cut = document.cut.get(&(raw.control.clone(), raw.asset.as_str().to_owned())).copied().unwrap_or_default();
    ControlStatus {
        asset: raw.asset.clone(),
        result: held(raw),
        reasons: reasons(raw, cut),
        evidence: document.evidence_of(raw.asset.as_str(), control),
        ..blank(control, catalogue, &raw.asset)
    }
}

/// A result that its own reasons contradict is not believed: reasons to fail fail, reasons to doubt are unknown.
fn held(raw: &RawStatus) -> ControlResult {
    match raw.result {
        ControlResult::Pass | ControlResult::NotApplicable if !raw.fails.is_empty() => ControlResult::Fail,
        ControlResult::Pass | ControlResult::NotApplicable if !raw.unknowns.is_empty() => ControlResult::Unknown,
        result => result,
    }
}

fn reasons(raw: &RawStatus, cut: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for list in [&raw.fails, &raw.unknowns, &raw.notes] {
        let mut sorted = list.clone();
        sorted.sort_unstable();
        all.append(&mut sorted);
    }
    let more = all.len().saturating_sub(REASON_LIMIT).saturating_add(cut);
    all.truncate(REASON_LIMIT);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    if all.is_empty() && matches!(raw.result, ControlResult::Fail | ControlResult::Unknown) {
        all.push("the policy gave no reason".to_owned());
    }
    all
}

fn unanswered(control: &Control, catalogue: &Catalogue, system: &Urn) -> ControlStatus {
    ControlStatus {
        result: ControlResult::Unknown,
        reasons: vec![format!("`{}` gave no answer", control.check.rego)],
        ..blank(control, catalogue, system)
    }
}

fn blank(control: &Control, catalogue: &Catalogue, asset: &Urn) -> ControlStatus {
    ControlStatus {
        catalogue: catalogue.metadata.id.clone(),
        control: control.id.clone(),
        title: control.title.clone(),
        asset: asset.clone(),
        severity: control.severity,
        blocking: control.enforcement == Enforcement::Blocking,
        result: ControlResult::Unknown,
        reasons: Vec::new(),
        evidence: Vec::new(),
        remediation: control.remediation.clone(),
        maps: control.maps.clone(),
    }
}
