//! Making proofs from stored hashes: which ranges of leaves a proof needs, one read, and their hashes.

use std::ops::Range;

use crate::node::{cover, fold, split};
use crate::{ConsistencyProof, EMPTY_ROOT, Hash, HashReader, InclusionProof, Node, TreeHead};

/// Why a proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// The leaf is not in the tree.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutOfRange {
        /// The leaf asked for.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a tree of {new_size} leaves cannot extend one of {old_size}")]
    OldSizeOutOfRange {
        /// Leaves of the older tree.
        old_size: u64,
        /// Leaves of the newer tree.
        new_size: u64,
    },
    /// Larger than a tree may grow.
    #[error("a tree has at most {} leaves, found {size}", crate::TREE_SIZE_LIMIT)]
    SizeOutOfRange {
        /// Leaves asked for.
        size: u64,
    },
    /// Stored hashes could not be read.
    #[error("stored hashes could not be read: {0}")]
    Reader(E),
    /// The reader broke its promise of one hash a node.
    #[error("the reader of stored hashes returned {found} hashes for {expected} nodes")]
    HashCount {
        /// Nodes asked for.
        expected: usize,
        /// Hashes returned.
        found: usize,
    },
}

/// Returns the head of the tree of the first `size` leaves.
///
/// # Errors
/// See [`ProveError`].
pub fn tree_head<R: HashReader>(reader: &R, size: u64) -> Result<TreeHead, ProveError<R::Error>> {
    let nodes: Vec<Node> = cover(0..size).collect();
    let root = fold(&read_exactly(reader, &nodes)?).unwrap_or(EMPTY_ROOT);
    Ok(TreeHead { size, root })
}

/// Proves that leaf `index` is in the tree of the first `size` leaves.
///
/// # Errors
/// See [`ProveError`].
///
/// # Source
/// RFC 6962 section 2.1.1.
pub fn prove_inclusion<R: HashReader>(
    reader: &R,
    index: u64,
    size: u64,
) -> Result<InclusionProof, ProveError<R::Error>> {
    if index >= size {
        return Err(ProveError::IndexOutOfRange { index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut siblings = Vec::new();
    while let Some(middle) = split(start, end) {
        if index < middle {
            siblings.push(middle..end);
            end = middle;
        } else {
            siblings.push(start..middle);
            start = middle;
        }
    }
    siblings.reverse();
    Ok(InclusionProof { index, path: read_ranges(reader, &siblings)? })
}

/// Proves that the tree of the first `new_size` leaves extends that of the first `old_size`.
///
/// # Errors
/// See [`ProveError`].
///
/// # Source
/// RFC 6962 section 2.1.2; without hashes from the empty tree, as C2SP tlog-witness asks.
pub fn prove_consistency<R: HashReader>(
    reader: &R,
    old_size: u64,
    new_size: u64,
) -> Result<ConsistencyProof, ProveError<R::Error>> {
    if old_size > new_size {
        return Err(ProveError::OldSizeOutOfRange { old_size, new_size });
    }
    if old_size == 0 {
        return Ok(ConsistencyProof::default());
    }
    let (mut start, mut end) = (0, new_size);
    let mut ranges = Vec::new();
    while end != old_size
        && let Some(middle) = split(start, end)
    {
        if old_size <= middle {
            ranges.push(middle..end);
            end = middle;
        } else {
            ranges.push(start..middle);
            start = middle;
        }
    }
    // From 0 it is the older tree itself, whose root the verifier has.
    if start != 0 {
        ranges.push(start..end);
    }
    ranges.reverse();
    Ok(ConsistencyProof { path: read_ranges(reader, &ranges)? })
}

/// Returns the hash over each range, after one read of all nodes needed.
fn read_ranges<R: HashReader>(reader: &R, ranges: &[Range<u64>]) -> Result<Vec<Hash>, ProveError<R::Error>> {
    let nodes: Vec<Node> = ranges.iter().cloned().flat_map(cover).collect();
    let hashes = read_exactly(reader, &nodes)?;
    let mut rest = hashes.as_slice();
    let mut path = Vec::with_capacity(ranges.len());
    for range in ranges {
        let (own, others) = rest.split_at(cover(range.clone()).count().min(rest.len()));
        path.extend(fold(own));
        rest = others;
    }
    Ok(path)
}

/// Reads one hash for each node, or refuses.
pub(crate) fn read_exactly<R: HashReader>(reader: &R, nodes: &[Node]) -> Result<Vec<Hash>, ProveError<R::Error>> {
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    let hashes = reader.read_hashes(nodes).map_err(ProveError::Reader)?;
    if hashes.len() != nodes.len() {
        return Err(ProveError::HashCount { expected: nodes.len(), found: hashes.len() });
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// A reader that always returns this many hashes.
    struct Fixed(usize);

    impl HashReader for Fixed {
        type Error = Infallible;

        fn read_hashes(&self, _: &[Node]) -> Result<Vec<Hash>, Infallible> {
            Ok(vec![EMPTY_ROOT; self.0])
        }
    }

    #[test]
    fn a_reader_that_returns_too_few_or_too_many_hashes_is_refused() {
        for found in [1, 3] {
            let error = prove_inclusion(&Fixed(found), 0, 4);
            assert_eq!(error, Err(ProveError::HashCount { expected: 2, found }));
        }
    }

    #[test]
    fn what_is_not_in_the_tree_is_not_proved() {
        let reader = Fixed(0);
        assert_eq!(prove_inclusion(&reader, 0, 0), Err(ProveError::IndexOutOfRange { index: 0, size: 0 }));
        assert_eq!(prove_inclusion(&reader, 5, 5), Err(ProveError::IndexOutOfRange { index: 5, size: 5 }));
        let error = prove_consistency(&reader, 6, 5);
        assert_eq!(error, Err(ProveError::OldSizeOutOfRange { old_size: 6, new_size: 5 }));
    }

    #[test]
    fn the_empty_tree_needs_no_read() {
        assert_eq!(tree_head(&Fixed(9), 0), Ok(TreeHead::EMPTY));
        assert_eq!(prove_consistency(&Fixed(9), 0, 7), Ok(ConsistencyProof::default()));
    }
}
