//! What a run changes about findings, worked out before a row is written. Pure: no database here.

use std::collections::{BTreeMap, HashSet};

use syndic_evidence::{Assessment, Finding, FindingState, Fingerprint, Timestamp};

use crate::covered::Covered;

/// What recording a run did to the findings of its system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Seen for the first time.
    pub opened: Vec<Fingerprint>,
    /// Were fixed, are back.
    pub reopened: Vec<Fingerprint>,
    /// Were open; the run covered the place with the same rule and no longer found them.
    pub fixed: Vec<Fingerprint>,
    /// Seen again, in whatever state they were.
    pub unchanged_count: usize,
    /// Were accepted until a date that has passed: open again, whether seen or not.
    pub expired: Vec<Fingerprint>,
    /// Still open although not seen: the run did not look there, or not with that rule.
    pub not_covered: Vec<Fingerprint>,
}

/// A finding the store knows.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) rule: String,
    pub(crate) path: String,
    pub(crate) state: FindingState,
    pub(crate) first_seen: Timestamp,
    /// The end of its acceptance.
    pub(crate) accepted_until: Option<Timestamp>,
}

impl Known {
    /// The state it is in at `now`: an acceptance ends at its date.
    fn state_at(&self, now: Timestamp) -> FindingState {
        let is_over = self.accepted_until.is_some_and(|until| until <= now);
        if self.state == FindingState::Accepted && is_over { FindingState::Open } else { self.state }
    }
}

/// A finding of the run with what the store makes of it.
pub(crate) struct Met<'a> {
    pub(crate) finding: &'a Finding,
    pub(crate) state: FindingState,
    pub(crate) first_seen: Timestamp,
}

/// Everything to write about findings.
pub(crate) struct Plan<'a> {
    /// In the run's order, each fingerprint once.
    pub(crate) seen: Vec<Met<'a>>,
    pub(crate) changes: Changes,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(assessment: &'a Assessment, known: &BTreeMap<Fingerprint, Known>) -> Self {
        let now = assessment.run.finished_at;
        let ended = known.iter().filter(|(_, one)| one.state_at(now) != one.state);
        let mut changes =
            Changes { expired: ended.map(|(fingerprint, _)| *fingerprint).collect(), ..Changes::default() };
        let mut seen = Vec::with_capacity(assessment.findings.len());
        let mut met = HashSet::new();
        for finding in &assessment.findings {
            if met.insert(finding.fingerprint) {
                let (state, first_seen) = meet(finding, known, now, &mut changes);
                seen.push(Met { finding, state, first_seen });
            }
        }
        let covered = Covered::new(&assessment.run);
        for (fingerprint, one) in known {
            if one.state_at(now) != FindingState::Open || met.contains(fingerprint) {
                continue;
            }
            if covered.ran(&one.rule) && covered.looked_at(&one.path) {
                changes.fixed.push(*fingerprint);
            } else {
                changes.not_covered.push(*fingerprint);
            }
        }
        Self { seen, changes }
    }
}

fn meet(
    finding: &Finding,
    known: &BTreeMap<Fingerprint, Known>,
    now: Timestamp,
    changes: &mut Changes,
) -> (FindingState, Timestamp) {
    let Some(one) = known.get(&finding.fingerprint) else {
        changes.opened.push(finding.fingerprint);
        return (FindingState::Open, now);
    };
    let state = one.state_at(now);
    if state == FindingState::Fixed {
        changes.reopened.push(finding.fingerprint);
        return (FindingState::Open, one.first_seen);
    }
    changes.unchanged_count += 1;
    (state, one.first_seen)
}

/// Drops repeats of a key, keeping the first, in order.
pub(crate) fn unique<'a, T, K: std::hash::Hash + Eq>(items: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<&'a T> {
    let mut met: HashSet<K> = HashSet::with_capacity(items.len());
    items.iter().filter(|item| met.insert(key(item))).collect()
}
