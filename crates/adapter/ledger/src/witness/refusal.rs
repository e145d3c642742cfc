//! Why a witness did not cosign.

use std::io;

use crate::error::LedgerError;

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// It was not reached.
    #[error("the witness {name} was not reached: {problem}; the checkpoint stands without it, try again")]
    Unreached {
        /// Its name.
        name: String,
        /// Why.
        problem: io::Error,
    },
    /// It remembers more of this log than the log has.
    #[error("the witness {name} has seen {seen} records, the log has {size}: the log was put back; restore it")]
    Behind {
        /// Its name.
        name: String,
        /// Records it has seen.
        seen: u64,
        /// Records there are.
        size: u64,
    },
    /// It remembers another root at this size.
    #[error("the witness {name} has seen another log of {size} records: this one is a fork; restore the right one")]
    Forked {
        /// Its name.
        name: String,
        /// The size.
        size: u64,
    },
    /// It remembers fewer records than the log has, but not the first ones of this log.
    #[error(
        "the witness {name} has seen {seen} records that the {size} of this log do not extend: the log was put back \
         below {seen} and went on; restore the right one"
    )]
    Diverged {
        /// Its name.
        name: String,
        /// Records it has seen.
        seen: u64,
        /// Records there are.
        size: u64,
    },
    /// It refused.
    #[error("the witness {name} refused with status {status}: {why}")]
    Refused {
        /// Its name.
        name: String,
        /// HTTP status.
        status: u16,
        /// Its words.
        why: String,
    },
    /// What it sent is not its cosignature of this checkpoint.
    #[error("the witness {name} sent no cosignature that holds: {why}")]
    BadCosignature {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// The checkpoint or the proof could not be made.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl CosignError {
    /// Says whether the witness remembers records that this log lacks: the log was put back or is a fork.
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::Behind { .. } | Self::Forked { .. } | Self::Diverged { .. })
    }
}
