//! The ledger of a state folder: where evidence, changes of findings and decisions are appended for good.
//!
//! It is open only while something is recorded or read, so that `up` and `assess` on one state folder take turns; a
//! lock file beside it makes the others wait.

mod anchors;
mod entries;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use syndic_attest::SigningKey;
use syndic_evidence::Assessment;
use syndic_ledger::disk::RealDisk;
use syndic_ledger::keys::{Access, KeyStore, MasterKey};
use syndic_ledger::{DESCRIPTION_PATH, Description, Ledger, Options, OsRandom, Ports, SystemClock};
use syndic_store::{Changes, Store};

pub(crate) use anchors::compare;

/// Segments of a local ledger: a run takes some hundred kilobytes, and each segment takes its whole size at once.
const SEGMENT_BYTES: u64 = 4 << 20;

/// The ledger of a state folder.
#[derive(Debug, Clone)]
pub(crate) struct StateLedger {
    folder: PathBuf,
    master: PathBuf,
    lock: PathBuf,
}

/// An open ledger; others wait until it is dropped.
pub(crate) struct OpenLedger {
    pub(crate) ledger: Ledger,
    _turn: File,
}

impl StateLedger {
    /// Names the ledger of a state folder; nothing is made yet.
    pub(crate) fn of(state: &Path) -> Self {
        Self { folder: state.join("ledger"), master: state.join("ledger-master.key"), lock: state.join(".ledger-turn") }
    }

    /// Returns the folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Says whether there is a ledger.
    pub(crate) fn exists(&self) -> bool {
        self.folder.join(DESCRIPTION_PATH).exists()
    }

    /// Appends what a run brought about. Returns when it is durable and under a signed checkpoint.
    ///
    /// # Errors
    /// The ledger cannot be opened or written; what was stored stays stored, and `ledger verify --store` names it.
    pub(crate) async fn record(
        &self,
        key: &SigningKey,
        store: &Store,
        assessment: &Assessment,
        changes: &Changes,
    ) -> Result<()> {
        let findings = anchors::findings_digest(store, &assessment.run.system).await?;
        let entries = entries::of(assessment, changes, &findings)?;
        let (this, key) = (self.clone(), key.clone());
        let append = move || -> Result<()> {
            let open = this.open(&key)?;
            open.ledger.append(entries)?;
            open.ledger.close()?;
            Ok(())
        };
        tokio::task::spawn_blocking(append)
            .await
            .context("the ledger's thread failed")?
            .with_context(|| format!("the result is stored but not recorded in the ledger {}", self.folder.display()))
    }

    /// Waits until no other program has the ledger open, and keeps them waiting until the answer is dropped.
    ///
    /// # Errors
    /// The lock file cannot be made.
    pub(crate) fn turn(&self) -> Result<File> {
        let what = || format!("cannot take a turn at the ledger {}", self.folder.display());
        let turn = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&self.lock);
        let turn = turn.with_context(what)?;
        turn.lock().with_context(what)?;
        Ok(turn)
    }

    /// Opens the ledger, making it on first use, and waits while another program has it open.
    ///
    /// # Errors
    /// Keys or log are damaged or of somebody else; the disk refuses.
    pub(crate) fn open(&self, key: &SigningKey) -> Result<OpenLedger> {
        let what = || format!("cannot open the ledger {}", self.folder.display());
        let turn = self.turn()?;
        std::fs::create_dir_all(&self.folder).with_context(what)?;
        let disk = Arc::new(RealDisk::new(&self.folder));
        let master = if self.master.exists() || self.exists() {
            MasterKey::read(&self.master)?
        } else {
            MasterKey::create(&self.master, &OsRandom)?
        };
        let has_keys = self.folder.join("keys").join("slots").exists();
        let keys = if has_keys || self.exists() {
            KeyStore::open(disk.clone(), Arc::new(OsRandom), &master, Access::Write)?.0
        } else {
            KeyStore::create(disk.clone(), Arc::new(OsRandom), &master)?
        };
        let ports = Ports { disk: disk.clone(), clock: Arc::new(SystemClock), sealer: Arc::new(keys) };
        let ledger = if self.exists() {
            let origin = Description::read(disk.as_ref())?.origin;
            Ledger::open(&ports, &options(origin, key))?.0
        } else {
            let origin = format!("syndic.local/{}", ulid::Ulid::new().to_string().to_lowercase());
            Ledger::create(&ports, &options(origin, key))?
        };
        Ok(OpenLedger { ledger, _turn: turn })
    }
}

fn options(origin: String, key: &SigningKey) -> Options {
    Options { segment_bytes: SEGMENT_BYTES, ..Options::new(origin, key.clone()) }
}
