//! That a leaf is in a log, at one index.

use super::verify::{PathShape, check_head, check_length, climb_border, climb_inner, split_path};
use crate::{Hash, TreeHead, VerifyError, leaf_hash};

/// The way from one leaf to the root: its index and the siblings along it, from the leaf's own upwards.
///
/// It holds neither size nor root: those are the verifier's, from a head it trusts.
///
/// # Source
/// RFC 6962 section 2.1.1 (Merkle audit path).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The leaf's index, from 0.
    pub index: u64,
    /// Hashes of the siblings, lowest first.
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// Checks that the leaf with these bytes is in the tree of `head` at [`InclusionProof::index`].
    ///
    /// # Errors
    /// See [`VerifyError`]; any of them means that nothing is proved.
    pub fn verify(&self, leaf: &[u8], head: &TreeHead) -> Result<(), VerifyError> {
        self.verify_hash(leaf_hash(leaf), head)
    }

    /// Checks the same for a leaf hash the caller has computed itself from the leaf.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify_hash(&self, leaf: Hash, head: &TreeHead) -> Result<(), VerifyError> {
        check_head(head)?;
        let outside = VerifyError::IndexOutsideTree { index: self.index, size: head.size };
        let last = head.size.checked_sub(1).filter(|last| self.index <= *last).ok_or(outside)?;
        let shape = PathShape::of(self.index, last);
        check_length(&self.path, shape.inner + shape.border)?;
        let (inner, border) = split_path(&self.path, shape.inner);
        let root = climb_border(climb_inner(leaf, inner, self.index), border);
        if root == head.root { Ok(()) } else { Err(VerifyError::RootMismatch) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node_hash;

    /// Three leaves, `((a b) c)`.
    fn three() -> ([Hash; 3], TreeHead) {
        let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
        let root = node_hash(&node_hash(&leaves[0], &leaves[1]), &leaves[2]);
        (leaves, TreeHead { size: 3, root })
    }

    #[test]
    fn each_leaf_of_three_is_proved() {
        let ([a, b, c], head) = three();
        assert_eq!(InclusionProof { index: 0, path: vec![b, c] }.verify(b"a", &head), Ok(()));
        assert_eq!(InclusionProof { index: 1, path: vec![a, c] }.verify(b"b", &head), Ok(()));
        assert_eq!(InclusionProof { index: 2, path: vec![node_hash(&a, &b)] }.verify(b"c", &head), Ok(()));
    }

    #[test]
    fn an_index_outside_the_tree_is_refused() {
        let ([a, b, c], head) = three();
        let error = InclusionProof { index: 3, path: vec![node_hash(&a, &b)] }.verify_hash(c, &head);
        assert_eq!(error, Err(VerifyError::IndexOutsideTree { index: 3, size: 3 }));
        let error = InclusionProof { index: u64::MAX, path: vec![a, b] }.verify_hash(c, &head);
        assert_eq!(error, Err(VerifyError::IndexOutsideTree { index: u64::MAX, size: 3 }));
    }

    #[test]
    fn nothing_is_in_the_empty_tree() {
        let error = InclusionProof { index: 0, path: vec![] }.verify_hash(TreeHead::EMPTY.root, &TreeHead::EMPTY);
        assert_eq!(error, Err(VerifyError::IndexOutsideTree { index: 0, size: 0 }));
    }

    #[test]
    fn a_head_that_claims_leaves_under_the_empty_root_is_refused() {
        let head = TreeHead { size: 1, root: TreeHead::EMPTY.root };
        let error = InclusionProof { index: 0, path: vec![] }.verify_hash(head.root, &head);
        assert_eq!(error, Err(VerifyError::ImpossibleHead { size: 1, root: head.root }));
    }

    #[test]
    fn an_inner_node_does_not_pass_for_a_leaf() {
        let ([a, b, c], head) = three();
        let pair = node_hash(&a, &b);
        let short = InclusionProof { index: 0, path: vec![c] };
        assert_eq!(short.verify_hash(pair, &head), Err(VerifyError::PathLength { expected: 2, found: 1 }));
        let content = [a.as_bytes().as_slice(), b.as_bytes()].concat();
        assert_eq!(short.verify(&content, &head), Err(VerifyError::PathLength { expected: 2, found: 1 }));
    }

    #[test]
    fn a_hash_left_over_is_refused() {
        let ([a, _, c], head) = three();
        for path in [vec![a, c, c], vec![a, c, head.root], vec![c; 70]] {
            let found = path.len();
            let error = InclusionProof { index: 1, path }.verify(b"b", &head);
            assert_eq!(error, Err(VerifyError::PathLength { expected: 2, found }));
        }
    }

    #[test]
    fn a_sibling_on_the_wrong_side_is_refused() {
        let ([_, b, c], head) = three();
        assert_eq!(InclusionProof { index: 1, path: vec![b, c] }.verify(b"a", &head), Err(VerifyError::RootMismatch));
    }

    #[test]
    fn the_largest_tree_is_computed_without_overflow() {
        let head = TreeHead { size: u64::MAX, root: leaf_hash(b"root") };
        for (index, expected) in [(0, 64), (u64::MAX - 1, 63)] {
            let error = InclusionProof { index, path: vec![] }.verify(b"a", &head);
            assert_eq!(error, Err(VerifyError::PathLength { expected, found: 0 }));
        }
    }
}
