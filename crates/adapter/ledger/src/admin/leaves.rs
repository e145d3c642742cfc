//! Reads the leaves of a log from its files, without keys: from segments, and from entry bundles where those are gone.

use std::collections::VecDeque;
use std::sync::Arc;

use syndic_tlog::{TILE_WIDTH, Tile, TileContent, TileSource as _, decode_entries};

use crate::disk::Disk;
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::frame::{FrameKind, split_record};
use crate::scan::{FrameReader, Step};
use crate::segment::{self, path_of};
use crate::tiles::StoredTiles;

/// The leaves of records `next..to`, in order. All of them must be durable already.
pub(crate) struct Leaves {
    disk: Arc<dyn Disk>,
    /// First records of the segments that are there.
    firsts: Vec<u64>,
    next: u64,
    to: u64,
    source: Source,
}

enum Source {
    Nothing,
    /// A segment, and the index of the record frame due next in it.
    Segment {
        first: u64,
        reader: FrameReader,
        due: u64,
    },
    Bundle(VecDeque<Vec<u8>>),
}

impl Leaves {
    pub(crate) fn new(disk: &Arc<dyn Disk>, from: u64, to: u64) -> Result<Self> {
        let firsts = segment::list(disk.as_ref())?;
        Ok(Self { disk: Arc::clone(disk), firsts, next: from, to, source: Source::Nothing })
    }

    /// Returns the next leaf; nothing at the end.
    pub(crate) fn step(&mut self) -> Result<Option<Vec<u8>>> {
        while self.next < self.to {
            let found = match &mut self.source {
                Source::Nothing => {
                    self.source = self.enter()?;
                    continue;
                }
                Source::Bundle(leaves) => leaves.pop_front(),
                Source::Segment { first, reader, due } => step_in_segment(*first, reader, due, self.next)?,
            };
            if found.is_some() {
                self.next += 1;
                return Ok(found);
            }
            self.leave()?;
        }
        Ok(None)
    }

    fn enter(&self) -> Result<Source> {
        let index = self.next;
        let Some(first) = self.firsts.iter().rev().copied().find(|first| *first <= index) else {
            return self.bundle(index).map(Source::Bundle);
        };
        let path = path_of(first);
        let file = self.disk.open(&path).map_err(while_doing("open", &path))?;
        Ok(Source::Segment { first, reader: FrameReader::new(file, 0), due: first })
    }

    /// A segment that ends must be followed by one that starts with the record due.
    fn leave(&mut self) -> Result<()> {
        if let Source::Segment { first, reader, .. } = &self.source
            && !self.firsts.contains(&self.next)
        {
            return Err(damage(path_of(*first), reader.offset(), self.next, "the segment ends before this record"));
        }
        self.source = Source::Nothing;
        Ok(())
    }

    /// The leaves from `index` to the end of its bundle, or to the first segment that is there.
    fn bundle(&self, index: u64) -> Result<VecDeque<Vec<u8>>> {
        let width = u64::from(TILE_WIDTH);
        let gone = |what: &str| damage(path_of(index), 0, index, what);
        let tile =
            Tile::new(TileContent::Entries, index / width, TILE_WIDTH).map_err(|problem| gone(&problem.to_string()))?;
        let bytes = StoredTiles(Arc::clone(&self.disk))
            .read_tile(&tile)
            .map_err(|problem| gone(&format!("its segment is gone and {tile} cannot be read: {problem}")))?;
        let leaves = decode_entries(&bytes, TILE_WIDTH)
            .map_err(|problem| gone(&format!("its segment is gone and {tile} is damaged: {problem}")))?;
        let until = self.firsts.first().map_or(u64::MAX, |first| first - index.min(*first));
        let until = usize::try_from(until).unwrap_or(usize::MAX);
        let skip = usize::try_from(index % width).unwrap_or(usize::MAX);
        Ok(leaves.into_iter().skip(skip).take(until).map(<[u8]>::to_vec).collect())
    }
}

/// Returns the leaf of record `wanted`; nothing at the end of the segment.
fn step_in_segment(first: u64, reader: &mut FrameReader, due: &mut u64, wanted: u64) -> Result<Option<Vec<u8>>> {
    loop {
        let (offset, payload) = match reader.step().map_err(while_doing("read", &path_of(first)))? {
            Step::Frame { kind: FrameKind::Record, offset, payload } => (offset, payload),
            Step::Frame { .. } => continue,
            Step::End { .. } => return Ok(None),
            Step::Bad { offset, why } => return Err(damage(path_of(first), offset, *due, &why.to_string())),
        };
        let leaf = split_record(payload).map(|(leaf, _)| leaf);
        let leaf = leaf.ok_or_else(|| damage(path_of(first), offset, *due, "the frame holds no record"))?;
        *due += 1;
        if *due > wanted {
            return Ok(Some(leaf.to_vec()));
        }
    }
}

fn damage(path: String, offset: u64, index: u64, what: &str) -> LedgerError {
    Damage { kind: DamageKind::Tampered, path, offset, index, what: what.to_owned() }.into()
}
