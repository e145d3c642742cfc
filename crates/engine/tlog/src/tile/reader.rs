//! Reading the hashes of nodes from stored tiles.
//!
//! A node whose level is no multiple of 8 is hashed from the part of a tile below it. Each tile is read once a call.
//! What is read is not checked against a root here: a proof made from wrong tiles does not verify, and a frontier read
//! from them has another root.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::content::decode_hashes;
use super::place::{TILE_HEIGHT, Tile};
use crate::{Hash, HashReader, Node, node_hash};

/// Where stored tiles are read from.
pub trait TileSource {
    /// What can go wrong while reading.
    type Error: std::error::Error;

    /// Returns the bytes of a hash tile, or of a wider one at the same place: a log may drop a partial tile once the
    /// full one is there ([`Tile::to_full`]).
    ///
    /// # Errors
    /// The source's own; also for a tile that is not there.
    fn read_tile(&self, tile: &Tile) -> Result<Vec<u8>, Self::Error>;
}

/// Why the hash of a node could not be read from tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileReadError<E> {
    /// The node is not complete in the tree.
    #[error("node {} of level {} is not in the tree", node.index, node.level)]
    NotInTree {
        /// The node.
        node: Node,
    },
    /// The tile holds fewer hashes than the tree has there, or broken ones.
    #[error("{tile} is not that tile: it has {size_bytes} bytes")]
    Malformed {
        /// The tile.
        tile: Tile,
        /// Its size.
        size_bytes: usize,
    },
    /// The tile could not be read.
    #[error("{tile} could not be read: {error}")]
    Source {
        /// The tile.
        tile: Tile,
        /// Why.
        error: E,
    },
}

/// Reads hashes of a tree of one size from its tiles.
#[derive(Debug)]
pub struct TileHashReader<'a, S> {
    source: &'a S,
    size: u64,
}

impl<'a, S: TileSource> TileHashReader<'a, S> {
    /// Makes a reader of the tree of the first `size` leaves.
    pub fn new(source: &'a S, size: u64) -> Self {
        Self { source, size }
    }

    fn read(&self, tile: Tile) -> Result<Vec<Hash>, TileReadError<S::Error>> {
        let bytes = self.source.read_tile(&tile).map_err(|error| TileReadError::Source { tile, error })?;
        decode_hashes(&bytes)
            .ok()
            .filter(|hashes| hashes.len() >= usize::from(tile.width()))
            .ok_or(TileReadError::Malformed { tile, size_bytes: bytes.len() })
    }
}

impl<S: TileSource> HashReader for TileHashReader<'_, S> {
    type Error = TileReadError<S::Error>;

    fn read_hashes(&self, nodes: &[Node]) -> Result<Vec<Hash>, Self::Error> {
        let mut tiles: BTreeMap<Tile, Vec<Hash>> = BTreeMap::new();
        let mut read = Vec::with_capacity(nodes.len());
        for node in nodes {
            let tile = Tile::of_node(*node, self.size).ok_or(TileReadError::NotInTree { node: *node })?;
            let hashes = match tiles.entry(tile) {
                Entry::Occupied(read) => read.into_mut(),
                Entry::Vacant(unread) => unread.insert(self.read(tile)?),
            };
            let hash = hash_in_tile(*node, hashes);
            read.push(hash.ok_or(TileReadError::NotInTree { node: *node })?);
        }
        Ok(read)
    }
}

/// Returns the hash of a node from the hashes of the tile that spans it.
fn hash_in_tile(node: Node, hashes: &[Hash]) -> Option<Hash> {
    let height = node.level % TILE_HEIGHT;
    let first = usize::try_from((node.index << height) % (1 << TILE_HEIGHT)).ok()?;
    let mut below = hashes.get(first..first.checked_add(1 << height)?)?.to_vec();
    while below.len() > 1 {
        below = below.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    below.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TileContent, encode_hashes, leaf_hash};
    use std::convert::Infallible;

    /// A source that has the same bytes for every tile.
    struct Same(Vec<u8>);

    impl TileSource for Same {
        type Error = Infallible;

        fn read_tile(&self, _: &Tile) -> Result<Vec<u8>, Infallible> {
            Ok(self.0.clone())
        }
    }

    fn hashes(count: u8) -> Vec<Hash> {
        (0..count).map(|byte| leaf_hash(&[byte])).collect()
    }

    #[test]
    fn a_node_between_tile_levels_is_hashed_from_the_tile() {
        let hashes = hashes(6);
        let source = Same(encode_hashes(&hashes));
        let reader = TileHashReader::new(&source, 6);
        let pair = node_hash(&hashes[4], &hashes[5]);
        assert_eq!(reader.read_hashes(&[Node { level: 1, index: 2 }]), Ok(vec![pair]));
    }

    #[test]
    fn a_wider_tile_than_the_tree_needs_will_do_and_a_narrower_will_not() {
        let source = Same(encode_hashes(&hashes(6)));
        let first = [Node { level: 0, index: 0 }];
        assert_eq!(TileHashReader::new(&source, 4).read_hashes(&first), Ok(vec![leaf_hash(&[0])]));
        let tile = Tile::new(TileContent::Hashes { level: 0 }, 0, 7).unwrap();
        let error = TileReadError::Malformed { tile, size_bytes: 192 };
        assert_eq!(TileHashReader::new(&source, 7).read_hashes(&first), Err(error));
    }

    #[test]
    fn a_node_outside_the_tree_is_refused() {
        let source = Same(encode_hashes(&hashes(6)));
        let node = Node { level: 1, index: 2 };
        let error = TileReadError::NotInTree { node };
        assert_eq!(TileHashReader::new(&source, 5).read_hashes(&[node]), Err(error));
    }
}
