//! What opening a key store does: take stock, and put right what a crash or a bad block left.
//!
//! Every slot is written again even where nothing is wrong: after a sync that failed, the system shows bytes that are
//! not on the disk and never will be, unless they are written anew. The second copies go first and are synced before
//! the first ones, so that an erasure, whose intent stands in the first copy, is never half undone.

use std::collections::HashMap;

use super::error::{KeyError, while_doing};
use super::pseudonym::Pseudonym;
use super::slot::{ERASED, Found, SlotBytes, judge};
use super::slot_file::{FOLDER, Side, SlotFile, block_starts, wipe_leftover};
use super::xaes::Xaes;
use crate::disk::Disk;

/// What was found when a key store was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRecovery {
    /// Slots ever given out.
    pub slots: u64,
    /// Slots with a subject's key.
    pub live: u64,
    /// Slots of which one copy was bad; mended if the store was opened for writing.
    pub mended: u64,
    /// Erasures that a crash had interrupted; finished if the store was opened for writing.
    pub interrupted_erasures: u64,
    /// Slots of which no copy is usable. A crash leaves such a slot where a subject's first record was about to be
    /// written; no durable record needs that one.
    pub damaged: Vec<u64>,
    /// One copy of the header was bad; mended if the store was opened for writing.
    pub is_header_mended: bool,
    /// A rotation, or the making of the store, had not finished and was undone.
    pub is_leftover_wiped: bool,
}

/// Where keys are.
#[derive(Default)]
pub(super) struct Places {
    /// Each subject's slot.
    pub(super) live: HashMap<Pseudonym, u64>,
    /// Slots that are in nobody's use but may hold bytes of a key: damaged ones, or a subject's second one.
    pub(super) strays: Vec<u64>,
    /// Those of the strays that open, and whose they are.
    pub(super) second: Vec<(u64, Pseudonym)>,
}

impl Places {
    /// Takes note that a slot holds nothing any more.
    pub(super) fn forget(&mut self, slot: u64) {
        self.live.retain(|_, live| *live != slot);
        self.strays.retain(|stray| *stray != slot);
        self.second.retain(|(second, _)| *second != slot);
    }
}

/// Takes stock and changes nothing.
pub(super) fn survey(file: &SlotFile, wrapping: &Xaes) -> Result<(Places, KeyRecovery), KeyError> {
    let (mut places, mut recovery) =
        (Places::default(), KeyRecovery { slots: file.slots()?, ..KeyRecovery::default() });
    for start in block_starts(recovery.slots) {
        for (number, copies) in (start..recovery.slots).zip(file.block(start)?) {
            match judge(number, &copies, wrapping) {
                Found::Held(slot) if slot.key.is_some() => {
                    let [first, second] = copies;
                    recovery.mended += u64::from(first != second);
                    if let Some(earlier) = places.live.insert(slot.pseudonym, number) {
                        places.strays.push(earlier);
                        places.second.push((earlier, slot.pseudonym));
                    }
                }
                Found::Held(_) => recovery.interrupted_erasures += 1,
                Found::Erased => {}
                Found::Damaged => recovery.damaged.push(number),
            }
        }
    }
    recovery.live = places.live.len() as u64;
    places.strays.extend(&recovery.damaged);
    Ok((places, recovery))
}

/// Puts right what can be, and makes all of it durable. True if an unfinished replacement was wiped.
pub(super) fn restore(disk: &dyn Disk, file: &SlotFile, wrapping: &Xaes) -> Result<bool, KeyError> {
    let is_leftover_wiped = wipe_leftover(disk)?;
    file.mend_header()?;
    for side in [Side::Second, Side::First] {
        let slots = file.slots()?;
        for start in block_starts(slots) {
            let copies = (start..slots).zip(file.block(start)?);
            let mended: Vec<_> = copies.map(|(number, copies)| mended(number, copies, side, wrapping)).collect();
            file.write_block(start, side, &mended)?;
        }
        file.sync()?;
    }
    disk.sync_dir(FOLDER).map_err(while_doing("syncing the folder of keys/slots"))?;
    Ok(is_leftover_wiped)
}

/// What one side of a slot should hold. A damaged one stays as it is: a backup may yet complete it.
fn mended(number: u64, copies: [SlotBytes; 2], side: Side, wrapping: &Xaes) -> SlotBytes {
    let [first, second] = copies;
    match judge(number, &copies, wrapping) {
        Found::Held(slot) if slot.key.is_some() => slot.encode(),
        Found::Held(_) | Found::Erased => ERASED,
        Found::Damaged if side == Side::First => first,
        Found::Damaged => second,
    }
}
