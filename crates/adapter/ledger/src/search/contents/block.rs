//! A block on the disk: read where a question needs it, never as a whole.

use std::io;

use super::gather::{DIRECTORY_BYTES, ENTRY_BITS, Gathered, HEAD_BYTES, MARK_RECORDS, subject_number};
use super::places::{self, MOST_RECORDS, Places};
use super::reader::Mark;
use super::roster::Listed;
use super::sealed::{Sealed, damaged};
use super::term::TermKey;
use crate::disk::Disk;
use crate::search::source::Place;

/// Where the two lists start.
const LISTS_AT: u64 = (HEAD_BYTES + DIRECTORY_BYTES) as u64;
const MARK_BYTES: usize = 24;
/// Bytes of an entry before its places, at most: its term and a varint.
const MOST_ENTRY_HEAD_BYTES: u64 = 4 + 5;

/// An opened block; [`super::gather`] has the layout.
pub(super) struct Block {
    sealed: Sealed,
    key: TermKey,
    first: u64,
    records: u32,
    marks: u32,
    /// Lengths of the two lists, doubled and 1 if bits.
    gone: u32,
    look: u32,
}

impl Block {
    /// Opens a block of the roster.
    ///
    /// # Errors
    /// `NotFound` or `InvalidData` if it is not there or not that block; what the disk reports.
    pub(super) fn open(disk: &dyn Disk, listed: &Listed) -> io::Result<Self> {
        let file = disk.open(&listed.path())?;
        let (cipher, key) = (listed.cipher(), TermKey::new(&listed.terms));
        let mut sealed = Sealed::new(file, cipher, listed.bound());
        let head = sealed.bytes(0, HEAD_BYTES)?;
        let ([records, marks, gone, look], []) = head.as_chunks::<4>() else { return Err(damaged()) };
        let [records, marks, gone, look] = [records, marks, gone, look].map(|bytes| u32::from_le_bytes(*bytes));
        let is_listed = u64::from(records) == listed.end - listed.first;
        if !is_listed || marks > records || records > MOST_RECORDS {
            return Err(damaged());
        }
        Ok(Self { sealed, key, first: listed.first, records, marks, gone, look })
    }

    fn marks_at(&self) -> u64 {
        LISTS_AT + u64::from(self.gone / 2) + u64::from(self.look / 2)
    }

    fn subjects_at(&self) -> u64 {
        self.marks_at() + u64::from(self.marks) * MARK_BYTES as u64
    }

    fn entries_at(&self) -> u64 {
        self.subjects_at() + u64::from(self.records) * 4
    }

    /// Returns the last known place at or before a record of the block.
    pub(super) fn mark_near(&mut self, index: u64) -> io::Result<Option<Mark>> {
        let marks = u64::from(self.marks);
        // There is one for so many records at least: the search starts where they would stand if there were no more.
        let (mut low, mut step) = ((index.saturating_sub(self.first) / MARK_RECORDS).min(marks), 1);
        let mut high = marks;
        while low + step < marks && step < marks {
            if self.mark(low + step)?.index > index {
                high = low + step;
                break;
            }
            (low, step) = (low + step, step * 2);
        }
        while low + 1 < high {
            let middle = low.midpoint(high);
            if self.mark(middle)?.index > index { high = middle } else { low = middle }
        }
        if low >= marks {
            return Ok(None);
        }
        Ok(Some(self.mark(low)?).filter(|mark| mark.index <= index))
    }

    fn mark(&mut self, number: u64) -> io::Result<Mark> {
        let bytes = self.sealed.bytes(self.marks_at() + number * MARK_BYTES as u64, MARK_BYTES)?;
        let ([index, segment, offset], []) = bytes.as_chunks::<8>() else { return Err(damaged()) };
        let [index, segment, offset] = [index, segment, offset].map(|bytes| u64::from_le_bytes(*bytes));
        Ok(Mark { index, place: Place { segment, offset } })
    }

    /// Returns the records that may be about a subject, ascending, as places.
    pub(super) fn about(&mut self, pseudonym: &[u8; 32]) -> io::Result<Vec<u16>> {
        let wanted = subject_number(pseudonym);
        let places = (0..=u16::MAX).zip(self.subjects()?);
        Ok(places.filter(|(_, subject)| *subject == wanted).map(|(place, _)| place).collect())
    }

    fn subjects(&mut self) -> io::Result<Vec<u32>> {
        let bytes = self.sealed.bytes(self.subjects_at(), self.records as usize * 4)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|subject| u32::from_le_bytes(*subject)).collect())
    }

    /// Reads the whole block into memory again.
    pub(super) fn gather(mut self) -> io::Result<Gathered> {
        let marks: io::Result<Vec<Mark>> = (0..self.marks.into()).map(|number| self.mark(number)).collect();
        let gone = self.places(LISTS_AT, self.gone)?.to_list();
        let look = self.places(LISTS_AT + u64::from(self.gone / 2), self.look)?.to_list();
        let (marks, subjects, pairs) = (marks?, self.subjects()?, self.pairs()?);
        let (first, records, key) = (self.first, self.records, self.key);
        Ok(Gathered { first, records, key, pairs, gone, look, subjects, marks, most_records: records })
    }

    fn pairs(&mut self) -> io::Result<Vec<u64>> {
        let directory = self.sealed.bytes(HEAD_BYTES as u64, DIRECTORY_BYTES)?;
        let starts = directory.as_chunks::<4>().0.iter().map(|start| u32::from_le_bytes(*start));
        let (entries, mut pairs) = (self.entries_at(), Vec::new());
        for ((slot, start), end) in (0_u64..).zip(starts.clone()).zip(starts.skip(1)) {
            let bytes = self.sealed.bytes(entries + u64::from(start), end.saturating_sub(start) as usize)?;
            let mut rest = bytes.as_slice();
            while let Some((term, behind)) = rest.split_first_chunk::<4>() {
                let (length, behind) = places::split_varint(behind).ok_or_else(damaged)?;
                let (own, behind) = behind.split_at_checked(length as usize / 2).ok_or_else(damaged)?;
                let term = slot << ENTRY_BITS | u64::from(u32::from_le_bytes(*term));
                let places = places::decode(own, length % 2 == 1).ok_or_else(damaged)?;
                pairs.extend(places.to_list().iter().map(|place| term << 16 | u64::from(*place)));
                rest = behind;
            }
        }
        Ok(pairs)
    }

    /// Returns the places of the records that may have a term.
    pub(super) fn find(&mut self, term: &str) -> io::Result<Option<Places>> {
        let number = self.key.number(term);
        let (slot, wanted) = (number >> ENTRY_BITS, number & ((1 << ENTRY_BITS) - 1));
        let bounds = self.sealed.bytes(HEAD_BYTES as u64 + slot * 4, 8)?;
        let ([start, end], []) = bounds.as_chunks::<4>() else { return Err(damaged()) };
        let entries = self.entries_at();
        let mut at = entries + u64::from(u32::from_le_bytes(*start));
        let end = entries + u64::from(u32::from_le_bytes(*end));
        while at < end {
            let count = usize::try_from((end - at).min(MOST_ENTRY_HEAD_BYTES)).unwrap_or(0);
            let head = self.sealed.bytes(at, count)?;
            let (term, rest) = head.split_first_chunk::<4>().ok_or_else(damaged)?;
            let (length, behind) = places::split_varint(rest).ok_or_else(damaged)?;
            let term = u64::from(u32::from_le_bytes(*term));
            if term > wanted {
                break;
            }
            at += (head.len() - behind.len()) as u64;
            if term == wanted {
                return self.places(at, length).map(Some);
            }
            at += u64::from(length / 2);
        }
        Ok(None)
    }

    /// Reads places; `length` is that in bytes, doubled and 1 if bits.
    fn places(&mut self, at: u64, length: u32) -> io::Result<Places> {
        let bytes = self.sealed.bytes(at, length as usize / 2)?;
        places::decode(&bytes, length % 2 == 1).ok_or_else(damaged)
    }

    /// Returns the records that may have all terms, ascending.
    pub(super) fn find_all(&mut self, terms: &[String]) -> io::Result<Vec<u64>> {
        let mut lists = Vec::with_capacity(terms.len());
        for term in terms {
            match self.find(term)? {
                Some(places) => lists.push(places),
                None => return Ok(Vec::new()),
            }
        }
        lists.sort_by_key(Places::most);
        let Some((shortest, others)) = lists.split_first() else { return Ok(Vec::new()) };
        let mut places = shortest.to_list();
        places.retain(|place| others.iter().all(|other| other.contains(*place)));
        Ok(self.records_at(&places))
    }

    /// Returns the records whose contents were erased, ascending.
    pub(super) fn gone(&mut self) -> io::Result<Vec<u64>> {
        let places = self.places(LISTS_AT, self.gone)?;
        Ok(self.records_at(&places.to_list()))
    }

    /// Returns the records that are to be looked at whatever is asked, ascending.
    pub(super) fn look(&mut self) -> io::Result<Vec<u64>> {
        let places = self.places(LISTS_AT + u64::from(self.gone / 2), self.look)?;
        Ok(self.records_at(&places.to_list()))
    }

    fn records_at(&self, places: &[u16]) -> Vec<u64> {
        let own = places.iter().map(|place| u32::from(*place)).filter(|place| *place < self.records);
        own.map(|place| self.first + u64::from(place)).collect()
    }
}
