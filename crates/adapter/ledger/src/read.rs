//! Reads durable records back, in order, from any index on.

use std::sync::Arc;

use crate::catalogue::{Catalogue, Segment};
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::frame::{FrameKind, split_record};
use crate::leaf::Leaf;
use crate::scan::{FrameReader, Step};
use crate::segment::path_of;

/// A record as it stands on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredRecord {
    pub(crate) index: u64,
    /// The leaf's bytes.
    pub(crate) leaf: Vec<u8>,
    /// The content as stored.
    pub(crate) stored: Vec<u8>,
}

/// Where the iteration is within a segment.
struct Place {
    segment: Arc<Segment>,
    reader: FrameReader,
    /// Index of the next record frame.
    next: u64,
}

/// What one step found.
enum Found {
    Record(StoredRecord),
    /// A frame that is not wanted.
    Other,
    /// No frame of a durable record at this byte.
    Nothing(u64),
}

/// The durable records from some index on; records that become durable meanwhile are found too.
pub(crate) struct StoredRecords {
    catalogue: Arc<Catalogue>,
    place: Option<Place>,
    wanted: u64,
}

impl StoredRecords {
    pub(crate) fn new(catalogue: Arc<Catalogue>, from: u64) -> Self {
        Self { catalogue, place: None, wanted: from }
    }

    /// Returns the next record; nothing at the log's present end.
    pub(crate) fn step(&mut self) -> Result<Option<StoredRecord>> {
        let mut gave_up_at = None;
        while self.wanted < self.catalogue.size() {
            let mut place = match self.place.take() {
                Some(place) => place,
                None => self.enter()?,
            };
            match place.step(self.wanted)? {
                Found::Record(record) => {
                    self.wanted += 1;
                    self.place = Some(place);
                    return Ok(Some(record));
                }
                Found::Other => self.place = Some(place),
                Found::Nothing(offset) => {
                    // Either the next segment goes on, or the buffer is older than what was written since: enter anew.
                    let here = (place.segment.first, offset);
                    if gave_up_at == Some(here) {
                        return Err(missing(&place, offset));
                    }
                    gave_up_at = Some(here);
                }
            }
        }
        Ok(None)
    }

    fn enter(&self) -> Result<Place> {
        let Some(segment) = self.catalogue.segment_of(self.wanted) else {
            return Err(LedgerError::from(Damage {
                kind: DamageKind::Missing,
                path: path_of(self.wanted),
                offset: 0,
                index: self.wanted,
                what: "no segment holds this record any more".to_owned(),
            }));
        };
        let (next, offset) = segment.near(self.wanted);
        let reader = FrameReader::new(Arc::clone(&segment.file), offset);
        Ok(Place { segment, reader, next })
    }
}

impl Iterator for StoredRecords {
    type Item = Result<StoredRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

impl Place {
    fn step(&mut self, wanted: u64) -> Result<Found> {
        let next = self.next;
        let path = || path_of(self.segment.first);
        let (offset, payload) = match self.reader.step().map_err(|problem| while_doing("read", &path())(problem))? {
            Step::Frame { kind: FrameKind::Checkpoint, .. } => return Ok(Found::Other),
            Step::Frame { kind: FrameKind::Record, offset, payload } => (offset, payload),
            Step::End { offset } | Step::Bad { offset, .. } => return Ok(Found::Nothing(offset)),
        };
        let Some((leaf, stored)) = split_record(payload) else { return Ok(Found::Nothing(offset)) };
        self.segment.mark(next, offset);
        self.next += 1;
        if next < wanted {
            return Ok(Found::Other);
        }
        if Leaf::parse(leaf).map(|leaf| leaf.index) != Ok(next) {
            return Ok(Found::Nothing(offset));
        }
        Ok(Found::Record(StoredRecord { index: next, leaf: leaf.to_vec(), stored: stored.to_vec() }))
    }
}

fn missing(place: &Place, offset: u64) -> LedgerError {
    LedgerError::from(Damage {
        kind: DamageKind::Tampered,
        path: path_of(place.segment.first),
        offset,
        index: place.next,
        what: "something else stands where this record was expected".to_owned(),
    })
}
