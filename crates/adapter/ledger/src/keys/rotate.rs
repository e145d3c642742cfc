//! Changing the master key: every subject key is wrapped anew into a second file, which then takes the store's place.
//!
//! Until the rename is durable the old master key opens the store and the new one the file beside it; afterwards only
//! the new one opens it. No moment needs both. The log is not touched: contents depend on subject keys only.

use super::error::KeyError;
use super::header::Unlocked;
use super::master::MasterKey;
use super::slot::{ERASED, Found, Slot, SlotBytes, judge};
use super::slot_file::{Side, SlotFile, block_starts, publish, wipe_leftover};
use super::store::{KeyStore, State};
use super::wrapping::wrap;
use crate::clock::Random;
use crate::disk::Disk;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The generation of the new master key.
    pub generation: u32,
    /// Subject keys that are now under the new master key.
    pub rewrapped: u64,
    /// Slots that could not be opened and were carried over as they are.
    pub damaged: Vec<u64>,
}

impl KeyStore {
    /// Puts the store under a new master key. Durable on return; sealing and opening wait meanwhile.
    ///
    /// The caller keeps the old key until this returns, and destroys it then: it would still open older copies.
    ///
    /// # Errors
    /// `WrongMaster` if the new key is the present one; `Closed` after an earlier failure; `Random` or `Disk`, after
    /// which the store is still under the old key, except if the very last step failed: then the store must be opened
    /// again, with whichever key fits.
    pub fn rotate(&self, new: &MasterKey) -> Result<Rotation, KeyError> {
        let mut state = self.state();
        state.check_open()?;
        let header = &state.header.header;
        if header.is_opened_by(new)? {
            let generation = header.generation;
            return Err(KeyError::WrongMaster { generation, hint: "the new key is the present one, make another" });
        }
        let (disk, random) = (&*self.disk, &*self.random);
        let header = state.header.rotated(new, random)?;
        let prepared = prepare(&state, disk, random, &header);
        if prepared.is_err() {
            // What is left holds keys that a later erasure would miss.
            let wiped = wipe_leftover(disk);
            state.or_close("a rotation left keys/slots.next behind; open the ledger again", wiped)?;
        }
        let rotation = prepared?;
        state.file = state.or_close("a rotation failed at its last step; open the ledger again", publish(disk))?;
        state.header = header;
        state.note_synced();
        Ok(rotation)
    }
}

/// Writes the replacement, durably but not yet in the store's place.
fn prepare(state: &State, disk: &dyn Disk, random: &dyn Random, header: &Unlocked) -> Result<Rotation, KeyError> {
    let next = SlotFile::create_next(disk, &header.header)?;
    let mut rotation = Rotation { generation: header.header.generation, rewrapped: 0, damaged: Vec::new() };
    for start in block_starts(state.slots) {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (number, copies) in (start..state.slots).zip(state.file.block(start)?) {
            let [one, other] = rewrapped(state, random, header, (number, copies), &mut rotation)?;
            first.push(one);
            second.push(other);
        }
        next.write_block(start, Side::First, &first)?;
        next.write_block(start, Side::Second, &second)?;
    }
    next.sync()?;
    Ok(rotation)
}

/// Returns both copies of a slot under the new master key.
fn rewrapped(
    state: &State,
    random: &dyn Random,
    header: &Unlocked,
    (number, copies): (u64, [SlotBytes; 2]),
    rotation: &mut Rotation,
) -> Result<[SlotBytes; 2], KeyError> {
    let old = &state.header.wrapping;
    let found = match judge(number, &copies, old) {
        Found::Held(slot) if slot.key.is_none() => return Ok([ERASED; 2]),
        Found::Erased => return Ok([ERASED; 2]),
        Found::Held(slot) => slot.open(old).map(|key| (slot, key)),
        Found::Damaged => None,
    };
    let Some((slot, key)) = found else {
        rotation.damaged.push(number);
        return Ok(copies);
    };
    let mut slot = Slot { generation: rotation.generation, sequence: slot.sequence.saturating_add(1), ..slot };
    slot.key = Some(wrap(&header.wrapping, random, &slot.bound(), &key)?);
    rotation.rewrapped += 1;
    Ok([slot.encode(); 2])
}
