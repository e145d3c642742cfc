//! The growing tree in O(log n) memory: only the roots of its complete subtrees are kept.
//!
//! A tree of n leaves is one complete subtree for each one bit of n, the largest at the left. A new leaf joins the
//! subtrees at the right end like a carry in binary counting; on average one node is hashed a leaf.
//! Source: RFC 6962 section 2.1; Crosby and Wallach, "Efficient Data Structures for Tamper-Evident Logging", 2009.

use crate::node::{cover, fold};
use crate::{EMPTY_ROOT, Hash, HashReader, Node, ProveError, TreeHead, node_hash};

/// The largest tree this crate lets grow: 2^63 leaves, so that no count ever overflows.
pub const TREE_SIZE_LIMIT: u64 = 1 << 63;

/// Why hashes are not the frontier of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// Not one hash for each one bit of the size.
    #[error("a tree of {size} leaves has {expected} peaks, found {found}")]
    PeakCount {
        /// Leaves.
        size: u64,
        /// Peaks such a tree has.
        expected: u32,
        /// Peaks given.
        found: usize,
    },
    /// Larger than a tree may grow.
    #[error("a tree has at most {TREE_SIZE_LIMIT} leaves, found {size}")]
    TooLarge {
        /// Leaves.
        size: u64,
    },
}

/// The right edge of a tree: enough to append leaves and to know the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, largest (leftmost) first: one for each one bit of `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Makes an empty tree.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Restores a tree from its size and the roots of its complete subtrees, largest first.
    ///
    /// # Errors
    /// See [`FrontierError`].
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Result<Self, FrontierError> {
        if size > TREE_SIZE_LIMIT {
            return Err(FrontierError::TooLarge { size });
        }
        let expected = size.count_ones();
        if u32::try_from(peaks.len()) != Ok(expected) {
            return Err(FrontierError::PeakCount { size, expected, found: peaks.len() });
        }
        Ok(Self { size, peaks })
    }

    /// Restores the tree of `size` leaves from stored hashes; compare its root with one that is trusted.
    ///
    /// # Errors
    /// See [`ProveError`].
    pub fn read<R: HashReader>(reader: &R, size: u64) -> Result<Self, ProveError<R::Error>> {
        if size > TREE_SIZE_LIMIT {
            return Err(ProveError::SizeOutOfRange { size });
        }
        let nodes: Vec<Node> = cover(0..size).collect();
        Ok(Self { size, peaks: crate::proof::read_exactly(reader, &nodes)? })
    }

    /// Appends a leaf by its hash and returns the leaf's index.
    pub fn push(&mut self, leaf: Hash) -> u64 {
        self.push_with(leaf, |_, _| {})
    }

    /// Appends a leaf by its hash, tells each node this completes (the leaf first, then upwards), returns its index.
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(Node, Hash)) -> u64 {
        let index = self.size;
        let (mut node, mut hash) = (Node { level: 0, index }, leaf);
        completed(node, hash);
        // Each one bit at the end of the size is a complete left sibling.
        for _ in 0..index.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            node = Node { level: node.level + 1, index: node.index >> 1 };
            completed(node, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
        index
    }

    /// Returns the number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the root over all leaves; O(log n).
    pub fn root(&self) -> Hash {
        fold(&self.peaks).unwrap_or(EMPTY_ROOT)
    }

    /// Returns size and root.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// Returns the roots of the complete subtrees, largest first: what [`Frontier::from_peaks`] takes.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect()
    }

    /// The definition, word for word: RFC 6962 section 2.1.
    fn merkle_tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => EMPTY_ROOT,
            [leaf] => *leaf,
            more => {
                let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
                node_hash(&merkle_tree_hash(left), &merkle_tree_hash(right))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition_at_every_size() {
        let leaves = leaves(300);
        let mut frontier = Frontier::new();
        for (count, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.root(), merkle_tree_hash(&leaves[..count]), "{count} leaves");
            frontier.push(*leaf);
        }
    }

    #[test]
    fn a_frontier_restored_from_its_peaks_goes_on_the_same() {
        let mut frontier = Frontier::new();
        for leaf in leaves(77) {
            frontier.push(leaf);
            let mut again = Frontier::from_peaks(frontier.size(), frontier.peaks().to_vec()).unwrap();
            let mut first = frontier.clone();
            first.push(leaf);
            again.push(leaf);
            assert_eq!(first, again);
        }
    }

    #[test]
    fn each_node_is_told_once_and_only_when_complete() {
        let mut frontier = Frontier::new();
        let mut told = Vec::new();
        for leaf in leaves(64) {
            let size = frontier.size() + 1;
            frontier.push_with(leaf, |node, _| {
                assert!(node.is_in_tree(size) && !node.is_in_tree(size - 1));
                told.push(node);
            });
        }
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), 127);
    }

    #[test]
    fn peaks_that_do_not_fit_the_size_are_refused() {
        let wrong = Frontier::from_peaks(3, leaves(1));
        assert_eq!(wrong, Err(FrontierError::PeakCount { size: 3, expected: 2, found: 1 }));
        assert_eq!(Frontier::from_peaks(u64::MAX, leaves(64)), Err(FrontierError::TooLarge { size: u64::MAX }));
    }
}
