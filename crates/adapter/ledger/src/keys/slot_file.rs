//! The file `keys/slots` as places on a disk: two header copies, then pairs of blocks with 32 slots each.

use std::io;
use std::sync::Arc;

use super::error::{KeyError, while_doing};
use super::header::{HEADER_BYTES, Header};
use super::slot::{ERASED, SLOT_BYTES, SlotBytes};
use crate::disk::{Disk, DiskFile, read_full_at, write_all_at};

/// The folder of the key store.
pub(super) const FOLDER: &str = "keys";
/// The store.
pub(crate) const PATH: &str = "keys/slots";
/// What a rotation, or the making of a store, writes before it takes the store's place.
pub(super) const NEXT_PATH: &str = "keys/slots.next";

/// Why a store cannot be used that is not there.
pub(crate) const MISSING: &str = "it is missing";

/// What a disk may lose as a whole; the two copies of anything stand in different ones.
const BLOCK_BYTES: u64 = BLOCK_LEN as u64;
const BLOCK_LEN: usize = 4096;
/// Where the slots begin.
const SLOTS_OFFSET: u64 = 2 * BLOCK_BYTES;
const SLOTS_PER_BLOCK: u64 = BLOCK_BYTES / SLOT_BYTES as u64;
/// Zeros are written in pieces of this size when a file is wiped.
const WIPE_BYTES: usize = 1 << 14;

/// One of the two copies of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    First,
    Second,
}

/// An open store file.
#[derive(Clone)]
pub(super) struct SlotFile(Arc<dyn DiskFile>);

impl SlotFile {
    /// Opens the store.
    pub(super) fn open(disk: &dyn Disk) -> Result<Self, KeyError> {
        Self::open_at(disk, PATH)
    }

    /// Opens a store, or a copy of it, wherever it is.
    pub(super) fn open_at(disk: &dyn Disk, path: &str) -> Result<Self, KeyError> {
        disk.open(path).map(Self).map_err(|problem| match problem.kind() {
            io::ErrorKind::NotFound => KeyError::BadHeader { why: MISSING },
            _ => while_doing("opening keys/slots")(problem),
        })
    }

    /// Creates the file that is to take the store's place.
    pub(super) fn create_next(disk: &dyn Disk, header: &Header) -> Result<Self, KeyError> {
        let file = disk.create(NEXT_PATH).map_err(while_doing("creating keys/slots.next"))?;
        let mut block = header.encode();
        block.resize(BLOCK_LEN, 0);
        let blocks = block.repeat(2);
        write_all_at(&*file, &blocks, 0).map_err(while_doing("writing keys/slots.next"))?;
        Ok(Self(file))
    }

    /// Reads the header: the first copy that holds, and whether both do.
    pub(super) fn header(&self) -> Result<(Header, bool), KeyError> {
        let mut copies = Vec::new();
        for offset in [0, BLOCK_BYTES] {
            let mut bytes = [0; HEADER_BYTES];
            self.read(&mut bytes, offset)?;
            copies.push(Header::decode(&bytes));
        }
        let are_both_good = copies.iter().all(Result::is_ok);
        let first_problem = copies.iter().find_map(|copy| copy.as_ref().err().copied());
        let good = copies.into_iter().find_map(Result::ok);
        let why = first_problem.unwrap_or("it is empty");
        good.map(|header| (header, are_both_good)).ok_or(KeyError::BadHeader { why })
    }

    /// Writes the good copy of the header over the bad one, if one is bad.
    pub(super) fn mend_header(&self) -> Result<(), KeyError> {
        let (header, are_both_good) = self.header()?;
        if are_both_good {
            return Ok(());
        }
        let encoded = header.encode();
        self.write(&encoded, 0)?;
        self.write(&encoded, BLOCK_BYTES)
    }

    /// Returns how many slots were ever given out: the file ends after the last one's second copy.
    pub(super) fn slots(&self) -> Result<u64, KeyError> {
        let length = self.0.len().map_err(while_doing("asking the length of keys/slots"))?;
        let body = length.saturating_sub(SLOTS_OFFSET);
        let (pairs, rest) = (body / (2 * BLOCK_BYTES), body % (2 * BLOCK_BYTES));
        // A part of a slot counts as one: it is never given out again.
        let in_first = rest.min(BLOCK_BYTES).div_ceil(SLOT_BYTES as u64);
        let in_second = rest.saturating_sub(BLOCK_BYTES).div_ceil(SLOT_BYTES as u64);
        let in_last = if in_second > 0 { in_second } else { in_first };
        Ok(pairs * SLOTS_PER_BLOCK + in_last)
    }

    /// Reads both copies of a slot; bytes past the end of the file are zeros.
    pub(super) fn copies(&self, number: u64) -> Result<[SlotBytes; 2], KeyError> {
        let mut copies = [ERASED; 2];
        for (copy, side) in copies.iter_mut().zip([Side::First, Side::Second]) {
            self.read(copy, offset(number, side))?;
        }
        Ok(copies)
    }

    /// Has both copies of a slot fetched.
    pub(super) fn will_read(&self, number: u64) {
        let start = offset(number, Side::First);
        self.0.will_read(start, offset(number, Side::Second) + SLOT_BYTES as u64 - start);
    }

    /// Reads both copies of up to 32 slots from `number` on, which must be the first of a block.
    pub(super) fn block(&self, number: u64) -> Result<Vec<[SlotBytes; 2]>, KeyError> {
        let mut bytes = vec![0; 2 * BLOCK_LEN];
        self.read(&mut bytes, offset(number, Side::First))?;
        let (first, second) = bytes.split_at(BLOCK_LEN);
        let copies = |half: &[u8]| half.as_chunks::<SLOT_BYTES>().0.to_vec();
        Ok(copies(first).into_iter().zip(copies(second)).map(|(first, second)| [first, second]).collect())
    }

    /// Writes one copy of up to 32 slots from `number` on, which must be the first of a block.
    pub(super) fn write_block(&self, number: u64, side: Side, slots: &[SlotBytes]) -> Result<(), KeyError> {
        self.write(slots.as_flattened(), offset(number, side))
    }

    /// Writes one copy of a slot.
    pub(super) fn write_copy(&self, number: u64, side: Side, bytes: &SlotBytes) -> Result<(), KeyError> {
        self.write(bytes, offset(number, side))
    }

    /// Waits until the disk has everything written.
    pub(super) fn sync(&self) -> Result<(), KeyError> {
        self.0.sync_data().map_err(while_doing("syncing keys/slots"))
    }

    fn read(&self, into: &mut [u8], offset: u64) -> Result<(), KeyError> {
        read_full_at(&*self.0, into, offset).map(drop).map_err(while_doing("reading keys/slots"))
    }

    fn write(&self, bytes: &[u8], offset: u64) -> Result<(), KeyError> {
        write_all_at(&*self.0, bytes, offset).map_err(while_doing("writing keys/slots"))
    }
}

/// Returns the header of a replacement that never took the store's place, if there is one to read.
pub(super) fn leftover_header(disk: &dyn Disk) -> Option<Header> {
    SlotFile(disk.open(NEXT_PATH).ok()?).header().ok().map(|(header, _)| header)
}

/// Puts the replacement, which must be synced, durably into the store's place and opens it there.
pub(super) fn publish(disk: &dyn Disk) -> Result<SlotFile, KeyError> {
    let publish = || {
        disk.rename(NEXT_PATH, PATH)?;
        disk.sync_dir(FOLDER)
    };
    publish().map_err(while_doing("putting keys/slots.next in place"))?;
    SlotFile::open(disk)
}

/// Overwrites with zeros and removes a replacement that never took the store's place; true if there was one.
pub(super) fn wipe_leftover(disk: &dyn Disk) -> Result<bool, KeyError> {
    let wipe = || -> io::Result<bool> {
        let file = match disk.open(NEXT_PATH) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other?,
        };
        let length = file.len()?;
        let zeros = [0; WIPE_BYTES];
        for offset in (0..length).step_by(WIPE_BYTES) {
            let here = usize::try_from(length - offset).map_or(WIPE_BYTES, |rest| rest.min(WIPE_BYTES));
            write_all_at(&*file, zeros.get(..here).unwrap_or(&zeros), offset)?;
        }
        file.sync_data()?;
        disk.remove(NEXT_PATH)?;
        disk.sync_dir(FOLDER)?;
        Ok(true)
    };
    wipe().map_err(while_doing("wiping keys/slots.next"))
}

pub(super) fn offset(number: u64, side: Side) -> u64 {
    let side = match side {
        Side::First => 0,
        Side::Second => BLOCK_BYTES,
    };
    let (pair, place) = (number / SLOTS_PER_BLOCK, number % SLOTS_PER_BLOCK);
    SLOTS_OFFSET + pair * 2 * BLOCK_BYTES + side + place * SLOT_BYTES as u64
}

/// The numbers of the slots that begin a block, of a store with `slots` slots.
pub(super) fn block_starts(slots: u64) -> impl Iterator<Item = u64> {
    (0..slots).step_by(usize::try_from(SLOTS_PER_BLOCK).unwrap_or(1))
}
