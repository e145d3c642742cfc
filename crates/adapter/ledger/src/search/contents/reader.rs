//! Reads records from the segments, from any place on, and no more of a segment than is needed.

use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::frame::{FrameKind, split_record};
use crate::leaf::Leaf;
use crate::read::StoredRecord;
use crate::scan::{FrameReader, Step};
use crate::search::source::Place;
use crate::segment::{self, path_of};

/// Segments kept open: those of the records that are fetched together.
const MOST_OPEN: usize = 64;

/// Where a record starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) index: u64,
    pub(super) place: Place,
}

/// A record as it stands on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) record: StoredRecord,
    pub(super) mark: Mark,
}

/// The records of the segments that are kept.
pub(super) struct Records {
    disk: Arc<dyn Disk>,
    firsts: Vec<u64>,
    chunk_bytes: usize,
    /// Segments opened last.
    open: Vec<(u64, Arc<dyn DiskFile>)>,
    at: Option<At>,
}

/// A place in a segment; `due` is the index of the record frame that comes next.
struct At {
    segment: u64,
    reader: FrameReader,
    due: u64,
}

impl Records {
    /// Reads `chunk_bytes` at a time.
    pub(super) fn new(disk: &Arc<dyn Disk>, chunk_bytes: usize) -> Result<Self> {
        Ok(Self {
            disk: Arc::clone(disk),
            firsts: segment::list(disk.as_ref())?,
            chunk_bytes,
            open: Vec::new(),
            at: None,
        })
    }

    /// The first record that is in a segment.
    pub(super) fn first(&self) -> u64 {
        self.firsts.first().copied().unwrap_or(0)
    }

    /// Has fetched what reading a record near this place will read.
    pub(super) fn will_read(&mut self, mark: Mark) {
        // What is wrong with it is noticed when it is read.
        if let Ok(file) = self.open(mark.place.segment) {
            file.will_read(mark.place.offset, self.chunk_bytes as u64);
        }
    }

    /// Reads one record; `mark` is a place at or before it.
    pub(super) fn read(&mut self, index: u64, mark: Option<Mark>) -> Result<Raw> {
        let is_near = |at: &At| at.due <= index && mark.is_none_or(|mark| mark.index <= at.due);
        let is_here = self.at.as_ref().is_some_and(|at| self.segment_of(index) == Some(at.segment) && is_near(at));
        if !is_here {
            self.at = Some(self.enter(index, mark)?);
        }
        match self.step_to(index) {
            // The place misled: it is only a hint.
            Err(_) if mark.is_some() => {
                self.at = Some(self.enter(index, None)?);
                self.step_to(index)
            }
            outcome => outcome,
        }
    }

    fn segment_of(&self, index: u64) -> Option<u64> {
        self.firsts.get(self.firsts.partition_point(|first| *first <= index).checked_sub(1)?).copied()
    }

    fn enter(&mut self, index: u64, mark: Option<Mark>) -> Result<At> {
        let segment = self.segment_of(index).ok_or_else(|| {
            LedgerError::from(Damage {
                kind: DamageKind::Missing,
                path: path_of(index),
                offset: 0,
                index,
                what: "no segment holds this record any more".to_owned(),
            })
        })?;
        let mark = mark.filter(|mark| mark.place.segment == segment && mark.index <= index);
        let (due, offset) = mark.map_or((segment, 0), |mark| (mark.index, mark.place.offset));
        let file = self.open(segment)?;
        Ok(At { segment, reader: FrameReader::with_chunk(file, offset, self.chunk_bytes), due })
    }

    fn open(&mut self, segment: u64) -> Result<Arc<dyn DiskFile>> {
        if let Some((_, file)) = self.open.iter().find(|(open, _)| *open == segment) {
            return Ok(Arc::clone(file));
        }
        let path = path_of(segment);
        let file = self.disk.open(&path).map_err(while_doing("open", &path))?;
        if self.open.len() >= MOST_OPEN {
            self.open.remove(0);
        }
        self.open.push((segment, Arc::clone(&file)));
        Ok(file)
    }

    fn step_to(&mut self, index: u64) -> Result<Raw> {
        loop {
            let Some(at) = &mut self.at else {
                self.at = Some(self.enter(index, None)?);
                continue;
            };
            let damage = |offset, what: &str| damage(at.segment, offset, index, what);
            match at.reader.step().map_err(while_doing("read", &path_of(at.segment)))? {
                Step::Frame { kind: FrameKind::Checkpoint, .. } => {}
                Step::Frame { kind: FrameKind::Record, offset, payload } => {
                    at.due += 1;
                    if at.due <= index {
                        continue;
                    }
                    let place = Place { segment: at.segment, offset };
                    let raw = raw(payload, Mark { index, place });
                    return raw.ok_or_else(|| damage(offset, "another record stands there"));
                }
                Step::End { .. } if at.segment != index && self.firsts.binary_search(&index).is_ok() => self.at = None,
                Step::End { offset } => return Err(damage(offset, "the segment ends before this record")),
                Step::Bad { offset, why } => return Err(damage(offset, &why.to_string())),
            }
        }
    }
}

fn raw(payload: &[u8], mark: Mark) -> Option<Raw> {
    let (leaf, stored) = split_record(payload)?;
    let (index, leaf, stored) = (mark.index, leaf.to_vec(), stored.to_vec());
    let is_due = Leaf::parse(&leaf).is_ok_and(|leaf| leaf.index == index);
    is_due.then_some(Raw { record: StoredRecord { index, leaf, stored }, mark })
}

fn damage(segment: u64, offset: u64, index: u64, what: &str) -> LedgerError {
    Damage { kind: DamageKind::Tampered, path: path_of(segment), offset, index, what: what.to_owned() }.into()
}
