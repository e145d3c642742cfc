//! A block of the index on the disk: read where a query needs it, never as a whole.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::gather::{ENTRY_BYTES, Gathered, HEADER_BYTES, Header, TIME_BYTES, read_varints, split_postings};
use super::pages::{Pages, damaged, read_exactly};
use super::source::Place;
use crate::disk::{Disk, DiskFile, read_full_at};

/// An opened block.
pub(super) struct Stored {
    file: Arc<dyn DiskFile>,
    header: Header,
    times: Pages,
    terms: Pages,
}

/// A term of the table: its hash, and where its postings are.
#[derive(Clone, Copy)]
struct Entry {
    hash: u64,
    at: u64,
    bytes: usize,
}

impl Stored {
    /// Opens a block; nothing if it is not a whole one from `first` on. Its pages are checked when they are read.
    pub(super) fn open(disk: &dyn Disk, path: &str, first: u64) -> io::Result<Option<Self>> {
        let file = match disk.open(path) {
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = [0; HEADER_BYTES];
        read_full_at(file.as_ref(), &mut bytes, 0)?;
        let header = Header::decode(&bytes).filter(|header| header.first == first && header.records > 0);
        let Some(header) = header else { return Ok(None) };
        if file.len()? != header.bytes {
            return Ok(None);
        }
        let times = Pages { at: HEADER_BYTES as u64, items: header.records.into(), item_bytes: TIME_BYTES };
        let terms = Pages { at: times.end(), items: header.terms.into(), item_bytes: ENTRY_BYTES };
        Ok(Some(Self { file, header, times, terms }))
    }

    pub(super) fn first(&self) -> u64 {
        self.header.first
    }

    /// The record behind the last.
    pub(super) fn end(&self) -> u64 {
        self.header.first + u64::from(self.header.records)
    }

    /// Where the log goes on.
    pub(super) fn after(&self) -> Place {
        self.header.after
    }

    /// Returns the places of the records within a time: since inclusive, until exclusive.
    pub(super) fn within(&self, since: Option<i64>, until: Option<i64>) -> io::Result<Range<u32>> {
        let (end, times) = (self.header.records, &self.header.times);
        let start = match since {
            Some(since) if since > times.end => return Ok(end..end),
            Some(since) if since > times.start => self.first_not_before(since)?,
            _ => 0,
        };
        let end = match until {
            Some(until) if until <= times.start => 0,
            Some(until) if until <= times.end => self.first_not_before(until)?,
            _ => end,
        };
        Ok(start..end)
    }

    fn first_not_before(&self, time: i64) -> io::Result<u32> {
        let (mut low, mut high) = (0, self.times.count());
        // The last page that begins before the time; a record before the first is not asked for.
        while high - low > 1 {
            let middle = low.midpoint(high);
            if times_of(&self.times.read(self.file.as_ref(), middle)?).next().is_some_and(|first| first < time) {
                low = middle;
            } else {
                high = middle;
            }
        }
        let page = self.times.read(self.file.as_ref(), low)?;
        let within = times_of(&page).take_while(|found| *found < time).count() as u64;
        u32::try_from(low * self.times.items_a_page() + within).map_err(io::Error::other)
    }

    /// Says whether a record may be within a time, by what the header says.
    pub(super) fn may_be_within(&self, since: Option<i64>, until: Option<i64>) -> bool {
        let times = &self.header.times;
        since.is_none_or(|since| since <= times.end) && until.is_none_or(|until| until > times.start)
    }

    /// Has fetched the pages that looking for a term with this hash reads first.
    pub(super) fn will_look(&self, hash: u64) {
        let likely = self.likely_page_of(hash);
        let (first, end) = (likely.saturating_sub(1), (likely + 2).min(self.terms.count()));
        let from = self.terms.place_of(first);
        self.file.will_read(from, self.terms.place_of(end).saturating_sub(from));
    }

    /// Has fetched the records of a term with this hash, whose pages were fetched.
    pub(super) fn will_read(&self, hash: u64) -> io::Result<()> {
        let page = self.terms.read(self.file.as_ref(), self.page_of(hash)?)?;
        for entry in entries_of(&page).filter(|entry| entry.hash == hash) {
            self.file.will_read(self.terms.end() + entry.at, entry.bytes as u64);
        }
        Ok(())
    }

    /// Returns the places of the records that have a term, whose hash is given with it, ascending.
    pub(super) fn records(&self, hash: u64, term: &[u8]) -> io::Result<Vec<u32>> {
        // Terms of one hash are neighbours, and may be on neighbouring pages.
        for number in self.page_of(hash)?..self.terms.count() {
            let page = self.terms.read(self.file.as_ref(), number)?;
            for entry in entries_of(&page).filter(|entry| entry.hash >= hash) {
                if entry.hash > hash {
                    return Ok(Vec::new());
                }
                let bytes = read_exactly(self.file.as_ref(), self.terms.end() + entry.at, entry.bytes)?;
                let (own, distances) = split_postings(&bytes).ok_or_else(damaged)?;
                if own == term {
                    return read_varints(distances).ok_or_else(damaged);
                }
            }
        }
        Ok(Vec::new())
    }

    /// Returns how many bytes are to be read for the records of a term.
    pub(super) fn weight(&self, hash: u64) -> io::Result<u64> {
        let mut weight = 0;
        for number in self.page_of(hash)?..self.terms.count() {
            let page = self.terms.read(self.file.as_ref(), number)?;
            for entry in entries_of(&page).filter(|entry| entry.hash >= hash) {
                if entry.hash > hash {
                    return Ok(weight);
                }
                weight += entry.bytes as u64;
            }
        }
        Ok(weight)
    }

    /// Hashes are as good as random, so a hash tells about where it stands.
    fn likely_page_of(&self, hash: u64) -> u64 {
        let about = (u128::from(hash) * u128::from(self.terms.items)) >> 64;
        u64::try_from(about).unwrap_or(0) / self.terms.items_a_page()
    }

    /// The first page that may have a hash; one or two pages are read.
    fn page_of(&self, hash: u64) -> io::Result<u64> {
        let (pages, mut page) = (self.terms.count(), self.likely_page_of(hash));
        let begins_before = |page| -> io::Result<bool> {
            let page = self.terms.read(self.file.as_ref(), page)?;
            Ok(entries_of(&page).next().is_some_and(|entry| entry.hash < hash))
        };
        while page > 0 && !begins_before(page)? {
            page -= 1;
        }
        while page + 1 < pages && begins_before(page + 1)? {
            page += 1;
        }
        Ok(page)
    }

    /// Reads the whole block into memory again.
    pub(super) fn gather(&self) -> io::Result<Gathered> {
        let mut gathered = Gathered::new(self.header.first);
        for number in 0..self.times.count() {
            gathered.times.extend(times_of(&self.times.read(self.file.as_ref(), number)?));
        }
        for number in 0..self.terms.count() {
            for entry in entries_of(&self.terms.read(self.file.as_ref(), number)?) {
                let bytes = read_exactly(self.file.as_ref(), self.terms.end() + entry.at, entry.bytes)?;
                let (term, distances) = split_postings(&bytes).ok_or_else(damaged)?;
                gathered.postings.insert(term.to_vec(), read_varints(distances).ok_or_else(damaged)?);
            }
        }
        Ok(gathered)
    }
}

fn times_of(page: &[u8]) -> impl Iterator<Item = i64> {
    page.as_chunks::<TIME_BYTES>().0.iter().map(|time| i64::from_le_bytes(*time))
}

fn entries_of(page: &[u8]) -> impl Iterator<Item = Entry> {
    page.as_chunks::<ENTRY_BYTES>().0.iter().map(|bytes| {
        let [h0, h1, h2, h3, h4, h5, h6, h7, a0, a1, a2, a3, b0, b1, b2, b3] = *bytes;
        Entry {
            hash: u64::from_le_bytes([h0, h1, h2, h3, h4, h5, h6, h7]),
            at: u32::from_le_bytes([a0, a1, a2, a3]).into(),
            bytes: u32::from_le_bytes([b0, b1, b2, b3]) as usize,
        }
    })
}
