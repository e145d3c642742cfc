//! Which keys the records of a log need, and which of them the log says are destroyed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Scope;
use crate::admin::{Action, Erasures};
use crate::keys::{Pseudonym, slot_of};
use crate::leaf::Leaf;

/// More key slots than this are not told apart: a log from elsewhere must not cost more memory than it is worth.
const MOST_SLOTS: usize = 1 << 22;

/// What the records say of keys.
#[derive(Default)]
pub(super) struct KeyUse {
    scope: Scope,
    /// By the number of the slot.
    pub(super) slots: HashMap<u64, SlotUse>,
    pub(super) erasures: Erasures,
    /// The newest generation of the master key that is recorded.
    pub(super) generation: u32,
    /// There were more slots than are told apart.
    pub(super) is_cut: bool,
}

/// The records whose contents one key seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlotUse {
    /// Whom they are about; nothing for the log's own.
    pub(super) subject: Option<Pseudonym>,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) records: u64,
    /// A record about somebody else that names the same slot.
    pub(super) other: Option<u64>,
}

impl KeyUse {
    pub(super) fn new(scope: Scope) -> Self {
        Self { scope, ..Self::default() }
    }

    /// Takes in a record with its content.
    pub(super) fn record(&mut self, leaf: &Leaf, stored: &[u8]) {
        if self.scope == Scope::Log {
            return;
        }
        self.retired(leaf);
        let (index, subject) = (leaf.index, leaf.subject.map(Pseudonym));
        if let Some(slot) = slot_of(stored) {
            self.take(slot, SlotUse { subject, first: index, last: index, records: 1, other: None });
        }
    }

    /// Takes in a record whose content is gone.
    pub(super) fn retired(&mut self, leaf: &Leaf) {
        if self.scope == Scope::Log {
            return;
        }
        match Action::parse(leaf) {
            Some(Ok(Action::Erased { subject, keys, .. })) => self.erasures.take(subject, leaf.index, keys.as_deref()),
            Some(Ok(Action::Rotated { generation })) => self.generation = self.generation.max(generation),
            _ => {}
        }
    }

    /// Adds what another stretch of the log says.
    pub(super) fn merge(&mut self, other: Self) {
        self.erasures.merge(&other.erasures);
        self.generation = self.generation.max(other.generation);
        self.is_cut |= other.is_cut;
        for (slot, of) in other.slots {
            self.take(slot, of);
        }
    }

    fn take(&mut self, slot: u64, of: SlotUse) {
        let is_full = self.slots.len() >= MOST_SLOTS;
        match self.slots.entry(slot) {
            Entry::Vacant(_) if is_full => self.is_cut = true,
            Entry::Vacant(place) => {
                place.insert(of);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.first = known.first.min(of.first);
                known.last = known.last.max(of.last);
                known.records = known.records.saturating_add(of.records);
                let foreign = (known.subject != of.subject).then_some(of.first);
                known.other = known.other.or(of.other).or(foreign);
            }
        }
    }
}
