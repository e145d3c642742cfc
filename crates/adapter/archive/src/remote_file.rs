//! A file of an archive, read where it lies: a block at a time, so that memory stays bounded however long it is.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use syndic_ledger::disk::DiskFile;

use crate::error::{ArchiveError, Result};
use crate::objects::Objects;

/// Asked for at once, and kept until another block is wanted.
pub(crate) const BLOCK_BYTES: usize = 4 << 20;

/// The last errors of a place, which the verifier's report has no room for.
pub(crate) type Failure = Arc<Mutex<Option<ArchiveError>>>;

/// An object as a file that can only be read.
pub(crate) struct RemoteFile {
    objects: Arc<dyn Objects>,
    path: String,
    bytes: u64,
    /// The block read last: where it starts, and its bytes.
    block: Mutex<(u64, Vec<u8>)>,
    failure: Failure,
}

impl RemoteFile {
    /// Opens an object; nothing if there is none.
    pub(crate) fn open(objects: Arc<dyn Objects>, path: &str, failure: Failure) -> Result<Option<Self>> {
        let Some(part) = objects.read(path, 0, BLOCK_BYTES)? else { return Ok(None) };
        Ok(Some(Self {
            objects,
            path: path.to_owned(),
            bytes: part.total,
            block: Mutex::new((0, part.bytes)),
            failure,
        }))
    }

    /// Hides what is behind a byte.
    pub(crate) fn cut(self, bytes: u64) -> Self {
        Self { bytes: self.bytes.min(bytes), ..self }
    }

    fn fetch(&self, start: u64) -> io::Result<Vec<u8>> {
        match self.objects.read(&self.path, start, BLOCK_BYTES) {
            Ok(Some(part)) => Ok(part.bytes),
            Ok(None) => Err(io::ErrorKind::NotFound.into()),
            Err(error) => Err(note(&self.failure, error)),
        }
    }
}

/// Keeps an error of the place, and makes it one of a disk.
pub(crate) fn note(failure: &Failure, error: ArchiveError) -> io::Error {
    let text = error.to_string();
    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    io::Error::other(text)
}

impl DiskFile for RemoteFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.bytes.saturating_sub(offset)).unwrap_or(usize::MAX).min(into.len());
        let into = into.get_mut(..left).unwrap_or_default();
        if into.is_empty() {
            return Ok(0);
        }
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        let start = offset - offset % BLOCK_BYTES as u64;
        let within = usize::try_from(offset - start).unwrap_or(usize::MAX);
        if block.0 != start || block.1.len() <= within {
            *block = (start, self.fetch(start)?);
        }
        let held = block.1.get(within..).unwrap_or_default();
        let taken = held.len().min(into.len());
        for (to, from) in into.iter_mut().zip(held) {
            *to = *from;
        }
        Ok(taken)
    }

    fn write_at(&self, _bytes: &[u8], _offset: u64) -> io::Result<usize> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn preallocate(&self, _bytes: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}
