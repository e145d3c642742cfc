//! That a log only grew: the older tree is a prefix of the newer one.
//!
//! The path climbs from the last complete subtree of the older tree (the seed) to the newer root. Left siblings belong
//! to both trees, right ones only to the newer, so one path yields both roots, and each hash goes into the newer.
//! Source: RFC 6962 section 2.1.2, RFC 9162 section 2.1.4.2.

use super::verify::{PathShape, check_head, check_length, climb_border, climb_inner, split_path};
use crate::{Hash, TreeHead, VerifyError};

/// The hashes that lead from an older tree to a newer one, lowest first.
///
/// It holds neither sizes nor roots: those are the verifier's, from heads it trusts.
///
/// # Source
/// RFC 6962 section 2.1.2.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsistencyProof {
    /// The hashes, lowest first. None if either tree is empty or both have one size.
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// Checks that the tree of `old` is a prefix of the tree of `new`.
    ///
    /// Every tree extends the empty one, which takes no hashes; the same size takes none and needs the same root.
    ///
    /// # Errors
    /// See [`VerifyError`]; any of them means that nothing is proved.
    pub fn verify(&self, old: &TreeHead, new: &TreeHead) -> Result<(), VerifyError> {
        check_head(old)?;
        check_head(new)?;
        if old.size > new.size {
            return Err(VerifyError::Shrunk { old_size: old.size, new_size: new.size });
        }
        if old.size == new.size {
            check_length(&self.path, 0)?;
            return if old.root == new.root { Ok(()) } else { Err(VerifyError::NewRootMismatch) };
        }
        let (Some(old_last), Some(new_last)) = (old.size.checked_sub(1), new.size.checked_sub(1)) else {
            return check_length(&self.path, 0);
        };
        self.verify_growth(old, old_last, new, new_last)
    }

    /// Checks growth from at least one leaf.
    fn verify_growth(&self, old: &TreeHead, old_last: u64, new: &TreeHead, new_last: u64) -> Result<(), VerifyError> {
        let shape = PathShape::of(old_last, new_last);
        // The seed is the root of the last complete subtree of the older tree, this many levels up.
        let seed_level = old.size.trailing_zeros();
        // Never negative: the trees part above every complete subtree of the older one.
        let inner = shape.inner.saturating_sub(seed_level);
        let siblings = inner + shape.border;
        // An older tree that is one complete subtree is its own seed, which its root then already gives.
        let (seed, path) = if old.size.is_power_of_two() {
            check_length(&self.path, siblings)?;
            (old.root, self.path.as_slice())
        } else {
            check_length(&self.path, siblings + 1)?;
            let missing = VerifyError::PathLength { expected: 1, found: 0 };
            let (seed, path) = self.path.split_first().ok_or(missing)?;
            (*seed, path)
        };
        let bits = old_last >> seed_level;
        let (inner, border) = split_path(path, inner);
        let old_root = climb_border(climb_left(seed, inner, bits), border);
        if old_root != old.root {
            return Err(VerifyError::OldRootMismatch);
        }
        let new_root = climb_border(climb_inner(seed, inner, bits), border);
        if new_root == new.root { Ok(()) } else { Err(VerifyError::NewRootMismatch) }
    }
}

/// Hashes a seed upwards through the left siblings alone, as the older tree had no right ones.
fn climb_left(seed: Hash, siblings: &[Hash], index: u64) -> Hash {
    let mut bits = index;
    siblings.iter().fold(seed, |hash, sibling| {
        let is_right = bits & 1 == 1;
        bits >>= 1;
        if is_right { crate::node_hash(sibling, &hash) } else { hash }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{leaf_hash, node_hash};

    fn proof(path: &[Hash]) -> ConsistencyProof {
        ConsistencyProof { path: path.to_vec() }
    }

    /// The heads of one to four leaves, and the leaves.
    fn four() -> ([TreeHead; 4], [Hash; 4]) {
        let leaves = [b"a", b"b", b"c", b"d"].map(|leaf| leaf_hash(leaf));
        let [a, b, c, d] = leaves;
        let pair = node_hash(&a, &b);
        let roots = [a, pair, node_hash(&pair, &c), node_hash(&pair, &node_hash(&c, &d))];
        let mut size = 0;
        (
            roots.map(|root| {
                size += 1;
                TreeHead { size, root }
            }),
            leaves,
        )
    }

    #[test]
    fn growth_is_proved() {
        let ([one, two, three, four], [a, b, c, d]) = four();
        let pair = node_hash(&a, &b);
        assert_eq!(proof(&[b]).verify(&one, &two), Ok(()));
        assert_eq!(proof(&[b, c]).verify(&one, &three), Ok(()));
        assert_eq!(proof(&[c]).verify(&two, &three), Ok(()));
        assert_eq!(proof(&[c, d, pair]).verify(&three, &four), Ok(()));
    }

    #[test]
    fn the_empty_tree_is_a_prefix_of_each_but_only_with_its_own_root_and_no_hashes() {
        let ([_, _, three, _], [a, ..]) = four();
        assert_eq!(proof(&[]).verify(&TreeHead::EMPTY, &three), Ok(()));
        assert_eq!(proof(&[]).verify(&TreeHead::EMPTY, &TreeHead::EMPTY), Ok(()));
        let length = VerifyError::PathLength { expected: 0, found: 1 };
        assert_eq!(proof(&[a]).verify(&TreeHead::EMPTY, &three), Err(length));
        let forged = TreeHead { size: 0, root: a };
        let impossible = VerifyError::ImpossibleHead { size: 0, root: a };
        assert_eq!(proof(&[]).verify(&forged, &three), Err(impossible));
        assert_eq!(proof(&[]).verify(&forged, &forged), Err(impossible));
    }

    #[test]
    fn an_empty_root_under_leaves_is_refused_on_both_sides() {
        let ([one, ..], _) = four();
        let forged = TreeHead { size: 5, root: TreeHead::EMPTY.root };
        let impossible = VerifyError::ImpossibleHead { size: 5, root: forged.root };
        assert_eq!(proof(&[]).verify(&one, &forged), Err(impossible));
        assert_eq!(proof(&[]).verify(&forged, &forged), Err(impossible));
    }

    #[test]
    fn one_size_needs_one_root() {
        let ([_, _, three, _], [a, ..]) = four();
        assert_eq!(proof(&[]).verify(&three, &three), Ok(()));
        let forked = TreeHead { size: 3, root: a };
        assert_eq!(proof(&[]).verify(&three, &forked), Err(VerifyError::NewRootMismatch));
        let length = VerifyError::PathLength { expected: 0, found: 1 };
        assert_eq!(proof(&[a]).verify(&three, &three), Err(length));
    }

    #[test]
    fn a_smaller_newer_tree_is_a_rollback() {
        let ([_, two, three, _], [.., c, _]) = four();
        let error = VerifyError::Shrunk { old_size: 3, new_size: 2 };
        assert_eq!(proof(&[c]).verify(&three, &two), Err(error));
    }

    #[test]
    fn a_rewritten_log_is_refused_whichever_root_was_changed() {
        let ([_, _, three, four], [a, b, c, d]) = four();
        let pair = node_hash(&a, &b);
        let rewritten = node_hash(&pair, &node_hash(&d, &d));
        let forked = TreeHead { size: 4, root: rewritten };
        assert_eq!(proof(&[c, d, pair]).verify(&three, &forked), Err(VerifyError::NewRootMismatch));
        assert_eq!(proof(&[d, d, pair]).verify(&three, &forked), Err(VerifyError::OldRootMismatch));
        assert_eq!(proof(&[c, c, pair]).verify(&three, &four), Err(VerifyError::NewRootMismatch));
    }

    #[test]
    fn hashes_missing_or_left_over_are_refused() {
        let ([_, two, three, four], [a, b, c, d]) = four();
        let pair = node_hash(&a, &b);
        for (path, old, expected) in
            [(vec![], three, 3), (vec![c, d], three, 3), (vec![c, d, pair, pair], three, 3), (vec![pair, c], two, 1)]
        {
            let found = path.len();
            assert_eq!(proof(&path).verify(&old, &four), Err(VerifyError::PathLength { expected, found }));
        }
    }
}
