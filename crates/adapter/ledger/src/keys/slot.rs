//! One subject's slot: its key, wrapped, in 128 bytes.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | format, 1 |
//! | 1 | state: 1 live, 2 being erased |
//! | 2 | zeros |
//! | 4 | generation of the master key it is wrapped under |
//! | 8 | sequence, grows with each change of the slot |
//! | 32 | pseudonym of the subject |
//! | 72 | subject key, wrapped, bound to the slot's number and the bytes above; zeros when being erased |
//! | 4 | zeros |
//! | 4 | CRC-32C of the slot's number and all before |
//!
//! Integers are big-endian. All 128 bytes zero: erased, or never made durable. Two copies neither of which is whole or
//! holds a byte of a key are what an erasure leaves that was cut off at its last write; they count as erased too.

use super::pseudonym::Pseudonym;
use super::wrapping::{Key, WRAPPED_BYTES, Wrapped, unwrap};
use super::xaes::Xaes;

/// Length of one copy of a slot in bytes.
pub(super) const SLOT_BYTES: usize = 128;
/// The content of an erased slot.
pub(super) const ERASED: SlotBytes = [0; SLOT_BYTES];
/// Where the pseudonym begins.
const PSEUDONYM_OFFSET: usize = 16;
/// Where the wrapped key begins, right after it.
const KEY_OFFSET: usize = 48;
const FORMAT: u8 = 1;
const LIVE: u8 = 1;
const ERASING: u8 = 2;

/// One copy of a slot as it stands in the file.
pub(super) type SlotBytes = [u8; SLOT_BYTES];

/// A slot that holds something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slot {
    pub(super) number: u64,
    pub(super) generation: u32,
    pub(super) sequence: u64,
    pub(super) pseudonym: Pseudonym,
    /// The wrapped subject key; `None` while the slot is being erased.
    pub(super) key: Option<Wrapped>,
}

/// What the two copies of a slot amount to.
pub(super) enum Found {
    /// A subject's slot, or one whose erasure was begun.
    Held(Slot),
    /// No byte of a key is left.
    Erased,
    /// No copy is usable.
    Damaged,
}

impl Slot {
    /// What the wrapped key is bound to.
    pub(super) fn bound(&self) -> Vec<u8> {
        [&self.number.to_be_bytes()[..], &self.head()].concat()
    }

    fn head(&self) -> Vec<u8> {
        let state = if self.key.is_some() { LIVE } else { ERASING };
        let (generation, sequence) = (self.generation.to_be_bytes(), self.sequence.to_be_bytes());
        [&[FORMAT, state, 0, 0][..], &generation, &sequence, &self.pseudonym.0].concat()
    }

    /// Returns the bytes of one copy.
    pub(super) fn encode(&self) -> SlotBytes {
        let key = self.key.unwrap_or([0; WRAPPED_BYTES]);
        let covered = [&self.head()[..], &key, &[0; 4]].concat();
        let crc = checksum(self.number, &covered).to_be_bytes();
        let mut bytes = ERASED;
        for (to, from) in bytes.iter_mut().zip(covered.into_iter().chain(crc)) {
            *to = from;
        }
        bytes
    }

    /// Parses one copy of slot `number`; `None` if any byte is not as [`Slot::encode`] writes it.
    pub(super) fn decode(number: u64, bytes: &SlotBytes) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<4>()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let (pseudonym, rest) = rest.split_first_chunk()?;
        let (key, _) = rest.split_first_chunk::<WRAPPED_BYTES>()?;
        let slot = Self {
            number,
            generation: u32::from_be_bytes(*generation),
            sequence: u64::from_be_bytes(*sequence),
            pseudonym: Pseudonym(*pseudonym),
            key: (head.get(1) == Some(&LIVE)).then_some(*key),
        };
        (slot.encode() == *bytes).then_some(slot)
    }

    /// Decrypts the subject key; `None` if the slot is being erased or was altered.
    pub(super) fn open(&self, wrapping: &Xaes) -> Option<Key> {
        unwrap(wrapping, &self.bound(), &self.key?)
    }
}

/// Whether either copy carries a pseudonym, whatever else is wrong with it.
pub(super) fn names(copies: &[SlotBytes; 2], pseudonym: &Pseudonym) -> bool {
    copies.iter().any(|copy| copy.get(PSEUDONYM_OFFSET..KEY_OFFSET) == Some(&pseudonym.0[..]))
}

/// Judges the two copies of slot `number`: the newest that holds wins.
///
/// Equal copies are taken as they are; of different ones a live one counts only if its key opens, so that a copy can be
/// mended from the other without ever spreading an altered one.
pub(super) fn judge(number: u64, copies: &[SlotBytes; 2], wrapping: &Xaes) -> Found {
    let [first, second] = copies;
    let decoded = [Slot::decode(number, first), Slot::decode(number, second)];
    let usable = |slot: &Slot| first == second || slot.key.is_none() || slot.open(wrapping).is_some();
    let newest = decoded.into_iter().flatten().filter(usable).max_by_key(|slot| slot.sequence);
    match newest {
        Some(slot) => Found::Held(slot),
        None if copies.iter().all(is_without_key) => Found::Erased,
        None => Found::Damaged,
    }
}

/// Whether a copy holds no byte of a key.
pub(super) fn is_without_key(copy: &SlotBytes) -> bool {
    copy.iter().skip(KEY_OFFSET).take(WRAPPED_BYTES).all(|byte| *byte == 0)
}

fn checksum(number: u64, covered: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&number.to_be_bytes()), covered)
}
