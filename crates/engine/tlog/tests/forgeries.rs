//! Forged proofs of every known kind are refused; what is believed is only what an honest log would have said.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking, as tests do")]

mod memory;

use memory::{MemoryTree, TREE, leaf};
use proptest::prelude::*;
use syndic_tlog::{
    ConsistencyProof, Hash, InclusionProof, Node, TreeHead, VerifyError, leaf_hash, node_hash, prove_consistency,
    prove_inclusion, tree_head,
};

const SIZE: u64 = 23;

fn head(tree: &MemoryTree, size: u64) -> TreeHead {
    tree_head(tree, size).unwrap()
}

/// A change to a path that an attacker may try.
#[derive(Debug, Clone)]
enum Forgery {
    Remove(usize),
    Insert(usize, Hash),
    Replace(usize, Hash),
    Swap(usize, usize),
    Flip(usize, usize),
    Repeat(usize),
}

impl Forgery {
    fn apply(&self, path: &mut Vec<Hash>) {
        let length = path.len();
        match *self {
            Self::Insert(at, hash) => path.insert(at % (length + 1), hash),
            _ if length == 0 => {}
            Self::Remove(at) => drop(path.remove(at % length)),
            Self::Replace(at, hash) => path[at % length] = hash,
            Self::Swap(a, b) => path.swap(a % length, b % length),
            Self::Repeat(at) => path.push(path[at % length]),
            Self::Flip(at, bit) => {
                let mut bytes = *path[at % length].as_bytes();
                bytes[bit / 8 % 32] ^= 1 << (bit % 8);
                path[at % length] = Hash::from_bytes(bytes);
            }
        }
    }
}

/// Any hash of the tree, the empty root, or zeros: what an attacker has at hand.
fn hash() -> impl Strategy<Value = Hash> {
    let tree = &*TREE;
    prop_oneof![
        (0_u8..5, 0..SIZE)
            .prop_map(move |(level, index)| tree.hash(Node { level, index: index % (SIZE >> level) }).unwrap()),
        Just(TreeHead::EMPTY.root),
        Just(Hash::from_bytes([0; 32])),
    ]
}

fn forgery() -> impl Strategy<Value = Forgery> {
    prop_oneof![
        (0..8_usize).prop_map(Forgery::Remove),
        (0..8_usize, hash()).prop_map(|(at, hash)| Forgery::Insert(at, hash)),
        (0..8_usize, hash()).prop_map(|(at, hash)| Forgery::Replace(at, hash)),
        (0..8_usize, 0..8_usize).prop_map(|(a, b)| Forgery::Swap(a, b)),
        (0..8_usize, 0..256_usize).prop_map(|(at, bit)| Forgery::Flip(at, bit)),
        (0..8_usize).prop_map(Forgery::Repeat),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn only_the_honest_path_of_the_honest_leaf_is_believed(
        size in 1..=SIZE, index in 0..SIZE + 2, claimed in 0..SIZE + 2, forgeries in prop::collection::vec(forgery(), 0..3),
    ) {
        let tree = &*TREE;
        let honest = prove_inclusion(tree, index % size, size).unwrap();
        let mut proof = InclusionProof { index: claimed, path: honest.path.clone() };
        for forgery in &forgeries {
            forgery.apply(&mut proof.path);
        }
        let leaf = leaf(index);
        if proof.verify(&leaf, &head(tree, size)).is_ok() {
            prop_assert!(claimed < size && leaf == memory::leaf(claimed));
            prop_assert_eq!(proof, prove_inclusion(tree, claimed, size).unwrap());
        }
    }

    #[test]
    fn only_the_honest_path_between_honest_heads_is_believed(
        old in 0..=SIZE, new in 0..=SIZE, from in 0..=SIZE, to in 0..=SIZE, forgeries in prop::collection::vec(forgery(), 0..3),
    ) {
        let tree = &*TREE;
        let mut proof = prove_consistency(tree, from.min(to), from.max(to)).unwrap();
        for forgery in &forgeries {
            forgery.apply(&mut proof.path);
        }
        if proof.verify(&head(tree, old), &head(tree, new)).is_ok() {
            prop_assert!(old <= new);
            prop_assert_eq!(proof, prove_consistency(tree, old, new).unwrap());
        }
    }

    /// A forged old root is extended by nothing, whatever path is tried. To a forged new root only a forged path leads:
    /// such a root may be that of another tree that does extend the old one, which hashes alone cannot tell.
    #[test]
    fn a_forged_root_is_not_reached_by_what_is_honest(
        old in 1..=SIZE, new in 1..=SIZE, forged in hash(), forge_old in any::<bool>(), forgeries in prop::collection::vec(forgery(), 0..3),
    ) {
        let tree = &*TREE;
        let (old, new) = (old.min(new), old.max(new));
        let (mut old_head, mut new_head) = (head(tree, old), head(tree, new));
        let honest = if forge_old { old_head.root } else { new_head.root };
        prop_assume!(forged != honest);
        if forge_old { old_head.root = forged } else { new_head.root = forged }
        let honest = prove_consistency(tree, old, new).unwrap();
        prop_assert!(honest.verify(&old_head, &new_head).is_err());
        let mut proof = honest.clone();
        for forgery in &forgeries {
            forgery.apply(&mut proof.path);
        }
        let is_of_another_tree = !forge_old && proof != honest;
        prop_assert!(is_of_another_tree || proof.verify(&old_head, &new_head).is_err());
    }

    /// Whatever stands after what two trees share, each extends it.
    #[test]
    fn a_tree_with_another_end_extends_what_it_shares(height in 0..5_u32, end in hash()) {
        let old = head(&TREE, 1 << height);
        let new = TreeHead { size: old.size + 1, root: node_hash(&old.root, &end) };
        let other = ConsistencyProof { path: vec![end] };
        prop_assert!(other.verify(&old, &new).is_ok());
        let forged = TreeHead { root: end, ..old };
        prop_assert!(other.verify(&forged, &new).is_err() || end == old.root);
    }

    /// No path makes a verifier overflow, hang or panic, at any size.
    #[test]
    fn any_sizes_and_any_paths_are_judged(
        index in any::<u64>(), old in any::<u64>(), new in any::<u64>(), shift in 0_u32..64, path in prop::collection::vec(hash(), 0..70), root in hash(),
    ) {
        let (old, new) = (TreeHead { size: old >> shift, root }, TreeHead { size: new >> (shift / 2), root });
        let proof = InclusionProof { index: index >> shift, path: path.clone() };
        prop_assert!(proof.verify(b"not in any tree", &new).is_err());
        let is_same = old == new && old.is_possible() && path.is_empty();
        let is_from_empty = old == TreeHead::EMPTY && new.is_possible() && path.is_empty();
        let believed = ConsistencyProof { path }.verify(&old, &new).is_ok();
        prop_assert!(!believed || is_same || is_from_empty);
    }
}

/// The flaw of immudb (CVE-2022-36111): a verifier that did not tie each hash of the "linear" part of a proof to the
/// root it trusted. Here no hash is left untied, and nothing the sender states can replace the trusted head.
#[test]
fn a_proof_of_another_tree_does_not_hold_under_the_trusted_head() {
    let tree = &*TREE;
    let trusted = head(tree, 8);
    for other in (1..=SIZE).filter(|size| *size != 8) {
        for index in 0..other {
            let proof = prove_inclusion(tree, index, other).unwrap();
            assert!(proof.verify(&leaf(index), &trusted).is_err(), "{index} in {other}");
        }
    }
}

/// A subtree's hash or its two children, offered as a leaf with the rest of the path.
#[test]
fn no_inner_node_of_any_level_passes_for_a_leaf() {
    let tree = &*TREE;
    for size in 2..=SIZE {
        let head = head(tree, size);
        for index in 0..size {
            let honest = prove_inclusion(tree, index, size).unwrap();
            for level in 1_u8..=4 {
                let node = Node { level, index: index >> level };
                if !node.is_in_tree(size) {
                    break;
                }
                let path = honest.path[usize::from(level)..].to_vec();
                let claims = [node.index, index, index >> (level - 1)];
                let children = [2 * node.index, 2 * node.index + 1]
                    .map(|index| *tree.hash(Node { level: level - 1, index }).unwrap().as_bytes());
                for index in claims {
                    let proof = InclusionProof { index, path: path.clone() };
                    assert!(proof.verify_hash(tree.hash(node).unwrap(), &head).is_err());
                    assert!(proof.verify(&children.concat(), &head).is_err());
                }
            }
        }
    }
}

/// Duplicating the last leaf keeps the root in trees that pad (CVE-2012-2459 of Bitcoin); here it makes another tree.
#[test]
fn a_repeated_last_leaf_makes_another_root() {
    let leaves: Vec<Hash> = (0..3_u8).map(|byte| leaf_hash(&[byte])).collect();
    let pair = node_hash(&leaves[0], &leaves[1]);
    let three = TreeHead { size: 3, root: node_hash(&pair, &leaves[2]) };
    let padded = node_hash(&pair, &node_hash(&leaves[2], &leaves[2]));
    assert_ne!(three.root, padded);
    let proof = InclusionProof { index: 3, path: vec![leaves[2], pair] };
    assert_eq!(proof.verify(&[2], &three), Err(VerifyError::IndexOutsideTree { index: 3, size: 3 }));
}

/// Shifted indices that share the low bits, as verifiers that only look at `index & 1` per level would take.
#[test]
fn an_index_with_additional_high_bits_is_refused() {
    let tree = &*TREE;
    for size in 1..=SIZE {
        let head = head(tree, size);
        for index in 0..size {
            let honest = prove_inclusion(tree, index, size).unwrap();
            for bit in 0..64 {
                let forged = InclusionProof { index: index ^ (1 << bit), path: honest.path.clone() };
                assert!(forged.verify_hash(leaf_hash(&leaf(index)), &head).is_err(), "{index} ^ {bit} in {size}");
            }
        }
    }
}
