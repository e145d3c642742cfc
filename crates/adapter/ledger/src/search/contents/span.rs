//! Which records a search goes through in one go, and in which order.

use std::collections::VecDeque;
use std::ops::Range;

use super::roster::Listed;
use crate::search::Order;

/// Records that are not indexed are looked at in pieces of so many.
const PIECE_RECORDS: u64 = 1 << 16;

/// Records that are searched in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Span {
    /// Their contents are gone.
    Retired(Range<u64>),
    /// A block has them.
    Indexed(Range<u64>),
    /// A column of the block that is open has them.
    Column(Range<u64>),
    /// All are to be looked at.
    Unindexed(Range<u64>),
}

impl Span {
    pub(super) fn records(&self) -> &Range<u64> {
        match self {
            Self::Retired(records) | Self::Indexed(records) | Self::Column(records) | Self::Unindexed(records) => {
                records
            }
        }
    }
}

/// Returns the spans of a log, in order, whose records before `kept_from` are retired.
pub(super) fn spans_of(blocks: &[Listed], gaps: Vec<Range<u64>>, kept_from: u64, order: Order) -> VecDeque<Span> {
    let mut spans: Vec<Span> = blocks.iter().map(|block| Span::Indexed(block.first..block.end)).collect();
    spans.extend(gaps.into_iter().flat_map(in_pieces).map(Span::Unindexed));
    if kept_from > 0 {
        spans.push(Span::Retired(0..kept_from));
    }
    spans.sort_unstable_by_key(|span| span.records().start);
    if order == Order::NewestFirst {
        spans.reverse();
    }
    spans.into()
}

/// Cuts a range of records into pieces that are searched in one go.
fn in_pieces(records: Range<u64>) -> impl DoubleEndedIterator<Item = Range<u64>> {
    let end = records.end;
    let pieces = (end - records.start).div_ceil(PIECE_RECORDS);
    (0..pieces).map(move |piece| {
        let start = records.start + piece * PIECE_RECORDS;
        start..end.min(start + PIECE_RECORDS)
    })
}
