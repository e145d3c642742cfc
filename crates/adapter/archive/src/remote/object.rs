//! An object of a bucket as a file.

use std::sync::Arc;
use std::time::Instant;

use super::error::{RemoteError, Result};
use super::file::{Piece, Ranges, RemoteFile};
use crate::error::ArchiveError;
use crate::objects::Objects as _;
use crate::s3::Bucket;

/// An object, read in the version that was read first.
struct Object {
    bucket: Arc<Bucket>,
    name: String,
    version: std::sync::OnceLock<String>,
    deadline: Instant,
}

impl RemoteFile {
    /// Opens an object below the bucket's prefix; nothing if there is none. Nothing is asked after `deadline`.
    ///
    /// # Errors
    /// The store cannot be reached or refuses.
    pub fn of_object(bucket: &Arc<Bucket>, name: &str, deadline: Instant) -> Result<Option<Self>> {
        let version = std::sync::OnceLock::new();
        Self::open(Box::new(Object { bucket: Arc::clone(bucket), name: name.to_owned(), version, deadline }))
    }
}

impl Ranges for Object {
    fn name(&self) -> String {
        self.bucket.name()
    }

    fn piece(&self, from: u64, most: u64) -> Result<Option<Piece>> {
        if Instant::now() >= self.deadline {
            return Err(RemoteError::TimeOver);
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let Some(part) = self.bucket.read(&self.name, from, most)? else { return Ok(None) };
        // A store has no first byte of an empty object; it tells no version then.
        if !part.version.is_empty() && *self.version.get_or_init(|| part.version.clone()) != part.version {
            let why = format!("{} was written while it was read", self.name);
            return Err(RemoteError::Misbehaves { place: self.bucket.name(), why });
        }
        Ok(Some(Piece { bytes: part.bytes, total: part.total, is_whole: false }))
    }
}

impl From<ArchiveError> for RemoteError {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Settings(why) => Self::Settings(why),
            ArchiveError::Place { .. } => Self::Settings(error.to_string()),
            _ => Self::Store(error.to_string()),
        }
    }
}
