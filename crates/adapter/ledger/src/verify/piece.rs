//! One stretch of the log, judged by itself: its records in order with one hash each, and what the views disagree on.

use std::ops::Range;
use std::sync::Arc;

use syndic_tlog::{EMPTY_ROOT, Hash, leaf_hash};

use super::key_use::KeyUse;
use super::order::in_order;
use super::views::Views;
use super::walk::{Bad, NoteFrame, Seen, Walked, walk};
use super::{Problem, ProblemKind, Scope};
use crate::admin::NamedWitnesses;
use crate::disk::Disk;
use crate::leaf::Leaf;
use crate::segment::path_of;

/// What there is to check, one job each.
pub(super) enum Job {
    /// A segment: its first record, and the next segment's if there is one.
    Segment { first: u64, next: Option<u64> },
    /// Records without a segment, known by tiles and bundles alone.
    Absent(Range<u64>),
}

/// A record on which its views disagree, or which no frame holds.
pub(super) struct Doubt {
    pub(super) index: u64,
    pub(super) path: String,
    pub(super) offset: u64,
    pub(super) frame: Option<Hash>,
    pub(super) tile: Option<Hash>,
    pub(super) bundle: Option<Hash>,
}

/// A problem, and where it counts as a torn tail.
pub(super) struct Finding {
    pub(super) problem: Problem,
    /// The record due at this place of the last segment: what a crash left, if nothing signed covers that record.
    pub(super) torn_at: Option<u64>,
}

/// The result of one job.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) first: u64,
    /// A hash for each record from `first` on, from the best view there is.
    pub(super) hashes: Vec<Hash>,
    pub(super) doubts: Vec<Doubt>,
    pub(super) findings: Vec<Finding>,
    pub(super) path: String,
    pub(super) notes: Vec<NoteFrame>,
    pub(super) retired: Vec<(u64, u64)>,
    pub(super) keys: KeyUse,
    pub(super) witnesses: Option<NamedWitnesses>,
    /// Index behind the last record whose frame was found in order.
    pub(super) size: u64,
    /// Where the bytes behind that record stop being frames, if they do before the segment's end.
    pub(super) tail: Option<Bad>,
    pub(super) end: u64,
    pub(super) bytes: u64,
}

/// Does one job; `size` is the tree whose tiles must be there.
pub(super) fn run(disk: &Arc<dyn Disk>, job: &Job, size: u64, scope: Scope) -> Piece {
    let mut views = Views::new(Arc::clone(disk), size, scope);
    let mut piece = match job {
        Job::Segment { first, next } => segment(disk, *first, *next, &mut views),
        Job::Absent(range) => absent(range, &mut views),
    };
    piece.findings.extend(views.into_problems().into_iter().map(certain));
    piece
}

fn certain(problem: Problem) -> Finding {
    Finding { problem, torn_at: None }
}

fn segment(disk: &Arc<dyn Disk>, first: u64, next: Option<u64>, views: &mut Views) -> Piece {
    let path = path_of(first);
    let walked = match disk.open(&path).and_then(|file| walk(&file, first, views)) {
        Ok(walked) => walked,
        Err(problem) => {
            let records = first..next.unwrap_or(views.size()).max(first);
            let mut piece = absent(&records, views);
            let what = problem.to_string();
            piece.findings.push(certain(Problem { kind: ProblemKind::Unreadable, path, offset: 0, records, what }));
            return piece;
        }
    };
    Assembly { path, first, next, due: first, hashes: Vec::new(), doubts: Vec::new(), findings: Vec::new() }
        .assemble(walked, views)
}

/// Records without frames: their bundles must hold leaves, and tiles the hashes of these.
fn absent(range: &Range<u64>, views: &mut Views) -> Piece {
    let mut piece = Piece { first: range.start, size: range.start, path: path_of(range.start), ..Piece::default() };
    piece.keys = views.key_use();
    for index in range.start..range.end.min(views.size()) {
        let tile = views.hash(index);
        let entry = views.entry(index);
        let leaf = entry.and_then(|entry| Leaf::parse(entry).ok()).filter(|leaf| leaf.index == index);
        let bundle = entry.filter(|_| leaf.is_some()).map(leaf_hash);
        if let Some(leaf) = leaf.filter(|leaf| leaf.kind.starts_with("ledger.")) {
            piece.keys.retired(&leaf);
            piece.witnesses = NamedWitnesses::of(&leaf).or(piece.witnesses);
        }
        piece.hashes.push(tile.or(bundle).unwrap_or(EMPTY_ROOT));
        if tile.is_none() || tile != bundle {
            piece.doubts.push(Doubt { index, path: piece.path.clone(), offset: 0, frame: None, tile, bundle });
        }
    }
    piece
}

/// Puts the frames of a segment in order.
struct Assembly {
    path: String,
    first: u64,
    next: Option<u64>,
    due: u64,
    hashes: Vec<Hash>,
    doubts: Vec<Doubt>,
    findings: Vec<Finding>,
}

impl Assembly {
    fn assemble(mut self, walked: Walked, views: &mut Views) -> Piece {
        let Walked { seen, bad, mut notes, problems, retired, keys, witnesses, end, bytes } = walked;
        let indices: Vec<u64> = seen.iter().map(|seen| seen.index).collect();
        // No index past what the frames and the signed tree have room for: one forged index must not cost more.
        let room = self.first.saturating_add((seen.len() + bad.len()) as u64).max(views.size());
        let keep = in_order(&indices, &(self.first..self.next.unwrap_or(room).min(room)));
        place_notes(&mut notes, &indices, &keep, self.next);
        let mut bad = bad.into_iter().peekable();
        let mut between: Vec<Bad> = Vec::new();
        for (place, (seen, keep)) in seen.iter().zip(keep).enumerate() {
            while let Some(region) = bad.next_if(|region| region.after <= place) {
                between.push(region);
            }
            if keep {
                self.close(seen.index, seen.index, seen.offset, &mut between, views);
                self.take(seen, views);
            } else {
                let what = format!("record {} stands where record {} is due", seen.index, self.due);
                self.find(ProblemKind::Tampered, seen.offset, seen.index..seen.index.saturating_add(1), what);
            }
        }
        between.extend(bad);
        let size = self.due;
        let mut tail = None;
        if let Some(next) = self.next {
            self.close(next, next.min(views.size().max(self.due)), end, &mut between, views);
        } else {
            self.fill(views.size(), end, views);
            tail = between.into_iter().next();
        }
        self.findings.extend(problems.into_iter().map(certain));
        Piece {
            first: self.first,
            hashes: self.hashes,
            doubts: self.doubts,
            findings: self.findings,
            path: self.path,
            notes,
            retired,
            keys,
            witnesses,
            size: if self.next.is_some() { self.due } else { size },
            tail,
            end,
            bytes,
        }
    }

    /// Goes on to record `index`: names what lies between it and the record due, and fills in what views know up to `to`.
    fn close(&mut self, index: u64, to: u64, offset: u64, between: &mut Vec<Bad>, views: &mut Views) {
        let records = self.due..index;
        if between.is_empty() && !records.is_empty() {
            self.find(ProblemKind::Missing, offset, records.clone(), "the records are not there".to_owned());
        }
        let damaged_at = between.first().map_or(offset, |region| region.offset);
        for region in between.drain(..) {
            self.find(ProblemKind::Tampered, region.offset, records.clone(), region.why.to_string());
        }
        self.fill(to, damaged_at, views);
    }

    /// Takes the hashes of records without a frame from the other views.
    fn fill(&mut self, to: u64, offset: u64, views: &mut Views) {
        while self.due < to {
            let index = self.due;
            let tile = views.hash(index);
            let bundle = views.entry(index).map(leaf_hash);
            self.hashes.push(tile.or(bundle).unwrap_or(EMPTY_ROOT));
            if tile.is_none() || tile != bundle {
                self.doubts.push(Doubt { index, path: self.path.clone(), offset, frame: None, tile, bundle });
            }
            self.due += 1;
        }
    }

    fn take(&mut self, seen: &Seen, views: &mut Views) {
        let Seen { index, offset, hash, is_bundled } = *seen;
        let tile = views.hash(index);
        self.hashes.push(hash);
        self.due = index + 1;
        let is_covered = index < views.size();
        if is_covered && (tile != Some(hash) || !is_bundled) {
            let bundle = if is_bundled { Some(hash) } else { views.entry(index).map(leaf_hash) };
            let path = self.path.clone();
            self.doubts.push(Doubt { index, path, offset, frame: Some(hash), tile, bundle });
        }
    }

    fn find(&mut self, kind: ProblemKind, offset: u64, records: Range<u64>, what: String) {
        let problem = Problem { kind, path: self.path.clone(), offset, records, what };
        self.findings.push(Finding { problem, torn_at: self.next.is_none().then_some(self.due) });
    }
}

/// Tells each checkpoint frame which of the records in order stands first behind it; `next` is the next segment's.
fn place_notes(notes: &mut [NoteFrame], indices: &[u64], keep: &[bool], next: Option<u64>) {
    for note in notes {
        let behind = indices.iter().zip(keep).skip(note.after).find(|(_, keep)| **keep);
        note.before = behind.map(|(index, _)| *index).or(next);
    }
}
