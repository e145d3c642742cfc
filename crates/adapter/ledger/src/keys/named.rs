//! Which slot numbers the log has used up. A store that was put back from an older copy, or cut off, would give numbers
//! out again under which records are sealed whose key is lost, and so hide the loss.
//!
//! Any record may name the highest number, not only the newest. So every stored record is looked at once; what all
//! segments but the newest come to is kept in `keys/named`, wrapped like a key so that nobody lowers it. It tells the
//! same of every log that begins with these segments, so an older one is as good, only longer to read on from; one that
//! is missing, altered or from before a rotation is made again.

use std::io::{self, ErrorKind};

use super::content::slot_of;
use super::error::{KeyError, while_doing};
use super::wrapping::{Key, Wrapped, unwrap, wrap};
use super::xaes::Xaes;
use crate::LedgerError;
use crate::clock::Random;
use crate::disk::{Disk, Durability, read_file, replace_file};
use crate::frame::{FrameKind, split_record};
use crate::scan::{FrameReader, Step};
use crate::segment::{self, path_of};

const KEPT_PATH: &str = "keys/named";
/// What the wrapping is bound to; no slot and no header begins so.
const BOUND_TO: &[u8] = b"syndic ledger slots named 1";
/// A crash may tear the newest segment while the next is begun, so what these hold is read anew at each opening.
const NEWEST_SEGMENTS: usize = 2;
/// So many more slots than records and slots are believed: beyond it a content was altered, and must not make the store
/// skip to a place no disk has.
const MOST_WITHOUT_RECORD: u64 = 1 << 20;

/// What the records before one come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Named {
    /// The first record of the first segment that was not looked at.
    before: u64,
    /// One more than the highest number named; 0 if none is.
    next: u64,
}

/// What one segment comes to.
struct Looked {
    next: u64,
    /// It was read to its end: no bad frame hides others.
    is_whole: bool,
}

/// Returns one more than the highest slot that a kept record names; 0 without any. `slots` is how many the store has.
///
/// # Errors
/// `Disk` if the segments cannot be read. That the answer cannot be kept is none.
pub(super) fn first_unnamed(
    disk: &dyn Disk,
    wrapping: &Xaes,
    random: &dyn Random,
    slots: u64,
) -> Result<u64, KeyError> {
    let firsts = segments(disk)?;
    let kept = load(disk, wrapping).unwrap_or_default();
    let (mut next, mut to_keep, mut is_whole) = (kept.next, kept, true);
    let settled = firsts.len().saturating_sub(NEWEST_SEGMENTS);
    for (place, first) in firsts.iter().enumerate().filter(|(_, first)| **first >= kept.before) {
        let looked = look(disk, *first, slots)?;
        next = next.max(looked.next);
        is_whole &= looked.is_whole;
        if is_whole && place < settled {
            to_keep = Named { before: firsts.get(place + 1).copied().unwrap_or(*first), next };
        }
    }
    if to_keep != kept {
        keep(disk, wrapping, random, to_keep);
    }
    Ok(next)
}

/// The first records of the segments that are there; none where there is no log yet.
fn segments(disk: &dyn Disk) -> Result<Vec<u64>, KeyError> {
    match segment::list(disk) {
        Ok(firsts) => Ok(firsts),
        Err(LedgerError::Disk { problem, .. }) if problem.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(other) => Err(while_doing("listing the segments")(io::Error::other(other.to_string()))),
    }
}

fn look(disk: &dyn Disk, first: u64, slots: u64) -> Result<Looked, KeyError> {
    let file = disk.open(&path_of(first)).map_err(while_doing("opening a segment"))?;
    let mut reader = FrameReader::new(file, 0);
    let (mut next, mut index) = (0, first);
    loop {
        let payload = match reader.step().map_err(while_doing("reading a segment"))? {
            Step::Frame { kind: FrameKind::Record, payload, .. } => payload,
            Step::Frame { .. } => continue,
            Step::End { .. } => return Ok(Looked { next, is_whole: true }),
            // A torn tail, which no reader counts, or damage, which opening or verifying the log names.
            Step::Bad { .. } => return Ok(Looked { next, is_whole: false }),
        };
        index = index.saturating_add(1);
        let most = index.saturating_add(slots).saturating_add(MOST_WITHOUT_RECORD);
        let named = split_record(payload).and_then(|(_, stored)| slot_of(stored)).filter(|slot| *slot < most);
        next = next.max(named.map_or(0, |slot| slot.saturating_add(1)));
    }
}

fn load(disk: &dyn Disk, wrapping: &Xaes) -> Option<Named> {
    let bytes = read_file(disk, KEPT_PATH, 1 << 10).ok()??;
    let wrapped: &Wrapped = bytes.as_slice().try_into().ok()?;
    let plain = unwrap(wrapping, BOUND_TO, wrapped)?;
    let (before, rest) = plain.split_first_chunk()?;
    let (next, _) = rest.split_first_chunk()?;
    Some(Named { before: u64::from_be_bytes(*before), next: u64::from_be_bytes(*next) })
}

/// Without it the next opening only reads longer, so a full disk does not matter here.
fn keep(disk: &dyn Disk, wrapping: &Xaes, random: &dyn Random, named: Named) {
    let mut plain = Key::default();
    for (to, from) in plain.iter_mut().zip(named.before.to_be_bytes().into_iter().chain(named.next.to_be_bytes())) {
        *to = from;
    }
    if let Ok(wrapped) = wrap(wrapping, random, BOUND_TO, &plain) {
        drop(replace_file(disk, KEPT_PATH, &wrapped, Durability::Later));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OsRandom;
    use crate::disk::{SimDisk, write_all_at};
    use crate::frame::encode_record;
    use crate::keys::SEAL_OVERHEAD;

    const STORED: usize = SEAL_OVERHEAD + 3;

    /// Writes a segment whose records name these slots.
    fn segment(disk: &SimDisk, first: u64, named: &[u64]) {
        let mut bytes = Vec::new();
        for slot in named {
            let mut stored = vec![0; STORED];
            stored[0] = 1;
            stored[1..9].copy_from_slice(&slot.to_be_bytes());
            assert!(encode_record(b"leaf", &stored, &mut bytes));
        }
        write_all_at(&*disk.create(&path_of(first)).unwrap(), &bytes, 0).unwrap();
    }

    fn asked(disk: &SimDisk) -> u64 {
        first_unnamed(disk, &Xaes::new(&[1; 32]), &OsRandom, 0).unwrap()
    }

    fn kept(disk: &SimDisk) -> Option<Named> {
        load(disk, &Xaes::new(&[1; 32]))
    }

    #[test]
    fn any_record_may_name_the_highest_slot_and_an_impossible_number_is_not_believed() {
        let disk = SimDisk::new(1);
        assert_eq!((asked(&disk), kept(&disk)), (0, None), "no log yet");
        segment(&disk, 0, &[0, 7, u64::MAX, 1 << 40, 2]);
        assert_eq!((asked(&disk), kept(&disk)), (8, None));
    }

    #[test]
    fn settled_segments_are_read_once_and_the_newest_ones_each_time() {
        let disk = SimDisk::new(2);
        for (first, slot) in [(0, 9), (1, 3), (2, 4), (3, 5)] {
            segment(&disk, first, &[slot]);
        }
        assert_eq!((asked(&disk), kept(&disk)), (10, Some(Named { before: 2, next: 10 })));
        // Read no more; a later one is.
        disk.tamper(&path_of(0), Vec::clear);
        segment(&disk, 4, &[12]);
        assert_eq!(asked(&disk), 13);
        // Altered, it counts no more: what is left of the log is read again.
        disk.tamper(KEPT_PATH, |file| file[40] ^= 1);
        disk.tamper(&path_of(4), Vec::clear);
        assert_eq!(asked(&disk), 6);
    }

    #[test]
    fn nothing_is_kept_of_what_lies_behind_a_bad_frame() {
        let disk = SimDisk::new(3);
        for (first, slot) in [(0, 1), (1, 9), (2, 4), (3, 5), (4, 6)] {
            segment(&disk, first, &[slot]);
        }
        disk.tamper(&path_of(1), |file| file[20] ^= 1);
        assert_eq!((asked(&disk), kept(&disk)), (7, Some(Named { before: 1, next: 2 })));
    }
}
