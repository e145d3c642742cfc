//! Tiles that the signed tree does not have: left by a checkpoint that did not come about, or put there by somebody.
//! A reader of tiles takes the widest there is, so each must hold what the records make, or is named.
//!
//! The list is made before the segments are read: whatever tile a running program has written by then, its records are
//! in the segments.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use syndic_tlog::{HASH_BYTES, Hash, TILE_WIDTH, Tile, TileContent, TileEdge, encode_hashes, leaf_hash};

use super::partials::{is_torn, walk};
use super::views::{TILE_BYTES_LIMIT, problem_of, spread};
use super::{Problem, ProblemKind};
use crate::disk::{Disk, read_file};

/// What is lost as a whole when a file that was never synced is torn.
const SECTOR_BYTES: usize = 512;

/// Tiles by what is to be done with them.
#[derive(Default)]
pub(super) struct Found {
    /// Older partial tiles of the tree.
    pub(super) older: Vec<String>,
    /// Tiles the tree does not have.
    pub(super) strays: Vec<Tile>,
    /// Folders that could not be looked into.
    pub(super) problems: Vec<Problem>,
}

/// Looks for tiles beside those of a tree of `size` leaves.
pub(super) fn list(disk: &Arc<dyn Disk>, size: u64) -> Found {
    let mut found = Found::default();
    walk(disk, "tile", 1, &mut |path| match path {
        Ok(path) => {
            let Ok(tile) = path.parse::<Tile>() else { return };
            match Tile::in_tree(tile.content(), tile.index(), size) {
                Some(now) if now == tile => {}
                Some(now) if tile.width() < now.width() => found.older.push(path.to_owned()),
                _ => found.strays.push(tile),
            }
        }
        Err(unread) => found.problems.push(unread),
    });
    found
}

/// What the records make of the tiles from some record on.
pub(super) struct Right {
    /// Records there are.
    size: u64,
    /// Hashes by level and number of the tile, as far as its records go.
    tiles: HashMap<(u8, u64), Vec<u8>>,
}

impl Right {
    /// Grows `edge` by the hashes of the records behind it.
    pub(super) fn grow(edge: &TileEdge, hashes: &[Hash]) -> Self {
        let (mut edge, mut tiles) = (edge.clone(), HashMap::new());
        let mut keep = |tile: &Tile, hashes: &[Hash]| {
            if let TileContent::Hashes { level } = tile.content() {
                tiles.insert((level, tile.index()), encode_hashes(hashes));
            }
        };
        for hash in hashes {
            edge.push(*hash, |tile, hashes| keep(&tile, hashes));
        }
        for (tile, hashes) in edge.partial_tiles() {
            keep(&tile, hashes);
        }
        Self { size: edge.frontier().size(), tiles }
    }

    /// Knows how many records there are, and not what they make.
    pub(super) fn unknown(size: u64) -> Self {
        Self { size, tiles: HashMap::new() }
    }

    /// Names each stray that does not hold what the records make.
    pub(super) fn judge(&self, disk: &Arc<dyn Disk>, strays: &[Tile]) -> Vec<Problem> {
        strays.iter().filter_map(|tile| self.judge_one(disk.as_ref(), tile)).collect()
    }

    fn judge_one(&self, disk: &dyn Disk, tile: &Tile) -> Option<Problem> {
        let wrong = |kind, what: &str| Some(problem_of(tile, kind, what.to_owned()));
        let found = match read_file(disk, &tile.to_string(), TILE_BYTES_LIMIT) {
            // A running program replaced it by a wider one.
            Ok(None) => return None,
            Ok(Some(found)) => found,
            Err(problem) if problem.kind() == io::ErrorKind::InvalidData => {
                return wrong(ProblemKind::TileMismatch, "its bytes are not those of such a tile");
            }
            Err(problem) => return wrong(ProblemKind::Unreadable, &problem.to_string()),
        };
        let level = match tile.content() {
            TileContent::Hashes { level } => level,
            TileContent::Entries => 0,
        };
        let nodes = tile.index().saturating_mul(TILE_WIDTH.into()).saturating_add(tile.width().into());
        if spread(nodes, u32::from(level) * 8) > self.size {
            return Some(self.beyond(tile, level, &found));
        }
        // What lies before a later signed head than the checkpoint's is not kept; that head is named then.
        let right = self.tiles.get(&(level, tile.index()))?;
        let right = right.get(..usize::from(tile.width()) * HASH_BYTES)?;
        let state = match tile.content() {
            TileContent::Hashes { .. } if found == right => return None,
            TileContent::Hashes { .. } if is_torn(&found, right) => ProblemKind::TornTile,
            TileContent::Hashes { .. } => ProblemKind::TileMismatch,
            TileContent::Entries => match bundle(&found, right) {
                Bundle::Right => return None,
                Bundle::Torn => ProblemKind::TornTile,
                Bundle::Wrong => ProblemKind::TileMismatch,
            },
        };
        match state {
            ProblemKind::TornTile => wrong(state, "this tile is not whole, as a crash leaves it; it may be removed"),
            _ => wrong(state, "this tile is of no checkpoint, and has others than the records make; remove it"),
        }
    }
}

impl Right {
    /// Judges a tile of records that are not there. Tiles are made from durable records alone: one that begins as the
    /// records do was made of this log when it was longer.
    fn beyond(&self, tile: &Tile, level: u8, found: &[u8]) -> Problem {
        let right = self.tiles.get(&(level, tile.index())).filter(|right| !right.is_empty());
        let is_hashes = matches!(tile.content(), TileContent::Hashes { .. });
        if is_hashes && right.is_some_and(|right| found.starts_with(right)) {
            let what = "it begins as the records do, and goes on where they end: the log was cut or put back to an earlier \
                        checkpoint; restore it";
            let mut problem = problem_of(tile, ProblemKind::Truncated, what.to_owned());
            problem.records.start = self.size;
            return problem;
        }
        let what = "the tree has no such tile, and the records it is of are not there: the log was cut and is to be restored, \
                    or somebody put this file here and it is to be removed; witnesses, an archive or a kept checkpoint tell";
        problem_of(tile, ProblemKind::TileMismatch, what.to_owned())
    }
}

enum Bundle {
    Right,
    Torn,
    Wrong,
}

/// Compares the leaves of a bundle with their hashes.
fn bundle(found: &[u8], hashes: &[u8]) -> Bundle {
    let (mut rest, mut hashes) = (found, hashes.chunks(HASH_BYTES));
    let is_torn = || found.chunks(SECTOR_BYTES).any(|sector| sector.iter().all(|byte| *byte == 0));
    for right in hashes.by_ref() {
        let Some((length, after)) = rest.split_first_chunk::<2>() else { return Bundle::Torn };
        let Some((leaf, after)) = after.split_at_checked(u16::from_be_bytes(*length).into()) else {
            return Bundle::Torn;
        };
        if leaf_hash(leaf).as_bytes().as_slice() != right {
            return if is_torn() { Bundle::Torn } else { Bundle::Wrong };
        }
        rest = after;
    }
    if rest.is_empty() { Bundle::Right } else { Bundle::Wrong }
}
