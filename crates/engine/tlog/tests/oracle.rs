//! An independent implementation (`tlog_tiles`) agrees on every root, proof, tile and checkpoint, both ways.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod memory;

use memory::{Files, LARGEST, MemoryTree, TREE, leaf, ours, theirs};
use proptest::prelude::*;
use syndic_tlog::{
    Checkpoint, ConsistencyProof, Frontier, Hash, InclusionProof, Tile, TileContent, TileEdge, TileHashReader,
    TreeHead, decode_entries, leaf_hash, prove_consistency, prove_inclusion, tree_head,
};
use tlog_tiles::{check_record, check_tree, prove_record, prove_tree, record_hash, tree_hash};

/// The sizes 0 to 2,000 are checked one by one.
const EVERY_SIZE: u64 = 2_000;

fn their_root(tree: &MemoryTree, size: u64) -> Hash {
    ours(tree_hash(size, tree).unwrap())
}

/// Checks that both sides make the same inclusion proof and believe it.
fn check_inclusion(tree: &MemoryTree, index: u64, head: &TreeHead) {
    let proof = prove_inclusion(tree, index, head.size).unwrap();
    let their_proof = prove_record(head.size, index, tree).unwrap();
    assert_eq!(proof.path, their_proof.iter().copied().map(ours).collect::<Vec<_>>(), "{index} in {}", head.size);
    proof.verify(&leaf(index), head).unwrap();
    let their_leaf = record_hash(&leaf(index));
    check_record(&their_proof, head.size, theirs(head.root), index, their_leaf).unwrap();
}

/// Checks that both sides make the same consistency proof and believe it.
fn check_consistency(tree: &MemoryTree, old: &TreeHead, new: &TreeHead) {
    let proof = prove_consistency(tree, old.size, new.size).unwrap();
    proof.verify(old, new).unwrap();
    if old.size == 0 {
        // The oracle knows no proofs from the empty tree.
        assert!(proof.path.is_empty());
        return;
    }
    let their_proof = prove_tree(new.size, old.size, tree).unwrap();
    assert_eq!(proof.path, their_proof.iter().copied().map(ours).collect::<Vec<_>>(), "{} to {}", old.size, new.size);
    check_tree(&their_proof, new.size, theirs(new.root), old.size, theirs(old.root)).unwrap();
}

#[test]
fn every_root_to_2000_agrees() {
    let tree = &*TREE;
    let mut frontier = Frontier::new();
    for size in 0..=EVERY_SIZE {
        let root = their_root(tree, size);
        assert_eq!(frontier.root(), root, "{size}");
        assert_eq!(tree_head(tree, size).unwrap(), TreeHead { size, root });
        frontier.push(leaf_hash(&leaf(size)));
    }
}

#[test]
fn every_proof_to_160_agrees() {
    let tree = &*TREE;
    let heads: Vec<TreeHead> = (0..=160).map(|size| TreeHead { size, root: their_root(tree, size) }).collect();
    for new in &heads {
        (0..new.size).for_each(|index| check_inclusion(tree, index, new));
        heads.iter().filter(|old| old.size <= new.size).for_each(|old| check_consistency(tree, old, new));
    }
}

#[test]
fn a_proof_for_every_size_to_2000_agrees() {
    let tree = &*TREE;
    let head = |size| TreeHead { size, root: their_root(tree, size) };
    for size in 1..=EVERY_SIZE {
        let new = head(size);
        for index in [0, size / 3, size / 2, size - 1, (size * 7_919) % size.max(1)] {
            check_inclusion(tree, index, &new);
            check_consistency(tree, &head(index), &new);
        }
    }
}

#[test]
fn every_tile_to_2000_and_at_the_edges_agrees() {
    for size in (1..=EVERY_SIZE).chain([65_535, 65_536, 65_537, 66_000]) {
        let tiles: Vec<Tile> = Tile::hash_tiles(size - 1, size).collect();
        let their_tiles = tlog_tiles::Tile::new_tiles(8, size - 1, size);
        assert_eq!(tiles.len(), their_tiles.len(), "{size}");
        for (tile, their_tile) in tiles.iter().zip(their_tiles) {
            assert_eq!(tile.to_string(), their_tile.path().replacen("tile/8/", "tile/", 1));
        }
    }
}

#[test]
fn the_files_of_a_log_are_the_tiles_and_entries_of_the_oracle() {
    let size = 66_000;
    let tree = &*TREE;
    let files = Files::written(&[1, 255, 256, 300, 65_536, size], false);
    let mut expected = 0;
    for tile in tlog_tiles::Tile::new_tiles(8, 0, size) {
        let path = tile.path().replacen("tile/8/", "tile/", 1);
        assert_eq!(files.0[&path], tile.read_data(tree).unwrap(), "{path}");
        expected += 1;
        if tile.level() == 0 {
            let bundle =
                Tile::new(TileContent::Entries, tile.level_index(), u16::try_from(tile.width()).unwrap()).unwrap();
            let entries = decode_entries(&files.0[&bundle.to_string()], bundle.width()).unwrap();
            let hashes: Vec<u8> = entries.iter().flat_map(|entry| record_hash(entry).0).collect();
            assert_eq!(hashes, files.0[&path], "{bundle}");
            expected += 1;
        }
    }
    assert_eq!(files.0.len(), expected, "no other file is written");
}

#[test]
fn a_restored_edge_goes_on_as_the_one_that_never_stopped() {
    let mut edge = TileEdge::new();
    for size in 0..1_500 {
        if size % 97 == 0 || size % 256 < 2 {
            let files = Files::written(&[size], true);
            let read = TileEdge::read(&TileHashReader::new(&files, size), size).unwrap();
            assert_eq!(read.frontier(), edge.frontier());
            assert!(read.partial_tiles().eq(edge.partial_tiles()), "{size}");
        }
        edge.push(leaf_hash(&leaf(size)), |_, _| {});
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn random_larger_trees_agree(new in 1..=LARGEST, old in any::<prop::sample::Index>(), leaves in prop::collection::vec(any::<prop::sample::Index>(), 8)) {
        let tree = &*TREE;
        let head = |size| TreeHead { size, root: their_root(tree, size) };
        let size = usize::try_from(new).unwrap();
        check_consistency(tree, &head(old.index(size + 1) as u64), &head(new));
        for leaf in &leaves {
            check_inclusion(tree, leaf.index(size) as u64, &head(new));
        }
    }

    #[test]
    fn proofs_read_from_tiles_are_those_of_the_whole_tree(
        sizes in prop::collection::btree_set(1..=70_000_u64, 1..6), index in any::<prop::sample::Index>(), keep in any::<bool>(),
    ) {
        let sizes: Vec<u64> = sizes.into_iter().collect();
        let (old, new) = (sizes[0], sizes[sizes.len() - 1]);
        let tree = &*TREE;
        let files = Files::written(&sizes, keep);
        let reader = TileHashReader::new(&files, new);
        let index = index.index(usize::try_from(new).unwrap()) as u64;
        prop_assert_eq!(tree_head(&reader, new).unwrap().root, their_root(tree, new));
        prop_assert_eq!(prove_inclusion(&reader, index, new).unwrap(), prove_inclusion(tree, index, new).unwrap());
        prop_assert_eq!(prove_consistency(&reader, old, new).unwrap(), prove_consistency(tree, old, new).unwrap());
    }

    #[test]
    fn the_paths_of_tiles_agree(level in 0_u8..64, index in any::<u64>(), shift in 0_u32..64, width in 1_u16..=256) {
        let tile = Tile::new(TileContent::Hashes { level }, index >> shift, width).unwrap();
        let path = tile.to_string();
        let their_tile = tlog_tiles::Tile::from_path(&path.replacen("tile/", "tile/8/", 1)).unwrap();
        prop_assert_eq!((their_tile.level(), their_tile.level_index()), (level, index >> shift));
        prop_assert_eq!(their_tile.width(), u32::from(width));
        prop_assert_eq!(path.parse(), Ok(tile));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Whatever the bytes of a proof, both sides say the same of it.
    #[test]
    fn verdicts_on_any_proof_agree(
        size in 1..12_u64, old in 1..12_u64, index in 0..12_u64, picks in prop::collection::vec((0_u8..4, 0..12_u64), 0..6),
    ) {
        let tree = &*TREE;
        let head = |size| TreeHead { size, root: their_root(tree, size) };
        let path: Vec<Hash> = picks.iter().filter_map(|(level, index)| {
            tree.hash(syndic_tlog::Node { level: *level, index: index % (12 >> level) })
        }).collect();
        let their_path: Vec<_> = path.iter().copied().map(theirs).collect();
        let (new_head, old_head) = (head(size), head(old));
        let mine = InclusionProof { index, path: path.clone() }.verify(&leaf(index), &new_head).is_ok();
        let their_verdict = check_record(&their_path, size, theirs(new_head.root), index, record_hash(&leaf(index)));
        prop_assert_eq!(mine, their_verdict.is_ok());
        let mine = ConsistencyProof { path }.verify(&old_head, &new_head).is_ok();
        let their_verdict = check_tree(&their_path, size, theirs(new_head.root), old, theirs(old_head.root));
        prop_assert_eq!(mine, their_verdict.is_ok());
    }

    /// Every text is read or refused by both; the oracle alone allows control characters, as it reads no notes there.
    #[test]
    fn verdicts_on_any_checkpoint_agree(
        origin in "[a ]{0,2}", size in "(0|[1-9][0-9]{0,21}|0[0-9]|\\+1|)", root in "(CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2[IJ]=|AAAA|)",
        rest in "(\n|\nx\n|\nx\n\n|\n\n|x|\r\n|)",
    ) {
        let text = format!("{origin}\n{size}\n{root}{rest}");
        let checkpoint = Checkpoint::parse(&text);
        let their_checkpoint = tlog_tiles::Checkpoint::from_bytes(text.as_bytes());
        prop_assert_eq!(checkpoint.is_ok(), their_checkpoint.is_ok(), "{:?}", text);
        if let (Ok(checkpoint), Ok(their_checkpoint)) = (checkpoint, their_checkpoint) {
            prop_assert_eq!(checkpoint.to_string().into_bytes(), their_checkpoint.to_bytes());
            prop_assert_eq!(checkpoint.head(), TreeHead { size: their_checkpoint.size(), root: ours(*their_checkpoint.hash()) });
        }
    }
}
