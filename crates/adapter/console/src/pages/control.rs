//! Controls, each once with all it was checked on; only counts are made here, results come from the decision.

use std::collections::BTreeMap;

use syndic_evidence::{ControlResult, ControlStatus, Decision, Digest};

use crate::snapshot::Snapshot;

/// A row gives at most this many reasons …
const MAX_REASONS: usize = 6;

/// … and this many pieces of evidence; the decision itself lists all.
const MAX_EVIDENCE: usize = 3;

/// A control lists at most this many assets of its worst result.
const MAX_ASSETS: usize = 25;

/// A control with the assets that have its worst result.
pub(super) struct Control<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) remediation: &'a str,
    pub(super) maps: String,
    pub(super) is_blocking: bool,
    pub(super) result: ControlResult,
    pub(super) checked: usize,
    pub(super) subjects: Vec<Subject<'a>>,
    pub(super) more: usize,
}

/// One asset under a control.
pub(super) struct Subject<'a> {
    pub(super) name: &'a str,
    pub(super) urn: &'a syndic_evidence::Urn,
    pub(super) reasons: &'a [String],
    pub(super) more_reasons: usize,
    pub(super) evidence: &'a [Digest],
    pub(super) more_evidence: usize,
}

/// Returns the controls, worst result first, then those that decide, then the severe ones.
pub(super) fn controls(snapshot: &Snapshot) -> Vec<Control<'_>> {
    let mut grouped: BTreeMap<&str, Vec<&ControlStatus>> = BTreeMap::new();
    for status in &snapshot.assessment.decision.controls {
        grouped.entry(&status.control).or_default().push(status);
    }
    let mut all: Vec<_> = grouped.into_values().filter_map(|statuses| control(snapshot, &statuses)).collect();
    all.sort_by_key(|(severity, control)| (control.result, !control.is_blocking, std::cmp::Reverse(*severity)));
    all.into_iter().map(|(_, control)| control).collect()
}

fn control<'a>(
    snapshot: &'a Snapshot,
    statuses: &[&'a ControlStatus],
) -> Option<(syndic_evidence::Severity, Control<'a>)> {
    // `ControlResult` orders worst first.
    let result = statuses.iter().map(|status| status.result).min()?;
    let worst: Vec<&ControlStatus> = statuses.iter().copied().filter(|status| status.result == result).collect();
    let first = *worst.first()?;
    let maps = first.maps.iter().map(|(framework, clauses)| format!("{framework} {}", clauses.join(", ")));
    let control = Control {
        id: &first.control,
        title: &first.title,
        remediation: &first.remediation,
        maps: maps.collect::<Vec<_>>().join("; "),
        is_blocking: first.blocking,
        result,
        checked: statuses.len(),
        more: worst.len().saturating_sub(MAX_ASSETS),
        subjects: worst.into_iter().take(MAX_ASSETS).map(|status| subject(snapshot, status)).collect(),
    };
    Some((first.severity, control))
}

fn subject<'a>(snapshot: &'a Snapshot, status: &'a ControlStatus) -> Subject<'a> {
    let reasons = status.reasons.get(..status.reasons.len().min(MAX_REASONS)).unwrap_or_default();
    let evidence = status.evidence.get(..status.evidence.len().min(MAX_EVIDENCE)).unwrap_or_default();
    Subject {
        name: snapshot.name(&status.asset),
        urn: &status.asset,
        more_reasons: status.reasons.len() - reasons.len(),
        reasons,
        more_evidence: status.evidence.len() - evidence.len(),
        evidence,
    }
}

/// How many controls have each result, and how many of those decide.
pub(super) struct Tally {
    pub(super) result: &'static str,
    pub(super) word: &'static str,
    pub(super) count: usize,
    /// Where its part of the meter begins, of 1000.
    pub(super) start: usize,
    /// How much of the meter it takes, of 1000.
    pub(super) width: usize,
}

/// Counts the controls by result, in the order of the meter; results without any are left out.
pub(super) fn tally(controls: &[Control<'_>]) -> Vec<Tally> {
    let words = [
        (ControlResult::Fail, "failed"),
        (ControlResult::Unknown, "unknown"),
        (ControlResult::Waived, "waived"),
        (ControlResult::Pass, "passed"),
        (ControlResult::NotApplicable, "not applicable"),
    ];
    let total = controls.len().max(1);
    let mut done = 0;
    let mut tallies = Vec::new();
    for (result, word) in words {
        let count = controls.iter().filter(|control| control.result == result).count();
        if count > 0 {
            let start = done * 1_000 / total;
            done += count;
            let width = (done * 1_000 / total) - start;
            tallies.push(Tally { result: result.as_str(), word, count, start, width });
        }
    }
    tallies
}

/// Says in a sentence which controls stand in the way.
pub(super) fn sentence(controls: &[Control<'_>], decision: &Decision) -> String {
    let blocking = |result: ControlResult| {
        controls.iter().filter(|control| control.is_blocking && control.result == result).count()
    };
    let total = controls.iter().filter(|control| control.is_blocking).count();
    let (failed, unknown) = (blocking(ControlResult::Fail), blocking(ControlResult::Unknown));
    let (_, why) = crate::words::verdict(decision.verdict);
    format!("{why} Of {total} controls that decide, {failed} failed and {unknown} could not be told.")
}
