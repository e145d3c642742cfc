//! Goes through the spans of a search: blocks are opened in growing groups, and what a question will read of all blocks of
//! a group is told to the disk before the first is asked.

use std::collections::HashMap;
use std::io;
use std::ops::Range;

use super::super::block::{Begun, Block};
use super::super::gather::MARK_RECORDS;
use super::super::index::is_only_space;
use super::super::sealed::is_damage;
use super::super::span::{Span, spans_of};
use super::{Finder, Places};
use crate::error::{Result, while_doing};
use crate::search::Order;

/// A group has so many times the blocks of the one before: the newest block often has the page that is wanted.
const GROWTH: usize = 4;
/// Candidates of a column that are read rather than asking the other index, whose answer costs as many reads.
const VERY_FEW: usize = 2;
/// Candidates of a column whose leaves are looked at rather than the other index, where that is heavy.
const FEW: usize = 64;
/// Reading so much of the other index costs more than that.
const HEAVY_BYTES: u64 = 8 << 10;
/// Blocks of one search that are made again; an index that is worse is looked past.
const MOST_MENDED: u64 = 1 << 12;

/// Blocks that were opened before they are searched.
#[derive(Default)]
pub(super) struct Ahead {
    /// By their first record.
    blocks: HashMap<u64, io::Result<Block>>,
    /// How many the last group had.
    count: usize,
    /// The records of the group, unless the other index was told of them.
    untold: Option<Range<u64>>,
}

/// What a column says to a question.
struct Answer {
    candidates: Vec<u64>,
    gone: Vec<u64>,
    places: Places,
}

impl Finder<'_> {
    pub(super) fn enter(&mut self, span: &Span) -> Result<()> {
        let whole = span.records().clone();
        let records = whole.start.max(self.rest.start)..whole.end.min(self.rest.end);
        let may_have = self.header.as_ref().is_none_or(|header| header.may_have_in(&self.asked.filter, &records));
        if records.is_empty() || !may_have {
            return Ok(());
        }
        let answer = match span {
            Span::Retired(_) => {
                let allowed = self.allowed(&records)?;
                self.seen.retired += allowed.map_or(records.end - records.start, |allowed| allowed.len() as u64);
                return Ok(());
            }
            Span::Unindexed(_) => self.without_index(&records)?,
            Span::Indexed(_) => return self.enter_block(&whole),
            Span::Column(_) => match self.answer_of(whole.start) {
                Ok(answer) => answer,
                Err(problem) => return self.damaged(problem),
            },
        };
        match self.asked.order {
            Order::NewestFirst => self.rest.end = records.start,
            Order::OldestFirst => self.rest.start = records.end,
        }
        self.take(answer, &records)
    }

    /// Takes over the candidates that are of these records and, as far as the other index is asked, meet the filter.
    fn take(&mut self, mut answer: Answer, records: &Range<u64>) -> Result<()> {
        answer.candidates.retain(|index| records.contains(index));
        answer.gone.retain(|index| records.contains(index));
        let count = answer.candidates.len();
        let are_judged_by_leaf =
            answer.gone.is_empty() && (count <= VERY_FEW || (count <= FEW && self.is_heavy(records)?));
        let allowed = if are_judged_by_leaf { None } else { self.allowed(records)? };
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
    fn allowed(&mut self, records: &Range<u64>) -> Result<Option<Vec<u64>>> {
        self.tell_header();
        self.header.as_ref().map(|header| header.within(&self.asked.filter, records)).transpose()
    }

    fn is_heavy(&mut self, records: &Range<u64>) -> Result<bool> {
        self.tell_header();
        let weight = self.header.as_ref().map(|header| header.weight(&self.asked.filter, records)).transpose()?;
        Ok(weight.is_some_and(|weight| weight > HEAVY_BYTES))
    }

    /// Has the other index fetch what it will be asked of the present group, once it is asked at all.
    fn tell_header(&mut self) {
        if let (Some(header), Some(records)) = (&self.header, self.ahead.untold.take()) {
            header.will_read(&self.asked.filter, &records);
        }
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

    /// Opens a block, and has its columns searched next.
    fn enter_block(&mut self, records: &Range<u64>) -> Result<()> {
        if !self.ahead.blocks.contains_key(&records.start) {
            self.open_group(records);
        }
        self.open = None;
        let opened = self.ahead.blocks.remove(&records.start).unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
        let block = match opened {
            Ok(block) => block,
            Err(problem) => return self.mend(problem, records),
        };
        let columns: Vec<Span> = block.columns().map(Span::Column).collect();
        self.put_first(columns);
        self.open = Some(block);
        Ok(())
    }

    /// Opens a block and some that come after it.
    fn open_group(&mut self, first: &Range<u64>) {
        self.ahead.count = (self.ahead.count * GROWTH).max(1);
        let next = self.spans.iter().filter(|span| matches!(span, Span::Indexed(_))).map(Span::records);
        let group: Vec<Range<u64>> = std::iter::once(first).chain(next).take(self.ahead.count).cloned().collect();
        let disk = self.index.disk.as_ref();
        let begun: Vec<(u64, io::Result<Begun>)> = group
            .iter()
            .map(|records| {
                let listed = self.index.blocks.iter().find(|block| (block.first..block.end) == *records);
                let begun = listed.map_or_else(|| Err(io::ErrorKind::NotFound.into()), |one| Begun::new(disk, one));
                (records.start, begun)
            })
            .collect();
        for (first, begun) in begun {
            let block = begun.and_then(Begun::open).map(|mut block| {
                block.will_find(&self.terms);
                block
            });
            self.ahead.blocks.insert(first, block);
        }
        let start = group.iter().map(|records| records.start).min();
        self.ahead.untold = start.zip(group.iter().map(|records| records.end).max()).map(|(start, end)| start..end);
    }

    fn answer_of(&mut self, first: u64) -> io::Result<Answer> {
        let block = self.open.as_mut().ok_or(io::ErrorKind::NotFound)?;
        let gone = block.gone(first)?;
        let mut candidates = if self.terms.is_empty() {
            let records = block.column(first)?;
            records.filter(|index| gone.binary_search(index).is_err()).collect()
        } else {
            block.find_all(first, &self.terms)?
        };
        let before = candidates.len();
        candidates.extend(block.look(first)?);
        if candidates.len() > before {
            candidates.sort_unstable();
            candidates.dedup();
        }
        Ok(Answer { candidates, gone, places: Places::Block })
    }

    /// Lets go of the open block, which is damaged.
    fn damaged(&mut self, problem: io::Error) -> Result<()> {
        let records = self.open.take().map(|block| block.records());
        self.mend(problem, &records.unwrap_or_default())
    }

    /// Has a damaged block made again, and goes on with the blocks there are now: records that were searched are passed by.
    fn mend(&mut self, problem: io::Error, records: &Range<u64>) -> Result<()> {
        if !is_damage(&problem) {
            return Err(while_doing("read", "contents")(problem));
        }
        self.seen.mended += 1;
        self.open = None;
        self.ahead = Ahead::default();
        match self.index.mend(records) {
            Err(problem) if !is_only_space(&problem) => return Err(problem),
            _ => {}
        }
        // Blocks that are damaged again and again are not trusted for ever.
        let (blocks, gaps) = if self.seen.mended <= MOST_MENDED {
            (self.index.blocks.as_slice(), self.index.gaps())
        } else {
            (&[][..], std::iter::once(self.index.kept_from()..self.rest.end).collect())
        };
        self.spans = spans_of(blocks, gaps, self.index.kept_from(), self.asked.order);
        Ok(())
    }

    /// Has these spans, ascending, searched next.
    fn put_first(&mut self, spans: Vec<Span>) {
        let in_order: Box<dyn Iterator<Item = Span>> = match self.asked.order {
            Order::NewestFirst => Box::new(spans.into_iter()),
            Order::OldestFirst => Box::new(spans.into_iter().rev()),
        };
        in_order.for_each(|span| self.spans.push_front(span));
    }
}
