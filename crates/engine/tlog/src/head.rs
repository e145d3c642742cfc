//! A tree head: how many leaves a log has, and the root over them.

use crate::{EMPTY_ROOT, Hash};

/// Size and root of a log at one moment; what proofs are checked against.
///
/// It is worth what its source is worth: take it from a [`crate::Checkpoint`] whose signature holds, or from one's own
/// hashing, never from the sender of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// Root over all leaves.
    pub root: Hash,
}

impl TreeHead {
    /// The head of a log without leaves.
    pub const EMPTY: Self = Self { size: 0, root: EMPTY_ROOT };

    /// Says whether the head could be one: only the empty tree has the empty root, and it has no other.
    pub fn is_possible(&self) -> bool {
        (self.size == 0) == (self.root == EMPTY_ROOT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    #[test]
    fn only_the_empty_tree_has_the_empty_root() {
        assert!(TreeHead::EMPTY.is_possible());
        assert!(TreeHead { size: 1, root: leaf_hash(b"") }.is_possible());
        assert!(!TreeHead { size: 0, root: leaf_hash(b"") }.is_possible());
        assert!(!TreeHead { size: 9, root: EMPTY_ROOT }.is_possible());
    }
}
