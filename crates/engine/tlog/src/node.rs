//! Places in the tree: a node that is complete, and the complete nodes that cover a range of leaves.
//!
//! A node of level `l` and index `i` stands over the leaves `[i * 2^l, (i + 1) * 2^l)` and never changes once they are
//! there. A range that RFC 6962 hashes as one (`MTH(D[a:b])`) starts at a multiple of the largest power of two it
//! holds, so it splits into complete nodes that get smaller from left to right.

use std::ops::Range;

use crate::{Hash, node_hash};

/// A complete node of the tree. Level 0 holds the leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Height over the leaves, 0 to 63.
    pub level: u8,
    /// Place among the nodes of its level, from 0.
    pub index: u64,
}

impl Node {
    /// Says whether all leaves below the node are in a tree of `size` leaves.
    pub fn is_in_tree(&self, size: u64) -> bool {
        size.checked_shr(u32::from(self.level)).is_some_and(|complete| self.index < complete)
    }
}

/// Returns the complete nodes that cover `leaves`, left to right: at most 64.
pub(crate) fn cover(leaves: Range<u64>) -> impl Iterator<Item = Node> {
    let Range { mut start, end } = leaves;
    std::iter::from_fn(move || {
        let height = end.checked_sub(start)?.checked_ilog2()?;
        let node = Node { level: u8::try_from(height).ok()?, index: start >> height };
        // At most `end`, so it cannot overflow.
        start = start.saturating_add(1 << height);
        Some(node)
    })
}

/// Returns the hash over adjacent nodes that get smaller from left to right; `None` for none.
pub(crate) fn fold(hashes: &[Hash]) -> Option<Hash> {
    hashes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right))
}

/// Returns where RFC 6962 splits a range of two leaves or more: after the largest power of two below its length.
pub(crate) fn split(start: u64, end: u64) -> Option<u64> {
    let below = end.checked_sub(start)?.checked_sub(1)?;
    start.checked_add(1 << below.checked_ilog2()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_covered_by_ever_smaller_nodes() {
        let nodes: Vec<Node> = cover(8..15).collect();
        assert_eq!(nodes, [Node { level: 2, index: 2 }, Node { level: 1, index: 6 }, Node { level: 0, index: 14 }]);
    }

    #[test]
    fn the_empty_range_has_no_node_and_the_largest_has_sixty_four() {
        assert_eq!(cover(3..3).count(), 0);
        assert_eq!(cover(0..u64::MAX).count(), 64);
    }

    #[test]
    fn a_range_splits_after_the_largest_power_of_two_below_its_length() {
        assert_eq!([split(0, 0), split(5, 6)], [None, None]);
        assert_eq!([split(0, 2), split(0, 4), split(0, 5), split(4, 7)], [Some(1), Some(2), Some(4), Some(6)]);
        assert_eq!(split(0, u64::MAX), Some(1 << 63));
    }

    #[test]
    fn a_node_is_in_a_tree_once_its_last_leaf_is() {
        let node = Node { level: 3, index: 1 };
        assert!(!node.is_in_tree(15) && node.is_in_tree(16));
        assert!(!Node { level: 200, index: 0 }.is_in_tree(u64::MAX));
    }
}
