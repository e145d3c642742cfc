//! Takes keys that are lost from a backup of the store, and leaves every other slot as it is: a backup that takes the
//! place of the file itself would lose the keys made since.
//!
//! Who calls says which slots are lost. Everything else in the backup stays there: it may hold keys that were destroyed
//! since.

use super::error::KeyError;
use super::header::Unlocked;
use super::master::MasterKey;
use super::recovery::survey;
use super::slot::{Found, Slot, judge};
use super::slot_file::{Side, SlotFile};
use super::store::{KeyStore, State};
use super::wrapping::wrap;
use crate::clock::Random;
use crate::disk::Disk;

/// A copy of `keys/slots`, opened with the master key of its time; it is only read.
pub struct KeyBackup {
    file: SlotFile,
    header: Unlocked,
}

impl KeyBackup {
    /// Opens the copy at `path` of a folder.
    ///
    /// # Errors
    /// `WrongMaster` if its master key is another; `BadHeader` if it is missing or no key store; `Disk`.
    pub fn open(disk: &dyn Disk, path: &str, master: &MasterKey) -> Result<Self, KeyError> {
        let file = SlotFile::open_at(disk, path)?;
        let header = file.header()?.0.unlock(master)?;
        Ok(Self { file, header })
    }

    /// The key in a slot, if one is there that opens.
    fn slot(&self, number: u64) -> Result<Option<Slot>, KeyError> {
        if number >= self.file.slots()? {
            return Ok(None);
        }
        Ok(match judge(number, &self.file.copies(number)?, &self.header.wrapping) {
            Found::Held(slot) if slot.key.is_some() => Some(slot),
            _ => None,
        })
    }
}

impl KeyStore {
    /// Takes these slots from a backup of the same store and returns the numbers of those it had. Durable on return.
    ///
    /// # Errors
    /// `BadHeader` if the backup is of another store; `Closed` after an earlier failure; `Random`; after `Disk` open the
    /// store again.
    pub(crate) fn take_from(&self, backup: &KeyBackup, lost: &[u64]) -> Result<Vec<u64>, KeyError> {
        let mut state = self.state();
        state.check_open()?;
        if backup.header.pseudonyms.key() != state.header.pseudonyms.key() {
            return Err(KeyError::BadHeader { why: "the backup is of another ledger" });
        }
        let taken = take_all(&mut state, &*self.random, backup, lost);
        state.or_close("keys were not wholly taken from a backup; open the ledger again", taken)
    }
}

fn take_all(state: &mut State, random: &dyn Random, backup: &KeyBackup, lost: &[u64]) -> Result<Vec<u64>, KeyError> {
    let mut taken = Vec::new();
    for number in lost {
        let Some(slot) = backup.slot(*number)? else { continue };
        let Some(key) = slot.open(&backup.header.wrapping) else { continue };
        let generation = state.header.header.generation;
        let mut slot = Slot { generation, sequence: slot.sequence.saturating_add(1), ..slot };
        slot.key = Some(wrap(&state.header.wrapping, random, &slot.bound(), &key)?);
        let bytes = slot.encode();
        state.cache.forget(*number);
        state.file.write_copy(*number, Side::First, &bytes)?;
        state.file.write_copy(*number, Side::Second, &bytes)?;
        taken.push(*number);
    }
    state.file.sync()?;
    state.places = survey(&state.file, &state.header.wrapping)?.0;
    Ok(taken)
}
