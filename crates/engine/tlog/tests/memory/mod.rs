//! A whole tree in memory: the same hashes for our readers and for those of `tlog_tiles`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of tests fails by panicking, as tests do")]
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::io;
use std::sync::LazyLock;

use syndic_tlog::{
    Hash, HashReader, Node, Tile, TileEdge, TileSource, encode_entries, encode_hashes, leaf_hash, node_hash,
};
use tlog_tiles::{Hash as TheirHash, HashReader as TheirReader, split_stored_hash_index};

/// All complete nodes of a tree, level by level.
pub(crate) struct MemoryTree {
    levels: Vec<Vec<Hash>>,
}

/// The leaf at an index: another length now and then, down to none.
pub(crate) fn leaf(index: u64) -> Vec<u8> {
    index.to_be_bytes()[..usize::try_from(index % 9).unwrap()].to_vec()
}

/// The largest tree of the tests: three levels of tiles. Smaller ones are prefixes of it.
pub(crate) const LARGEST: u64 = 140_000;

/// The hashes of the largest tree, and so of each.
pub(crate) static TREE: LazyLock<MemoryTree> = LazyLock::new(|| MemoryTree::of_size(LARGEST));

impl MemoryTree {
    /// Builds the tree by its definition, without the code under test.
    fn of_size(size: u64) -> Self {
        let mut levels = vec![(0..size).map(|index| leaf_hash(&leaf(index))).collect::<Vec<_>>()];
        while levels.last().unwrap().len() > 1 {
            let below = levels.last().unwrap();
            levels.push(below.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect());
        }
        Self { levels }
    }

    pub(crate) fn hash(&self, node: Node) -> Option<Hash> {
        self.levels.get(usize::from(node.level))?.get(usize::try_from(node.index).ok()?).copied()
    }
}

impl HashReader for MemoryTree {
    type Error = io::Error;

    fn read_hashes(&self, nodes: &[Node]) -> Result<Vec<Hash>, io::Error> {
        nodes.iter().map(|node| self.hash(*node).ok_or_else(|| io::Error::other("not in the tree"))).collect()
    }
}

impl TheirReader for MemoryTree {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TheirHash>, tlog_tiles::Error> {
        let node = |index: &u64| {
            let (level, index) = split_stored_hash_index(*index);
            self.hash(Node { level, index }).map(theirs).ok_or(tlog_tiles::Error::IndexesNotInTree)
        };
        indexes.iter().map(node).collect()
    }
}

/// The files a log of one size would have written, by path.
#[derive(Default)]
pub(crate) struct Files(pub(crate) BTreeMap<String, Vec<u8>>);

impl Files {
    /// Writes them as a log does that makes checkpoints at `sizes` (ascending), and keeps old partial tiles or not.
    pub(crate) fn written(sizes: &[u64], keep_partial: bool) -> Self {
        let mut files = Self::default();
        let mut edge = TileEdge::new();
        let mut old = 0;
        for &size in sizes {
            if !keep_partial {
                files.0.retain(|path, _| !path.contains(".p/"));
            }
            while edge.frontier().size() < size {
                let leaf = leaf_hash(&leaf(edge.frontier().size()));
                edge.push(leaf, |tile, hashes| drop(files.0.insert(tile.to_string(), encode_hashes(hashes))));
            }
            let partial = edge.partial_tiles().map(|(tile, hashes)| (tile.to_string(), encode_hashes(hashes)));
            files.0.extend(partial);
            for bundle in Tile::entry_bundles(old, size) {
                let first = bundle.index() * 256;
                let entries: Vec<Vec<u8>> = (first..first + u64::from(bundle.width())).map(leaf).collect();
                files.0.insert(bundle.to_string(), encode_entries(&entries).unwrap());
            }
            old = size;
        }
        files
    }
}

impl TileSource for Files {
    type Error = io::Error;

    fn read_tile(&self, tile: &Tile) -> Result<Vec<u8>, io::Error> {
        let wider = || self.0.get(&tile.to_full().to_string());
        self.0.get(&tile.to_string()).or_else(wider).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

pub(crate) fn theirs(hash: Hash) -> TheirHash {
    TheirHash(*hash.as_bytes())
}

pub(crate) fn ours(hash: TheirHash) -> Hash {
    Hash::from_bytes(hash.0)
}
