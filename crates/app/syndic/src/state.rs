//! The state folder: the store and the local signing key, readable by the user alone.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use syndic_attest::{PublicKey, SigningKey};
use syndic_store::Store;

use crate::printer;

/// Which file the store of a state folder is: device and inode, since a name can be given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoreFile(u64, u64);

impl StoreFile {
    /// Looks at the store's file; nothing when it is gone or cannot be reached.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let file = fs::metadata(folder.join("syndic.db")).ok()?;
        Some(Self(file.dev(), file.ino()))
    }
}

/// A state folder that exists.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
}

impl State {
    /// Opens the folder, making it if it is not there.
    ///
    /// # Errors
    /// The folder cannot be made or used.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let what = || format!("cannot use the state folder {}: choose another with --state DIR", folder.display());
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(what)?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            // The key must not be committed by accident.
            fs::write(&ignore, "*\n").with_context(what)?;
        }
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// Opens a folder that an earlier run made.
    ///
    /// # Errors
    /// There is none, or it may not be looked into.
    pub(crate) fn existing(folder: &Path) -> Result<Self> {
        match fs::metadata(folder.join("syndic.db")) {
            Ok(file) if file.len() > 0 => Ok(Self { folder: folder.to_path_buf() }),
            // Whether there is a store is not known then, so "no store" would be a guess.
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Err(error)
                .with_context(|| {
                    format!(
                        "cannot look into the state folder {}: make it readable, or name another with --state",
                        folder.display()
                    )
                }),
            // An empty file would be made a store on opening, and a store without a run reads as clean.
            _ => bail!(
                "no store in {}: run `syndic assess PATH` first, or name the folder with --state",
                folder.display()
            ),
        }
    }

    /// Returns a key for a run that keeps nothing: the local one if it can be read, else one that is never written.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub(crate) fn passing_key(folder: &Path) -> Result<SigningKey> {
        match (Self { folder: folder.to_path_buf() }).read_key() {
            Ok(Some(key)) => Ok(key),
            // Nobody will be shown a signature of this run: a folder of somebody else must not keep it from running.
            Ok(None) | Err(_) => random_key(),
        }
    }

    /// Returns the address of the store.
    pub(crate) fn store_url(&self) -> String {
        format!("sqlite:{}", self.folder.join("syndic.db").display())
    }

    /// Returns the local signing key, made on first use, its public half beside it.
    ///
    /// # Errors
    /// The key file cannot be read, is not a key, or cannot be written; the public half is another key's; the key is
    /// gone although something was signed with it.
    pub(crate) fn signing_key(&self) -> Result<SigningKey> {
        let was_used = self.public_key_path().exists() || Self::existing(&self.folder).is_ok();
        // Read after looking for what follows the key: a first run beside this one writes the key before the rest.
        let key = match self.read_key()? {
            Some(key) => {
                self.keep_private()?;
                key
            }
            None if was_used => bail!(
                "the signing key {} is gone, but {} holds what it signed: restore the key, or move the folder away to \
                 start anew",
                self.key_path().display(),
                self.folder.display()
            ),
            None => self.new_key()?,
        };
        self.pair(&key)?;
        Ok(key)
    }

    fn key_path(&self) -> PathBuf {
        self.folder.join("signing-key.pem")
    }

    fn read_key(&self) -> Result<Option<SigningKey>> {
        let path = self.key_path();
        match read_key_file(&path) {
            Ok(pem) => SigningKey::from_pkcs8_pem(&pem).map(Some).with_context(|| {
                format!("{} is not an Ed25519 key: restore it, or move the folder away to start anew", path.display())
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read the signing key {}", path.display())),
        }
    }

    fn new_key(&self) -> Result<SigningKey> {
        let key = random_key()?;
        if self.write_whole(&self.key_path(), key.to_pkcs8_pem()?.as_bytes(), 0o600)? {
            return Ok(key);
        }
        // Another first run was faster: its key is the key.
        self.read_key()?.with_context(|| format!("the signing key {} vanished", self.key_path().display()))
    }

    /// Takes from group and others what they must not have.
    fn keep_private(&self) -> Result<()> {
        let path = self.key_path();
        let mode = fs::metadata(&path).with_context(|| format!("cannot look at {}", path.display()))?.mode() & 0o777;
        if mode & 0o077 != 0 {
            let outcome = fs::set_permissions(&path, Permissions::from_mode(0o600));
            let now = if outcome.is_ok() { "is 0600 now" } else { "could not be mended: run chmod 600 on it" };
            printer::say(&format!(
                "warning: the signing key {} was open to others (mode {mode:04o}); it {now}. \
                 Whoever read it can sign evidence",
                path.display()
            ));
        }
        Ok(())
    }

    /// Sees to it that what the key signs can be verified with the public half beside it.
    fn pair(&self, key: &SigningKey) -> Result<()> {
        let path = self.public_key_path();
        if !path.exists() {
            self.write_whole(&path, key.public().to_spki_pem()?.as_bytes(), 0o644)?;
        }
        if self.public_key()?.key_id() != key.public().key_id() {
            bail!(
                "{} is not the public half of {}: restore the key that belongs to it, or remove the public half to \
                 derive it anew",
                path.display(),
                self.key_path().display()
            );
        }
        Ok(())
    }

    /// Writes a file that nobody ever sees half written. Returns `false` when there is one already, which stays.
    fn write_whole(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<bool> {
        let draft = self.folder.join(format!(".draft-{}-{}", std::process::id(), ulid::Ulid::new()));
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            // A link never replaces what is there.
            match fs::hard_link(&draft, path) {
                Ok(()) => Ok(true),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
                Err(error) => Err(error),
            }
        };
        let outcome: std::io::Result<bool> = write();
        // What is left over is a hidden file that nothing reads.
        let _ = fs::remove_file(&draft);
        outcome.with_context(|| format!("cannot write {}", path.display()))
    }

    fn public_key_path(&self) -> PathBuf {
        self.folder.join("signing-key.pub.pem")
    }

    /// Returns the public half of the local key; taken from the private one when its file is gone.
    ///
    /// # Errors
    /// There is none, or it is not a key.
    pub(crate) fn public_key(&self) -> Result<PublicKey> {
        let path = self.public_key_path();
        match read_key_file(&path) {
            Ok(pem) => {
                PublicKey::from_spki_pem(&pem).with_context(|| format!("{} is not a public key", path.display()))
            }
            Err(error) => match self.read_key() {
                Ok(Some(key)) if error.kind() == ErrorKind::NotFound => Ok(key.public()),
                _ => Err(error).with_context(|| format!("cannot read the public key {}", path.display())),
            },
        }
    }
}

/// No key file is longer, in bytes.
const KEY_LIMIT: u64 = 64 << 10;

/// Reads a key file; a link to a device or a pipe is neither waited for nor read further than a key can be long.
fn read_key_file(path: &Path) -> io::Result<String> {
    let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut text = String::new();
    if file.take(KEY_LIMIT + 1).read_to_string(&mut text)? as u64 > KEY_LIMIT {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is longer than any key"));
    }
    Ok(text)
}

fn random_key() -> Result<SigningKey> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness from the system: {error}"))?;
    Ok(SigningKey::from_seed(seed))
}

/// Refuses a store that knows nothing: an empty list from it would read as "nothing wrong".
///
/// # Errors
/// No run was ever recorded, or the store cannot be read.
pub(crate) async fn assessed(store: Store) -> Result<Store> {
    if store.is_empty().await? {
        bail!("the store {} holds no run yet: run `syndic assess PATH` first", store.path().display());
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_no_file_or_endless_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing-key.pem");
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        assert!(read_key_file(&path).is_err());
        let long = folder.path().join("long.pem");
        fs::write(&long, vec![b'a'; 100_000]).unwrap();
        assert!(read_key_file(&long).is_err());
        fs::write(&long, "short").unwrap();
        assert_eq!(read_key_file(&long).unwrap(), "short");
    }
}
