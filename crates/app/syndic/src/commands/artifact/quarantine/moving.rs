//! Moving a file so that it is the very file that was opened: by renaming, and across file systems by copying.
//!
//! Invariant: nothing is written over, and the original goes away only after the copy was read back and is the same.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;
use syndic_collect::{ContentHash, hash_reader};
use syndic_detect::ReadAt;

/// A file that is read by its descriptor, whatever becomes of its name.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) size_bytes: u64,
}

impl Opened {
    /// Opens a regular file; a link is not followed, a pipe not waited for.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            bail!("it is no regular file");
        }
        Ok(Self { file, size_bytes: metadata.len() })
    }

    /// Says whether a name leads to this very file.
    pub(super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        let (own, there) = (self.file.metadata()?, fs::symlink_metadata(path)?);
        Ok((own.dev(), own.ino()) == (there.dev(), there.ino()))
    }

    /// Hashes what is in the file now.
    pub(super) fn hash(&self) -> Result<ContentHash> {
        let content = hash_reader(self)?;
        if content.size_bytes != self.file.metadata()?.len() {
            bail!("somebody writes to it");
        }
        Ok(content)
    }
}

impl ReadAt for Opened {
    fn len(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

/// Renames without ever writing over something. Returns `false` if that would cross file systems.
pub(super) fn rename(from: &Path, to: &Path) -> Result<bool> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::XDEV) => Ok(false),
        // Not every file system can promise it; a link never replaces what is there either.
        Err(Errno::INVAL | Errno::NOSYS) => {
            fs::hard_link(from, to).context("cannot give it its new name")?;
            fs::remove_file(from).context("cannot take its old name away")?;
            Ok(true)
        }
        Err(error) => Err(io::Error::from(error)).context("cannot rename it"),
    }
}

/// Copies an open file to a new name and reads the copy back. The copy is not readable by others meanwhile.
pub(super) fn copy(opened: &Opened, to: &Path, expected: Option<&str>) -> Result<Opened> {
    let mut target = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(to)?;
    let outcome = (|| -> Result<()> {
        let mut source = opened.file.try_clone()?;
        io::Seek::rewind(&mut source)?;
        io::copy(&mut source, &mut target)?;
        target.sync_all()?;
        Ok(())
    })();
    let copied = outcome.and_then(|()| {
        let copied = Opened { size_bytes: target.metadata()?.len(), file: target };
        let sha256 = copied.hash()?.sha256;
        if opened.hash()?.sha256 != sha256 || expected.is_some_and(|expected| expected != sha256.hex()) {
            bail!("the copy differs from the original: somebody writes to it, or the disk is damaged");
        }
        Ok(copied)
    });
    if copied.is_err() {
        // What was written is of no use and stands under a name nobody knows.
        let _ = fs::remove_file(to);
    }
    copied
}

/// Makes names and what they lead to durable.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).context("cannot make the move durable")
}

/// Sets permission bits by descriptor.
pub(super) fn set_mode(file: &File, mode: u32) -> Result<()> {
    file.set_permissions(fs::Permissions::from_mode(mode)).context("cannot change its permissions")
}
