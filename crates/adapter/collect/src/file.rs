//! A file opened for reading at any offset, sure to be the regular file that the walk saw.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use rustix::fs::{Mode, OFlags};
use syndic_detect::ReadAt;
use syndic_evidence::SkipReason;

use crate::Entry;

/// Why a file that the walk saw cannot be read now.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Between the walk and now it became something else.
    #[error("it changed since the walk saw it")]
    Changed,
}

impl OpenError {
    /// Returns the reason as coverage records it.
    pub const fn reason(&self) -> SkipReason {
        match self {
            Self::Io(_) => SkipReason::Unreadable,
            Self::Changed => SkipReason::Changed,
        }
    }
}

/// An open file.
#[derive(Debug)]
pub struct FileReader {
    file: File,
    size_bytes: u64,
}

impl FileReader {
    /// Opens what the walk saw.
    ///
    /// A FIFO that was put in its place does not block (`O_NONBLOCK`) and is refused.
    ///
    /// # Errors
    /// The system's error, or the file is another one now.
    pub fn open(entry: &Entry) -> Result<Self, OpenError> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let file = File::from(rustix::fs::open(&entry.absolute, flags, Mode::empty()).map_err(io::Error::from)?);
        let metadata = file.metadata()?;
        if !metadata.is_file() || (metadata.dev(), metadata.ino()) != entry.identity() {
            return Err(OpenError::Changed);
        }
        Ok(Self { file, size_bytes: metadata.len() })
    }
}

impl ReadAt for FileReader {
    fn len(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}
