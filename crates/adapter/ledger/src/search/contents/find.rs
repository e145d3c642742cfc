//! Finds records by their contents: block by block, each hit read and held against the question.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;

use super::block::Block;
use super::gather::MARK_RECORDS;
use super::index::{ContentIndex, is_only_space};
use super::question::Question;
use super::reader::{Mark, Records};
use super::roster::Listed;
use super::sealed::is_damage;
use super::span::{Span, in_pieces, spans_of};
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
    /// Records to be looked at, in order.
    candidates: VecDeque<u64>,
    /// The other index says that the candidates meet the filter.
    are_filtered: bool,
    places: Places,
    records: Records,
    seen: Seen,
}

/// Where the candidates stand.
enum Places {
    /// Some places, ascending.
    Marks(Vec<Mark>),
    /// The block knows.
    Block(Box<Block>),
}

/// What a block says to a question.
struct Answer {
    candidates: Vec<u64>,
    gone: Vec<u64>,
    places: Places,
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
        let seen = Seen::default();
        let (candidates, places) = (VecDeque::new(), Places::Marks(Vec::new()));
        Ok(Finder { index: self, asked, terms, header, spans, candidates, are_filtered: false, places, records, seen })
    }
}

impl Places {
    /// A place at or before a record; without one its segment is read from the start.
    fn near(&mut self, index: u64) -> Option<Mark> {
        match self {
            Self::Marks(marks) => {
                let before = marks.partition_point(|mark| mark.index <= index);
                marks.get(before.checked_sub(1)?).copied()
            }
            Self::Block(block) => block.mark_near(index).ok().flatten(),
        }
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
            while let Some(index) = self.candidates.pop_front() {
                if self.seen.looked >= self.asked.most_looks {
                    self.seen.is_cut = true;
                    self.candidates.clear();
                    self.spans.clear();
                    return Ok(None);
                }
                self.seen.reached = Some(index);
                if let Some(record) = self.look(index)? {
                    return Ok(Some(record));
                }
            }
            let Some(span) = self.spans.pop_front() else { return Ok(None) };
            self.enter(&span)?;
        }
    }

    /// Reads a record; returns it if it is meant.
    fn look(&mut self, index: u64) -> Result<Option<Record>> {
        let mark = self.places.near(index);
        let raw = self.records.read(index, mark)?;
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

    fn enter(&mut self, span: &Span) -> Result<()> {
        let records = span.records().clone();
        // What a common kind has need not be known for a few candidates: their leaves tell.
        let is_heavy = matches!(span, Span::Indexed(_)) && self.is_heavy(&records)?;
        let mut allowed = if is_heavy { None } else { self.allowed(&records)? };
        if allowed.as_ref().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let answer = match span {
            Span::Retired(_) => {
                let count = allowed.map_or(records.end - records.start, |allowed| allowed.len() as u64);
                self.seen.retired += count;
                return Ok(());
            }
            Span::Unindexed(_) => self.without_index(&records)?,
            Span::Indexed(_) => match self.ask(&records)? {
                Some(answer) => answer,
                None => return Ok(()),
            },
        };
        if is_heavy && (answer.candidates.len() > FEW || !answer.gone.is_empty()) {
            allowed = self.allowed(&records)?;
        }
        let is_meant = |index: &u64| allowed.as_ref().is_none_or(|allowed| allowed.binary_search(index).is_ok());
        self.seen.erased += answer.gone.iter().filter(|index| is_meant(index)).count() as u64;
        self.places = answer.places;
        self.candidates = answer.candidates.into_iter().filter(is_meant).collect();
        self.are_filtered = allowed.is_some();
        if self.asked.order == Order::NewestFirst {
            self.candidates.make_contiguous().reverse();
        }
        Ok(())
    }

    /// The records of a range that meet the filter; nothing if there is none.
    fn allowed(&self, records: &Range<u64>) -> Result<Option<Vec<u64>>> {
        self.header.as_ref().map(|header| header.within(&self.asked.filter, records)).transpose()
    }

    fn is_heavy(&self, records: &Range<u64>) -> Result<bool> {
        let weight = self.header.as_ref().map(|header| header.weight(&self.asked.filter, records)).transpose()?;
        Ok(weight.is_some_and(|weight| weight > HEAVY_BYTES))
    }

    /// All records of the span; a first walk notes places, so that any order is as fast.
    fn without_index(&mut self, records: &Range<u64>) -> Result<Answer> {
        let (mut marks, mut hint) = (Vec::new(), self.index.mark_before(records.start));
        for index in records.clone() {
            let mark = self.records.read(index, hint.take())?.mark;
            if (index - records.start).is_multiple_of(MARK_RECORDS) {
                marks.push(mark);
            }
        }
        Ok(Answer { candidates: records.clone().collect(), gone: Vec::new(), places: Places::Marks(marks) })
    }

    /// Asks a block; nothing if it was damaged, and its records are searched by the spans that come next.
    fn ask(&mut self, records: &Range<u64>) -> Result<Option<Answer>> {
        let listed = self.index.blocks.iter().find(|block| block.first == records.start && block.end == records.end);
        let answer = match listed {
            Some(listed) => self.answer_of(listed),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(problem) if is_damage(&problem) => {
                self.seen.mended += 1;
                self.mend(records)?;
                Ok(None)
            }
            Err(problem) => Err(while_doing("read", "contents")(problem)),
        }
    }

    fn answer_of(&self, listed: &Listed) -> io::Result<Answer> {
        let mut block = Block::open(self.index.disk.as_ref(), listed)?;
        let gone = block.gone()?;
        let mut candidates = if self.terms.is_empty() {
            (listed.first..listed.end).filter(|index| gone.binary_search(index).is_err()).collect()
        } else {
            block.find_all(&self.terms)?
        };
        let before = candidates.len();
        candidates.extend(block.look()?);
        if candidates.len() > before {
            candidates.sort_unstable();
            candidates.dedup();
        }
        Ok(Answer { candidates, gone, places: Places::Block(Box::new(block)) })
    }

    /// Has a block made again, and puts what is there now in its place.
    fn mend(&mut self, records: &Range<u64>) -> Result<()> {
        match self.index.mend(records) {
            Err(problem) if !is_only_space(&problem) => return Err(problem),
            _ => {}
        }
        let is_whole = |block: &&Listed| records.start <= block.first && block.end <= records.end;
        let made: Vec<Range<u64>> =
            self.index.blocks.iter().filter(is_whole).map(|block| block.first..block.end).collect();
        let is_covered = made.iter().map(|made| made.end - made.start).sum::<u64>() == records.end - records.start;
        // A block that is damaged again at once is not trusted a third time.
        let spans: Vec<Span> = if is_covered && self.seen.mended <= MOST_MENDED {
            made.into_iter().map(Span::Indexed).collect()
        } else {
            in_pieces(records.clone()).map(Span::Unindexed).collect()
        };
        let in_order: Box<dyn Iterator<Item = Span>> = match self.asked.order {
            Order::NewestFirst => Box::new(spans.into_iter()),
            Order::OldestFirst => Box::new(spans.into_iter().rev()),
        };
        in_order.for_each(|span| self.spans.push_front(span));
        Ok(())
    }
}

/// Candidates of a block whose leaves are looked at rather than the other index.
const FEW: usize = 64;
/// Reading so much of the other index costs more than that.
const HEAVY_BYTES: u64 = 8 << 10;
/// Blocks of one search that are made again; an index that is worse is looked past.
const MOST_MENDED: u64 = 1 << 12;
