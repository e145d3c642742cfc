//! Removes segments whose time is over.

use std::io;
use std::ops::Range;

use syndic_tlog::TILE_WIDTH;

use super::policy::Retention;
use super::proof::{prove, sync};
use super::survey::{Rules, Surveyed, survey};
use crate::admin::{Action, Admin, AdminError, Cause};
use crate::error::{Result, while_doing};
use crate::search::forget_before;
use crate::segment::{FOLDER, path_of};

/// What a retirement did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retirement {
    /// Segments removed, with those an interrupted retirement left.
    pub segments: u64,
    /// The records concerned are those before this one: the first that is kept whole.
    pub before: u64,
    /// The record that states it; none if nothing new could be retired.
    pub index: Option<u64>,
    /// The oldest segment that stays, and why.
    pub keeping: Option<Keeping>,
}

/// What a retirement would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prospect {
    /// Segments that would be removed.
    pub segments: u64,
    /// The records whose contents would be gone.
    pub records: Range<u64>,
    /// The oldest segment that would stay, and why.
    pub keeping: Option<Keeping>,
}

/// A segment that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    /// Its first record.
    pub from: u64,
    /// Why it stays.
    pub because: KeptBecause,
}

/// Why a segment stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptBecause {
    /// A record in it is younger than the retention.
    TooYoung,
    /// The hold of this name covers a record in it.
    Held(String),
    /// Not all its records stand in full bundles under a signed root yet.
    NotPublished,
    /// Records are still appended to it.
    InUse,
}

impl Admin {
    /// Says what [`Admin::retire`] would do at `now_us` under a retention, and changes nothing.
    ///
    /// # Errors
    /// [`AdminError::Unproved`] for a record that cannot be read; [`AdminError::Ledger`] for what the disk reports.
    pub fn would_retire(&self, retention: Retention, now_us: i64) -> Result<Prospect, AdminError> {
        let state = self.state();
        let rules = Rules { state: &state, retention, now_us, bundled: full_bundles(self.ledger.size()) };
        let Surveyed { firsts, before, keeping } = survey(&self.disk, &rules)?;
        let from = firsts.first().copied().unwrap_or(before);
        Ok(Prospect { segments: firsts.len() as u64, records: from..before, keeping })
    }

    /// Removes the oldest segments whose records are all older than the retention and not held; `now_us` is in microseconds since
    /// 1970 UTC. Their leaves stay readable and provable, their contents are gone.
    ///
    /// # Errors
    /// [`AdminError::Unproved`] if tiles or bundles do not prove the records: nothing was removed.
    /// [`AdminError::Ledger`] for what the disk reports; retire again, which also removes what was left.
    pub fn retire(&self, now_us: i64, cause: &Cause) -> Result<Retirement, AdminError> {
        let mut inner = self.begin_for(cause)?;
        let signed = self.ledger.checkpoint()?.head;
        let rules = Rules {
            state: &inner.state,
            retention: inner.state.retention(),
            now_us,
            bundled: full_bundles(signed.size),
        };
        let days = rules.retention.days();
        let Surveyed { firsts, before, keeping } = survey(&self.disk, &rules)?;
        let Some(from) = firsts.first().copied() else {
            return Ok(Retirement { segments: 0, before, index: None, keeping });
        };
        prove(&self.ledger, &self.disk, &(from..before), signed)?;
        // An interrupted retirement is recorded already.
        let is_new = before > inner.state.retired_before();
        let stated = Action::Retired { from: from.max(inner.state.retired_before()), before, days };
        let index = if is_new { Some(self.record(&mut inner, stated, cause)?) } else { None };
        // Who verifies the log believes a signed statement only.
        let signed = self.ledger.checkpoint()?.head;
        sync(self.disk.as_ref(), &(from..before), signed.size)?;
        forget_before(&self.disk, &self.keys, before)?;
        for first in &firsts {
            self.remove(*first)?;
        }
        self.ledger.forget_before(before);
        Ok(Retirement { segments: firsts.len() as u64, before, index, keeping })
    }

    /// Removes a segment, durably, so that a crash never leaves an older one behind a gap.
    fn remove(&self, first: u64) -> Result<()> {
        let path = path_of(first);
        match self.disk.remove(&path) {
            Err(problem) if problem.kind() != io::ErrorKind::NotFound => Err(while_doing("remove", &path)(problem)),
            _ => self.disk.sync_dir(FOLDER).map_err(while_doing("sync", FOLDER)),
        }
    }
}

/// How many of so many records stand in full bundles.
fn full_bundles(size: u64) -> u64 {
    size - size % u64::from(TILE_WIDTH)
}
