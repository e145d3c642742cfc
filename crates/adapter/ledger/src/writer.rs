//! The one place that appends: collects batches into a group, writes it, syncs it, and only then says so.
//!
//! Order within a group: seal, make the keys durable, write, sync, advance the head. A record counts as durable when
//! the sync that covers it succeeded, and never before. A failed sync stops the writer for good, because the kernel
//! may have forgotten what it could not write; so does a failed write. A full disk only interrupts: what a failed
//! write may have left is wiped, durably, at once, or else before anything else is written there, so that it can never be
//! read as records later. Until it is wiped whether the records stand is unknown, and the error says so.

use std::ops::Range;
use std::sync::Arc;

use syndic_tlog::{Frontier, TreeHead};

use crate::catalogue::{Catalogue, Segment};
use crate::clock::Clock;
use crate::disk::{DiskFile, write_all_at, write_all_next_at};
use crate::entry::{Entry, Receipt};
use crate::error::{LedgerError, Remains, Result, while_doing};
use crate::frame::{self, FrameKind};
use crate::sealer::Sealer;
use crate::segment::{Spare, path_of};
use crate::stage::{Staged, stage};

/// What a group has so far, not yet written.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// Index and byte of the records in `bytes`.
    places: Vec<(u64, u64)>,
}

enum State {
    Ready,
    /// These bytes of the segment may hold what a failed write left.
    Unclean(Range<u64>),
    Stopped(Arc<str>),
}

/// What the writer needs of its surroundings.
pub(crate) struct Surroundings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) spare: Arc<Spare>,
    pub(crate) catalogue: Arc<Catalogue>,
}

/// Where the log ends on the disk.
pub(crate) struct End {
    pub(crate) segment: Arc<Segment>,
    pub(crate) offset: u64,
    /// Bytes the segment has room for.
    pub(crate) capacity: u64,
    pub(crate) frontier: Frontier,
    /// No later record gets an earlier time.
    pub(crate) last_time_us: i64,
}

/// Appends to the log.
pub(crate) struct Writer {
    around: Surroundings,
    end: End,
    /// The tree with the pending records.
    ahead: Frontier,
    pending: Pending,
    state: State,
    /// Counts how often pending records were forgotten; their indices are given again then.
    losses: u64,
}

impl Writer {
    pub(crate) fn new(around: Surroundings, end: End) -> Self {
        let ahead = end.frontier.clone();
        Self { around, end, ahead, pending: Pending::default(), state: State::Ready, losses: 0 }
    }

    /// Size and root of what is durable.
    pub(crate) fn head(&self) -> TreeHead {
        self.end.frontier.head()
    }

    /// The index of the record that is added next.
    pub(crate) fn next(&self) -> u64 {
        self.ahead.size()
    }

    /// The number of durable records.
    pub(crate) fn size(&self) -> u64 {
        self.end.frontier.size()
    }

    /// Tells whether the segment in use is more than half full, so that the next should be prepared.
    pub(crate) fn wants_spare(&self) -> bool {
        self.end.offset > self.end.capacity / 2
    }

    /// Counts how often records that were added, but not durable, were forgotten.
    pub(crate) fn losses(&self) -> u64 {
        self.losses
    }

    /// Adds a batch to the group. Its receipts hold once [`Writer::commit`] made them durable.
    ///
    /// An error leaves the batch out of the group, unless the group filled a segment and that failed.
    pub(crate) fn add(&mut self, entries: &[Entry]) -> Result<Vec<Receipt>> {
        self.make_ready()?;
        self.end.last_time_us = self.end.last_time_us.max(self.around.clock.now_us());
        let staged = stage(self.around.sealer.as_ref(), entries, self.ahead.size(), self.end.last_time_us)?;
        let mut receipts = Vec::with_capacity(staged.len());
        for Staged { index, leaf_hash, frame } in staged {
            self.place(&frame)?;
            let at = self.end.offset + (self.pending.bytes.len() - frame.len()) as u64;
            self.pending.places.push((index, at));
            self.ahead.push(leaf_hash);
            receipts.push(Receipt { index, leaf_hash });
        }
        Ok(receipts)
    }

    /// Adds a signed checkpoint over records that are durable already.
    pub(crate) fn add_note(&mut self, note: &str) -> Result<()> {
        self.make_ready()?;
        let mut frame = Vec::new();
        if frame::encode(FrameKind::Checkpoint, &[note.as_bytes()], &mut frame) {
            self.place(&frame)?;
        }
        Ok(())
    }

    /// Makes the group durable. On an error its records are not, except those below the head's size.
    pub(crate) fn commit(&mut self) -> Result<()> {
        self.make_ready()?;
        if self.pending.bytes.is_empty() {
            return Ok(());
        }
        let from = self.end.offset;
        let to = from + self.pending.bytes.len() as u64;
        if let Err(problem) = self.around.sealer.flush() {
            self.forget_pending();
            return Err(problem.into());
        }
        if let Err(problem) = write_all_next_at(self.end.segment.file.as_ref(), &self.pending.bytes, from) {
            self.forget_pending();
            let problem = while_doing("write", &path_of(self.end.segment.first))(problem);
            let LedgerError::Full { path, .. } = problem else { return Err(self.stop(&problem)) };
            self.state = State::Unclean(from..to);
            // Wiped at once, so that who is told of the failure knows that nothing stands.
            let remains = if self.make_ready().is_ok() { Remains::Nothing } else { Remains::Unknown };
            return Err(LedgerError::Full { path, remains });
        }
        if let Err(problem) = self.end.segment.file.sync_data() {
            self.forget_pending();
            // Also a full disk is final here: which of the pages were written is not known.
            return Err(self.stop(&while_doing("sync", &path_of(self.end.segment.first))(problem)));
        }
        self.end.offset = to;
        self.end.frontier = self.ahead.clone();
        for (index, offset) in self.pending.places.drain(..) {
            self.end.segment.mark(index, offset);
        }
        self.pending.bytes.clear();
        self.around.catalogue.advance(self.end.frontier.clone());
        Ok(())
    }

    /// Puts a frame behind the pending ones; if the segment has no room, finishes it and starts the next.
    fn place(&mut self, frame: &[u8]) -> Result<()> {
        let end = self.end.offset + (self.pending.bytes.len() + frame.len()) as u64;
        let has_records = self.ahead.size() > self.end.segment.first;
        // A frame longer than a whole segment makes its segment longer.
        if end > self.end.capacity && has_records {
            self.commit()?;
            self.start_segment()?;
        }
        self.pending.bytes.extend_from_slice(frame);
        Ok(())
    }

    fn start_segment(&mut self) -> Result<()> {
        let first = self.end.frontier.size();
        let file = match self.around.spare.take(first) {
            Ok(file) => file,
            Err(problem @ LedgerError::Full { .. }) => {
                self.forget_pending();
                return Err(problem);
            }
            Err(problem) => {
                self.forget_pending();
                return Err(self.stop(&problem));
            }
        };
        let capacity = file.len().map_err(while_doing("measure", &path_of(first)));
        self.end.capacity = capacity.map_err(|problem| self.stop(&problem))?;
        self.end.segment.file.end_writes();
        self.end.segment = Arc::new(Segment::new(first, file));
        self.end.offset = 0;
        self.around.catalogue.add(Arc::clone(&self.end.segment));
        Ok(())
    }

    /// Forgets what is not written, and with it the places in the tree it would have had.
    fn forget_pending(&mut self) {
        self.pending = Pending::default();
        self.ahead = self.end.frontier.clone();
        self.losses += 1;
    }

    fn stop(&mut self, why: &LedgerError) -> LedgerError {
        let why: Arc<str> = why.to_string().into();
        self.state = State::Stopped(Arc::clone(&why));
        LedgerError::Stopped { why }
    }

    /// Wipes what a failed write may have left; fails if the writer has stopped for good.
    fn make_ready(&mut self) -> Result<()> {
        let unclean = match &self.state {
            State::Ready => return Ok(()),
            State::Stopped(why) => return Err(LedgerError::Stopped { why: Arc::clone(why) }),
            State::Unclean(range) => range.clone(),
        };
        let path = path_of(self.end.segment.first);
        match wipe(self.end.segment.file.as_ref(), unclean) {
            Ok(()) => {
                self.state = State::Ready;
                Ok(())
            }
            Err(problem) => match problem.into_error(&path) {
                full @ LedgerError::Full { .. } => Err(full),
                problem => Err(self.stop(&problem)),
            },
        }
    }
}

/// Which step of wiping failed.
pub(crate) enum Wiping {
    Write(std::io::Error),
    Sync(std::io::Error),
}

impl Wiping {
    /// The error for callers. A full disk is one only when writing; what a failed sync left is not known.
    pub(crate) fn into_error(self, path: &str) -> LedgerError {
        match self {
            Self::Write(problem) => while_doing("write", path)(problem),
            Self::Sync(problem) => {
                LedgerError::Disk { doing: "sync", path: path.to_owned(), problem: Arc::new(problem) }
            }
        }
    }
}

/// Overwrites bytes with zeros, durably.
pub(crate) fn wipe(file: &dyn DiskFile, range: Range<u64>) -> std::result::Result<(), Wiping> {
    const CHUNK: usize = 1 << 16;
    let zeros = vec![0; CHUNK];
    let mut at = range.start;
    while at < range.end {
        let count = usize::try_from(range.end - at).unwrap_or(CHUNK).min(CHUNK);
        write_all_at(file, zeros.get(..count).unwrap_or(&zeros), at).map_err(Wiping::Write)?;
        at += count as u64;
    }
    file.sync_data().map_err(Wiping::Sync)
}
