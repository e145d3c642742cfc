//! A block of the index while it is made: for each term the records that have it.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::filter::terms_of;
use crate::leaf::Leaf;

/// Records a block spans.
pub(super) const BLOCK_RECORDS: u64 = 1 << 16;
/// What a block's file starts with.
pub(super) const MAGIC: [u8; 8] = *b"SYNIDX1\n";
/// Magic, first record, number of records, number of terms, checksum of these and the two tables.
pub(super) const HEADER_BYTES: usize = 8 + 8 + 4 + 4 + 4;
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

    /// The bytes of the block's file: header, times, table of terms by hash, postings.
    ///
    /// Postings are the term (`u16 LE` length before it), the distances between records as varints, and a CRC-32C.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        let mut terms: Vec<(u64, &Vec<u8>, &Vec<u32>)> =
            self.postings.iter().map(|(term, records)| (hash_of(term), term, records)).collect();
        terms.sort_unstable();
        let mut postings = Vec::new();
        let mut table = Vec::with_capacity(terms.len() * ENTRY_BYTES);
        for (hash, term, records) in &terms {
            let start = postings.len();
            postings.extend_from_slice(&u16::try_from(term.len()).ok()?.to_le_bytes());
            postings.extend_from_slice(term);
            let mut before = 0;
            for record in *records {
                push_varint(record - before, &mut postings);
                before = *record;
            }
            let crc = crc32c::crc32c(postings.get(start..)?);
            postings.extend_from_slice(&crc.to_le_bytes());
            table.extend_from_slice(&hash.to_le_bytes());
            table.extend_from_slice(&u32::try_from(start).ok()?.to_le_bytes());
            table.extend_from_slice(&u32::try_from(postings.len() - start).ok()?.to_le_bytes());
        }
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(self.times.len()).ok()?.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(terms.len()).ok()?.to_le_bytes());
        let times: Vec<u8> = self.times.iter().flat_map(|time| time.to_le_bytes()).collect();
        let crc =
            [&times, &table].into_iter().fold(crc32c::crc32c(&bytes), |crc, part| crc32c::crc32c_append(crc, part));
        bytes.extend_from_slice(&crc.to_le_bytes());
        Some([bytes, times, table, postings].concat())
    }
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
