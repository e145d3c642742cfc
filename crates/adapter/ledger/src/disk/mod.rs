//! What the log needs of a folder, as a port: the real disk and a simulated one that loses, tears and refuses.
//!
//! Paths are relative to the ledger's folder and use `/`. The promises are those of POSIX and no more: bytes written
//! are durable after [`DiskFile::sync_data`], a created, renamed or removed name after [`Disk::sync_dir`] of its folder.

mod direct;
mod faults;
mod real;
mod sim;
mod sim_file;
mod sim_inode;

use std::io;
use std::sync::Arc;

pub use faults::Faults;
pub(crate) use faults::SplitMix;
pub use real::RealDisk;
pub use sim::SimDisk;

/// An open file. All calls go through `&self`, so that a reader and the writer can share one.
pub trait DiskFile: Send + Sync {
    /// Returns the file's length in bytes.
    ///
    /// # Errors
    /// What the system reports.
    fn len(&self) -> io::Result<u64>;

    /// Tells whether the file has no bytes.
    ///
    /// # Errors
    /// As [`DiskFile::len`].
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|len| len == 0)
    }

    /// Reads up to `into.len()` bytes at `offset`; 0 means the end.
    ///
    /// # Errors
    /// What the system reports.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Says that these bytes will be read soon: so places far apart are fetched at the same time, and not one after
    /// another. It is a hint, and a disk may pass it by.
    fn will_read(&self, _offset: u64, _count: u64) {}

    /// Writes at `offset` and returns how many bytes were taken, which may be fewer than given.
    ///
    /// # Errors
    /// What the system reports; part of the bytes may be written even so.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// As [`DiskFile::write_at`], for what is synced at once, written from one place in a preallocated file to its end:
    /// a disk may have a shorter way for it. Nobody else may write to the file meanwhile.
    ///
    /// # Errors
    /// As [`DiskFile::write_at`].
    fn write_next_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.write_at(bytes, offset)
    }

    /// Lets go of what [`DiskFile::write_next_at`] keeps: nothing more is written this way.
    fn end_writes(&self) {}

    /// Makes an empty file `bytes` long with every byte zero **and its blocks written**: overwriting a written block
    /// needs no journal commit, which makes a later `sync_data` several times faster than on reserved blocks.
    ///
    /// # Errors
    /// What the system reports; no space left is the usual one.
    fn preallocate(&self, bytes: u64) -> io::Result<()>;

    /// Makes everything written so far durable. After an error nothing is known of any write since the last success.
    ///
    /// # Errors
    /// What the system reports. It must not be retried: a kernel may forget the pages it could not write.
    fn sync_data(&self) -> io::Result<()>;
}

/// Holds a ledger's folder for one process; dropping it lets go.
pub trait DiskLock: Send + Sync {}

/// A folder.
pub trait Disk: Send + Sync {
    /// Creates a file that must not exist.
    ///
    /// # Errors
    /// `AlreadyExists`, or what the system reports.
    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file to read and write.
    ///
    /// # Errors
    /// `NotFound`, or what the system reports.
    fn open(&self, path: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Creates a folder and those above it, durably; one that exists is fine.
    ///
    /// # Errors
    /// What the system reports.
    fn create_dir(&self, folder: &str) -> io::Result<()>;

    /// Lists the names in a folder, sorted; `""` is the ledger's own.
    ///
    /// # Errors
    /// `NotFound`, or what the system reports.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Gives a file another name in place of what had it.
    ///
    /// # Errors
    /// What the system reports.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the system reports.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// What the system reports.
    fn sync_dir(&self, folder: &str) -> io::Result<()>;

    /// Takes the folder for this process.
    ///
    /// # Errors
    /// `WouldBlock` if another holds it.
    fn lock(&self) -> io::Result<Box<dyn DiskLock>>;
}

/// Writes all bytes, however few the disk takes at a time.
///
/// # Errors
/// What the disk reports; `WriteZero` if it takes none.
pub fn write_all_at(file: &dyn DiskFile, bytes: &[u8], offset: u64) -> io::Result<()> {
    write_all(bytes, offset, |bytes, offset| file.write_at(bytes, offset))
}

/// As [`write_all_at`], by [`DiskFile::write_next_at`].
///
/// # Errors
/// As [`write_all_at`].
pub fn write_all_next_at(file: &dyn DiskFile, bytes: &[u8], offset: u64) -> io::Result<()> {
    write_all(bytes, offset, |bytes, offset| file.write_next_at(bytes, offset))
}

fn write_all(mut bytes: &[u8], mut offset: u64, write: impl Fn(&[u8], u64) -> io::Result<usize>) -> io::Result<()> {
    while !bytes.is_empty() {
        match write(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => {
                bytes = bytes.get(taken..).unwrap_or_default();
                offset += taken as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads until `into` is full or the file ends; returns how many bytes were read.
///
/// # Errors
/// What the disk reports.
pub fn read_full_at(file: &dyn DiskFile, into: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Reads a whole file of at most `limit` bytes; nothing if there is none.
///
/// # Errors
/// `InvalidData` if it is longer, or what the disk reports.
pub fn read_file(disk: &dyn Disk, path: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match disk.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let len = file.len()?;
    let Some(len) = usize::try_from(len).ok().filter(|_| len <= limit) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{len} bytes long, at most {limit} expected")));
    };
    let mut bytes = vec![0; len];
    let read = read_full_at(file.as_ref(), &mut bytes, 0)?;
    bytes.truncate(read);
    Ok(Some(bytes))
}

/// Whether [`replace_file`] waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The new content is durable on return.
    Now,
    /// The caller syncs later, or can make the file again.
    Later,
}

/// Replaces a file as one step: readers see the old content or the new, also after a crash if `Durability::Now`.
///
/// # Errors
/// What the disk reports; the old content stays.
pub fn replace_file(disk: &dyn Disk, path: &str, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let temporary = format!("{path}.tmp");
    match disk.remove(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.create(&temporary)?;
    write_all_at(file.as_ref(), bytes, 0)?;
    if durability == Durability::Now {
        file.sync_data()?;
    }
    disk.rename(&temporary, path)?;
    if durability == Durability::Now {
        disk.sync_dir(folder_of(path))?;
    }
    Ok(())
}

/// The folder a path lies in; `""` for the ledger's own.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
