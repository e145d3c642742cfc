//! The witness that a state folder is for others: `witness/` in it, with a key of its own and what it remembers.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, NoteKey, NoteSigner};
use syndic_ledger::SystemClock;
use syndic_ledger::disk::{Durability, RealDisk, read_file, replace_file};
use syndic_ledger::witness::{Witness, WitnessError};

use crate::commands::UsageError;
use crate::printer;
use crate::state::State;

/// The folder in the state folder. Its key is another than the state folder's: a witness's must sign nothing else.
const FOLDER: &str = "witness";
/// The witness's public key as a line, which also says its name.
const KEY_FILE: &str = "witness.vkey";
const KEY_BYTES_LIMIT: u64 = 4 << 10;

/// The witness of a state folder, not opened yet.
pub(super) struct OwnWitness {
    folder: PathBuf,
    signer: NoteSigner,
}

impl OwnWitness {
    /// Reads the witness's key, or makes it under this name, or one nobody else has.
    ///
    /// # Errors
    /// It has another name; its files cannot be used.
    pub(super) fn open(state: &Path, name: Option<&str>) -> Result<Self> {
        State::open(state)?;
        let folder = state.join(FOLDER);
        let private = State::open(&folder)?.signing_key()?;
        let what = || format!("cannot use the witness's folder {}", folder.display());
        let disk = RealDisk::new(&folder);
        let line = if let Some(bytes) = read_file(&disk, KEY_FILE, KEY_BYTES_LIMIT).with_context(what)? {
            String::from_utf8(bytes).with_context(what)?
        } else {
            let fallback = || format!("syndic.local/witness/{}", ulid::Ulid::new().to_string().to_lowercase());
            let signer = signer(&name.map_or_else(fallback, str::to_owned), &private)?;
            let line = format!("{}\n", signer.key());
            replace_file(&disk, KEY_FILE, line.as_bytes(), Durability::Now).with_context(what)?;
            line
        };
        let key: NoteKey = line.trim().parse().with_context(|| format!("{KEY_FILE} in {}", folder.display()))?;
        if name.is_some_and(|name| name != key.name()) {
            let why = format!("this witness is {}: leave --name out, or be another one with --state DIR", key.name());
            return Err(UsageError(why).into());
        }
        let signer = signer(key.name(), &private)?;
        if *signer.key() != key {
            bail!("{KEY_FILE} in {} is not of the private key beside it: restore both", folder.display());
        }
        Ok(Self { folder, signer })
    }

    /// Returns the public key.
    pub(super) fn key(&self) -> &NoteKey {
        self.signer.key()
    }

    /// Opens what it remembers, for this process alone.
    ///
    /// # Errors
    /// Another process has it; it is damaged; the disk refuses.
    pub(super) fn witness(self) -> Result<Witness> {
        let disk = Arc::new(RealDisk::new(&self.folder));
        Witness::open(disk, Arc::new(SystemClock), self.signer).map_err(|error| match &error {
            WitnessError::Disk { problem, .. } if problem.kind() == ErrorKind::WouldBlock => {
                anyhow::anyhow!("another process is this witness ({}): stop it first", self.folder.display())
            }
            _ => error.into(),
        })
    }
}

fn signer(name: &str, private: &SigningKey) -> Result<NoteSigner> {
    let signer = NoteSigner::new(name, KeyUse::Cosignature, private.clone());
    Ok(signer.map_err(|why| UsageError(format!("{name:?} cannot be a witness's name: {why}")))?)
}

/// Lets the witness know a log, and says so if it did not.
///
/// # Errors
/// It is no log's key, or the log is known with another one; the disk refuses.
pub(super) fn add_log(witness: &Witness, log: &str) -> Result<()> {
    match witness.add_log(log) {
        Ok(true) => printer::say(&format!("the log {log} is known from now on; of its past nothing is known")),
        Ok(false) => {}
        Err(error @ (WitnessError::Key { .. } | WitnessError::Known { .. })) => {
            return Err(UsageError(error.to_string()).into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
