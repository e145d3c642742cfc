//! Keys that are there although the log says they were destroyed: somebody put an older copy of the store back.

use super::erase::erase_slot;
use super::error::KeyError;
use super::pseudonym::Pseudonym;
use super::recovery::survey;
use super::store::KeyStore;

/// A key, by its slot, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyPlace {
    pub(crate) slot: u64,
    pub(crate) subject: Pseudonym,
}

impl KeyStore {
    /// Returns every key that opens now, read anew from the disk: a file may be changed under an open store.
    ///
    /// # Errors
    /// `Disk`.
    pub(crate) fn keys_there(&self) -> Result<Vec<KeyPlace>, KeyError> {
        let mut state = self.state();
        let (places, _) = survey(&state.file, &state.header.wrapping)?;
        let mut there: Vec<KeyPlace> =
            places.live.iter().map(|(subject, slot)| KeyPlace { slot: *slot, subject: *subject }).collect();
        there.extend(places.second.iter().map(|(slot, subject)| KeyPlace { slot: *slot, subject: *subject }));
        there.sort_unstable_by_key(|key| key.slot);
        // What was put back must not stay behind a key that is kept in memory.
        state.places = places;
        Ok(there)
    }

    /// Destroys these keys and no other. Durable on return.
    ///
    /// # Errors
    /// `Closed` after an earlier failure; after `Disk` open the store again and destroy them again.
    pub(crate) fn destroy(&self, keys: &[KeyPlace]) -> Result<(), KeyError> {
        let mut state = self.state();
        state.check_open()?;
        for key in keys {
            state.cache.forget(key.slot);
            state.places.forget(key.slot);
            let erased = erase_slot(&state, key.slot, key.subject);
            state.or_close("a key was not wholly destroyed; open the ledger again", erased)?;
        }
        Ok(())
    }

    /// Gives no key a number below `slots` from now on: the log names keys there that an older store does not have.
    pub(crate) fn number_from(&self, slots: u64) {
        let mut state = self.state();
        state.slots = state.slots.max(slots);
    }
}
