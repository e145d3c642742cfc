//! The port through which stored hashes are read.

use crate::{Hash, Node};

/// Reads the hashes of complete nodes, from wherever they are kept.
///
/// Whoever makes a proof asks once, with all nodes it needs (at most some 200), so that a reader may fetch each place
/// they are stored in once.
pub trait HashReader {
    /// What can go wrong while reading.
    type Error: std::error::Error;

    /// Returns the hashes of `nodes`, one for each, in their order.
    ///
    /// # Errors
    /// The reader's own; also for a node that is not in the tree.
    fn read_hashes(&self, nodes: &[Node]) -> Result<Vec<Hash>, Self::Error>;
}
