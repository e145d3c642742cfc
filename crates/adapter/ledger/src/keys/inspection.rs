//! What stands in the slots of a store, as far as that can be told without any key.

use super::error::KeyError;
use super::master::MasterKey;
use super::pseudonym::Pseudonym;
use super::slot::{Found, Slot, SlotBytes, is_without_key, judge};
use super::slot_file::{Side, SlotFile, block_starts, offset};
use crate::disk::Disk;

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    /// The wrapped key of a subject, whole by its checksum.
    Key(Pseudonym),
    /// No byte of a key.
    Nothing,
    /// Bytes that are no slot.
    Damaged,
}

/// The slots of a store, read without a master key.
pub(crate) struct Inspection {
    file: SlotFile,
    slots: u64,
    generation: u32,
}

impl Inspection {
    /// Opens the store and checks its header.
    ///
    /// # Errors
    /// `BadHeader` if it is missing or no key can be had from it; `Disk` if the disk refuses.
    pub(crate) fn open(disk: &dyn Disk) -> Result<Self, KeyError> {
        let file = SlotFile::open(disk)?;
        let (header, _) = file.header()?;
        let slots = file.slots()?;
        Ok(Self { file, slots, generation: header.generation })
    }

    /// Returns how many slots were ever given out.
    pub(crate) fn slots(&self) -> u64 {
        self.slots
    }

    /// Returns which master key the store is under.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// Hands over every slot, in order.
    ///
    /// # Errors
    /// `Disk`.
    pub(crate) fn each(&self, mut take: impl FnMut(u64, Holding)) -> Result<(), KeyError> {
        for start in block_starts(self.slots) {
            for (number, copies) in (start..self.slots).zip(self.file.block(start)?) {
                take(number, holding(number, &copies));
            }
        }
        Ok(())
    }
}

/// Says whether a store is there from which keys were given out, so that something was sealed or was about to be.
pub fn were_keys_given_out(disk: &dyn Disk) -> bool {
    SlotFile::open(disk).and_then(|file| file.slots()).is_ok_and(|slots| slots > 0)
}

/// Returns the slots that hold what passes for a key and does not open with the master key: somebody wrote them who has
/// not got it. Only reads.
///
/// # Errors
/// `WrongMaster` if the store is under another master key; `BadHeader` if it is missing or no store; `Disk`.
pub fn slots_not_opening(disk: &dyn Disk, master: &MasterKey) -> Result<Vec<u64>, KeyError> {
    let file = SlotFile::open(disk)?;
    let wrapping = file.header()?.0.unlock(master)?.wrapping;
    let (slots, mut not_opening) = (file.slots()?, Vec::new());
    for start in block_starts(slots) {
        for (number, copies) in (start..slots).zip(file.block(start)?) {
            if let Found::Held(slot) = judge(number, &copies, &wrapping)
                && slot.key.is_some()
                && slot.open(&wrapping).is_none()
            {
                not_opening.push(number);
            }
        }
    }
    Ok(not_opening)
}

/// Returns the byte of the file at which a slot's first copy begins.
pub(crate) fn place_of(slot: u64) -> u64 {
    offset(slot, Side::First)
}

fn holding(number: u64, copies: &[SlotBytes; 2]) -> Holding {
    let slots = copies.iter().filter_map(|copy| Slot::decode(number, copy));
    let newest = slots.max_by_key(|slot| slot.sequence);
    match newest {
        Some(slot) if slot.key.is_some() => Holding::Key(slot.pseudonym),
        // Begun to be erased: the next opening makes it zeros.
        Some(_) => Holding::Nothing,
        None if copies.iter().all(is_without_key) => Holding::Nothing,
        None => Holding::Damaged,
    }
}
