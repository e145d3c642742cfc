//! Which segments may go: reads their leaves for age and holds.

use std::sync::Arc;

use super::policy::Retention;
use super::retire::{Keeping, KeptBecause};
use crate::admin::{AdminError, Leaves, State};
use crate::disk::Disk;
use crate::error::Result;
use crate::leaf::Leaf;
use crate::segment;

/// What decides whether a segment may go.
pub(super) struct Rules<'a> {
    pub(super) state: &'a State,
    pub(super) retention: Retention,
    pub(super) now_us: i64,
    /// Records before this one stand in full bundles under the newest checkpoint.
    pub(super) bundled: u64,
}

/// The segments that may go, oldest first.
pub(super) struct Surveyed {
    /// First record of each.
    pub(super) firsts: Vec<u64>,
    /// The record before which all may go; the first kept.
    pub(super) before: u64,
    /// Why the next segment stays.
    pub(super) keeping: Option<Keeping>,
}

/// Finds the oldest segments that may go, all in a row.
pub(super) fn survey(disk: &Arc<dyn Disk>, rules: &Rules<'_>) -> Result<Surveyed, AdminError> {
    let firsts = segment::list(disk.as_ref())?;
    let mut may_go = Vec::new();
    let mut ends = firsts.iter().copied().skip(1);
    for first in firsts.iter().copied() {
        let because = match ends.next() {
            None => Some(KeptBecause::InUse),
            Some(end) if end > rules.bundled => Some(KeptBecause::NotPublished),
            Some(end) => rules.against(disk, first, end)?,
        };
        if let Some(because) = because {
            return Ok(Surveyed { firsts: may_go, before: first, keeping: Some(Keeping { from: first, because }) });
        }
        may_go.push(first);
    }
    Ok(Surveyed { firsts: may_go, before: firsts.first().copied().unwrap_or(0), keeping: None })
}

impl Rules<'_> {
    /// Why the segment of the records `first..end` must stay, if it must.
    fn against(&self, disk: &Arc<dyn Disk>, first: u64, end: u64) -> Result<Option<KeptBecause>, AdminError> {
        let mut leaves = Leaves::new(disk, first, end)?;
        let mut index = first;
        while let Some(bytes) = leaves.step()? {
            let unproved = |problem: crate::leaf::LeafError| AdminError::Unproved { index, what: problem.to_string() };
            let leaf = Leaf::parse(&bytes).map_err(unproved)?;
            if !self.retention.is_over(leaf.time_us, self.now_us) {
                return Ok(Some(KeptBecause::TooYoung));
            }
            if let Some(hold) = self.state.hold_on(&leaf) {
                return Ok(Some(KeptBecause::Held(hold.name.clone())));
            }
            index += 1;
        }
        Ok(None)
    }
}
