//! Older partial tiles: files that stay behind when wider ones are written, and that a reader of an older checkpoint
//! still fetches. Each must be the beginning of the tile that replaced it.

use std::io;
use std::sync::Arc;

use syndic_tlog::{HASH_BYTES, Tile, TileContent, TileSource as _, decode_entries};

use super::views::{TILE_BYTES_LIMIT, problem_of};
use super::{Problem, ProblemKind};
use crate::disk::{Disk, read_file};
use crate::tiles::StoredTiles;

/// `tile/`, a level, six groups of digits, the folder of partial tiles.
const DEEPEST: usize = 9;

/// Names each of these older partial tiles of a tree of `size` that is not the beginning of the one it has now.
pub(super) fn check(disk: &Arc<dyn Disk>, older: &[String], size: u64) -> Vec<Problem> {
    older.iter().filter_map(|path| judge(disk, path, size)).collect()
}

/// Hands over the path of every tile below a folder, and every folder that could not be looked into.
pub(super) fn walk(disk: &Arc<dyn Disk>, folder: &str, depth: usize, take: &mut impl FnMut(Result<&str, Problem>)) {
    let names = match disk.list(folder) {
        Ok(names) => names,
        // The tiles of the tree itself are checked by name.
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return,
        Err(problem) => {
            let what = format!("older tiles in it were not looked at: {problem}");
            let path = folder.to_owned();
            return take(Err(Problem { kind: ProblemKind::Unreadable, path, offset: 0, records: 0..0, what }));
        }
    };
    for name in names {
        let path = format!("{folder}/{name}");
        let is_folder = depth == 1 || name.starts_with('x') || name.ends_with(".p");
        if folder.ends_with(".p") || !is_folder {
            take(Ok(&path));
        } else if depth < DEEPEST {
            walk(disk, &path, depth + 1, take);
        }
    }
}

/// Compares one partial tile with the tile the tree has in its place.
fn judge(disk: &Arc<dyn Disk>, path: &str, size: u64) -> Option<Problem> {
    let tile: Tile = path.parse().ok()?;
    let now = Tile::in_tree(tile.content(), tile.index(), size)?;
    let wrong = |kind, what: &str| Some(problem_of(&tile, kind, what.to_owned()));
    let older = match read_file(disk.as_ref(), path, TILE_BYTES_LIMIT) {
        Ok(older) => older?,
        Err(problem) if problem.kind() == io::ErrorKind::InvalidData => {
            return wrong(ProblemKind::TileMismatch, "its bytes are not those of such a tile");
        }
        Err(problem) => return wrong(ProblemKind::Unreadable, &problem.to_string()),
    };
    let newer = match read_file(disk.as_ref(), &now.to_string(), TILE_BYTES_LIMIT) {
        Ok(Some(newer)) => newer,
        // Named already where it cannot be read at all.
        _ => StoredTiles(Arc::clone(disk)).read_tile(&now).ok()?,
    };
    let is_whole = match tile.content() {
        TileContent::Hashes { .. } => older.len() == usize::from(tile.width()) * HASH_BYTES,
        TileContent::Entries => decode_entries(&older, tile.width()).is_ok(),
    };
    if is_whole && newer.starts_with(&older) {
        return None;
    }
    if is_torn(&older, &newer) {
        return wrong(ProblemKind::TornTile, "this older tile is not whole, as a crash leaves it; it may be removed");
    }
    wrong(ProblemKind::TileMismatch, "this older tile is not the beginning of the one that replaced it")
}

/// Says whether the bytes are what a crash leaves of others that were never synced: some are missing, or zeros.
pub(super) fn is_torn(found: &[u8], whole: &[u8]) -> bool {
    found.len() <= whole.len() && found.iter().zip(whole).all(|(found, whole)| found == whole || *found == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;
    use crate::tiles::TileWriter;
    use crate::verify::strays;
    use syndic_tlog::TileEdge;

    /// A tree of 300 leaves with the tiles of every hundred.
    fn tree() -> (SimDisk, Arc<dyn Disk>) {
        let sim = SimDisk::new(2);
        let disk: Arc<dyn Disk> = Arc::new(sim.clone());
        for stop in [100_u32, 200, 300] {
            // A writer of its own each time, as processes are: it does not know what to remove.
            let mut writer = TileWriter::new(Arc::clone(&disk), TileEdge::new(), Vec::new());
            for leaf in 0..stop {
                writer.push(leaf.to_be_bytes().to_vec()).unwrap();
            }
            writer.write_partials().unwrap();
        }
        (sim, disk)
    }

    fn found(disk: &Arc<dyn Disk>) -> Vec<(ProblemKind, String)> {
        check(disk, &strays::list(disk, 300).older, 300)
            .into_iter()
            .map(|problem| (problem.kind, problem.path))
            .collect()
    }

    #[test]
    fn an_older_tile_is_the_beginning_of_the_newer_or_is_named() {
        for path in ["tile/0/000.p/100", "tile/0/000.p/200", "tile/entries/000.p/100", "tile/entries/000.p/200"] {
            let (sim, disk) = tree();
            assert_eq!(found(&disk), []);
            sim.tamper(path, |bytes| bytes[7] ^= 0x40);
            assert_eq!(found(&disk), [(ProblemKind::TileMismatch, path.to_owned())]);
            let (sim, disk) = tree();
            sim.tamper(path, |bytes| bytes.push(1));
            assert_eq!(found(&disk), [(ProblemKind::TileMismatch, path.to_owned())]);
            let (sim, disk) = tree();
            sim.tamper(path, |bytes| bytes.truncate(70));
            assert_eq!(found(&disk), [(ProblemKind::TornTile, path.to_owned())]);
        }
    }
}
