//! What tiles say of a record: its hash in a tile of level 0, its leaf in an entry bundle.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use syndic_tlog::{Hash, TILE_WIDTH, Tile, TileContent, TileSource as _, decode_entries, decode_hashes};

use super::key_use::KeyUse;
use super::{Problem, ProblemKind, Scope};
use crate::disk::{Disk, read_file};
use crate::tiles::StoredTiles;

const WIDTH: u64 = TILE_WIDTH as u64;
/// No tile is larger: 256 entries of 64 KiB with their lengths.
pub(super) const TILE_BYTES_LIMIT: u64 = 256 * 65_537;

/// The tiles a tree of one size has, read one at a time: ask in ascending order.
pub(super) struct Views {
    disk: Arc<dyn Disk>,
    /// Leaves the tiles must cover: those of the checkpoint in its file.
    size: u64,
    hashes: Option<(u64, Vec<Hash>)>,
    entries: Option<(u64, Bundle)>,
    problems: Vec<Problem>,
    scope: Scope,
}

/// A bundle's bytes and where its entries are.
#[derive(Default)]
struct Bundle {
    bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

/// Where a record stands in a tile.
pub(super) struct TilePlace {
    pub(super) path: String,
    pub(super) offset: u64,
}

impl Views {
    pub(super) fn new(disk: Arc<dyn Disk>, size: u64, scope: Scope) -> Self {
        Self { disk, size, hashes: None, entries: None, problems: Vec::new(), scope }
    }

    /// What collects the keys that records need, if they are asked for.
    pub(super) fn key_use(&self) -> KeyUse {
        KeyUse::new(self.scope)
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Tiles that are missing or no tiles; each named once.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The hash a tile has for a record; nothing outside the tree, or if the tile is unusable.
    pub(super) fn hash(&mut self, index: u64) -> Option<Hash> {
        let (number, place) = split(index)?;
        if index >= self.size {
            return None;
        }
        if self.hashes.as_ref().is_none_or(|(held, _)| *held != number) {
            let tile = Tile::in_tree(TileContent::Hashes { level: 0 }, number, self.size)?;
            let hashes = self.load(&tile, |bytes, width| {
                decode_hashes(bytes).ok().filter(|hashes| width.is_none_or(|width| hashes.len() == width))
            });
            self.hashes = Some((number, hashes.unwrap_or_default()));
        }
        self.hashes.as_ref()?.1.get(place).copied()
    }

    /// The leaf a bundle has for a record.
    pub(super) fn entry(&mut self, index: u64) -> Option<&[u8]> {
        let (number, place) = split(index)?;
        if index >= self.size {
            return None;
        }
        if self.entries.as_ref().is_none_or(|(held, _)| *held != number) {
            let tile = Tile::in_tree(TileContent::Entries, number, self.size)?;
            let bundle =
                self.load(&tile, |bytes, width| Bundle::read(bytes, width.map_or(1..=256, |width| width..=width)));
            self.entries = Some((number, bundle.unwrap_or_default()));
        }
        let (_, bundle) = self.entries.as_ref()?;
        bundle.bytes.get(bundle.places.get(place)?.clone())
    }

    /// Reads a tile; the one of this very width must have it, a wider one in its place may have more.
    fn load<T>(&mut self, tile: &Tile, decode: impl Fn(&[u8], Option<usize>) -> Option<T>) -> Option<T> {
        let own = read_file(self.disk.as_ref(), &tile.to_string(), TILE_BYTES_LIMIT).and_then(|own| match own {
            Some(bytes) => Ok((bytes, Some(usize::from(tile.width())))),
            None => Ok((StoredTiles(Arc::clone(&self.disk)).read_tile(tile)?, None)),
        });
        let (kind, what) = match own {
            Ok((bytes, width)) => match decode(&bytes, width) {
                Some(decoded) => return Some(decoded),
                None => (ProblemKind::TileMismatch, "its bytes are not those of such a tile".to_owned()),
            },
            Err(problem) => unreadable(&problem),
        };
        self.problems.push(problem_of(tile, kind, what));
        None
    }
}

impl Bundle {
    fn read(bytes: &[u8], widths: std::ops::RangeInclusive<usize>) -> Option<Self> {
        let mut places = Vec::with_capacity(*widths.end());
        let mut at = 0_usize;
        while at < bytes.len() {
            let length = bytes.get(at..)?.first_chunk::<2>()?;
            let end = at.checked_add(2 + usize::from(u16::from_be_bytes(*length)))?;
            places.push(at + 2..end);
            at = end;
        }
        // The engine's own reading decides what a bundle is; the walk above only remembers where.
        decode_entries(bytes, u16::try_from(places.len()).ok()?).ok()?;
        widths.contains(&places.len()).then(|| Self { bytes: bytes.to_vec(), places })
    }
}

/// A problem that concerns a whole tile.
pub(super) fn problem_of(tile: &Tile, kind: ProblemKind, what: String) -> Problem {
    let levels = match tile.content() {
        TileContent::Entries => 0,
        TileContent::Hashes { level } => u32::from(level) * 8,
    };
    let first = tile.index().saturating_mul(WIDTH);
    let records = spread(first, levels)..spread(first.saturating_add(u64::from(tile.width())), levels);
    Problem { kind, path: tile.to_string(), offset: 0, records, what }
}

/// The kind and text of what the disk said when a tile was read.
pub(super) fn unreadable(problem: &io::Error) -> (ProblemKind, String) {
    match problem.kind() {
        io::ErrorKind::NotFound => {
            (ProblemKind::Missing, "it is not there; it can be made again from the segments".to_owned())
        }
        io::ErrorKind::InvalidData => (ProblemKind::TileMismatch, problem.to_string()),
        _ => (ProblemKind::Unreadable, problem.to_string()),
    }
}

pub(super) fn spread(nodes: u64, levels: u32) -> u64 {
    1_u64.checked_shl(levels).map_or(u64::MAX, |under| nodes.saturating_mul(under))
}

fn split(index: u64) -> Option<(u64, usize)> {
    Some((index / WIDTH, usize::try_from(index % WIDTH).ok()?))
}

/// Where a record's hash stands in a tree of `size` leaves.
pub(super) fn hash_place(index: u64, size: u64) -> Option<TilePlace> {
    let tile = Tile::in_tree(TileContent::Hashes { level: 0 }, index / WIDTH, size)?;
    Some(TilePlace { path: tile.to_string(), offset: index % WIDTH * 32 })
}

/// Where a record's bundle is; the entry's own offset follows from the entries before it, the problem names the record.
pub(super) fn entry_place(index: u64, size: u64) -> Option<TilePlace> {
    let tile = Tile::in_tree(TileContent::Entries, index / WIDTH, size)?;
    Some(TilePlace { path: tile.to_string(), offset: 0 })
}

/// Says whether a tile holds the hashes of leaves.
pub(super) fn is_level_0(tile: &Tile) -> bool {
    tile.content() == TileContent::Hashes { level: 0 }
}
