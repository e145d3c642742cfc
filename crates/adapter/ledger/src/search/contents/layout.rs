//! The bytes of a block, before they are encrypted.
//!
//! A block has one or more columns: up to 65,536 records each, one behind the other. A block begins with one; blocks that
//! are neighbours are joined ([`super::join`]), so that a question reads few places of few files. A term's entries of all
//! columns stand together.
//!
//! | what | bytes |
//! | --- | --- |
//! | number of columns, `u32` | 4 |
//! | for each column: numbers of records and of marks, lengths of its two lists below, doubled and 1 if bits, each `u32` | 16 each |
//! | directory: for each value of a term's first bits where its slot starts, and where the last ends, `u32` | 4 each |
//! | of each column: records whose contents are erased; records to be opened whatever is asked; as [`super::places`] | |
//! | of each column, marks: index, segment, offset, each `u64`, by index | 24 each |
//! | of each column, subject of each record: the first 4 bytes of its pseudonym, zeros without one | 4 each |
//! | slots: of each column the length of its entries, as varint; then the entries of each column | |
//!
//! Entries are sorted by term: its last 28 bits `u32`, length in bytes doubled and 1 if bits, as varint, and
//! [`super::places`]. The directory has [`directory_bits`], so that a slot has about as many bytes in every block.
//! Integers are little-endian.

use std::io;
use std::ops::Range;

use super::places::{self, MOST_RECORDS, Places};
use super::reader::Mark;
use super::sealed::{Sealed, damaged};
use super::term::TERM_BITS;
use crate::search::source::Place;

/// Bits of a term that the directory of a block with one column resolves.
const LEAST_DIRECTORY_BITS: u32 = 8;
/// Bits of a term that its entry holds.
const ENTRY_BITS: u32 = TERM_BITS - LEAST_DIRECTORY_BITS;
/// A block has no more: more than ever are joined.
const MOST_COLUMNS: u32 = 1 << 8;
const COUNT_BYTES: usize = 4;
const COLUMN_BYTES: usize = 4 * 4;
const START_BYTES: usize = 4;
const MARK_BYTES: usize = 3 * 8;
const SUBJECT_BYTES: usize = 4;

/// Bits of a term that the directory resolves of a block with so many columns.
pub(super) fn directory_bits(columns: usize) -> u32 {
    LEAST_DIRECTORY_BITS + columns.next_power_of_two().trailing_zeros()
}

/// The slot of a directory with these bits that has a term.
pub(super) fn slot_of(term: u64, directory_bits: u32) -> u64 {
    term >> (TERM_BITS - directory_bits)
}

/// What a column has beside its entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Column {
    /// Places known, by index.
    pub(super) marks: Vec<Mark>,
    /// Records whose contents are erased, ascending.
    pub(super) gone: Vec<u16>,
    /// Records to be opened whatever is asked, ascending.
    pub(super) look: Vec<u16>,
    /// Of each record.
    pub(super) subjects: Vec<u32>,
}

impl Column {
    /// Notes that the contents of these records, ascending, are erased.
    pub(super) fn forget(&mut self, places: &[u16]) {
        self.look.retain(|place| places.binary_search(place).is_err());
        self.gone.extend_from_slice(places);
        self.gone.sort_unstable();
        self.gone.dedup();
    }
}

/// Returns the bytes of a block; `parts` gives for each slot, ascending, the entries of each column.
///
/// # Errors
/// `FileTooLarge` past 4 GiB; what `parts` reports.
pub(super) fn encode(
    columns: &[Column],
    mut parts: impl FnMut(u64) -> io::Result<Vec<Vec<u8>>>,
) -> io::Result<Vec<u8>> {
    let mut body = narrow(columns.len())?.to_le_bytes().to_vec();
    let mut lists = Vec::new();
    for column in columns {
        let counts = [narrow(column.subjects.len())?, narrow(column.marks.len())?];
        let lengths = [push_list(&column.gone, &mut lists)?, push_list(&column.look, &mut lists)?];
        body.extend(counts.iter().chain(&lengths).flat_map(|count| count.to_le_bytes()));
    }
    let (directory, slots) = (body.len(), 1_usize << directory_bits(columns.len()));
    body.resize(directory + (slots + 1) * START_BYTES, 0);
    body.append(&mut lists);
    for mark in columns.iter().flat_map(|column| &column.marks) {
        let numbers = [mark.index, mark.place.segment, mark.place.offset];
        body.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }
    let subjects = columns.iter().flat_map(|column| &column.subjects);
    body.extend(subjects.flat_map(|subject| subject.to_le_bytes()));
    let start = body.len();
    for slot in 0..slots {
        note_start(&mut body, directory + slot * START_BYTES, start)?;
        let parts = parts(slot as u64)?;
        for part in &parts {
            places::push_varint(narrow(part.len())?, &mut body);
        }
        for part in &parts {
            body.extend_from_slice(part);
        }
    }
    note_start(&mut body, directory + slots * START_BYTES, start)?;
    Ok(body)
}

fn narrow(count: usize) -> io::Result<u32> {
    u32::try_from(count).map_err(|_| io::ErrorKind::FileTooLarge.into())
}

/// Appends a list; returns its length, doubled and 1 if bits.
fn push_list(list: &[u16], into: &mut Vec<u8>) -> io::Result<u32> {
    let start = into.len();
    let are_bits = places::encode(list, into);
    length(into.len() - start, are_bits)
}

/// A length in bytes, and whether they are bits.
fn length(bytes: usize, are_bits: bool) -> io::Result<u32> {
    narrow(bytes * 2 + usize::from(are_bits))
}

/// Writes where the body ends now into the directory.
fn note_start(body: &mut [u8], at: usize, start: usize) -> io::Result<()> {
    let here = narrow(body.len() - start)?.to_le_bytes();
    *body.get_mut(at..).and_then(<[u8]>::first_chunk_mut).ok_or_else(damaged)? = here;
    Ok(())
}

/// Appends the entry of a term, which `places` have, ascending.
pub(super) fn push_entry(term: u64, places: &[u16], into: &mut Vec<u8>) -> io::Result<()> {
    let mut list = Vec::new();
    let are_bits = places::encode(places, &mut list);
    let own = u32::try_from(term & ((1 << ENTRY_BITS) - 1)).map_err(|_| damaged())?;
    into.extend(own.to_le_bytes());
    places::push_varint(length(list.len(), are_bits)?, into);
    into.extend_from_slice(&list);
    Ok(())
}

/// A term of a slot, and the records of one column that have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) term: u64,
    /// The entry as it stands.
    pub(super) whole: &'a [u8],
    places: &'a [u8],
    are_bits: bool,
}

impl Entry<'_> {
    pub(super) fn places(&self) -> io::Result<Places> {
        places::decode(self.places, self.are_bits).ok_or_else(damaged)
    }
}

/// The entries of a column in a slot.
pub(super) struct Entries<'a> {
    /// The bits of their terms that are before those they hold.
    before: u64,
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    /// Reads `part` of the slot with this number.
    pub(super) fn new(slot: u64, directory_bits: u32, part: &'a [u8]) -> Self {
        let before = slot >> (directory_bits - LEAST_DIRECTORY_BITS) << ENTRY_BITS;
        Self { before, rest: part }
    }

    fn split(&mut self) -> Option<Entry<'a>> {
        let all = self.rest;
        let (own, behind) = all.split_first_chunk::<4>()?;
        let (length, behind) = places::split_varint(behind)?;
        let (places, rest) = behind.split_at_checked(length as usize / 2)?;
        let (whole, _) = all.split_at_checked(all.len() - rest.len())?;
        self.rest = rest;
        let term = self.before | u64::from(u32::from_le_bytes(*own));
        Some(Entry { term, whole, places, are_bits: length % 2 == 1 })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = io::Result<Entry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.split();
        if entry.is_none() {
            self.rest = &[];
        }
        Some(entry.ok_or_else(damaged))
    }
}

/// Where a column's parts are.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) records: Range<u64>,
    pub(super) marks: u32,
    marks_at: u64,
    subjects_at: u64,
    /// Where they start, and their lengths, doubled and 1 if bits.
    gone: (u64, u32),
    look: (u64, u32),
}

impl Part {
    pub(super) fn gone(&self, sealed: &mut Sealed) -> io::Result<Places> {
        read_list(self.gone, sealed)
    }

    pub(super) fn look(&self, sealed: &mut Sealed) -> io::Result<Places> {
        read_list(self.look, sealed)
    }

    /// Where a mark is in the body.
    pub(super) fn mark_at(&self, number: u64) -> u64 {
        self.marks_at + number * MARK_BYTES as u64
    }

    pub(super) fn mark(&self, number: u64, sealed: &mut Sealed) -> io::Result<Mark> {
        let bytes = sealed.bytes(self.mark_at(number), MARK_BYTES)?;
        let ([index, segment, offset], []) = bytes.as_chunks::<8>() else { return Err(damaged()) };
        let [index, segment, offset] = [index, segment, offset].map(|bytes| u64::from_le_bytes(*bytes));
        Ok(Mark { index, place: Place { segment, offset } })
    }

    pub(super) fn subjects(&self, sealed: &mut Sealed) -> io::Result<Vec<u32>> {
        let count = usize::try_from(self.records.end - self.records.start).map_err(|_| damaged())?;
        let bytes = sealed.bytes(self.subjects_at, count * SUBJECT_BYTES)?;
        Ok(bytes.as_chunks::<SUBJECT_BYTES>().0.iter().map(|subject| u32::from_le_bytes(*subject)).collect())
    }

    /// Reads all but the entries.
    pub(super) fn column(&self, sealed: &mut Sealed) -> io::Result<Column> {
        let marks: io::Result<Vec<Mark>> = (0..self.marks.into()).map(|number| self.mark(number, sealed)).collect();
        let (gone, look) = (self.gone(sealed)?.to_list(), self.look(sealed)?.to_list());
        Ok(Column { marks: marks?, gone, look, subjects: self.subjects(sealed)? })
    }
}

fn read_list((at, length): (u64, u32), sealed: &mut Sealed) -> io::Result<Places> {
    places::decode(&sealed.bytes(at, length as usize / 2)?, length % 2 == 1).ok_or_else(damaged)
}

/// What a block begins with.
pub(super) struct Head {
    pub(super) columns: Vec<Part>,
    pub(super) directory_bits: u32,
    directory_at: u64,
    slots_at: u64,
}

impl Head {
    /// Bytes that have the head and the directory of a block with as many columns as are joined, and its lists if they
    /// are short.
    pub(super) const LIKELY_BYTES: usize = 24 << 10;

    /// Reads the head of the block of these records.
    ///
    /// # Errors
    /// `InvalidData` if it is not that block's.
    pub(super) fn read(records: &Range<u64>, sealed: &mut Sealed) -> io::Result<Self> {
        let count = sealed.bytes(0, COUNT_BYTES)?.first_chunk().map_or(0, |count| u32::from_le_bytes(*count));
        if count == 0 || count > MOST_COLUMNS {
            return Err(damaged());
        }
        let bytes = sealed.bytes(COUNT_BYTES as u64, count as usize * COLUMN_BYTES)?;
        let rows: Vec<[u32; 4]> = bytes
            .as_chunks::<COLUMN_BYTES>()
            .0
            .iter()
            .filter_map(|row| row.as_chunks::<4>().0.first_chunk())
            .map(|row| row.map(u32::from_le_bytes))
            .collect();
        let directory_bits = directory_bits(rows.len());
        let directory_at = (COUNT_BYTES + rows.len() * COLUMN_BYTES) as u64;
        let lists_at = directory_at + ((1 << directory_bits) + 1) * START_BYTES as u64;
        let (columns, slots_at) = parts(&rows, records.start, lists_at)?;
        if columns.last().is_none_or(|last| last.records.end != records.end) {
            return Err(damaged());
        }
        Ok(Self { columns, directory_bits, directory_at, slots_at })
    }

    /// Returns where a slot is in the body, and its length.
    pub(super) fn slot(&self, number: u64, sealed: &mut Sealed) -> io::Result<(u64, usize)> {
        let bounds = sealed.bytes(self.directory_at + number * START_BYTES as u64, 2 * START_BYTES)?;
        let ([start, end], []) = bounds.as_chunks::<START_BYTES>() else { return Err(damaged()) };
        let [start, end] = [start, end].map(|bytes| u32::from_le_bytes(*bytes));
        let length = end.checked_sub(start).ok_or_else(damaged)?;
        Ok((self.slots_at + u64::from(start), length as usize))
    }
}

/// Where the parts of the columns are, and where the slots start behind them.
fn parts(rows: &[[u32; 4]], first: u64, lists_at: u64) -> io::Result<(Vec<Part>, u64)> {
    let (mut columns, mut next, mut at) = (Vec::with_capacity(rows.len()), first, lists_at);
    for [records, marks, gone, look] in rows.iter().copied() {
        if records == 0 || records > MOST_RECORDS || marks > records {
            return Err(damaged());
        }
        let (gone, look) = ((at, gone), (at + u64::from(gone / 2), look));
        at = look.0 + u64::from(look.1 / 2);
        let end = next.checked_add(records.into()).ok_or_else(damaged)?;
        columns.push(Part { records: next..end, marks, marks_at: 0, subjects_at: 0, gone, look });
        next = end;
    }
    for column in &mut columns {
        column.marks_at = at;
        at += u64::from(column.marks) * MARK_BYTES as u64;
    }
    for column in &mut columns {
        column.subjects_at = at;
        at += (column.records.end - column.records.start) * SUBJECT_BYTES as u64;
    }
    Ok((columns, at))
}
