//! The growing tree as tiles: each full tile is handed out once, the partial ones on demand.
//!
//! Every node is hashed once: the hash of a full tile is the node the frontier completes at that moment. Memory is at
//! most 255 hashes a level, and there are 8 levels.

use super::place::{TILE_HEIGHT, TILE_WIDTH, Tile, TileContent};
use crate::{Frontier, Hash, HashReader, Node, ProveError};

/// The right edge of a tiled tree: its [`Frontier`] and its partial tiles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TileEdge {
    frontier: Frontier,
    /// The hashes of each level's partial tile, level 0 first; none may be full.
    levels: Vec<Vec<Hash>>,
}

impl TileEdge {
    /// Makes the edge of an empty tree.
    pub const fn new() -> Self {
        Self { frontier: Frontier::new(), levels: Vec::new() }
    }

    /// Restores the edge of a tree of `size` leaves from stored hashes; compare its root with one that is trusted.
    ///
    /// # Errors
    /// See [`ProveError`].
    pub fn read<R: HashReader>(reader: &R, size: u64) -> Result<Self, ProveError<R::Error>> {
        let frontier = Frontier::read(reader, size)?;
        let mut levels = Vec::new();
        for tile_level in 0..u64::BITS / u32::from(TILE_HEIGHT) {
            let count = size >> (tile_level * u32::from(TILE_HEIGHT));
            let Some(level) = u8::try_from(tile_level).ok().filter(|_| count > 0) else { break };
            let partial = count - count % u64::from(TILE_WIDTH)..count;
            let nodes: Vec<Node> = partial.map(|index| Node { level: level * TILE_HEIGHT, index }).collect();
            levels.push(crate::proof::read_exactly(reader, &nodes)?);
        }
        Ok(Self { frontier, levels })
    }

    /// Appends a leaf by its hash, hands out the hash tiles this fills (lower levels first), returns the leaf's index.
    pub fn push(&mut self, leaf: Hash, mut filled: impl FnMut(Tile, &[Hash])) -> u64 {
        let levels = &mut self.levels;
        self.frontier.push_with(leaf, |node, hash| {
            if node.level % TILE_HEIGHT != 0 {
                return;
            }
            let level = node.level / TILE_HEIGHT;
            if levels.len() <= usize::from(level) {
                levels.push(Vec::new());
            }
            let Some(hashes) = levels.get_mut(usize::from(level)) else { return };
            hashes.push(hash);
            if hashes.len() == usize::from(TILE_WIDTH) {
                let index = node.index >> TILE_HEIGHT;
                filled(Tile { content: TileContent::Hashes { level }, index, width: TILE_WIDTH }, hashes);
                hashes.clear();
            }
        })
    }

    /// Returns the partial hash tiles of the tree as it is, lower levels first; what a checkpoint must find written.
    pub fn partial_tiles(&self) -> impl Iterator<Item = (Tile, &[Hash])> {
        let size = self.frontier.size();
        self.levels.iter().zip(0_u8..).filter_map(move |(hashes, level)| {
            let index = size.checked_shr((u32::from(level) + 1) * u32::from(TILE_HEIGHT)).unwrap_or(0);
            let width = u16::try_from(hashes.len()).ok()?;
            Some((Tile::new(TileContent::Hashes { level }, index, width).ok()?, hashes.as_slice()))
        })
    }

    /// Returns the frontier: size and root.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    #[test]
    fn the_tiles_handed_out_are_those_the_log_must_write() {
        let mut edge = TileEdge::new();
        let mut told: Vec<Tile> = Vec::new();
        for index in 0..70_000_u32 {
            edge.push(leaf_hash(&index.to_be_bytes()), |tile, hashes| {
                assert_eq!(hashes.len(), 256);
                told.push(tile);
            });
        }
        told.extend(edge.partial_tiles().map(|(tile, hashes)| {
            assert_eq!(hashes.len(), usize::from(tile.width()));
            tile
        }));
        told.sort_unstable();
        let mut expected: Vec<Tile> = Tile::hash_tiles(0, 70_000).collect();
        expected.sort_unstable();
        assert_eq!(told, expected);
    }
}
