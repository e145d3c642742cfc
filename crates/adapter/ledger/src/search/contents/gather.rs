//! A block while it is made: terms and records as pairs of numbers, sorted at the end.

use std::io;

use super::layout::{self, Column, directory_bits, push_entry, slot_of};
use super::places::MOST_RECORDS;
use super::reader::Mark;
use super::term::TermKey;
use super::words::{readings, terms};
use crate::leaf::Leaf;

/// Distance of marks in records and in bytes.
pub(super) const MARK_RECORDS: u64 = 16;
const MARK_BYTES: u64 = 16 << 10;
/// Pairs of one content; one with more is looked at whatever is asked. 8 bytes each.
const MOST_OWN_PAIRS: usize = 2 << 20;
/// Pairs after which a block is full.
const FULL_PAIRS: usize = 6 << 20;

/// Bits of a pair that are the place.
const PLACE_BITS: u32 = 16;

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
    pub(super) column: Column,
    pub(super) most_records: u32,
}

impl Gathered {
    /// Begins a block of at most `most_records`.
    pub(super) fn new(first: u64, key: TermKey, most_records: u32) -> Self {
        let most_records = most_records.min(MOST_RECORDS);
        Self { first, records: 0, key, pairs: Vec::new(), column: Column::default(), most_records }
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
        if self.column.marks.last().is_none_or(|last| is_far(last, &mark)) {
            self.column.marks.push(mark);
        }
        self.column.subjects.push(leaf.subject.as_ref().map_or(0, subject_number));
        match content {
            Found::Gone => self.column.gone.push(place),
            Found::Closed => self.column.look.push(place),
            Found::Plain(content) => self.push_terms(content, place),
        }
    }

    fn push_terms(&mut self, content: &[u8], place: u16) {
        let (start, key) = (self.pairs.len(), &self.key);
        let pairs = &mut self.pairs;
        for reading in readings(content) {
            terms(&reading, |term| {
                pairs.push(key.number(term) << PLACE_BITS | u64::from(place));
                pairs.len() - start < MOST_OWN_PAIRS
            });
        }
        if pairs.len() - start >= MOST_OWN_PAIRS {
            pairs.truncate(start);
            self.column.look.push(place);
        }
    }

    /// Returns the bytes of a block with this one column.
    ///
    /// # Errors
    /// `FileTooLarge` past 4 GiB.
    pub(super) fn encode(mut self) -> io::Result<Vec<u8>> {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        let (bits, mut rest) = (directory_bits(1), self.pairs.as_slice());
        layout::encode(&[self.column], |slot| {
            let count = rest.partition_point(|pair| slot_of(pair >> PLACE_BITS, bits) <= slot);
            let (own, behind) = rest.split_at(count);
            rest = behind;
            Ok(vec![entries(own)?])
        })
    }
}

/// The entries of pairs, which are sorted.
fn entries(pairs: &[u64]) -> io::Result<Vec<u8>> {
    let mut part = Vec::new();
    for group in pairs.chunk_by(|one, other| one >> PLACE_BITS == other >> PLACE_BITS) {
        let Some(first) = group.first() else { continue };
        let places: Vec<u16> = group.iter().filter_map(|pair| u16::try_from(pair & 0xffff).ok()).collect();
        push_entry(first >> PLACE_BITS, &places, &mut part)?;
    }
    Ok(part)
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
