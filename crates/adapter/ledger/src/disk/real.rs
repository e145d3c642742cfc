//! The operating system's disk.

use std::fs::{File, OpenOptions};
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::OFlags;
use rustix::io::Errno;

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

    /// The place of a file or folder whose name may itself be a link, which the caller does not follow.
    fn place(&self, path: &str) -> io::Result<PathBuf> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok(self.folder(folder)?.join(name))
    }

    /// The place of a folder. The ledger's own may be reached by a link, and none below it: whoever may write there
    /// would have us write anywhere.
    fn folder(&self, folder: &str) -> io::Result<PathBuf> {
        let mut at = self.root.clone();
        for name in folder.split('/').filter(|name| !name.is_empty()) {
            at.push(name);
            if at.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
                return Err(a_link());
            }
        }
        Ok(at)
    }
}

impl Disk for RealDisk {
    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(FILE_MODE).open(self.place(path)?)?;
        Ok(Arc::new(RealFile::new(file)))
    }

    fn open(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let at = self.place(path)?;
        let file = match open_regular(OpenOptions::new().read(true).write(true), &at) {
            // A copy to verify may be read-only; a write to it then fails where it is tried.
            Err(error) if is_read_only(&error) => open_regular(OpenOptions::new().read(true), &at)?,
            other => other?,
        };
        Ok(Arc::new(RealFile::new(file)))
    }

    fn create_dir(&self, folder: &str) -> io::Result<()> {
        let at = self.folder(folder)?;
        if at.is_dir() {
            return Ok(());
        }
        if at.symlink_metadata().is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::NotADirectory,
                "something is there that is no folder: remove it",
            ));
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
        for entry in std::fs::read_dir(self.folder(folder)?)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.place(from)?, self.place(to)?)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        std::fs::remove_file(self.place(path)?)
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        // What is no folder must not be waited for.
        let flags = OFlags::DIRECTORY | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(flags.bits().cast_signed());
        options.open(self.folder(folder)?)?.sync_all()
    }

    fn lock(&self) -> io::Result<Box<dyn DiskLock>> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(FILE_MODE);
        let file = open_regular(&mut options, &self.place(LOCK_NAME)?)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(RealLock { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Opens a regular file and nothing else: a copy to verify comes from anybody, and a pipe would be waited for, a device
/// read for ever, and a link would lead out of the folder.
fn open_regular(options: &mut OpenOptions, at: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match options.custom_flags(flags.bits().cast_signed()).open(at) {
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => return Err(a_link()),
        // A pipe that nobody reads.
        Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => return Err(not_regular()),
        other => other?,
    };
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

fn a_link() -> io::Error {
    let why = "a symbolic link is on the way, and no link in a ledger's folder is followed: put there what it leads to";
    io::Error::new(io::ErrorKind::InvalidInput, why)
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

    fn will_read(&self, offset: u64, count: u64) {
        if let Some(count) = NonZeroU64::new(count) {
            let _hint = rustix::fs::fadvise(&self.file, offset, Some(count), rustix::fs::Advice::WillNeed);
        }
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
    fn no_link_below_the_ledgers_folder_is_followed() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(elsewhere.path().join("f"), "theirs").unwrap();
        // The folder itself may be reached by one.
        let root = elsewhere.path().join("ledger");
        std::os::unix::fs::symlink(folder.path(), &root).unwrap();
        let disk = RealDisk::new(root);
        disk.create_dir("real").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("f"), folder.path().join("f")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("lock"), folder.path().join("lock")).unwrap();
        let refused = [
            disk.open("f").err(),
            disk.open("out/f").err(),
            disk.create("out/g").err(),
            disk.create_dir("out").err(),
            disk.create_dir("out/deep").err(),
            disk.list("out").err(),
            disk.rename("out/f", "real/f").err(),
            disk.rename("f", "out/f").err(),
            disk.remove("out/f").err(),
            disk.sync_dir("out").err(),
            disk.lock().err(),
        ];
        for (number, error) in refused.into_iter().enumerate() {
            let said = error.unwrap_or_else(|| panic!("{number} was done")).to_string();
            assert!(said.contains("symbolic link"), "{number}: {said}");
        }
        assert_eq!(std::fs::read(elsewhere.path().join("f")).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 2);
        // A link goes like any other name.
        replace_file(&disk, "f", b"ours", Durability::Now).unwrap();
        assert_eq!(read_file(&disk, "f", 9).unwrap().unwrap(), b"ours");
        disk.remove("out").unwrap();
    }

    #[test]
    fn what_is_neither_file_nor_folder_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        for name in ["pipe", "lock"] {
            let path = folder.path().join(name);
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        }
        assert_eq!(disk.open("pipe").err().unwrap().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(disk.lock().err().unwrap().kind(), io::ErrorKind::InvalidInput);
        assert!(disk.sync_dir("pipe").is_err() && disk.list("pipe").is_err());
        assert!(disk.create_dir("pipe").unwrap_err().to_string().contains("no folder"));
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
