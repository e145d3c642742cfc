//! Erasing a subject: its key becomes zeros, in both copies, confirmed by the disk and read back.
//!
//! Three steps, each synced: the first copy says "being erased" and holds no key; the second becomes zeros; the first
//! becomes zeros. From the first step on the erasure is decided: should the power fail, opening the store finishes it.

use std::io;

use super::error::{KeyError, while_doing};
use super::pseudonym::Pseudonym;
use super::slot::{ERASED, Found, Slot, judge, names};
use super::slot_file::Side;
use super::store::{KeyStore, State};

/// What an erasure found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The slots that were the subject's and are zeros now, for the administrative record. Empty if the subject had no
    /// key: nothing was ever sealed for it, or everything was erased before.
    pub slots: Vec<u64>,
    /// Slots so damaged that it cannot be told whose they were. If there are any, bytes of the subject's key may be
    /// left in one of them, though no program can use it as it is.
    pub unreadable: Vec<u64>,
}

impl KeyStore {
    /// Makes every content sealed so far for `subject` unreadable for ever. Durable on return.
    ///
    /// `is_held` is asked first, with the store locked so that no hold can come between: it must not call the store.
    /// A record sealed later for the same subject gets a new key. The caller erases in turn with its appends, and has
    /// flushed; it then appends the record that says so.
    ///
    /// # Errors
    /// `Held` under legal hold; `Closed` after an earlier failure. After `Disk` it is unknown whether the key is gone: open the store again, and erase again.
    pub fn erase(&self, subject: &Pseudonym, is_held: impl FnOnce(&Pseudonym) -> bool) -> Result<Erasure, KeyError> {
        let mut state = self.state();
        state.check_open()?;
        if is_held(subject) {
            return Err(KeyError::Held);
        }
        let erased = erase_all(&mut state, subject);
        state.or_close("an erasure failed half way; open the ledger again and erase again", erased)
    }
}

fn erase_all(state: &mut State, subject: &Pseudonym) -> Result<Erasure, KeyError> {
    let mut erasure = Erasure::default();
    erasure.slots.extend(state.places.live.remove(subject));
    for stray in std::mem::take(&mut state.places.strays) {
        let is_the_subjects = names(&state.file.copies(stray)?, subject);
        if is_the_subjects { &mut erasure.slots } else { &mut erasure.unreadable }.push(stray);
    }
    state.places.strays.clone_from(&erasure.unreadable);
    for number in &erasure.slots {
        state.cache.forget(*number);
        state.places.forget(*number);
        erase_slot(state, *number, *subject)?;
    }
    Ok(erasure)
}

/// Overwrites a slot with zeros, step by step, and reads it back.
pub(super) fn erase_slot(state: &State, number: u64, pseudonym: Pseudonym) -> Result<(), KeyError> {
    let file = &state.file;
    let generation = state.header.header.generation;
    let sequence = match judge(number, &file.copies(number)?, &state.header.wrapping) {
        Found::Held(slot) => slot.sequence.saturating_add(1),
        Found::Erased | Found::Damaged => u64::MAX,
    };
    let intent = Slot { number, generation, sequence, pseudonym, key: None }.encode();
    for (side, bytes) in [(Side::First, &intent), (Side::Second, &ERASED), (Side::First, &ERASED)] {
        file.write_copy(number, side, bytes)?;
        file.sync()?;
    }
    if file.copies(number)? != [ERASED; 2] {
        let problem = io::Error::other("the slot is not zero after it was overwritten");
        return Err(while_doing("reading an erased slot back")(problem));
    }
    Ok(())
}
