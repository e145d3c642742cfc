//! A block while it is made: terms and records as pairs of numbers, sorted at the end.
//!
//! # The bytes of a block, before they are encrypted
//! | what | bytes |
//! | --- | --- |
//! | number of records, of marks, each `u32` | 8 |
//! | length of the two lists below, doubled and 1 if bits, each `u32` | 8 |
//! | directory: for each of 256 values of a term's first 8 bits where its entries start, and where the last end, `u32` | 1,028 |
//! | records whose contents are erased; records to be opened whatever is asked; as [`places`] | |
//! | marks: index, segment, offset, each `u64`, by index | 24 each |
//! | subject of each record: the first 4 bytes of its pseudonym, zeros without one | 4 each |
//! | entries, sorted by term: the other 28 bits `u32`, length in bytes doubled and 1 if bits, as varint, [`places`] | |
//!
//! Integers are little-endian. Most questions read the first page and the few pages of one slot of the directory.

use super::places::{self, MOST_RECORDS};
use super::reader::Mark;
use super::term::{TERM_BITS, TermKey};
use super::words::{readings, terms};
use crate::leaf::Leaf;

/// Bits of a term that the directory resolves.
pub(super) const DIRECTORY_BITS: u32 = 8;
/// Bits of a term that its entry holds.
pub(super) const ENTRY_BITS: u32 = TERM_BITS - DIRECTORY_BITS;
/// Bytes of the counts and the lengths.
pub(super) const HEAD_BYTES: usize = 4 * 4;
/// Bytes of the directory.
pub(super) const DIRECTORY_BYTES: usize = ((1 << DIRECTORY_BITS) + 1) * 4;
/// Distance of marks in records and in bytes.
pub(super) const MARK_RECORDS: u64 = 16;
const MARK_BYTES: u64 = 16 << 10;
/// Pairs of one content; one with more is looked at whatever is asked. 8 bytes each.
const MOST_OWN_PAIRS: usize = 2 << 20;
/// Pairs after which a block is full.
const FULL_PAIRS: usize = 6 << 20;

/// What of a content can be indexed.
pub(super) enum Found<'a> {
    Plain(&'a [u8]),
    /// Erased: nobody can read it.
    Gone,
    /// It should open and did not: it may later.
    Closed,
}

/// Records gathered so far, without a gap.
pub(super) struct Gathered {
    pub(super) first: u64,
    pub(super) records: u32,
    pub(super) key: TermKey,
    /// Number of a term, shifted, and place of a record.
    pub(super) pairs: Vec<u64>,
    /// Records whose contents are erased, ascending.
    pub(super) gone: Vec<u16>,
    /// Records to be opened whatever is asked, ascending.
    pub(super) look: Vec<u16>,
    /// Of each record.
    pub(super) subjects: Vec<u32>,
    pub(super) marks: Vec<Mark>,
    pub(super) most_records: u32,
}

impl Gathered {
    /// Begins a block of at most `most_records`.
    pub(super) fn new(first: u64, key: TermKey, most_records: u32) -> Self {
        let most_records = most_records.min(MOST_RECORDS);
        Self {
            first,
            records: 0,
            key,
            pairs: Vec::new(),
            gone: Vec::new(),
            look: Vec::new(),
            subjects: Vec::new(),
            marks: Vec::new(),
            most_records,
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.first + u64::from(self.records)
    }

    /// Says whether the next record belongs to the next block.
    pub(super) fn is_full(&self) -> bool {
        self.records >= self.most_records || self.pairs.len() >= FULL_PAIRS
    }

    /// Takes in the next record.
    pub(super) fn push(&mut self, leaf: &Leaf, mark: Mark, content: &Found<'_>) {
        // A block has at most as many records as there are places.
        let place = u16::try_from(self.records).unwrap_or(u16::MAX);
        self.records += 1;
        if self.marks.last().is_none_or(|last| is_far(last, &mark)) {
            self.marks.push(mark);
        }
        self.subjects.push(leaf.subject.as_ref().map_or(0, subject_number));
        match content {
            Found::Gone => self.gone.push(place),
            Found::Closed => self.look.push(place),
            Found::Plain(content) => self.push_terms(content, place),
        }
    }

    /// Lets go of all there is of these records, ascending, whose contents are erased now.
    pub(super) fn forget(&mut self, places: &[u16]) {
        let is_kept = |place: &u16| places.binary_search(place).is_err();
        self.pairs.retain(|pair| u16::try_from(pair & 0xffff).is_ok_and(|place| is_kept(&place)));
        self.look.retain(is_kept);
        self.gone.extend_from_slice(places);
        self.gone.sort_unstable();
        self.gone.dedup();
    }

    fn push_terms(&mut self, content: &[u8], place: u16) {
        let (start, key) = (self.pairs.len(), &self.key);
        let pairs = &mut self.pairs;
        for reading in readings(content) {
            terms(&reading, |term| {
                pairs.push(key.number(term) << 16 | u64::from(place));
                pairs.len() - start < MOST_OWN_PAIRS
            });
        }
        if pairs.len() - start >= MOST_OWN_PAIRS {
            pairs.truncate(start);
            self.look.push(place);
        }
    }

    /// Returns the bytes of the block; nothing if they are more than 4 GiB.
    pub(super) fn encode(mut self) -> Option<Vec<u8>> {
        let (mut lists, mut lengths) = (Vec::new(), Vec::new());
        for list in [&self.gone, &self.look] {
            let start = lists.len();
            let are_bits = places::encode(list, &mut lists);
            lengths.push(length(lists.len() - start, are_bits)?);
        }
        let counts = [self.records, u32::try_from(self.marks.len()).ok()?];
        let mut body: Vec<u8> = counts.iter().chain(&lengths).flat_map(|count| count.to_le_bytes()).collect();
        body.resize(HEAD_BYTES + DIRECTORY_BYTES, 0);
        body.append(&mut lists);
        for mark in &self.marks {
            let numbers = [mark.index, mark.place.segment, mark.place.offset];
            body.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        body.extend(self.subjects.iter().flat_map(|subject| subject.to_le_bytes()));
        self.pairs.sort_unstable();
        self.pairs.dedup();
        push_entries(&self.pairs, &mut body)?;
        Some(body)
    }
}

/// A length in bytes, and whether they are bits.
fn length(bytes: usize, are_bits: bool) -> Option<u32> {
    u32::try_from(bytes * 2 + usize::from(are_bits)).ok()
}

fn is_far(last: &Mark, mark: &Mark) -> bool {
    mark.place.segment != last.place.segment
        || mark.index - last.index >= MARK_RECORDS
        || mark.place.offset.saturating_sub(last.place.offset) >= MARK_BYTES
}

/// The number a subject has in a block; several may share one.
pub(super) fn subject_number(pseudonym: &[u8; 32]) -> u32 {
    pseudonym.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn push_entries(pairs: &[u64], body: &mut Vec<u8>) -> Option<()> {
    let (entries, slots) = (body.len(), 1 << DIRECTORY_BITS);
    let (mut entry, mut next_slot) = (Vec::new(), 0);
    for group in pairs.chunk_by(|one, other| one >> 16 == other >> 16) {
        let term = group.first()? >> 16;
        let slot = usize::try_from(term >> ENTRY_BITS).ok()?;
        mark_slots(body, next_slot..slot + 1, entries)?;
        next_slot = next_slot.max(slot + 1);
        let places: Vec<u16> = group.iter().filter_map(|pair| u16::try_from(pair & 0xffff).ok()).collect();
        entry.clear();
        let are_bits = places::encode(&places, &mut entry);
        body.extend(u32::try_from(term & ((1 << ENTRY_BITS) - 1)).ok()?.to_le_bytes());
        places::push_varint(length(entry.len(), are_bits)?, body);
        body.extend_from_slice(&entry);
    }
    mark_slots(body, next_slot..slots + 1, entries)
}

/// Notes that these slots of the directory start where the body ends now.
fn mark_slots(body: &mut [u8], slots: std::ops::Range<usize>, entries: usize) -> Option<()> {
    let here = u32::try_from(body.len() - entries).ok()?.to_le_bytes();
    for slot in slots {
        *body.get_mut(HEAD_BYTES + slot * 4..)?.first_chunk_mut::<4>()? = here;
    }
    Some(())
}
