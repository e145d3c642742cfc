//! In which order hits come, and which of them.

use std::ops::Range;

/// In which order records are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The last appended first.
    NewestFirst,
    /// The first appended first.
    OldestFirst,
}

/// A part of the hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The order of the hits.
    pub order: Order,
    /// The last record of the page before, in this order; none for the first page.
    pub after: Option<u64>,
    /// Most hits.
    pub limit: usize,
}

impl Page {
    /// Says whether any of these records can be on the page.
    pub(super) fn may_have_in(&self, records: Range<u64>) -> bool {
        match (self.order, self.after) {
            (_, None) => true,
            (Order::NewestFirst, Some(after)) => records.start < after,
            (Order::OldestFirst, Some(after)) => after + 1 < records.end,
        }
    }

    /// Appends the records that are in all lists, in the range and on the page, until it is full; places count from
    /// record `first`.
    pub(super) fn take(&self, first: u64, lists: &[Vec<u32>], within: Range<u32>, found: &mut Vec<u64>) {
        let within = self.rest_of(first, within);
        let room = self.limit.saturating_sub(found.len());
        let record = |place: u32| first + u64::from(place);
        let Some((shortest, others)) = ascending(lists) else {
            match self.order {
                Order::NewestFirst => found.extend(within.rev().map(record).take(room)),
                Order::OldestFirst => found.extend(within.map(record).take(room)),
            }
            return;
        };
        let from = shortest.partition_point(|place| *place < within.start);
        let to = shortest.partition_point(|place| *place < within.end);
        let candidates = shortest.get(from..to).unwrap_or_default().iter().copied();
        let is_common = |place: &u32| others.iter().all(|other| other.binary_search(place).is_ok());
        match self.order {
            Order::NewestFirst => found.extend(candidates.rev().filter(is_common).map(record).take(room)),
            Order::OldestFirst => found.extend(candidates.filter(is_common).map(record).take(room)),
        }
    }

    /// The places of `within` that come after the page before.
    fn rest_of(&self, first: u64, within: Range<u32>) -> Range<u32> {
        let Some(after) = self.after else { return within };
        let place = |record: u64| u32::try_from(record.saturating_sub(first)).unwrap_or(u32::MAX);
        match self.order {
            Order::NewestFirst => within.start..within.end.min(place(after)),
            Order::OldestFirst if after < first => within,
            Order::OldestFirst => within.start.max(place(after.saturating_add(1)))..within.end,
        }
    }
}

/// The shortest list, and the others.
fn ascending(lists: &[Vec<u32>]) -> Option<(&Vec<u32>, Vec<&Vec<u32>>)> {
    let mut lists: Vec<&Vec<u32>> = lists.iter().collect();
    lists.sort_by_key(|list| list.len());
    let mut lists = lists.into_iter();
    Some((lists.next()?, lists.collect()))
}
