//! Makes sure that what stays after segments are removed proves what was in them, and outlasts a crash.
//!
//! Bundles and tiles are derived, written without waiting for the disk, so that a crash may have lost some. While the
//! segments are there they decide: their leaves are proved to be under the signed root, and what differs is made again from them.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use syndic_tlog::{Frontier, Hash, TILE_WIDTH, Tile, TileContent, TreeHead, encode_entries, encode_hashes, leaf_hash};

use crate::admin::{AdminError, Leaves};
use crate::disk::{Disk, Durability, folder_of, read_file, replace_file};
use crate::error::{Result, while_doing};
use crate::ledger::Ledger;
use crate::tiles::StoredTiles;

const WIDTH: u64 = TILE_WIDTH as u64;
/// No file of 256 leaves or hashes is longer.
const TILE_BYTES_LIMIT: u64 = WIDTH * 65_537;

/// Proves that the leaves of `records` are under the signed root, and puts right their bundles and tiles.
///
/// Whole blocks of 256 are taken; all of them must be under the signed size.
pub(super) fn prove(
    ledger: &Ledger,
    disk: &Arc<dyn Disk>,
    records: &Range<u64>,
    signed: TreeHead,
) -> Result<(), AdminError> {
    let blocks = records.start / WIDTH..records.end.div_ceil(WIDTH);
    let (start, end) = (blocks.start * WIDTH, blocks.end * WIDTH);
    // Makes the tiles again if they do not lead from here to the signed root.
    for size in [start, end].into_iter().filter(|size| *size > 0) {
        ledger.prove_consistency(size, signed.size)?;
    }
    let tiles = StoredTiles(Arc::clone(disk));
    let unproved = |index: u64, what: &str| AdminError::Unproved { index, what: what.to_owned() };
    let mut frontier =
        Frontier::read(&tiles.reader(start), start).map_err(|problem| unproved(start, &problem.to_string()))?;
    let mut wrong = Vec::new();
    for number in blocks {
        let block = Block::read(disk, number)?;
        for hash in &block.hashes {
            frontier.push(*hash);
        }
        if !block.is_kept(disk.as_ref())? {
            wrong.push(number);
        }
    }
    if tiles.head_under(end, signed) != Some(frontier.head()) {
        return Err(unproved(start, "the leaves in the segments do not lead to the signed root"));
    }
    wrong.into_iter().try_for_each(|number| Block::read(disk, number)?.keep(disk.as_ref()))
}

/// 256 records as they stand in segments, and in bundles where segments were retired before.
struct Block {
    number: u64,
    leaves: Vec<Vec<u8>>,
    hashes: Vec<Hash>,
}

impl Block {
    fn read(disk: &Arc<dyn Disk>, number: u64) -> Result<Self, AdminError> {
        let mut reader = Leaves::new(disk, number * WIDTH, (number + 1) * WIDTH)?;
        let mut leaves = Vec::with_capacity(usize::from(TILE_WIDTH));
        while let Some(leaf) = reader.step()? {
            leaves.push(leaf);
        }
        let hashes = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        Ok(Self { number, leaves, hashes })
    }

    /// Path and content of the bundle and of the tile.
    fn files(&self) -> Result<[(String, Vec<u8>); 2], AdminError> {
        let unproved = |what: String| AdminError::Unproved { index: self.number * WIDTH, what };
        let path = |content| {
            let tile = Tile::new(content, self.number, TILE_WIDTH);
            tile.map(|tile| tile.to_string()).map_err(|problem| unproved(problem.to_string()))
        };
        let bundle = encode_entries(&self.leaves).map_err(|problem| unproved(problem.to_string()))?;
        Ok([
            (path(TileContent::Entries)?, bundle),
            (path(TileContent::Hashes { level: 0 })?, encode_hashes(&self.hashes)),
        ])
    }

    fn is_kept(&self, disk: &dyn Disk) -> Result<bool, AdminError> {
        for (path, bytes) in self.files()? {
            let kept = match read_file(disk, &path, TILE_BYTES_LIMIT) {
                Err(problem) if problem.kind() == io::ErrorKind::InvalidData => None,
                kept => kept.map_err(while_doing("read", &path))?,
            };
            if kept != Some(bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn keep(&self, disk: &dyn Disk) -> Result<(), AdminError> {
        for (path, bytes) in self.files()? {
            let write =
                disk.create_dir(folder_of(&path)).and_then(|()| replace_file(disk, &path, &bytes, Durability::Now));
            write.map_err(while_doing("write", &path))?;
        }
        Ok(())
    }
}

/// Makes the bundles and tiles of `records` durable, in a tree of `size`.
pub(super) fn sync(disk: &dyn Disk, records: &Range<u64>, size: u64) -> Result<()> {
    let hashes = Tile::hash_tiles(records.start, records.end);
    let tiles = hashes.chain(Tile::entry_bundles(records.start, records.end));
    let mut folders = BTreeSet::new();
    for tile in tiles.filter_map(|tile| Tile::in_tree(tile.content(), tile.index(), size)) {
        let path = tile.to_string();
        match disk.open(&path).and_then(|file| file.sync_data()) {
            // A later checkpoint replaced it by a wider one; it can be made again from those below it.
            Err(problem) if problem.kind() == io::ErrorKind::NotFound && !tile.is_full() => continue,
            outcome => outcome.map_err(while_doing("sync", &path))?,
        }
        folders.insert(folder_of(&path).to_owned());
    }
    for folder in folders {
        disk.sync_dir(&folder).map_err(while_doing("sync", &folder))?;
    }
    Ok(())
}
