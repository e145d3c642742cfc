//! A block on the disk: read where a question needs it, never as a whole.

use std::io;
use std::ops::Range;

use super::gather::{MARK_RECORDS, subject_number};
use super::layout::{Column, Entries, Head, Part, slot_of};
use super::places::{self, Places};
use super::reader::Mark;
use super::roster::Listed;
use super::sealed::{Sealed, damaged};
use super::term::TermKey;
use crate::disk::Disk;

/// Slots kept while a block is used: the terms of a question are few.
const MOST_KEPT: usize = 32;

/// An opened block; [`super::layout`] says what its bytes are.
pub(super) struct Block {
    sealed: Sealed,
    key: TermKey,
    head: Head,
    slots: Vec<Slot>,
}

/// A block whose file is open, and whose head is on the way.
pub(super) struct Begun {
    sealed: Sealed,
    key: TermKey,
    records: Range<u64>,
}

/// The entries of some terms.
pub(super) struct Slot {
    number: u64,
    bytes: Vec<u8>,
    /// Those of each column.
    parts: Vec<Range<usize>>,
}

impl Begun {
    /// Opens the file of a block and has its head fetched.
    ///
    /// # Errors
    /// `NotFound` if it is not there; what the disk reports.
    pub(super) fn new(disk: &dyn Disk, listed: &Listed) -> io::Result<Self> {
        let file = disk.open(&listed.path())?;
        let sealed = Sealed::new(file, listed.cipher(), listed.bound());
        sealed.will_read(0, Head::LIKELY_BYTES);
        Ok(Self { sealed, key: TermKey::new(&listed.terms), records: listed.first..listed.end })
    }

    /// Reads the head.
    ///
    /// # Errors
    /// `InvalidData` if it is not that of this block; what the disk reports.
    pub(super) fn open(mut self) -> io::Result<Block> {
        let head = Head::read(&self.records, &mut self.sealed)?;
        Ok(Block { sealed: self.sealed, key: self.key, head, slots: Vec::new() })
    }
}

impl Block {
    /// Opens a block of the roster.
    ///
    /// # Errors
    /// `NotFound` or `InvalidData` if it is not there or not that block; what the disk reports.
    pub(super) fn open(disk: &dyn Disk, listed: &Listed) -> io::Result<Self> {
        Begun::new(disk, listed)?.open()
    }

    /// The records of each column, ascending.
    pub(super) fn columns(&self) -> impl DoubleEndedIterator<Item = Range<u64>> {
        self.head.columns.iter().map(|column| column.records.clone())
    }

    /// All records of the block.
    pub(super) fn records(&self) -> Range<u64> {
        let start = self.columns().next().map_or(0, |column| column.start);
        start..self.columns().next_back().map_or(start, |column| column.end)
    }

    /// The records of the column with a record.
    pub(super) fn column(&self, index: u64) -> io::Result<Range<u64>> {
        self.column_of(index).map(|(_, column)| column.records)
    }

    pub(super) fn directory_bits(&self) -> u32 {
        self.head.directory_bits
    }

    /// The column with a record, and its number.
    fn column_of(&self, index: u64) -> io::Result<(usize, Part)> {
        let number = self.head.columns.partition_point(|column| column.records.end <= index);
        self.head.columns.get(number).map(|column| (number, column.clone())).ok_or_else(damaged)
    }

    /// Has fetched what a question for these terms will read.
    pub(super) fn will_find(&mut self, terms: &[String]) {
        for term in terms {
            let slot = slot_of(self.key.number(term), self.head.directory_bits);
            // What is wrong with it is noticed when it is read.
            if let Ok((at, count)) = self.head.slot(slot, &mut self.sealed) {
                self.sealed.will_read(at, count);
            }
        }
    }

    /// Has fetched what [`Block::mark_near`] will read for these records.
    pub(super) fn will_mark(&self, indices: &[u64]) {
        let mut pages_before = None;
        for index in indices {
            let Ok((_, column)) = self.column_of(*index) else { continue };
            let likely = (index - column.records.start) / MARK_RECORDS;
            let at = column.mark_at(likely);
            let page = at / super::sealed::BODY_BYTES as u64;
            if pages_before.replace(page) != Some(page) {
                self.sealed.will_read(at, super::sealed::BODY_BYTES / 2);
            }
        }
    }

    /// Returns the last known place at or before a record of the block.
    pub(super) fn mark_near(&mut self, index: u64) -> io::Result<Option<Mark>> {
        let (_, column) = self.column_of(index)?;
        let marks = u64::from(column.marks);
        let mut mark = |number| column.mark(number, &mut self.sealed);
        // There is one for so many records at least: the search starts where they would stand if there were no more.
        let (mut low, mut step) = ((index.saturating_sub(column.records.start) / MARK_RECORDS).min(marks), 1);
        let mut high = marks;
        while low + step < marks && step < marks {
            if mark(low + step)?.index > index {
                high = low + step;
                break;
            }
            (low, step) = (low + step, step * 2);
        }
        while low + 1 < high {
            let middle = low.midpoint(high);
            if mark(middle)?.index > index { high = middle } else { low = middle }
        }
        if low >= marks {
            return Ok(None);
        }
        Ok(Some(mark(low)?).filter(|mark| mark.index <= index))
    }

    /// Returns the records that may be about a subject, ascending.
    pub(super) fn about(&mut self, pseudonym: &[u8; 32]) -> io::Result<Vec<u64>> {
        let wanted = subject_number(pseudonym);
        let mut found = Vec::new();
        for column in &self.head.columns {
            let subjects = column.subjects(&mut self.sealed)?;
            found
                .extend(column.records.clone().zip(subjects).filter(|(_, own)| *own == wanted).map(|(index, _)| index));
        }
        Ok(found)
    }

    /// Reads all of the columns but the entries.
    pub(super) fn read_columns(&mut self) -> io::Result<Vec<Column>> {
        self.head.columns.iter().map(|column| column.column(&mut self.sealed)).collect()
    }

    /// Returns a slot, which is kept for a while.
    pub(super) fn slot(&mut self, number: u64) -> io::Result<&Slot> {
        let place = if let Some(place) = self.slots.iter().position(|slot| slot.number == number) {
            place
        } else {
            let slot = self.read_slot(number)?;
            if self.slots.len() >= MOST_KEPT {
                self.slots.remove(0);
            }
            self.slots.push(slot);
            self.slots.len() - 1
        };
        self.slots.get(place).ok_or_else(damaged)
    }

    /// Reads a slot.
    pub(super) fn read_slot(&mut self, number: u64) -> io::Result<Slot> {
        let (at, count) = self.head.slot(number, &mut self.sealed)?;
        let bytes = self.sealed.bytes(at, count)?;
        let (mut lengths, mut rest) = (Vec::new(), bytes.as_slice());
        for _ in &self.head.columns {
            let (length, behind) = places::split_varint(rest).ok_or_else(damaged)?;
            lengths.push(length as usize);
            rest = behind;
        }
        let (mut parts, mut start) = (Vec::with_capacity(lengths.len()), bytes.len() - rest.len());
        for length in lengths {
            let end = start.checked_add(length).filter(|end| *end <= bytes.len()).ok_or_else(damaged)?;
            parts.push(start..end);
            start = end;
        }
        Ok(Slot { number, bytes, parts })
    }

    /// Returns the places of the records of a column that may have a term.
    pub(super) fn find(&mut self, column: usize, term: &str) -> io::Result<Option<Places>> {
        let (number, bits) = (self.key.number(term), self.head.directory_bits);
        let slot = self.slot(slot_of(number, bits))?;
        for entry in slot.entries(column, bits)? {
            let entry = entry?;
            if entry.term == number {
                return entry.places().map(Some);
            }
            if entry.term > number {
                break;
            }
        }
        Ok(None)
    }

    /// Returns the records of the column that begins with record `first` which may have all terms, ascending.
    pub(super) fn find_all(&mut self, first: u64, terms: &[String]) -> io::Result<Vec<u64>> {
        let (number, column) = self.column_of(first)?;
        let mut lists = Vec::with_capacity(terms.len());
        for term in terms {
            match self.find(number, term)? {
                Some(places) => lists.push(places),
                None => return Ok(Vec::new()),
            }
        }
        lists.sort_by_key(Places::most);
        let Some((shortest, others)) = lists.split_first() else { return Ok(Vec::new()) };
        let mut places = shortest.to_list();
        places.retain(|place| others.iter().all(|other| other.contains(*place)));
        Ok(records_at(&column.records, &places))
    }

    /// Returns the records of the column that begins with record `first` whose contents were erased, ascending.
    pub(super) fn gone(&mut self, first: u64) -> io::Result<Vec<u64>> {
        let (_, column) = self.column_of(first)?;
        Ok(records_at(&column.records, &column.gone(&mut self.sealed)?.to_list()))
    }

    /// Returns the records of the column that begins with record `first` that are to be looked at whatever is asked,
    /// ascending.
    pub(super) fn look(&mut self, first: u64) -> io::Result<Vec<u64>> {
        let (_, column) = self.column_of(first)?;
        Ok(records_at(&column.records, &column.look(&mut self.sealed)?.to_list()))
    }
}

impl Slot {
    /// The entries of a column.
    pub(super) fn entries(&self, column: usize, directory_bits: u32) -> io::Result<Entries<'_>> {
        let part = self.parts.get(column).and_then(|part| self.bytes.get(part.clone())).ok_or_else(damaged)?;
        Ok(Entries::new(self.number, directory_bits, part))
    }
}

fn records_at(records: &Range<u64>, places: &[u16]) -> Vec<u64> {
    let own = places.iter().map(|place| records.start + u64::from(*place));
    own.filter(|index| *index < records.end).collect()
}
