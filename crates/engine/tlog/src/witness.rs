//! What a witness is asked: to cosign a checkpoint that extends the one it cosigned last.
//!
//! The body of the `add-checkpoint` request: the size the witness is at, the proof of growth from there, the signed
//! checkpoint. Nothing in it may be believed before the log's signature and the proof hold.
//! Source: C2SP tlog-witness, "add-checkpoint".

use std::fmt;

use crate::ConsistencyProof;
use crate::line::{hashes, number};

/// The most lines of proof a request may have. Source: C2SP tlog-witness.
const PROOF_LINES_LIMIT: usize = 63;

/// The most bytes of a request that are read.
const REQUEST_LIMIT: usize = 1_100_000;

/// Why a text is no request to a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WitnessRequestError {
    /// Larger than is read.
    #[error("the request has {size_bytes} bytes, at most {REQUEST_LIMIT} are read")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
    },
    /// The first line does not say the old size.
    #[error("the first line is not `old` and a tree size")]
    OldSize,
    /// A line of the proof is no hash, or there are too many.
    #[error("the proof is not a list of at most {PROOF_LINES_LIMIT} hashes in base64, one a line")]
    Proof,
    /// No checkpoint after an empty line.
    #[error("the request has no checkpoint after an empty line")]
    Checkpoint,
}

/// A request to cosign. [`fmt::Display`] writes the body that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessRequest {
    old_size: u64,
    proof: ConsistencyProof,
    checkpoint: String,
}

impl WitnessRequest {
    /// Asks for a cosignature on the signed `checkpoint`, which extends the tree of `old_size` leaves.
    ///
    /// # Errors
    /// [`WitnessRequestError`] if the body could not be read back.
    pub fn new(old_size: u64, proof: ConsistencyProof, checkpoint: &str) -> Result<Self, WitnessRequestError> {
        if proof.path.len() > PROOF_LINES_LIMIT {
            return Err(WitnessRequestError::Proof);
        }
        if checkpoint.is_empty() || checkpoint.starts_with('\n') {
            return Err(WitnessRequestError::Checkpoint);
        }
        Ok(Self { old_size, proof, checkpoint: checkpoint.to_owned() })
    }

    /// Reads the body of a request; checks nothing yet.
    ///
    /// # Errors
    /// See [`WitnessRequestError`].
    pub fn parse(body: &str) -> Result<Self, WitnessRequestError> {
        if body.len() > REQUEST_LIMIT {
            return Err(WitnessRequestError::TooLarge { size_bytes: body.len() });
        }
        let (proof, checkpoint) = body.split_once("\n\n").ok_or(WitnessRequestError::Checkpoint)?;
        let mut lines = proof.split('\n');
        let old_size = lines.next().and_then(|line| number(line.strip_prefix("old ")?));
        let old_size = old_size.ok_or(WitnessRequestError::OldSize)?;
        let path = hashes(lines, PROOF_LINES_LIMIT).ok_or(WitnessRequestError::Proof)?;
        Self::new(old_size, ConsistencyProof { path }, checkpoint)
    }

    /// Returns the size the log believes the witness to be at.
    pub fn old_size(&self) -> u64 {
        self.old_size
    }

    /// Returns the alleged proof of growth.
    pub fn proof(&self) -> &ConsistencyProof {
        &self.proof
    }

    /// Returns the text of the signed checkpoint, verbatim.
    pub fn checkpoint(&self) -> &str {
        &self.checkpoint
    }
}

impl fmt::Display for WitnessRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    #[test]
    fn a_request_survives_its_body() {
        for path in [vec![], vec![leaf_hash(b"a"), leaf_hash(b"b")]] {
            let request = WitnessRequest::new(3, ConsistencyProof { path }, "log\n4\nroot\n\n— log c2ln\n").unwrap();
            assert_eq!(WitnessRequest::parse(&request.to_string()), Ok(request));
        }
    }

    #[test]
    fn each_broken_part_is_named() {
        let hash = leaf_hash(b"");
        let error = |body: &str| WitnessRequest::parse(body).unwrap_err();
        assert_eq!(error("old 1\n"), WitnessRequestError::Checkpoint);
        assert_eq!(error("old 1\n\n"), WitnessRequestError::Checkpoint);
        assert_eq!(error("old 01\n\nlog\n"), WitnessRequestError::OldSize);
        assert_eq!(error("new 1\n\nlog\n"), WitnessRequestError::OldSize);
        assert_eq!(error("old 1\nAAAA\n\nlog\n"), WitnessRequestError::Proof);
        let lines = |count: usize| format!("old 1\n{}\nlog\n", format!("{hash}\n").repeat(count));
        assert_eq!(error(&lines(64)), WitnessRequestError::Proof);
        assert!(WitnessRequest::parse(&lines(63)).is_ok());
    }
}
