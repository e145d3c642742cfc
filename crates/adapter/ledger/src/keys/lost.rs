//! Slots without a key: whether a key there was erased or lost, only the log can tell.

use std::collections::{BTreeSet, HashSet};

use super::store::KeyStore;

/// A key that records need, that is gone, and whose end no record states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostKey {
    /// The number of its slot in `keys/slots`.
    pub slot: u64,
    /// How many kept records have contents that cannot be read without it.
    pub records: u64,
}

impl KeyStore {
    /// Returns the numbers given out under which there is no key that opens, as of the last look at the disk.
    pub(crate) fn slots_without_key(&self) -> BTreeSet<u64> {
        let state = self.state();
        let second = state.places.second.iter().map(|(slot, _)| *slot);
        let held: HashSet<u64> = state.places.live.values().copied().chain(second).collect();
        (0..state.slots).filter(|slot| !held.contains(slot)).collect()
    }
}
