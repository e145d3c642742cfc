//! A block of the index on the disk: read where a query needs it, never as a whole.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::gather::{BLOCK_RECORDS, ENTRY_BYTES, HEADER_BYTES, MAGIC, TIME_BYTES, hash_of, read_varints};
use crate::disk::{Disk, DiskFile, read_full_at};

/// An opened block.
pub(super) struct Stored {
    file: Arc<dyn DiskFile>,
    pub(super) first: u64,
    /// Times of its records, ascending.
    times: Range<i64>,
    terms: u64,
    table_at: u64,
    postings_at: u64,
}

impl Stored {
    /// Opens a block and checks its tables against their checksum; nothing if it is not a whole block from `first` on.
    pub(super) fn open(disk: &dyn Disk, path: &str, first: u64) -> io::Result<Option<Self>> {
        let file = match disk.open(path) {
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut header = [0; HEADER_BYTES];
        read_full_at(file.as_ref(), &mut header, 0)?;
        let (stated, crc) = header.split_at(HEADER_BYTES - 4);
        let expected =
            [MAGIC.as_slice(), &first.to_le_bytes(), &u32::try_from(BLOCK_RECORDS).unwrap_or(0).to_le_bytes()];
        if !stated.starts_with(&expected.concat()) {
            return Ok(None);
        }
        let terms = stated.last_chunk::<4>().map_or(0, |terms| u64::from(u32::from_le_bytes(*terms)));
        let times_bytes = BLOCK_RECORDS * TIME_BYTES as u64;
        let tables_bytes = times_bytes + terms * ENTRY_BYTES as u64;
        let postings_at = HEADER_BYTES as u64 + tables_bytes;
        if file.len()? < postings_at {
            return Ok(None);
        }
        let tables = read(file.as_ref(), HEADER_BYTES as u64, tables_bytes)?;
        if crc32c::crc32c_append(crc32c::crc32c(stated), &tables).to_le_bytes() != *crc {
            return Ok(None);
        }
        let (times, _) = tables.as_chunks::<TIME_BYTES>();
        let time = |place: u64| {
            let time = usize::try_from(place).ok().and_then(|place| times.get(place));
            time.map_or(0, |time| i64::from_le_bytes(*time))
        };
        let times = time(0)..time(BLOCK_RECORDS - 1);
        Ok(Some(Self { file, first, times, terms, table_at: HEADER_BYTES as u64 + times_bytes, postings_at }))
    }

    /// Returns the places of the records within a time: since inclusive, until exclusive.
    pub(super) fn within(&self, since: Option<i64>, until: Option<i64>) -> io::Result<Range<u32>> {
        let end = u32::try_from(BLOCK_RECORDS).unwrap_or(u32::MAX);
        let start = match since {
            Some(since) if since > self.times.end => return Ok(end..end),
            Some(since) if since > self.times.start => self.first_not_before(since)?,
            _ => 0,
        };
        let end = match until {
            Some(until) if until <= self.times.start => 0,
            Some(until) if until <= self.times.end => self.first_not_before(until)?,
            _ => end,
        };
        Ok(start..end)
    }

    fn first_not_before(&self, time: i64) -> io::Result<u32> {
        let (mut low, mut high) = (0, BLOCK_RECORDS);
        while low < high {
            let middle = low.midpoint(high);
            let bytes = read(self.file.as_ref(), HEADER_BYTES as u64 + middle * TIME_BYTES as u64, TIME_BYTES as u64)?;
            let found = bytes.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
            if found < time { low = middle + 1 } else { high = middle }
        }
        u32::try_from(low).map_err(io::Error::other)
    }

    /// Returns the places of the records that have a term, ascending.
    pub(super) fn records(&self, term: &[u8]) -> io::Result<Vec<u32>> {
        let wanted = hash_of(term);
        let (mut low, mut high) = (0, self.terms);
        while low < high {
            let middle = low.midpoint(high);
            if self.entry(middle)?.0 < wanted { low = middle + 1 } else { high = middle }
        }
        // Terms of one hash are neighbours.
        while low < self.terms {
            let (hash, at, length) = self.entry(low)?;
            if hash != wanted {
                break;
            }
            let bytes = read(self.file.as_ref(), self.postings_at + at, length)?;
            if let Some(records) = postings(&bytes, term)? {
                return Ok(records);
            }
            low += 1;
        }
        Ok(Vec::new())
    }

    fn entry(&self, place: u64) -> io::Result<(u64, u64, u64)> {
        let bytes = read(self.file.as_ref(), self.table_at + place * ENTRY_BYTES as u64, ENTRY_BYTES as u64)?;
        let part = |at: usize| {
            let part = bytes.get(at..).and_then(|rest| rest.first_chunk());
            part.map_or(0, |part| u64::from(u32::from_le_bytes(*part)))
        };
        Ok((part(0) | part(4) << 32, part(8), part(12)))
    }
}

/// The records of a term's postings; nothing if they are another term's.
fn postings(bytes: &[u8], term: &[u8]) -> io::Result<Option<Vec<u32>>> {
    let damaged =
        || io::Error::new(io::ErrorKind::InvalidData, "the postings are damaged; remove index/ to make it again");
    let (body, crc) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
    if crc32c::crc32c(body).to_le_bytes() != *crc {
        return Err(damaged());
    }
    let (length, rest) = body.split_first_chunk::<2>().ok_or_else(damaged)?;
    let (own, distances) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length))).ok_or_else(damaged)?;
    if own != term {
        return Ok(None);
    }
    read_varints(distances).map(Some).ok_or_else(damaged)
}

fn read(file: &dyn DiskFile, at: u64, count: u64) -> io::Result<Vec<u8>> {
    if at.saturating_add(count) > file.len()? {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the block is cut; remove index/ to make it again"));
    }
    let mut bytes = vec![0; usize::try_from(count).map_err(io::Error::other)?];
    let read = read_full_at(file, &mut bytes, at)?;
    bytes.truncate(read);
    Ok(bytes)
}
