//! YAML, JSON and TOML as one tree whose every node knows its line.
//!
//! Manifests and configuration are hostile input: the tree lives in an arena, aliases share a node instead of copying
//! it, and building stops at [`MAX_NODES`] and [`MAX_DEPTH`]. A walker over the tree must bound its own depth, because
//! shared nodes can make the expanded tree far larger than the file.

mod json;
mod toml;
mod tree;
mod yaml;

pub use self::json::parse_json;
pub use self::toml::parse_toml;
pub use self::tree::{Document, Entry, Node};
pub use self::yaml::parse_yaml;

/// A document has at most this many nodes.
pub const MAX_NODES: usize = 1_000_000;

/// A document nests at most this deep.
pub const MAX_DEPTH: usize = 128;

/// Why a text is not a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not the syntax it should be.
    #[error("line {line}: {problem}")]
    Syntax {
        /// Line, from 1.
        line: u32,
        /// What the reader expected or found.
        problem: String,
    },
    /// One of the bounds was reached.
    #[error("line {line}: more than {limit} {what}")]
    Bound {
        /// Line, from 1.
        line: u32,
        /// The bound.
        limit: usize,
        /// What there is too much of.
        what: &'static str,
    },
}
