//! The master key: 32 bytes in a file of the caller's, outside the ledger, that nobody else may read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::KeyError;
use super::xaes::KEY_BYTES;
use crate::clock::Random;

/// The permission bits that let group and others in.
const OTHERS: u32 = 0o077;

/// The key that opens a key store. Zeroized when dropped, and never printed.
pub struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

impl MasterKey {
    /// Takes a key from elsewhere, such as a key service.
    pub fn from_bytes(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(bytes)
    }

    /// Reads a file of exactly 32 bytes that only its owner may use (mode 0600 or stricter).
    ///
    /// # Errors
    /// `MasterFile` if it cannot be read; `MasterRefused` if it is no regular file, others may use it, it has another
    /// length, or all its bytes are equal (a file that was only made, never filled).
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let failed = |problem| KeyError::MasterFile { path: path.to_owned(), problem };
        let refused = |why: String| KeyError::MasterRefused { path: path.to_owned(), why };
        // Opening a pipe would wait for somebody to write into it.
        let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path).map_err(failed)?;
        // Asked of the open file, so that it cannot be another by the time it is read.
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(refused("it is not a regular file".to_owned()));
        }
        if metadata.mode() & OTHERS != 0 {
            let mode = metadata.mode() & 0o7777;
            return Err(refused(format!("others may use it (mode {mode:04o}): run chmod 600 on it")));
        }
        let length = metadata.len();
        if length != KEY_BYTES as u64 {
            return Err(refused(format!("it has {length} bytes, a master key has {KEY_BYTES}")));
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        file.read_exact(&mut *key).map_err(failed)?;
        if key.windows(2).all(|pair| pair.first() == pair.last()) {
            return Err(refused("all its bytes are equal: make one with random bytes".to_owned()));
        }
        Ok(Self(key))
    }

    /// Makes a new random key in a new file with mode 0600 and waits until the disk has it.
    ///
    /// # Errors
    /// `Random` without randomness; `MasterFile` if the file is there already or cannot be written.
    pub fn create(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random.fill(&mut *key).map_err(KeyError::Random)?;
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&*key)?;
            file.sync_all()?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|problem| KeyError::MasterFile { path: path.to_owned(), problem })?;
        Ok(Self(key))
    }

    /// The bytes, for derivation only.
    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::keys::laws::Seeded;

    fn file(bytes: &[u8], mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    fn refusal(bytes: &[u8], mode: u32) -> String {
        let (_folder, path) = file(bytes, mode);
        MasterKey::read(&path).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_created_key_is_private_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::create(&path, &Seeded::new(1)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(made.bytes(), MasterKey::read(&path).unwrap().bytes());
        let again = MasterKey::create(&path, &Seeded::new(2));
        assert!(matches!(again, Err(KeyError::MasterFile { .. })), "an existing key is never overwritten");
    }

    #[test]
    fn a_key_others_may_use_is_refused() {
        let key: Vec<u8> = (0..32).collect();
        for mode in [0o640, 0o604, 0o644, 0o660, 0o610] {
            assert!(refusal(&key, mode).contains("chmod 600"), "mode {mode:o}");
        }
        assert_eq!(refusal(&key, 0o600), "");
        assert_eq!(refusal(&key, 0o400), "");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(refusal(&[7, 8], 0o600).contains("2 bytes"));
        assert!(refusal(&(0..33).collect::<Vec<u8>>(), 0o600).contains("33 bytes"));
        assert!(refusal(&[0; 32], 0o600).contains("equal"));
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(MasterKey::read(folder.path()), Err(KeyError::MasterRefused { .. })));
        assert!(matches!(MasterKey::read(&folder.path().join("none")), Err(KeyError::MasterFile { .. })));
        let endless = folder.path().join("endless");
        std::os::unix::fs::symlink("/dev/zero", &endless).unwrap();
        assert!(matches!(MasterKey::read(&endless), Err(KeyError::MasterRefused { .. })));
    }
}
