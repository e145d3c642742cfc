//! Finds the end of the log after a crash, and tells a torn tail from damage.
//!
//! Frames behind the newest signed checkpoint may be torn: nobody was told of them unless a sync covered them, and a
//! sync makes them whole. They are cut at the first that is not whole. Anything wrong *before* a signed size, or with
//! a later signed checkpoint behind it, or in a segment that has a successor, is damage: the log is not opened.
//!
//! What is kept behind the newest checkpoint is written and synced again, because a sync may have failed before the
//! restart: the kernel then shows bytes it has given up writing.

use std::sync::Arc;

use syndic_tlog::{Frontier, TreeHead, leaf_hash};

use crate::admin::Leaves;
use crate::catalogue::Segment;
use crate::disk::Disk;
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::frame::{BadFrame, FrameKind, split_record};
use crate::leaf::Leaf;
use crate::scan::{FrameReader, Step, end_of_bytes};
use crate::segment::{self, path_of};
use crate::signing::LogVerifier;
use crate::tail::{later_checkpoint, resync};
use crate::tiles::StoredTiles;
use crate::writer::{End, wipe};

/// What was found when a ledger was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Records in the log.
    pub records: u64,
    /// Bytes of a torn tail that were cut.
    pub cut_bytes: u64,
    /// Where the torn tail was: file and byte.
    pub cut_at: Option<(String, u64)>,
    /// Records behind the newest checkpoint, which were written and synced again.
    pub resynced_records: u64,
    /// Frames read.
    pub frames_read: u64,
}

/// The log as it was found.
pub(crate) struct Found {
    pub(crate) segments: Vec<Segment>,
    pub(crate) end: End,
    pub(crate) recovery: Recovery,
}

/// Where the frames of a segment stop.
struct Stop {
    offset: u64,
    bad: Option<BadFrame>,
}

/// The state of a scan.
struct Scan<'a> {
    verifier: &'a LogVerifier,
    /// Trusted heads, ascending by size.
    known: &'a [TreeHead],
    frontier: Frontier,
    last_time_us: i64,
    /// The head the newest checkpoint frame states.
    newest_note: Option<TreeHead>,
    /// Byte in the last segment behind which nothing is covered by a trusted head.
    covered_end: u64,
    frames: u64,
}

/// Recovers the log of a folder; `known` are heads that were signed: the newest checkpoint, those of witnesses.
pub(crate) fn recover(disk: &Arc<dyn Disk>, verifier: &LogVerifier, known: &[TreeHead]) -> Result<Found> {
    let firsts = segment::list(disk.as_ref())?;
    let mut known: Vec<TreeHead> = known.to_vec();
    known.sort_unstable_by_key(|head| head.size);
    // A root that does not fit may be that of torn tiles the scan started from: a scan of everything decides.
    let first_known = known.first().map_or(0, |head| head.size);
    let start = firsts.iter().rposition(|first| *first <= first_known).unwrap_or(0);
    match scan_from(disk, verifier, &known, &firsts, start, Earlier::Tiles) {
        Err(LedgerError::Damaged(damage))
            if damage.kind == DamageKind::Diverged && firsts.get(start).is_some_and(|first| *first > 0) =>
        {
            scan_from(disk, verifier, &known, &firsts, 0, Earlier::Bundles)
        }
        outcome => outcome,
    }
}

fn scan_from(
    disk: &Arc<dyn Disk>,
    verifier: &LogVerifier,
    known: &[TreeHead],
    firsts: &[u64],
    start: usize,
    earlier: Earlier,
) -> Result<Found> {
    let Some(start_index) = firsts.get(start).copied() else { return Err(no_segment(known)) };
    let frontier = match frontier_at(disk, start_index, earlier) {
        Some(frontier) => frontier,
        None if earlier == Earlier::Tiles => {
            return scan_from(disk, verifier, known, firsts, 0, Earlier::Bundles);
        }
        None => {
            return Err(damage(
                DamageKind::Missing,
                start_index,
                0,
                start_index,
                "neither earlier segments nor their bundles",
            ));
        }
    };
    if let Some(head) = known.iter().find(|head| head.size == start_index && head.root != frontier.root()) {
        let what = format!("its tiles lead to root {}, {} was signed", frontier.root(), head.root);
        return Err(damage(DamageKind::Diverged, start_index, 0, start_index, &what));
    }
    let mut scan =
        Scan { verifier, known, frontier, last_time_us: i64::MIN, newest_note: None, covered_end: 0, frames: 0 };
    let mut segments = Vec::with_capacity(firsts.len());
    let mut last = None;
    for (place, first) in firsts.iter().copied().enumerate() {
        let file = disk.open(&path_of(first)).map_err(while_doing("open", &path_of(first)))?;
        let segment = Segment::new(first, file);
        if place >= start {
            if scan.frontier.size() != first {
                let what = format!("the records before it end at {}", scan.frontier.size());
                return Err(damage(DamageKind::Missing, first, 0, first, &what));
            }
            let stop = scan.segment(&segment)?;
            let is_last = place + 1 == firsts.len();
            if let (false, Some(why)) = (is_last, stop.bad) {
                return Err(scan.damaged(first, stop.offset, why));
            }
            last = is_last.then_some(stop);
        }
        segments.push(segment);
    }
    let (Some(segment), Some(stop)) = (segments.pop(), last) else { return Err(no_segment(known)) };
    finish(scan, segments, segment, &stop)
}

/// Judges where the last segment stops, cuts what is torn, and makes the rest durable.
fn finish(scan: Scan<'_>, mut segments: Vec<Segment>, segment: Segment, stop: &Stop) -> Result<Found> {
    let first = segment.first;
    let path = path_of(first);
    let file = Arc::clone(&segment.file);
    let size = scan.frontier.size();
    if let Some(why) = stop.bad {
        let later = later_checkpoint(file.as_ref(), stop.offset, scan.verifier).map_err(while_doing("read", &path))?;
        if scan.newest_known() > size || later.is_some_and(|head| head.size > size) {
            return Err(scan.damaged(first, stop.offset, why));
        }
    } else if let Some(head) = scan.known.last().filter(|head| head.size > size) {
        let what = format!("{size} records are there, a checkpoint was signed over {}", head.size);
        return Err(damage(DamageKind::Truncated, first, stop.offset, size, &what));
    }
    if let Some(note) = scan.newest_note.filter(|note| note.size > scan.newest_known()) {
        // The checkpoint file is older than the log says: judge the log by what its newest frame states.
        return Err(damage(
            DamageKind::Missing,
            first,
            stop.offset,
            note.size,
            "the log holds a later checkpoint than the file `checkpoint`, which was rolled back or removed",
        ));
    }
    let tail_end = end_of_bytes(file.as_ref(), stop.offset).map_err(while_doing("read", &path))?;
    if tail_end > stop.offset {
        wipe(file.as_ref(), stop.offset..tail_end).map_err(|problem| problem.into_error(&path))?;
    }
    resync(file.as_ref(), scan.covered_end, stop.offset).map_err(while_doing("write again", &path))?;
    let recovery = Recovery {
        records: size,
        cut_bytes: tail_end - stop.offset,
        cut_at: (tail_end > stop.offset).then(|| (path.clone(), stop.offset)),
        resynced_records: size - scan.newest_known().max(first).min(size),
        frames_read: scan.frames,
    };
    let capacity = file.len().map_err(while_doing("measure", &path))?;
    let end_segment = Arc::new(segment);
    segments.push(Segment::new(first, file));
    let end = End {
        segment: end_segment,
        offset: stop.offset,
        capacity,
        frontier: scan.frontier,
        last_time_us: scan.last_time_us,
    };
    Ok(Found { segments, end, recovery })
}

impl Scan<'_> {
    fn newest_known(&self) -> u64 {
        self.known.last().map_or(0, |head| head.size)
    }

    /// Reads the frames of a segment up to the first that is not whole or not the one due.
    fn segment(&mut self, segment: &Segment) -> Result<Stop> {
        let path = path_of(segment.first);
        self.covered_end = 0;
        let mut reader = FrameReader::new(Arc::clone(&segment.file), 0);
        loop {
            let (kind, offset, payload) = match reader.step().map_err(while_doing("read", &path))? {
                Step::Frame { kind, offset, payload } => (kind, offset, payload),
                Step::End { offset } => return Ok(Stop { offset, bad: None }),
                Step::Bad { offset, why } => return Ok(Stop { offset, bad: Some(why) }),
            };
            self.frames += 1;
            match kind {
                FrameKind::Record => {
                    if !self.record(payload, offset, segment)? {
                        return Ok(Stop { offset, bad: Some(BadFrame::Content) });
                    }
                    if self.frontier.size() <= self.newest_known() {
                        self.covered_end = reader.offset();
                    }
                }
                FrameKind::Checkpoint => {
                    let Some(head) = self.verifier.head_of(payload) else {
                        return Ok(Stop { offset, bad: Some(BadFrame::Content) });
                    };
                    self.newest_note = Some(head);
                }
            }
        }
    }

    /// Takes a record; false if it is not the one due here.
    fn record(&mut self, payload: &[u8], offset: u64, segment: &Segment) -> Result<bool> {
        let index = self.frontier.size();
        let Some((leaf, _)) = split_record(payload) else { return Ok(false) };
        let Some(parsed) = Leaf::parse(leaf).ok().filter(|parsed| parsed.index == index) else { return Ok(false) };
        self.last_time_us = self.last_time_us.max(parsed.time_us);
        segment.mark(index, offset);
        self.frontier.push(leaf_hash(leaf));
        let size = index + 1;
        // Of all sizes only the signed ones have a root to compare; computing it costs more than the leaf did.
        if let Some(known) = self.known.iter().find(|known| known.size == size)
            && known.root != self.frontier.root()
        {
            let root = self.frontier.root();
            let what = format!("its root is {root}, a checkpoint over {size} records was signed with {}", known.root);
            return Err(damage(DamageKind::Diverged, segment.first, offset, index, &what));
        }
        Ok(true)
    }

    fn damaged(&self, first: u64, offset: u64, why: BadFrame) -> LedgerError {
        damage(DamageKind::Tampered, first, offset, self.frontier.size(), &why.to_string())
    }
}

/// What the tree before the first segment read is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier {
    /// Hash tiles: few reads, but a crash may have torn or lost the newest.
    Tiles,
    /// The leaves of retired records, which were made durable before their segments went.
    Bundles,
}

fn frontier_at(disk: &Arc<dyn Disk>, size: u64, earlier: Earlier) -> Option<Frontier> {
    if earlier == Earlier::Tiles {
        return Frontier::read(&StoredTiles(Arc::clone(disk)).reader(size), size).ok();
    }
    let mut frontier = Frontier::new();
    let mut leaves = Leaves::new(disk, 0, size).ok()?;
    while let Some(leaf) = leaves.step().ok()? {
        frontier.push(leaf_hash(&leaf));
    }
    Some(frontier)
}

fn no_segment(known: &[TreeHead]) -> LedgerError {
    let size = known.last().map_or(0, |head| head.size);
    damage(DamageKind::Missing, 0, 0, 0, &format!("no segment is there, a checkpoint was signed over {size} records"))
}

fn damage(kind: DamageKind, first: u64, offset: u64, index: u64, what: &str) -> LedgerError {
    Damage { kind, path: path_of(first), offset, index, what: what.to_owned() }.into()
}
