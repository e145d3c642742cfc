//! The folder of the quarantine: private, every file under a name that no loader takes, a manifest beside it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use syndic_attest::{PublicKey, SigningKey};

use super::moving::{rename, sync_folder};
use crate::cli::{Cli, QuarantinePlaceArgs};
use crate::state::State;

/// Ending of what is in quarantine.
pub(super) const CONTENT: &str = "quarantined";
/// Ending of a manifest.
pub(super) const MANIFEST: &str = "json";
/// Ending of a note that something is being moved; it stays only after a crash.
pub(super) const MOVING: &str = "moving";
/// Ending of the manifest of what was put back.
pub(super) const RESTORED: &str = "restored";

/// A quarantine that can be written to.
pub(crate) struct Vault {
    pub(super) folder: PathBuf,
    pub(super) key: SigningKey,
}

/// Returns the folder that is meant.
pub(super) fn folder(cli: &Cli, place: &QuarantinePlaceArgs) -> PathBuf {
    place.dir.clone().unwrap_or_else(|| cli.state.join("quarantine"))
}

/// Returns the key that manifests are signed with.
///
/// # Errors
/// There is none yet, or it cannot be read.
pub(super) fn public_key(cli: &Cli) -> Result<PublicKey> {
    if !cli.state.is_dir() {
        bail!("there is no state folder {}: name it with --state", cli.state.display());
    }
    State::open(&cli.state)?.public_key()
}

impl Vault {
    /// Opens the quarantine, making it on first use.
    ///
    /// # Errors
    /// It cannot be made or used.
    pub(crate) fn open(cli: &Cli, place: &QuarantinePlaceArgs) -> Result<Self> {
        let key = State::open(&cli.state)?.signing_key()?;
        let folder = folder(cli, place);
        let what = || format!("cannot use the quarantine {}: choose another with --dir", folder.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).with_context(what)?;
        let folder = fs::canonicalize(&folder).with_context(what)?;
        Ok(Self { folder, key })
    }

    /// Returns the folder, every link in its path resolved.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the path of one of the files of an id.
    pub(super) fn path(&self, id: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{id}.{ending}"))
    }

    /// Writes a file that nobody ever sees half written and that replaces nothing.
    pub(super) fn write(&self, id: &str, ending: &str, bytes: &[u8]) -> Result<()> {
        let draft = self.folder.join(format!(".{id}.{ending}.draft"));
        let write = || -> Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            if !rename(&draft, &self.path(id, ending))? {
                bail!("the folder spans file systems");
            }
            sync_folder(&self.folder)
        };
        write().with_context(|| format!("cannot write to the quarantine {}", self.folder.display()))
    }

    /// Removes the note that something is being moved.
    pub(super) fn settle(&self, id: &str) -> Result<()> {
        match fs::remove_file(self.path(id, MOVING)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).context("cannot remove the note of the move")
            }
            _ => sync_folder(&self.folder),
        }
    }
}
