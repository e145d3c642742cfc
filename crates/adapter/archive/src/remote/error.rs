//! Why a remote file could not be read, by cause. No message holds a credential or a whole address.

use std::io;

/// What kept a remote file from being read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// What the user gave does not name a place, or cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The server understood and refused.
    #[error("{place} refused ({status}): {next}")]
    Refused {
        /// The host.
        place: String,
        /// The HTTP status.
        status: u16,
        /// What to do.
        next: String,
    },
    /// The server did not answer, or not in time.
    #[error("{place} cannot be reached: {why}")]
    Unreachable {
        /// The host.
        place: String,
        /// What happened the last time.
        why: String,
    },
    /// The server answered what no honest one answers, or sent us where we do not go.
    #[error("{place} misbehaves: {why}")]
    Misbehaves {
        /// The host.
        place: String,
        /// What it did.
        why: String,
    },
    /// A store of objects could not be read.
    #[error("{0}")]
    Store(String),
    /// All the time that was given is used up.
    #[error("the time given with --remote-timeout is over")]
    TimeOver,
}

/// What the functions of this module return.
pub(super) type Result<T, E = RemoteError> = std::result::Result<T, E>;

impl From<RemoteError> for io::Error {
    fn from(error: RemoteError) -> Self {
        Self::other(error)
    }
}
