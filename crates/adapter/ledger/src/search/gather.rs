//! A block of the index while it is made: for each term the records that have it.

use std::collections::HashMap;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::filter::terms_of;
use super::pages::push_pages;
use super::source::Place;
use crate::leaf::Leaf;

/// Records a full block spans.
pub(super) const BLOCK_RECORDS: u64 = 1 << 16;
/// What a block's file starts with.
pub(super) const MAGIC: [u8; 8] = *b"SYNIDX2\n";
/// Hash of a term, place of its postings, their length.
pub(super) const ENTRY_BYTES: usize = 8 + 4 + 4;
/// A record's time.
pub(super) const TIME_BYTES: usize = 8;

/// Records gathered so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) first: u64,
    pub(super) times: Vec<i64>,
    pub(super) postings: HashMap<Vec<u8>, Vec<u32>>,
}

impl Gathered {
    pub(super) fn new(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    pub(super) fn end(&self) -> u64 {
        self.first + self.times.len() as u64
    }

    pub(super) fn push(&mut self, leaf: &Leaf) {
        let place = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        self.times.push(leaf.time_us);
        for term in terms_of(leaf) {
            let records = self.postings.entry(term).or_default();
            if records.last() != Some(&place) {
                records.push(place);
            }
        }
    }

    /// Adds what was gathered of the records behind these.
    pub(super) fn append(&mut self, next: Self) {
        let before = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        self.times.extend(next.times);
        for (term, records) in next.postings {
            let behind = records.into_iter().map(|record| record.saturating_add(before));
            self.postings.entry(term).or_default().extend(behind);
        }
    }

    /// The bytes of the block's file: header, times, terms by hash, postings; `after` is where the log goes on.
    ///
    /// The header is the magic, first record, number of records, number of terms, first and last time, `after`, the
    /// file's length, and a CRC-32C of these, integers little-endian. Times and terms are tables in [`super::pages`].
    /// Postings are the term (`u16 LE` length before it), the distances between records as varints, and a CRC-32C.
    pub(super) fn encode(&self, after: Place) -> Option<Vec<u8>> {
        let mut terms: Vec<(u64, &Vec<u8>, &Vec<u32>)> =
            self.postings.iter().map(|(term, records)| (hash_of(term), term, records)).collect();
        terms.sort_unstable();
        let mut postings = Vec::new();
        let mut table = Vec::with_capacity(terms.len() * ENTRY_BYTES);
        for (hash, term, records) in &terms {
            let start = postings.len();
            push_postings(term, records, &mut postings)?;
            table.extend_from_slice(&hash.to_le_bytes());
            table.extend_from_slice(&u32::try_from(start).ok()?.to_le_bytes());
            table.extend_from_slice(&u32::try_from(postings.len() - start).ok()?.to_le_bytes());
        }
        let times: Vec<u8> = self.times.iter().flat_map(|time| time.to_le_bytes()).collect();
        let mut tables = vec![0; HEADER_BYTES];
        push_pages(&times, TIME_BYTES, &mut tables);
        push_pages(&table, ENTRY_BYTES, &mut tables);
        let header = Header {
            first: self.first,
            records: u32::try_from(self.times.len()).ok()?,
            terms: u32::try_from(terms.len()).ok()?,
            times: *self.times.first()?..*self.times.last()?,
            after,
            bytes: (tables.len() + postings.len()) as u64,
        };
        Some([&header.encode(), tables.get(HEADER_BYTES..)?, &postings].concat())
    }
}

/// The start of a block's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) first: u64,
    pub(super) records: u32,
    pub(super) terms: u32,
    /// Of the first and of the last record.
    pub(super) times: Range<i64>,
    pub(super) after: Place,
    /// Length of the file.
    pub(super) bytes: u64,
}

/// Length of an encoded header.
pub(super) const HEADER_BYTES: usize = 8 + 8 + 4 + 4 + 2 * 8 + 2 * 8 + 8 + 4;

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(self.records.to_le_bytes());
        bytes.extend(self.terms.to_le_bytes());
        bytes.extend(self.times.start.to_le_bytes());
        bytes.extend(self.times.end.to_le_bytes());
        bytes.extend(self.after.segment.to_le_bytes());
        bytes.extend(self.after.offset.to_le_bytes());
        bytes.extend(self.bytes.to_le_bytes());
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Reads a header; nothing if it is none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (stated, crc) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(stated).to_le_bytes() != *crc {
            return None;
        }
        let (first, rest) = stated.strip_prefix(&MAGIC)?.split_first_chunk()?;
        let (records, rest) = rest.split_first_chunk()?;
        let (terms, rest) = rest.split_first_chunk()?;
        let (numbers, []) = rest.as_chunks::<8>() else { return None };
        let [start, end, segment, offset, bytes] = numbers else { return None };
        Some(Self {
            first: u64::from_le_bytes(*first),
            records: u32::from_le_bytes(*records),
            terms: u32::from_le_bytes(*terms),
            times: i64::from_le_bytes(*start)..i64::from_le_bytes(*end),
            after: Place { segment: u64::from_le_bytes(*segment), offset: u64::from_le_bytes(*offset) },
            bytes: u64::from_le_bytes(*bytes),
        })
    }
}

fn push_postings(term: &[u8], records: &[u32], into: &mut Vec<u8>) -> Option<()> {
    let start = into.len();
    into.extend_from_slice(&u16::try_from(term.len()).ok()?.to_le_bytes());
    into.extend_from_slice(term);
    let mut before = 0;
    for record in records {
        push_varint(record - before, into);
        before = *record;
    }
    let crc = crc32c::crc32c(into.get(start..)?);
    into.extend_from_slice(&crc.to_le_bytes());
    Some(())
}

/// Takes postings apart: the term and the distances between its records.
pub(super) fn split_postings(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, crc) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(body).to_le_bytes() != *crc {
        return None;
    }
    let (length, rest) = body.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

/// The first eight bytes of a term's SHA-256.
pub(super) fn hash_of(term: &[u8]) -> u64 {
    Sha256::digest(term).first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn push_varint(mut value: u32, into: &mut Vec<u8>) {
    while value >= 0x80 {
        into.extend((value & 0x7f | 0x80).to_le_bytes().first());
        value >>= 7;
    }
    into.extend(value.to_le_bytes().first());
}

/// Reads distances until the bytes end, and returns the records they lead to; nothing if they are malformed.
pub(super) fn read_varints(bytes: &[u8]) -> Option<Vec<u32>> {
    let mut records = Vec::with_capacity(bytes.len());
    let (mut record, mut distance, mut shift) = (0_u32, 0_u32, 0_u32);
    for byte in bytes {
        distance |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 != 0 {
            shift += 7;
            continue;
        }
        record = record.checked_add(distance)?;
        records.push(record);
        (distance, shift) = (0, 0);
    }
    (shift == 0).then_some(records)
}
