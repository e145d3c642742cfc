//! Reads what is left of retired records: their leaves, bundle by bundle.

use std::ops::Range;
use std::sync::Arc;

use crate::admin::Leaves;
use crate::disk::Disk;
use crate::entry::{Content, Record};
use crate::error::Result;
use crate::leaf::Leaf;
use crate::ledger::damaged;

/// The retired records of a range, in order; after an error nothing more comes.
pub(crate) struct RetiredRecords {
    disk: Arc<dyn Disk>,
    records: Range<u64>,
    leaves: Option<Leaves>,
}

impl RetiredRecords {
    pub(crate) fn new(disk: Arc<dyn Disk>, records: Range<u64>) -> Self {
        Self { disk, records, leaves: None }
    }

    fn step(&mut self) -> Result<Option<Record>> {
        let index = self.records.start;
        if self.records.is_empty() {
            return Ok(None);
        }
        let mut leaves = match self.leaves.take() {
            Some(leaves) => leaves,
            None => Leaves::new(&self.disk, index, self.records.end)?,
        };
        let bytes = leaves.step()?.ok_or_else(|| damaged(index, "its segment and its bundle are gone"))?;
        let leaf = Leaf::parse(&bytes).map_err(|problem| damaged(index, &problem.to_string()))?;
        if leaf.index != index {
            return Err(damaged(index, "another record stands in its bundle"));
        }
        self.leaves = Some(leaves);
        self.records.start += 1;
        Ok(Some(Record { index, leaf, content: Content::Retired }))
    }
}

impl Iterator for RetiredRecords {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.step().transpose();
        if matches!(found, Some(Err(_))) {
            self.records.start = self.records.end;
        }
        found
    }
}
