//! Why an archive could not be written or read, by cause, each with the next step. No message holds a credential.

use std::io;

/// What kept an archive from being written or read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ArchiveError {
    /// The text does not say where an archive is.
    #[error("{text:?} is no place for an archive: {why}")]
    Place {
        /// What was given.
        text: String,
        /// Why, and what would be one.
        why: String,
    },
    /// Something the environment or an option must say is missing or wrong.
    #[error("{0}")]
    Settings(String),
    /// The store understood and refused.
    #[error("{place} refused to {doing} ({status} {code}): {next}")]
    Refused {
        /// The archive.
        place: String,
        /// What was being done, and with which object.
        doing: String,
        /// The HTTP status.
        status: u16,
        /// The store's own code, such as `AccessDenied`.
        code: String,
        /// What to do.
        next: &'static str,
    },
    /// The store did not answer, or answered that it cannot now, every time.
    #[error("cannot {doing} in {place}, tried {tries} times: {why}; run it again later")]
    Unavailable {
        /// The archive.
        place: String,
        /// What was being done, and with which object.
        doing: String,
        /// How often.
        tries: u32,
        /// What happened the last time.
        why: String,
    },
    /// The store does not do what an archive needs.
    #[error("{place} cannot hold an archive: {why}")]
    Unfit {
        /// The archive.
        place: String,
        /// What it did.
        why: String,
    },
    /// A file of the archive's folder, of the ledger or of the folder that is restored to could not be used.
    #[error("cannot {doing}: {problem}")]
    Disk {
        /// What was being done, with which file.
        doing: String,
        /// What the system said.
        problem: String,
    },
    /// What is in the archive is not this log.
    #[error("{place} is not an archive of this log: {why}")]
    OtherLog {
        /// The archive.
        place: String,
        /// Why.
        why: String,
    },
    /// The ledger cannot be archived as it is.
    #[error("{0}")]
    Source(String),
    /// Somebody else writes to the archive at the same time.
    #[error("{place} was changed by somebody else meanwhile; run it again")]
    Changed {
        /// The archive.
        place: String,
    },
}

/// What the crate's functions return.
pub(crate) type Result<T, E = ArchiveError> = std::result::Result<T, E>;

/// Makes an error of the file system one of the archive.
pub(crate) fn on_disk(doing: impl Into<String>) -> impl FnOnce(io::Error) -> ArchiveError {
    let doing = doing.into();
    move |problem| ArchiveError::Disk { doing, problem: problem.to_string() }
}
