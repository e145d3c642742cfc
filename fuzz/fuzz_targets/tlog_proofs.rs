//! Any path, index and sizes: what the verifiers believe is what an honest log of 23 leaves would have said.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use syndic_tlog::{
    ConsistencyProof, Hash, HashReader, InclusionProof, Node, TreeHead, leaf_hash, node_hash, prove_consistency,
    prove_inclusion, tree_head,
};

const SIZE: u64 = 23;

/// The hashes of the log, level by level.
struct Log(Vec<Vec<Hash>>);

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let mut levels = vec![(0..SIZE).map(|index| leaf_hash(&index.to_be_bytes())).collect::<Vec<_>>()];
    while let Some(below) = levels.last().filter(|level| level.len() > 1) {
        let above = below.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
        levels.push(above);
    }
    Log(levels)
});

impl HashReader for Log {
    type Error = std::fmt::Error;

    fn read_hashes(&self, nodes: &[Node]) -> Result<Vec<Hash>, std::fmt::Error> {
        let hash = |node: &Node| self.0.get(usize::from(node.level))?.get(usize::try_from(node.index).ok()?).copied();
        nodes.iter().map(|node| hash(node).ok_or(std::fmt::Error)).collect()
    }
}

/// A hash the log has, picked by two bytes, or one made of them.
fn pick([level, index]: [u8; 2]) -> Hash {
    let level_hashes = LOG.0.get(usize::from(level));
    let hash = level_hashes.and_then(|hashes| hashes.get(usize::from(index)));
    hash.copied().unwrap_or(Hash::from_bytes([level ^ index; 32]))
}

fuzz_target!(|data: &[u8]| {
    let Some(([old, new, index, leaf], rest)) = data.split_first_chunk() else { return };
    let path: Vec<Hash> = rest.as_chunks::<2>().0.iter().copied().map(pick).collect();
    let head = |size: u8| tree_head(&*LOG, u64::from(size) % (SIZE + 1)).unwrap_or(TreeHead::EMPTY);
    let (old, new) = (head(*old), head(*new));

    let leaf = u64::from(*leaf);
    let proof = InclusionProof { index: u64::from(*index), path: path.clone() };
    if proof.verify(&leaf.to_be_bytes(), &new).is_ok() {
        assert_eq!(leaf, proof.index);
        assert_eq!(prove_inclusion(&*LOG, leaf, new.size).ok(), Some(proof));
    }
    let proof = ConsistencyProof { path };
    if proof.verify(&old, &new).is_ok() {
        assert_eq!(prove_consistency(&*LOG, old.size, new.size).ok(), Some(proof));
    }
});
