//! How contents are made unreadable without a key: the port the log uses, and one that leaves them readable.

use std::sync::Arc;

/// Why a content could not be sealed or opened.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct SealError(Arc<dyn std::error::Error + Send + Sync>);

impl SealError {
    /// Wraps the key store's own error.
    pub fn new(problem: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(problem.into().into())
    }
}

/// A content that was found in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// What was appended.
    Plain(Vec<u8>),
    /// Its subject's key is not there any more: nobody can read it. Whether it was erased or taken away the log says.
    Gone {
        /// The key's number.
        slot: u64,
    },
}

/// Seals contents for their subjects.
pub trait Sealer: Send + Sync {
    /// Returns the pseudonym a subject has in this log; the same subject always has the same.
    ///
    /// # Errors
    /// [`SealError`] if the keys are not at hand.
    fn pseudonym(&self, subject: &str) -> Result<[u8; 32], SealError>;

    /// Seals `plain` for `subject`, bound to the leaf that starts with `leaf_prefix`.
    ///
    /// # Errors
    /// [`SealError`] if the keys are not at hand.
    fn seal(&self, leaf_prefix: &[u8], subject: Option<&str>, plain: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Makes every key used so far durable. The log calls it before it writes what was sealed.
    ///
    /// # Errors
    /// [`SealError`] if the disk refuses; what was sealed is then not written.
    fn flush(&self) -> Result<(), SealError>;

    /// Opens a stored content of the leaf that starts with `leaf_prefix`.
    ///
    /// # Errors
    /// [`SealError`] if it was altered, belongs to another leaf, or the keys are not at hand.
    fn open(&self, leaf_prefix: &[u8], stored: &[u8]) -> Result<Opened, SealError>;
}

/// Stores contents as they are: for logs of what is public anyway, and for measuring the log without encryption.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unsealed;

impl Sealer for Unsealed {
    fn pseudonym(&self, subject: &str) -> Result<[u8; 32], SealError> {
        use sha2::Digest as _;
        Ok(sha2::Sha256::digest(subject).into())
    }

    fn seal(&self, _leaf_prefix: &[u8], _subject: Option<&str>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(plain.to_vec())
    }

    fn flush(&self) -> Result<(), SealError> {
        Ok(())
    }

    fn open(&self, _leaf_prefix: &[u8], stored: &[u8]) -> Result<Opened, SealError> {
        Ok(Opened::Plain(stored.to_vec()))
    }
}
