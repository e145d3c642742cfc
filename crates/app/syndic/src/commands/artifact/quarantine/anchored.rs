//! A name in a folder that is held open: whoever exchanges a folder of the path for a link meanwhile leads nobody away.
//!
//! Everything is done through the folder's descriptor, by its entry in `/proc`.

use std::fs;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::fs::{Mode, OFlags};

/// A path whose folder is held.
pub(super) struct Anchored {
    folder: OwnedFd,
    name: PathBuf,
    shown: PathBuf,
}

impl Anchored {
    /// Holds the folder of a path that is absolute and has no link in it but perhaps the last name.
    ///
    /// # Errors
    /// The folder is gone, or a link now.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { bail!("it has no name") };
        let what = || format!("cannot reach {}", folder.display());
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let held = rustix::fs::open(folder, flags, Mode::empty()).map_err(std::io::Error::from).with_context(what)?;
        let anchored = Self { folder: held, name: PathBuf::from(name), shown: path.to_path_buf() };
        let real = fs::read_link(anchored.held()).context("this needs /proc")?;
        if real != folder {
            bail!("{} is {} now: somebody exchanged a folder of the path", folder.display(), real.display());
        }
        Ok(anchored)
    }

    fn held(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.folder.as_raw_fd()))
    }

    /// Returns the path to work with.
    pub(super) fn path(&self) -> PathBuf {
        self.held().join(&self.name)
    }

    /// Returns another name in the same folder.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.held().join(name)
    }

    /// Returns the path as people know it.
    pub(super) fn shown(&self) -> &Path {
        &self.shown
    }

    /// Makes the names of the folder durable.
    ///
    /// # Errors
    /// The disk refuses.
    pub(super) fn sync(&self) -> Result<()> {
        super::moving::sync_folder(&self.held())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_folder_that_is_exchanged_for_a_link_leads_nobody_away() {
        let scene = tempfile::tempdir().unwrap();
        let root = scene.path().canonicalize().unwrap();
        for folder in ["store/models", "elsewhere/models"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("store/models/a"), "own").unwrap();
        fs::write(root.join("elsewhere/models/a"), "theirs").unwrap();
        let held = Anchored::of(&root.join("store/models/a")).unwrap();
        fs::rename(root.join("store"), root.join("aside")).unwrap();
        symlink(root.join("elsewhere"), root.join("store")).unwrap();
        assert_eq!(fs::read(held.path()).unwrap(), b"own");
        assert_eq!(fs::read(held.shown()).unwrap(), b"theirs");
        assert!(Anchored::of(&root.join("store/models/a")).is_err());
    }
}
