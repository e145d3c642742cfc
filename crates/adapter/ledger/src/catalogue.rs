//! What readers share with the writer: how far the log is durable, and where its records stand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use syndic_tlog::{Frontier, TreeHead};

use crate::disk::DiskFile;

/// Every so many records of a segment one place is remembered; a read walks the rest.
const MARK_EVERY: u64 = 64;

/// A segment and some places in it.
pub(crate) struct Segment {
    pub(crate) first: u64,
    pub(crate) file: Arc<dyn DiskFile>,
    /// Index and byte of some records, ascending.
    marks: Mutex<Vec<(u64, u64)>>,
}

impl Segment {
    pub(crate) fn new(first: u64, file: Arc<dyn DiskFile>) -> Self {
        Self { first, file, marks: Mutex::new(Vec::new()) }
    }

    /// Remembers where a record stands, if it is one of those remembered.
    pub(crate) fn mark(&self, index: u64, offset: u64) {
        if !index.is_multiple_of(MARK_EVERY) {
            return;
        }
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(place) = marks.binary_search(&(index, offset)) {
            marks.insert(place, (index, offset));
        }
    }

    /// The nearest known place at or before a record: index and byte.
    pub(crate) fn near(&self, index: u64) -> (u64, u64) {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let after = marks.partition_point(|(marked, _)| *marked <= index);
        after.checked_sub(1).and_then(|place| marks.get(place).copied()).unwrap_or((self.first, 0))
    }
}

/// The durable part of the log.
pub(crate) struct Catalogue {
    /// The tree over what is durable. Its root costs as many hashes as the tree is high, so it is computed where it is
    /// asked for, and not for every group.
    tree: RwLock<Frontier>,
    segments: RwLock<BTreeMap<u64, Arc<Segment>>>,
}

impl Catalogue {
    pub(crate) fn new(tree: Frontier, segments: Vec<Segment>) -> Self {
        let segments = segments.into_iter().map(|segment| (segment.first, Arc::new(segment))).collect();
        Self { tree: RwLock::new(tree), segments: RwLock::new(segments) }
    }

    /// Size and root of what is durable.
    pub(crate) fn head(&self) -> TreeHead {
        self.tree.read().unwrap_or_else(PoisonError::into_inner).clone().head()
    }

    /// The number of durable records.
    pub(crate) fn size(&self) -> u64 {
        self.tree.read().unwrap_or_else(PoisonError::into_inner).size()
    }

    pub(crate) fn advance(&self, tree: Frontier) {
        *self.tree.write().unwrap_or_else(PoisonError::into_inner) = tree;
    }

    pub(crate) fn add(&self, segment: Arc<Segment>) {
        self.segments.write().unwrap_or_else(PoisonError::into_inner).insert(segment.first, segment);
    }

    /// The first record that is in a segment.
    pub(crate) fn first(&self) -> u64 {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.keys().next().copied().unwrap_or(0)
    }

    /// Lets go of the segments that start before a record, which were retired.
    pub(crate) fn forget_before(&self, first: u64) {
        self.segments.write().unwrap_or_else(PoisonError::into_inner).retain(|start, _| *start >= first);
    }

    /// The segment a record stands in, if it is still kept.
    pub(crate) fn segment_of(&self, index: u64) -> Option<Arc<Segment>> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.range(..=index).next_back().map(|(_, segment)| Arc::clone(segment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Disk as _, SimDisk};

    fn segment(first: u64) -> Segment {
        Segment::new(first, SimDisk::new(0).create("s").unwrap())
    }

    #[test]
    fn the_nearest_mark_is_at_or_before_the_record() {
        let segment = segment(10);
        for index in (10..300).rev() {
            segment.mark(index, index * 100);
        }
        assert_eq!(segment.near(12), (10, 0));
        assert_eq!(segment.near(64), (64, 6_400));
        assert_eq!(segment.near(127), (64, 6_400));
        assert_eq!(segment.near(299), (256, 25_600));
    }

    #[test]
    fn a_record_stands_in_the_last_segment_that_starts_at_or_before_it() {
        let catalogue = Catalogue::new(Frontier::new(), vec![segment(5), segment(9)]);
        let first = |index| catalogue.segment_of(index).map(|segment| segment.first);
        assert_eq!([first(4), first(5), first(8), first(9), first(99)], [None, Some(5), Some(5), Some(9), Some(9)]);
    }
}
