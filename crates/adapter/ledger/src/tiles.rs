//! The tiles of the log on its disk: derived from the segments, written at every checkpoint, made again when wrong.
//!
//! A tile is replaced as one step but not synced: a crash may leave it empty or missing. Who reads hashes from tiles
//! therefore compares the root they lead to, and has them made again if it is another.

use std::io;
use std::sync::Arc;

use syndic_tlog::{
    Tile, TileContent, TileEdge, TileHashReader, TileSource, TreeHead, encode_entries, encode_hashes,
    prove_consistency, tree_head,
};

use crate::disk::{Disk, Durability, folder_of, read_file, replace_file};
use crate::error::{Result, while_doing};

/// No tile is larger: 256 entries of 64 KiB with their lengths.
const TILE_BYTES_LIMIT: u64 = 256 * 65_537;

/// Reads tiles from a disk; a partial tile that is gone is read from a wider one.
#[derive(Clone)]
pub(crate) struct StoredTiles(pub(crate) Arc<dyn Disk>);

impl StoredTiles {
    /// Returns hashes of the tree of `size` leaves.
    pub(crate) fn reader(&self, size: u64) -> TileHashReader<'_, Self> {
        TileHashReader::new(self, size)
    }

    /// Returns the head of the first `size` leaves, if it is proved to be one `newest` extends.
    pub(crate) fn head_under(&self, size: u64, newest: TreeHead) -> Option<TreeHead> {
        if size == newest.size {
            return Some(newest);
        }
        let head = tree_head(&self.reader(size), size).ok()?;
        let proof = prove_consistency(&self.reader(newest.size), size, newest.size).ok()?;
        proof.verify(&head, &newest).is_ok().then_some(head)
    }

    /// The widest partial tile that holds as much as `tile`: the newest, because a narrower one may be what a crash tore.
    fn widest(&self, tile: &Tile) -> io::Result<Option<Vec<u8>>> {
        let folder = format!("{}.p", tile.to_full());
        let names = match self.0.list(&folder) {
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
            names => names?,
        };
        let widths = names.iter().filter_map(|name| name.parse::<u16>().ok()).filter(|width| *width >= tile.width());
        match widths.max() {
            Some(width) => read_file(self.0.as_ref(), &format!("{folder}/{width}"), TILE_BYTES_LIMIT),
            None => Ok(None),
        }
    }
}

impl TileSource for StoredTiles {
    type Error = io::Error;

    fn read_tile(&self, tile: &Tile) -> io::Result<Vec<u8>> {
        match read_file(self.0.as_ref(), &tile.to_full().to_string(), TILE_BYTES_LIMIT)? {
            Some(bytes) => Ok(bytes),
            None => self.widest(tile)?.ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }
}

/// Writes the tiles of a growing tree.
pub(crate) struct TileWriter {
    disk: Arc<dyn Disk>,
    edge: TileEdge,
    /// Leaves of the bundle that is not full.
    leaves: Vec<Vec<u8>>,
    /// Partial tiles written last, to be removed when wider ones are there.
    partials: Vec<Tile>,
}

impl TileWriter {
    /// Goes on behind `edge`, whose size must be a multiple of 256 unless `leaves` holds those of the last bundle.
    pub(crate) fn new(disk: Arc<dyn Disk>, edge: TileEdge, leaves: Vec<Vec<u8>>) -> Self {
        Self { disk, edge, leaves, partials: Vec::new() }
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    pub(crate) fn edge(&self) -> &TileEdge {
        &self.edge
    }

    /// Appends a leaf and writes the tiles it fills. After an error the writer must be made anew.
    pub(crate) fn push(&mut self, leaf: Vec<u8>) -> Result<()> {
        let mut filled = Vec::new();
        let index =
            self.edge.push(syndic_tlog::leaf_hash(&leaf), |tile, hashes| filled.push((tile, encode_hashes(hashes))));
        self.leaves.push(leaf);
        for (tile, bytes) in filled {
            self.write(&tile, &bytes)?;
        }
        if self.leaves.len() == usize::from(syndic_tlog::TILE_WIDTH) {
            self.write_bundle(index)?;
            self.leaves.clear();
        }
        Ok(())
    }

    /// Writes the partial tiles of the tree as it is, and removes those they replace.
    pub(crate) fn write_partials(&mut self) -> Result<()> {
        let size = self.edge.frontier().size();
        let partials: Vec<(Tile, Vec<u8>)> =
            self.edge.partial_tiles().map(|(tile, hashes)| (tile, encode_hashes(hashes))).collect();
        for (tile, bytes) in &partials {
            self.write(tile, bytes)?;
        }
        let mut written: Vec<Tile> = partials.into_iter().map(|(tile, _)| tile).collect();
        if !self.leaves.is_empty() {
            written.extend(self.write_bundle(size.saturating_sub(1))?);
        }
        for old in std::mem::replace(&mut self.partials, written) {
            if !self.partials.contains(&old) {
                // Only a leftover: a reader of it finds a wider tile of the same tree.
                drop(self.disk.remove(&old.to_string()));
            }
        }
        Ok(())
    }

    /// Writes the bundle that ends with leaf `last`.
    fn write_bundle(&self, last: u64) -> Result<Option<Tile>> {
        let index = last / u64::from(syndic_tlog::TILE_WIDTH);
        let width = u16::try_from(self.leaves.len()).unwrap_or(0);
        let (Ok(tile), Ok(bytes)) = (Tile::new(TileContent::Entries, index, width), encode_entries(&self.leaves))
        else {
            return Ok(None);
        };
        self.write(&tile, &bytes)?;
        Ok(Some(tile))
    }

    fn write(&self, tile: &Tile, bytes: &[u8]) -> Result<()> {
        let path = tile.to_string();
        // A full tile never changes, and one of retired records was synced: replacing it could lose it.
        if tile.is_full()
            && read_file(self.disk.as_ref(), &path, TILE_BYTES_LIMIT).is_ok_and(|is| is.as_deref() == Some(bytes))
        {
            return Ok(());
        }
        self.disk
            .create_dir(folder_of(&path))
            .and_then(|()| replace_file(self.disk.as_ref(), &path, bytes, Durability::Later))
            .map_err(while_doing("write", &path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;
    use syndic_tlog::{Frontier, leaf_hash, prove_inclusion};

    #[test]
    fn proofs_from_written_tiles_lead_to_the_root_of_the_frontier() {
        let disk: Arc<dyn Disk> = Arc::new(SimDisk::new(1));
        let mut writer = TileWriter::new(Arc::clone(&disk), TileEdge::new(), Vec::new());
        let mut frontier = Frontier::new();
        for index in 0..700_u32 {
            writer.push(index.to_be_bytes().to_vec()).unwrap();
            frontier.push(leaf_hash(&index.to_be_bytes()));
            if index % 90 == 0 {
                writer.write_partials().unwrap();
            }
        }
        writer.write_partials().unwrap();
        let tiles = StoredTiles(disk);
        for index in [0, 255, 256, 699_u32] {
            let proof = prove_inclusion(&tiles.reader(700), u64::from(index), 700).unwrap();
            proof.verify(&index.to_be_bytes(), &frontier.head()).unwrap();
        }
        // An older tree is read from the wider tiles of the newer one.
        assert_eq!(Frontier::read(&tiles.reader(600), 600).unwrap().size(), 600);
    }
}
