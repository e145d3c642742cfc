//! The file of the ledger's master key: read, made, and replaced by a new one without a moment in which no key fits.
//!
//! A new key is made in a file beside the present one and takes its place once the key store is under it. What a crash
//! leaves in between is put right by the next opening: the key store alone says which of the two fits.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use syndic_ledger::OsRandom;
use syndic_ledger::disk::Disk;
use syndic_ledger::keys::{Access, KeyError, KeyStore, MasterKey};

/// A ledger's master key on the disk.
#[derive(Debug, Clone)]
pub(crate) struct MasterFile {
    path: PathBuf,
}

impl MasterFile {
    /// Names the file; where it is a link, what the link leads to.
    pub(super) fn at(path: &Path) -> Self {
        Self { path: fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()) }
    }

    /// Returns the file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a first key and a key store under it.
    ///
    /// # Errors
    /// The key's or the store's.
    pub(super) fn create_store(&self, disk: Arc<dyn Disk>) -> Result<KeyStore> {
        // A first opening that was cut short may have left its key.
        let key =
            if self.path.exists() { MasterKey::read(&self.path)? } else { MasterKey::create(&self.path, &OsRandom)? };
        Ok(KeyStore::create(disk, Arc::new(OsRandom), &key)?)
    }

    /// Opens the key store, and finishes or undoes a rotation that was cut short.
    ///
    /// # Errors
    /// The key's or the store's; neither key fits.
    pub(super) fn open_store(&self, disk: &Arc<dyn Disk>) -> Result<KeyStore> {
        let open = |key: &MasterKey| KeyStore::open(Arc::clone(disk), Arc::new(OsRandom), key, Access::Write);
        match open(&MasterKey::read(&self.path)?) {
            Ok((store, _)) => {
                self.drop_next()?;
                Ok(store)
            }
            Err(wrong @ KeyError::WrongMaster { .. }) => {
                let Ok(next) = MasterKey::read(&self.next()) else { return Err(wrong.into()) };
                let Ok((store, _)) = open(&next) else { return Err(wrong.into()) };
                self.replace()?;
                Ok(store)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Makes a new key beside the present one, durably.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn make_next(&self) -> Result<MasterKey> {
        self.drop_next()?;
        Ok(MasterKey::create(&self.next(), &OsRandom)?)
    }

    /// Puts the new key in the place of the present one, whose bytes are overwritten.
    ///
    /// # Errors
    /// The file cannot be renamed: the next opening does it. The old one cannot be overwritten.
    pub(super) fn replace(&self) -> Result<()> {
        let what = || format!("cannot put {} in the place of {}", self.next().display(), self.path.display());
        let old = OpenOptions::new().write(true).open(&self.path).with_context(what)?;
        fs::rename(self.next(), &self.path).and_then(|()| self.sync_folder()).with_context(what)?;
        overwrite(old).with_context(|| format!("cannot overwrite the old master key that was {}", self.path.display()))
    }

    /// Returns the path of the key that is to take the present one's place.
    pub(super) fn next(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".next");
        PathBuf::from(name)
    }

    fn drop_next(&self) -> Result<()> {
        match fs::remove_file(self.next()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.next().display()))
            }
            _ => Ok(()),
        }
    }

    fn sync_folder(&self) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// Overwrites a file that has no name any more; one that somebody gave another name is theirs.
fn overwrite(mut file: File) -> io::Result<()> {
    let metadata = file.metadata()?;
    if metadata.nlink() > 0 {
        return Ok(());
    }
    let zeros = vec![0; usize::try_from(metadata.len()).map_err(io::Error::other)?];
    file.write_all(&zeros)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_ledger::disk::RealDisk;
    use syndic_ledger::sealer::Opened;

    const LEAF: &[u8] = b"leaf";

    struct Bench {
        folder: tempfile::TempDir,
        disk: Arc<dyn Disk>,
        sealed: Vec<u8>,
    }

    /// A key store with one content.
    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.path()));
        let store = file(&folder).create_store(Arc::clone(&disk)).unwrap();
        let sealed = store.seal(LEAF, &store.pseudonym("anna"), b"content").unwrap();
        store.flush().unwrap();
        Bench { folder, disk, sealed }
    }

    fn file(folder: &tempfile::TempDir) -> MasterFile {
        MasterFile::at(&folder.path().join("master.key"))
    }

    fn assert_opens(bench: &Bench, generation: u32) {
        let store = file(&bench.folder).open_store(&bench.disk).unwrap();
        assert_eq!(store.generation(), generation);
        assert_eq!(store.unseal(LEAF, &bench.sealed).unwrap(), Opened::Plain(b"content".to_vec()));
        assert!(!bench.folder.path().join("master.key.next").exists());
    }

    #[test]
    fn a_rotation_cut_short_before_the_store_changed_is_undone() {
        let bench = bench();
        let before = fs::read(bench.folder.path().join("master.key")).unwrap();
        drop(file(&bench.folder).make_next().unwrap());
        assert_opens(&bench, 1);
        assert_eq!(fs::read(bench.folder.path().join("master.key")).unwrap(), before);
        // Of a key whose writing was cut short nothing is taken either.
        fs::write(bench.folder.path().join("master.key.next"), b"half").unwrap();
        assert_opens(&bench, 1);
    }

    #[test]
    fn a_rotation_cut_short_after_the_store_changed_is_finished() {
        let bench = bench();
        let master = file(&bench.folder);
        let old = fs::read(master.path()).unwrap();
        let store = master.open_store(&bench.disk).unwrap();
        store.rotate(&master.make_next().unwrap()).unwrap();
        drop(store);
        assert_opens(&bench, 2);
        assert_ne!(fs::read(master.path()).unwrap(), old);
        assert_opens(&bench, 2);
    }

    #[test]
    fn neither_key_fitting_is_told_and_changes_nothing() {
        let bench = bench();
        let path = bench.folder.path().join("master.key");
        let next = bench.folder.path().join("master.key.next");
        fs::remove_file(&path).unwrap();
        drop(MasterKey::create(&path, &OsRandom).unwrap());
        drop(MasterKey::create(&next, &OsRandom).unwrap());
        let before = [fs::read(&path).unwrap(), fs::read(&next).unwrap()];
        let error = file(&bench.folder).open_store(&bench.disk).err().unwrap().to_string();
        assert!(error.contains("does not open the key store"), "{error}");
        assert_eq!([fs::read(&path).unwrap(), fs::read(&next).unwrap()], before);
    }

    #[test]
    fn a_link_to_a_key_elsewhere_stays_a_link() {
        let bench = bench();
        let elsewhere = tempfile::tempdir().unwrap();
        let (link, target) = (bench.folder.path().join("master.key"), elsewhere.path().join("kept.key"));
        fs::rename(&link, &target).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let master = file(&bench.folder);
        let old = fs::read(&target).unwrap();
        master.open_store(&bench.disk).unwrap().rotate(&master.make_next().unwrap()).unwrap();
        master.replace().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_ne!(fs::read(&target).unwrap(), old);
        assert_opens(&bench, 2);
    }

    #[test]
    fn the_replaced_keys_bytes_are_overwritten_unless_the_file_has_another_name() {
        let bench = bench();
        let master = file(&bench.folder);
        let old = fs::read(master.path()).unwrap();
        let mut held = File::open(master.path()).unwrap();
        drop(master.make_next().unwrap());
        master.replace().unwrap();
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut held, &mut bytes).unwrap();
        assert_eq!(bytes, vec![0; old.len()]);

        let kept = bench.folder.path().join("kept");
        fs::hard_link(master.path(), &kept).unwrap();
        let second = fs::read(&kept).unwrap();
        drop(master.make_next().unwrap());
        master.replace().unwrap();
        assert_eq!(fs::read(&kept).unwrap(), second);
    }
}
