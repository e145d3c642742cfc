//! The state folder: the store and the local signing key, readable by the user alone.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use syndic_attest::{PublicKey, SigningKey};

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
    /// There is none.
    pub(crate) fn existing(folder: &Path) -> Result<Self> {
        if !folder.join("syndic.db").exists() {
            bail!("no store in {}: run `syndic assess PATH` first, or name the folder with --state", folder.display());
        }
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// Returns the address of the store.
    pub(crate) fn store_url(&self) -> String {
        format!("sqlite:{}", self.folder.join("syndic.db").display())
    }

    /// Returns the local signing key, made on first use.
    ///
    /// # Errors
    /// The key file cannot be read, is not a key, or cannot be written.
    pub(crate) fn signing_key(&self) -> Result<SigningKey> {
        let path = self.folder.join("signing-key.pem");
        match fs::read_to_string(&path) {
            Ok(pem) => SigningKey::from_pkcs8_pem(&pem).with_context(|| {
                format!("{} is not an Ed25519 key: restore it, or move it away to get a new one", path.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.new_key(&path),
            Err(error) => Err(error).with_context(|| format!("cannot read the signing key {}", path.display())),
        }
    }

    fn new_key(&self, path: &Path) -> Result<SigningKey> {
        let mut seed = [0_u8; 32];
        getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness from the system: {error}"))?;
        let key = SigningKey::from_seed(seed);
        let what = || format!("cannot write the signing key {}", path.display());
        // `create_new`: two first runs at once must not overwrite each other's key.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(what)?;
        file.write_all(key.to_pkcs8_pem()?.as_bytes()).with_context(what)?;
        file.sync_all().with_context(what)?;
        fs::write(self.public_key_path(), key.public().to_spki_pem()?).with_context(what)?;
        Ok(key)
    }

    fn public_key_path(&self) -> PathBuf {
        self.folder.join("signing-key.pub.pem")
    }

    /// Returns the public half of the local key.
    ///
    /// # Errors
    /// There is none, or it is not a key.
    pub(crate) fn public_key(&self) -> Result<PublicKey> {
        let path = self.public_key_path();
        let pem =
            fs::read_to_string(&path).with_context(|| format!("cannot read the public key {}", path.display()))?;
        PublicKey::from_spki_pem(&pem).with_context(|| format!("{} is not a public key", path.display()))
    }
}
