//! Holds the key slots against the log, without any key.
//!
//! An empty slot is an erasure only if a record lists it; else the key was lost or taken away. A key that is there though
//! a record says that it was destroyed was put back. Whether a key that is there is the right one only the master key
//! tells ([`crate::keys::slots_not_opening`]): no record holds a digest of the wrapped key, and could hold none that
//! lasts, since each rotation wraps it anew.

use super::key_use::{KeyUse, SlotUse};
use super::{KeyCounts, Problem, ProblemKind};
use crate::admin::is_erasing;
use crate::disk::Disk;
use crate::keys::{Holding, Inspection, KEYS_PATH, KeyError, MISSING, place_of};

/// Compares the slots with what the log says; returns what is wrong, and the counts.
pub(super) fn audit(disk: &dyn Disk, used: &KeyUse) -> (Vec<Problem>, Option<KeyCounts>) {
    let store = match Inspection::open(disk) {
        Ok(store) => store,
        Err(problem) => return (unusable(used, &problem), None),
    };
    let mut audit = Audit { used, is_erasing: is_erasing(disk), problems: Vec::new(), counts: KeyCounts::default() };
    if let Err(problem) = store.each(|slot, holding| audit.slot(slot, holding)) {
        audit.problems.push(whole(ProblemKind::Unreadable, problem.to_string()));
        return (audit.problems, None);
    }
    for (slot, of) in used.slots.iter().filter(|(slot, _)| **slot >= store.slots()) {
        audit.missing(*slot, of, store.slots());
    }
    if store.generation() < used.generation {
        let what = format!(
            "it is under master key {}, the log says {}: an older copy was put back, restore the newer one",
            store.generation(),
            used.generation
        );
        audit.problems.push(whole(ProblemKind::Rollback, what));
    }
    if used.is_cut {
        let what = "the log names more key slots than are compared".to_owned();
        audit.problems.push(whole(ProblemKind::Unsettled, what));
    }
    (audit.problems, Some(audit.counts))
}

struct Audit<'a> {
    used: &'a KeyUse,
    /// An erasure may have been interrupted.
    is_erasing: bool,
    problems: Vec<Problem>,
    counts: KeyCounts,
}

impl Audit<'_> {
    /// Judges a slot that the store has.
    fn slot(&mut self, slot: u64, holding: Holding) {
        self.counts.there += u64::from(matches!(holding, Holding::Key(_)));
        let Some(of) = self.used.slots.get(&slot) else {
            // No record needs it, or none any more.
            if let Holding::Key(subject) = holding
                && let Some(record) = self.used.erasures.record_of(&subject, slot, None)
            {
                self.revived(slot, None, record);
            }
            return;
        };
        if let Some(other) = of.other {
            let what = format!("record {other} is about somebody else and names the same key slot {slot}");
            self.find(ProblemKind::Tampered, slot, of, what);
        }
        match (holding, self.destroyed_by(slot, of, of.first)) {
            (Holding::Nothing, _) if self.destroyed_by(slot, of, of.last).is_some() => self.counts.erased += 1,
            (Holding::Nothing, _) => {
                let what = format!("key slot {slot} is empty, and no record says that it was erased");
                self.lost(slot, of, &what);
            }
            (Holding::Key(held), _) if of.subject.is_some_and(|subject| subject != held) => {
                let what = format!("key slot {slot} holds the key of somebody else");
                self.lost(slot, of, &what);
            }
            (Holding::Key(_) | Holding::Damaged, Some(record)) => self.revived(slot, Some(of), record),
            (Holding::Damaged, None) => self.lost(slot, of, &format!("key slot {slot} is damaged in both copies")),
            (Holding::Key(_), None) => {}
        }
    }

    /// Judges a slot that records need and the store does not have.
    fn missing(&mut self, slot: u64, of: &SlotUse, slots: u64) {
        if self.destroyed_by(slot, of, of.last).is_some() {
            self.counts.erased += 1;
            return;
        }
        let what = format!("key slot {slot} is not there, the store has {slots}: it is older than the log");
        self.lost(slot, of, &what);
    }

    /// The record that says that the key `of` a record was destroyed.
    fn destroyed_by(&self, slot: u64, of: &SlotUse, record: u64) -> Option<u64> {
        self.used.erasures.record_of(&of.subject?, slot, Some(record))
    }

    fn lost(&mut self, slot: u64, of: &SlotUse, what: &str) {
        let hint = if self.is_erasing {
            "an erasure is under way, which opening the ledger finishes: `syndic ledger hold list`, then verify again"
        } else {
            "bring it back from a backup with `syndic ledger merge-keys FILE`, or erase the subject to have it recorded"
        };
        let kind = if self.is_erasing { ProblemKind::Unsettled } else { ProblemKind::LostKey };
        let what = format!("{what}: the contents of {} record(s) cannot be read; {hint}", of.records);
        self.find(kind, slot, of, what);
    }

    fn revived(&mut self, slot: u64, of: Option<&SlotUse>, record: u64) {
        let what = format!(
            "key slot {slot} is not empty, and record {record} says that it was erased: an older keys/slots was put back; \
             the next command that opens the ledger destroys the key again"
        );
        if let Some(of) = of {
            return self.find(ProblemKind::RevivedKey, slot, of, what);
        }
        let mut problem = whole(ProblemKind::RevivedKey, what);
        problem.offset = place_of(slot);
        problem.records = record..record;
        self.problems.push(problem);
    }

    fn find(&mut self, kind: ProblemKind, slot: u64, of: &SlotUse, what: String) {
        let records = of.first..of.last.saturating_add(1);
        self.problems.push(Problem { kind, path: KEYS_PATH.to_owned(), offset: place_of(slot), records, what });
    }
}

/// Without a usable store every content is lost, if any is needed.
fn unusable(used: &KeyUse, problem: &KeyError) -> Vec<Problem> {
    let last = used.slots.values().map(|of| of.last).max();
    let is_missing = matches!(problem, KeyError::Disk { .. } | KeyError::BadHeader { why: MISSING });
    let kind = if is_missing { ProblemKind::Missing } else { ProblemKind::LostKey };
    let what = format!("no content can be read: {problem}");
    last.map(|last| Problem { records: 0..last.saturating_add(1), ..whole(kind, what) }).into_iter().collect()
}

fn whole(kind: ProblemKind, what: String) -> Problem {
    Problem { kind, path: KEYS_PATH.to_owned(), offset: 0, records: 0..0, what }
}
