//! What a log of some size consists of, and what of it an archive lacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use syndic_ledger::copying::{SEGMENT_FOLDER, end_of_records, segment_firsts, segment_path};
use syndic_ledger::disk::Disk;
use syndic_tlog::Tile;

use crate::body::Body;
use crate::error::{ArchiveError, Result, on_disk};
use crate::objects::{Objects, list_all};

/// How much of an archive is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What was added since the checkpoint that the archive holds; what is under that was sent before it.
    New,
    /// Every object: what was lost is sent again, what was changed is named.
    All,
}

/// A segment as it is to be archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) first: u64,
    /// The first record behind it; nothing for the one that records are added to.
    pub(crate) next: Option<u64>,
}

impl Segment {
    /// Returns what of the segment belongs to a log of `size` records: all of one that is full, otherwise what stands
    /// before the checkpoint over that size, because a later checkpoint in it would make that one look rolled back.
    pub(crate) fn body(self, disk: &dyn Disk, size: u64) -> Result<Body> {
        let path = segment_path(self.first);
        let read = || -> std::io::Result<Option<Body>> {
            let file = disk.open(&path)?;
            let bytes = match self.next {
                Some(next) if next <= size => Some(file.len()?),
                _ => end_of_records(&file, self.first, size)?,
            };
            bytes.map(|bytes| Body::of_file(Arc::clone(&file), bytes)).transpose()
        };
        read().map_err(on_disk(format!("read {path}")))?.ok_or_else(|| {
            ArchiveError::Source(format!("{path} ends before the checkpoint does: run `syndic ledger verify`"))
        })
    }
}

/// Lists the segments that hold records below `size`.
pub(crate) fn segments(disk: &dyn Disk, size: u64) -> Result<Vec<Segment>> {
    let firsts = segment_firsts(disk).map_err(|problem| ArchiveError::Source(problem.to_string()))?;
    let nexts = firsts.iter().skip(1).map(|next| Some(*next)).chain([None]);
    let all = firsts.iter().zip(nexts).map(|(first, next)| Segment { first: *first, next });
    Ok(all.filter(|segment| segment.first < size).collect())
}

/// Returns the tiles and entry bundles of a log of `size` records that one of `old_size` lacks.
pub(crate) fn tiles(old_size: u64, size: u64) -> impl Iterator<Item = Tile> {
    Tile::entry_bundles(old_size, size).chain(Tile::hash_tiles(old_size, size))
}

/// The segments of an archive: first record and length.
pub(crate) struct ArchivedSegments(BTreeMap<u64, u64>);

impl ArchivedSegments {
    pub(crate) fn list(objects: &dyn Objects) -> Result<Self> {
        let listed = list_all(objects, SEGMENT_FOLDER)?;
        let named = listed.into_iter().filter_map(|found| Some((first_of(&found.name)?, found.bytes)));
        Ok(Self(named.collect()))
    }

    /// First records, ascending.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = u64> + use<'_> {
        self.0.keys().copied()
    }

    pub(crate) fn bytes(&self, first: u64) -> Option<u64> {
        self.0.get(&first).copied()
    }

    /// The records no segment will hold, if the ledger's own begin behind where the archive's end: its checkpoint
    /// covers `size` records, and its last segment may have been sent when it was not full.
    pub(crate) fn gap(&self, own: &[Segment], size: u64) -> Option<std::ops::Range<u64>> {
        let first = own.first()?.first;
        let is_joined = self.0.is_empty() || self.0.contains_key(&first) || first <= size;
        (!is_joined).then_some(size..first)
    }
}

/// Reads the first record from the name of a segment's file.
pub(crate) fn first_of(name: &str) -> Option<u64> {
    let first: u64 = name.strip_suffix(".seg")?.parse().ok()?;
    (segment_path(first).strip_prefix(SEGMENT_FOLDER)?.strip_prefix('/')? == name).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_segments_are_segments() {
        assert_eq!(first_of("00000000000000000300.seg"), Some(300));
        for name in
            ["300.seg", "0000000000000000030x.seg", "+0000000000000000300.seg", "../00000000000000000300.seg", ".seg"]
        {
            assert_eq!(first_of(name), None, "{name}");
        }
    }

    #[test]
    fn records_retired_before_they_were_archived_are_a_gap() {
        let own = |first| [Segment { first, next: None }];
        let archived = ArchivedSegments(BTreeMap::from([(0, 10), (100, 10)]));
        assert_eq!(archived.gap(&own(0), 150), None);
        assert_eq!(archived.gap(&own(150), 150), None);
        assert_eq!(archived.gap(&own(200), 150), Some(150..200));
        assert_eq!(ArchivedSegments(BTreeMap::new()).gap(&own(200), 0), None);
        assert_eq!(archived.gap(&[], 150), None);
    }

    #[test]
    fn a_log_that_grew_lacks_the_tiles_at_its_edge_and_behind() {
        let names = |old, new| tiles(old, new).map(|tile| tile.to_string()).collect::<Vec<_>>();
        assert_eq!(names(300, 300), Vec::<String>::new());
        assert_eq!(
            names(300, 600),
            ["tile/entries/001", "tile/entries/002.p/88", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"]
        );
    }
}
