//! The Merkle tree of a transparency log, after RFC 6962 and the C2SP formats: what was appended, provably.
//!
//! A log appends leaves for ever; [`Frontier`] keeps the root as it grows in O(log n) memory, [`TileEdge`] hands out
//! the files ([`Tile`]) the tree is stored in, [`prove_inclusion`] and [`prove_consistency`] make proofs from any
//! [`HashReader`], and [`InclusionProof::verify`] and [`ConsistencyProof::verify`] check them. [`Checkpoint`] is the
//! text a log signs, [`ProofText`] a proof anybody can check offline, [`WitnessRequest`] what a witness is asked.
//!
//! The crate is pure: no files, no clock, no keys. Signatures over a checkpoint are the caller's to check.
//!
//! Three laws make forged proofs fail, whatever their bytes:
//! * Sizes and roots come only from a [`TreeHead`] the caller trusts, never from the proof.
//! * The length of a path follows from index and sizes alone and is checked before anything is hashed, so no hash is
//!   left unread and an inner node cannot stand for a leaf.
//! * Every hash of a path goes into the root that is compared; of a consistency proof, into the new root.
//!
//! ```
//! use syndic_tlog::{Frontier, InclusionProof, TreeHead, leaf_hash, node_hash};
//!
//! let mut log = Frontier::new();
//! log.push(leaf_hash(b"first"));
//! log.push(leaf_hash(b"second"));
//! let head = TreeHead { size: log.size(), root: log.root() };
//! assert_eq!(head.root, node_hash(&leaf_hash(b"first"), &leaf_hash(b"second")));
//!
//! let proof = InclusionProof { index: 1, path: vec![leaf_hash(b"first")] };
//! proof.verify(b"second", &head)?;
//! assert!(proof.verify(b"forged", &head).is_err());
//! # Ok::<(), syndic_tlog::VerifyError>(())
//! ```

mod checkpoint;
mod frontier;
mod hash;
mod head;
mod line;
mod node;
mod proof;
mod proof_text;
mod reader;
mod tile;
mod witness;

pub use checkpoint::{CHECKPOINT_LIMIT, Checkpoint, CheckpointError};
pub use frontier::{Frontier, FrontierError, TREE_SIZE_LIMIT};
pub use hash::{EMPTY_ROOT, HASH_BYTES, Hash, HashError, leaf_hash, node_hash};
pub use head::TreeHead;
pub use node::Node;
pub use proof::{
    ConsistencyProof, InclusionProof, PATH_LIMIT, ProveError, VerifyError, prove_consistency, prove_inclusion,
    tree_head,
};
pub use proof_text::{PROOF_TEXT_LIMIT, ProofText, ProofTextError};
pub use reader::HashReader;
pub use tile::{
    BundleError, ENTRY_LIMIT, TILE_HEIGHT, TILE_WIDTH, Tile, TileContent, TileEdge, TileError, TileHashReader,
    TileReadError, TileSource, decode_entries, decode_hashes, encode_entries, encode_hashes,
};
pub use witness::{WitnessRequest, WitnessRequestError};
