//! The operating system's disk.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::direct::Direct;
use super::{Disk, DiskFile, DiskLock, write_all_at};

/// Zeros are written this many bytes at a time, and synced so often, so that preparing a segment in the background
/// never makes the writer's own sync wait behind a large one.
const ZERO_CHUNK_BYTES: usize = 2 << 20;
/// Name of the file whose lock stands for the folder.
const LOCK_NAME: &str = "lock";
/// The ledger holds what people did: its files are for its owner only.
const FILE_MODE: u32 = 0o600;

/// A folder of the real file system.
#[derive(Debug, Clone)]
pub struct RealDisk {
    root: PathBuf,
}

impl RealDisk {
    /// Stands for `root`, which is created when a ledger is.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn at(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }
}

impl Disk for RealDisk {
    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(FILE_MODE).open(self.at(path))?;
        Ok(Arc::new(RealFile::new(file)))
    }

    fn open(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let at = self.at(path);
        // A copy to verify comes from anybody: a pipe would be waited for, a device read for ever.
        if !std::fs::metadata(&at)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = match OpenOptions::new().read(true).write(true).open(&at) {
            // A copy to verify may be read-only; a write to it then fails where it is tried.
            Err(error) if is_read_only(&error) => OpenOptions::new().read(true).open(&at)?,
            other => other?,
        };
        Ok(Arc::new(RealFile::new(file)))
    }

    fn create_dir(&self, folder: &str) -> io::Result<()> {
        let at = self.at(folder);
        if at.is_dir() {
            return Ok(());
        }
        std::fs::create_dir_all(&at)?;
        // Every level may be new; syncing one that is not costs little.
        for level in at.ancestors().skip(1).take_while(|level| level.starts_with(&self.root)) {
            File::open(level)?.sync_all()?;
        }
        match self.root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.at(folder))? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.at(from), self.at(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        std::fs::remove_file(self.at(path))
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        File::open(self.at(folder))?.sync_all()
    }

    fn lock(&self) -> io::Result<Box<dyn DiskLock>> {
        let path = self.at(LOCK_NAME);
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(FILE_MODE).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(RealLock { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

struct RealLock {
    /// The lock ends when the file is closed.
    _file: File,
}

impl DiskLock for RealLock {}

struct RealFile {
    file: File,
    direct: Mutex<Way>,
}

/// The way past the page cache.
enum Way {
    /// Not needed yet, or not any more.
    Closed,
    /// There is none here.
    Missing,
    Open(Direct),
}

impl RealFile {
    fn new(file: File) -> Self {
        Self { file, direct: Mutex::new(Way::Closed) }
    }

    fn direct(&self) -> MutexGuard<'_, Way> {
        self.direct.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DiskFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(into, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        if let Way::Open(direct) = &mut *self.direct() {
            direct.forget();
        }
        self.file.write_at(bytes, offset)
    }

    fn write_next_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let mut way = self.direct();
        if let Way::Closed = *way {
            *way = Direct::open(&self.file).map_or(Way::Missing, Way::Open);
        }
        if let Way::Open(direct) = &mut *way
            && let Some(taken) = direct.write(&self.file, bytes, offset)?
        {
            return Ok(taken);
        }
        drop(way);
        self.write_at(bytes, offset)
    }

    fn end_writes(&self) {
        *self.direct() = Way::Closed;
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        // Asking for the blocks first keeps them together and reports a full disk before anything is written. Not
        // every file system can; writing the zeros below is what counts.
        match rustix::fs::fallocate(&self.file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL) | Ok(()) => {}
            Err(error) => return Err(error.into()),
        }
        let zeros = vec![0; ZERO_CHUNK_BYTES];
        let mut done = 0;
        while done < bytes {
            let chunk = usize::try_from(bytes - done).unwrap_or(usize::MAX).min(ZERO_CHUNK_BYTES);
            write_all_at(self, zeros.get(..chunk).unwrap_or(&zeros), done)?;
            self.file.sync_data()?;
            done += chunk as u64;
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Durability, read_file, replace_file};

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        let first = disk.lock().unwrap();
        assert_eq!(disk.lock().err().unwrap().kind(), io::ErrorKind::WouldBlock);
        drop(first);
        disk.lock().unwrap();
    }

    #[test]
    fn a_preallocated_file_is_zero_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        let bytes = (ZERO_CHUNK_BYTES + 5) as u64;
        disk.create("f").unwrap().preallocate(bytes).unwrap();
        let read = read_file(&disk, "f", u64::MAX).unwrap().unwrap();
        assert!(read.len() as u64 == bytes && read.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn replacing_leaves_the_new_content_and_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        disk.create_dir("a/b").unwrap();
        for content in ["one", "two"] {
            replace_file(&disk, "a/b/c", content.as_bytes(), Durability::Now).unwrap();
        }
        assert_eq!(read_file(&disk, "a/b/c", 10).unwrap().unwrap(), b"two");
        assert_eq!(disk.list("a/b").unwrap(), ["c"]);
        assert!(read_file(&disk, "a/b/c", 2).is_err());
    }
}
