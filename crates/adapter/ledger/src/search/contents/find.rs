//! Finds records by their contents: block by block ([`spans`]), each hit read ([`fetch`]) and held against the question.

mod fetch;
mod spans;

use std::collections::VecDeque;
use std::io;
use std::ops::Range;

use super::block::Block;
use super::index::ContentIndex;
use super::question::Question;
use super::reader::{Mark, Raw, Records};
use super::span::{Span, spans_of};
use crate::entry::{Content, Record};
use crate::error::{Result, while_doing};
use crate::search::{Filter, Order, SearchIndex};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In contents.
    pub question: Question,
    /// In the public parts.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// Most contents that are opened; a question without a whole word opens every one.
    pub most_looks: u64,
}

/// What a search met so far, and what its answer cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Contents that were opened and looked at.
    pub looked: u64,
    /// Contents that were erased and might have been meant.
    pub erased: u64,
    /// Contents of retired records.
    pub retired: u64,
    /// Contents that should open and do not.
    pub sealed: u64,
    /// The last record looked at or passed over with certainty; all that come before it in the order were searched.
    pub reached: Option<u64>,
    /// The bound of looks was met: what comes after `reached` was not searched.
    pub is_cut: bool,
    /// Blocks of the index that were damaged and made again.
    pub mended: u64,
}

/// A search in progress.
pub struct Finder<'a> {
    index: &'a mut ContentIndex,
    asked: Asked,
    terms: Vec<String>,
    header: Option<SearchIndex>,
    spans: VecDeque<Span>,
    /// Records whose span was not entered yet.
    rest: Range<u64>,
    ahead: spans::Ahead,
    /// The block whose columns are searched now.
    open: Option<Block>,
    /// Records to be looked at, in order.
    candidates: VecDeque<u64>,
    /// The other index says that the candidates meet the filter.
    are_filtered: bool,
    places: Places,
    records: Records,
    /// The next candidates, read.
    fetched: VecDeque<(u64, Result<Raw>)>,
    seen: Seen,
}

/// Where the candidates stand.
enum Places {
    /// Some places, ascending.
    Marks(Vec<Mark>),
    /// The open block knows.
    Block,
}

impl ContentIndex {
    /// Begins a search.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn find(&mut self, asked: Asked) -> Result<Finder<'_>> {
        let header = if asked.filter.is_empty() {
            None
        } else {
            Some(SearchIndex::open(std::sync::Arc::clone(&self.disk), self.size())?)
        };
        let (terms, records, spans) = (
            asked.question.terms(),
            self.records()?,
            spans_of(&self.blocks, self.gaps(), self.kept_from(), asked.order),
        );
        Ok(Finder {
            rest: 0..self.size(),
            index: self,
            asked,
            terms,
            header,
            spans,
            ahead: spans::Ahead::default(),
            open: None,
            candidates: VecDeque::new(),
            are_filtered: false,
            places: Places::Marks(Vec::new()),
            records,
            fetched: VecDeque::new(),
            seen: Seen::default(),
        })
    }
}

impl Finder<'_> {
    /// Returns what was met so far.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Returns the next record that is meant; nothing at the end.
    ///
    /// # Errors
    /// [`crate::LedgerError::Damaged`] if the log cannot be read; what the disk reports.
    pub fn step(&mut self) -> Result<Option<Record>> {
        loop {
            while !(self.candidates.is_empty() && self.fetched.is_empty()) {
                if self.seen.looked >= self.asked.most_looks {
                    self.seen.is_cut = true;
                    self.fetched.clear();
                    self.candidates.clear();
                    self.spans.clear();
                    return Ok(None);
                }
                if self.fetched.is_empty() {
                    self.fetch();
                }
                let Some((index, raw)) = self.fetched.pop_front() else { continue };
                self.seen.reached = Some(index);
                if let Some(record) = self.look(index, &raw?)? {
                    return Ok(Some(record));
                }
            }
            let Some(span) = self.spans.pop_front() else { return Ok(None) };
            self.enter(&span)?;
        }
    }

    /// Opens a record; returns it if it is meant.
    fn look(&mut self, index: u64, raw: &Raw) -> Result<Option<Record>> {
        let record = self.index.ledger.0.record(&raw.record)?;
        if !self.asked.filter.matches(&record.leaf) {
            if !self.are_filtered {
                return Ok(None);
            }
            let wrong = io::Error::new(
                io::ErrorKind::InvalidData,
                format!("it is wrong about record {index}: remove index/, it is made again"),
            );
            return Err(while_doing("use", "index")(wrong));
        }
        match &record.content {
            Content::Plain(plain) => {
                self.seen.looked += 1;
                return Ok(self.asked.question.holds(plain).then_some(record));
            }
            Content::Erased => self.seen.erased += 1,
            Content::Retired => self.seen.retired += 1,
            Content::Sealed(_) => self.seen.sealed += 1,
        }
        Ok(None)
    }
}
