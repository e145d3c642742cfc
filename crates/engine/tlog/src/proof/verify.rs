//! What both verifiers share: how long a path must be, how it is hashed, why one is refused.
//!
//! Going from a leaf to the root, the path of index `i` in a tree of `n` leaves first runs below the node where `i` and
//! the last leaf part: there each level has a sibling, left or right by the bit of `i`. Above, it runs along the right
//! edge, where only the one bits of `i` have a sibling, all to the left. So the length of a path follows from `i` and
//! `n`. Source: RFC 6962 section 2.1, RFC 9162 section 2.1.3.2.

use crate::{Hash, PATH_LIMIT, TreeHead, node_hash};

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The leaf would lie outside the tree.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutsideTree {
        /// The leaf's index.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The newer tree is the smaller one.
    #[error("the log shrank from {old_size} to {new_size} leaves: it was rolled back")]
    Shrunk {
        /// Leaves of the older tree.
        old_size: u64,
        /// Leaves of the newer tree.
        new_size: u64,
    },
    /// A tree without leaves has another root than the empty one, or one with leaves has the empty root.
    #[error("a tree of {size} leaves cannot have the root {root}")]
    ImpossibleHead {
        /// Leaves of the tree.
        size: u64,
        /// Its alleged root.
        root: Hash,
    },
    /// Hashes are missing or left over.
    #[error("the proof needs {expected} hashes, found {found}")]
    PathLength {
        /// How many it needs.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// The path of an inclusion proof does not lead to the root: leaf, index, path or root is wrong.
    #[error("the leaf does not hash to the root: it is not in this log at this index")]
    RootMismatch,
    /// The path of a consistency proof does not lead to the older root.
    #[error("the proof does not hash to the older root: the log was rewritten")]
    OldRootMismatch,
    /// The path of a consistency proof does not lead to the newer root.
    #[error("the proof does not hash to the newer root: the log was rewritten")]
    NewRootMismatch,
}

/// The form of a leaf's path: which part has siblings on both sides, which only to the left.
pub(super) struct PathShape {
    /// Levels below the node where leaf and last leaf part.
    pub(super) inner: u32,
    /// Left siblings above it.
    pub(super) border: u32,
}

impl PathShape {
    /// Returns the form of the path of leaf `index`; the tree must hold it.
    pub(super) fn of(index: u64, last: u64) -> Self {
        let inner = u64::BITS - (index ^ last).leading_zeros();
        Self { inner, border: index.checked_shr(inner).unwrap_or(0).count_ones() }
    }
}

/// Hashes a seed upwards through siblings on the side the bits of `index` say, lowest first.
pub(super) fn climb_inner(seed: Hash, siblings: &[Hash], index: u64) -> Hash {
    let mut bits = index;
    siblings.iter().fold(seed, |hash, sibling| {
        let is_right = bits & 1 == 1;
        bits >>= 1;
        if is_right { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) }
    })
}

/// Hashes a seed upwards through left siblings.
pub(super) fn climb_border(seed: Hash, siblings: &[Hash]) -> Hash {
    siblings.iter().fold(seed, |hash, left| node_hash(left, &hash))
}

/// Refuses a path that has not exactly the length it must have; no path is longer than [`PATH_LIMIT`].
pub(super) fn check_length(path: &[Hash], expected: u32) -> Result<(), VerifyError> {
    let expected = usize::try_from(expected).unwrap_or(PATH_LIMIT);
    if path.len() == expected { Ok(()) } else { Err(VerifyError::PathLength { expected, found: path.len() }) }
}

/// Refuses a head no tree can have.
pub(super) fn check_head(head: &TreeHead) -> Result<(), VerifyError> {
    if head.is_possible() { Ok(()) } else { Err(VerifyError::ImpossibleHead { size: head.size, root: head.root }) }
}

/// Splits a path whose length was checked into its inner part and its border.
pub(super) fn split_path(path: &[Hash], inner: u32) -> (&[Hash], &[Hash]) {
    let middle = usize::try_from(inner).unwrap_or(PATH_LIMIT).min(path.len());
    path.split_at(middle)
}
