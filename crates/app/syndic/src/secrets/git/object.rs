//! Object ids, kinds and contents.

use std::fmt;

/// Bytes of an object id of the SHA-1 format.
pub(super) const ID_BYTES: usize = 20;
/// Objects larger than this are not read.
pub(super) const MAX_OBJECT: u64 = 256 << 20;

/// The id of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(super) [u8; ID_BYTES]);

impl Id {
    /// From the bytes of an index or a tree.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// From 40 hexadecimal digits.
    pub(super) fn from_hex(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text.trim_ascii()).ok().filter(|text| text.len() == 2 * ID_BYTES)?;
        let mut bytes = [0; ID_BYTES];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    /// By its name in a loose object.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"commit" => Self::Commit,
            b"tree" => Self::Tree,
            b"blob" => Self::Blob,
            b"tag" => Self::Tag,
            _ => return None,
        })
    }
}

/// Why something of a repository could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// There is none.
    #[error("{0} is no git repository, nor does one lie around it")]
    NoRepository(String),
    /// A format that is not read.
    #[error("{0}")]
    Unsupported(String),
    /// The object is in neither a pack nor a file of its own.
    #[error("object {0} is missing")]
    Missing(Id),
    /// Not what the format says.
    #[error("{0}")]
    Malformed(String),
    /// The system's error.
    #[error("{place}: {source}")]
    Read {
        /// The file.
        place: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl GitError {
    /// Something is not what the format says.
    pub(super) fn malformed(problem: impl Into<String>) -> Self {
        Self::Malformed(problem.into())
    }

    /// A file could not be read.
    pub(super) fn read(place: &std::path::Path, source: std::io::Error) -> Self {
        Self::Read { place: place.display().to_string(), source }
    }
}
