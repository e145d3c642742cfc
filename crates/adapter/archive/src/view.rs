//! The log an archive holds, as a disk that can only be read.
//!
//! What belongs to it follows from the checkpoint found when it was opened: later segments, and in the last one what is
//! behind that checkpoint's last record, are hidden. Somebody may be adding them right now, or was cut short adding them.

use std::io;
use std::sync::{Arc, PoisonError};

use sha2::{Digest as _, Sha256};
use syndic_ledger::CHECKPOINT_PATH;
use syndic_ledger::copying::{SEGMENT_FOLDER, end_of_records, segment_path};
use syndic_ledger::disk::{Disk, DiskFile, DiskLock};

use crate::copy::TEXT_BYTES_LIMIT;
use crate::error::{ArchiveError, Result};
use crate::head::claimed_size;
use crate::objects::{Objects, list_all};
use crate::plan::ArchivedSegments;
use crate::remote_file::{BLOCK_BYTES, Failure, RemoteFile, note};

/// Bytes granted to a last segment that is too damaged to tell where its records end.
const UNKNOWN_END: u64 = 16 << 20;

/// The log in an archive as it was when it was opened.
pub struct ArchiveDisk {
    objects: Arc<dyn Objects>,
    checkpoint: Arc<[u8]>,
    firsts: Vec<u64>,
    /// The last segment and where it ends.
    last: Option<(u64, u64)>,
    failure: Failure,
}

impl ArchiveDisk {
    /// Finds out which log an archive holds. Nothing of it is believed yet: verify it.
    ///
    /// # Errors
    /// There is no archive; the place cannot be reached or refuses.
    pub fn open(objects: Arc<dyn Objects>) -> Result<Self> {
        let place = objects.name();
        let Some(checkpoint) = objects.read(CHECKPOINT_PATH, 0, TEXT_BYTES_LIMIT)? else {
            let why = "it holds no checkpoint; archive a ledger there first, or name another place".to_owned();
            return Err(ArchiveError::OtherLog { place, why });
        };
        let size = claimed_size(&checkpoint.bytes).unwrap_or(u64::MAX);
        let segments = ArchivedSegments::list(objects.as_ref())?;
        let firsts: Vec<u64> = segments.firsts().filter(|first| *first < size).collect();
        let failure = Failure::default();
        let last = match firsts.last().copied().filter(|_| size < u64::MAX) {
            Some(first) => end_of(&objects, first, size, &failure)?.map(|end| (first, end)),
            None => None,
        };
        Ok(Self { objects, checkpoint: checkpoint.bytes.into(), firsts, last, failure })
    }

    /// Returns the size the archive's checkpoint claims; nothing if that is no checkpoint.
    pub fn claimed_size(&self) -> Option<u64> {
        claimed_size(&self.checkpoint)
    }

    /// Says whether the segments can hold so many records: none takes less than a byte.
    pub(crate) fn can_hold(&self, size: u64) -> bool {
        let bytes = self.last.map_or(UNKNOWN_END, |(_, end)| end);
        size == 0 || self.firsts.last().is_some_and(|first| size <= first.saturating_add(bytes))
    }

    /// Returns the first error of the place so far: what was verified then says nothing of what could not be read.
    pub fn failure(&self) -> Option<ArchiveError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn firsts(&self) -> &[u64] {
        &self.firsts
    }
}

/// Where the records of the last segment end; nothing if the segment is damaged, which the verifier then names.
fn end_of(objects: &Arc<dyn Objects>, first: u64, size: u64, failure: &Failure) -> Result<Option<u64>> {
    let Some(file) = RemoteFile::open(Arc::clone(objects), &segment_path(first), Arc::clone(failure))? else {
        return Ok(None);
    };
    let file: Arc<dyn DiskFile> = Arc::new(file);
    let end = end_of_records(&file, first, size);
    let failed = failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
    failed.map_or(Ok(end.ok().flatten()), Err)
}

/// Returns the SHA-256 of an object by reading it; nothing if there is none.
pub(crate) fn digest_of(objects: &dyn Objects, path: &str) -> Result<Option<[u8; 32]>> {
    let mut hasher = Sha256::new();
    let mut at = 0;
    loop {
        let Some(part) = objects.read(path, at, BLOCK_BYTES)? else { return Ok(None) };
        hasher.update(&part.bytes);
        at += part.bytes.len() as u64;
        if part.bytes.is_empty() || at >= part.total {
            return Ok(Some(hasher.finalize().into()));
        }
    }
}

fn read_only<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Disk for ArchiveDisk {
    fn create(&self, _path: &str) -> io::Result<Arc<dyn DiskFile>> {
        read_only()
    }

    fn open(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        if path == CHECKPOINT_PATH {
            return Ok(Arc::new(Snapshot(Arc::clone(&self.checkpoint))));
        }
        let file = RemoteFile::open(Arc::clone(&self.objects), path, Arc::clone(&self.failure))
            .map_err(|error| note(&self.failure, error))?
            .ok_or(io::ErrorKind::NotFound)?;
        match self.last {
            Some((first, end)) if path == segment_path(first) => Ok(Arc::new(file.cut(end))),
            _ => Ok(Arc::new(file)),
        }
    }

    fn create_dir(&self, _folder: &str) -> io::Result<()> {
        read_only()
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        if folder == SEGMENT_FOLDER {
            let name = |first: &u64| segment_path(*first).rsplit('/').next().unwrap_or_default().to_owned();
            return Ok(self.firsts.iter().map(name).collect());
        }
        let listed = list_all(self.objects.as_ref(), folder).map_err(|error| note(&self.failure, error))?;
        let mut names: Vec<String> = listed.into_iter().map(|found| found.name).collect();
        names.sort();
        Ok(names)
    }

    fn rename(&self, _from: &str, _to: &str) -> io::Result<()> {
        read_only()
    }

    fn remove(&self, _path: &str) -> io::Result<()> {
        read_only()
    }

    fn sync_dir(&self, _folder: &str) -> io::Result<()> {
        read_only()
    }

    fn lock(&self) -> io::Result<Box<dyn DiskLock>> {
        read_only()
    }
}

/// A small file held in memory.
struct Snapshot(Arc<[u8]>);

impl DiskFile for Snapshot {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        io::Read::read(&mut self.0.get(start..).unwrap_or_default(), into)
    }

    fn write_at(&self, _bytes: &[u8], _offset: u64) -> io::Result<usize> {
        read_only()
    }

    fn preallocate(&self, _bytes: u64) -> io::Result<()> {
        read_only()
    }

    fn sync_data(&self) -> io::Result<()> {
        read_only()
    }
}
