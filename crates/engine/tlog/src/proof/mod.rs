//! Proofs: that a leaf is in a log, and that a log only grew.

mod consistency;
mod inclusion;
mod make;
mod verify;

pub use consistency::ConsistencyProof;
pub use inclusion::InclusionProof;
pub(crate) use make::read_exactly;
pub use make::{ProveError, prove_consistency, prove_inclusion, tree_head};
pub use verify::VerifyError;

/// The most hashes a path can have: one a level of a tree of 2^64 leaves, and the seed of a consistency proof.
pub const PATH_LIMIT: usize = 65;
