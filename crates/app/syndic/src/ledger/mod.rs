//! The ledger of a state folder: where evidence, changes of findings and decisions are appended for good.
//!
//! It is open only while something is recorded or read, so that `up` and `assess` on one state folder take turns; a
//! lock file beside it makes the others wait.

mod anchors;
mod entries;
mod master;
mod recording;
mod signed;
mod witnessed;
mod witnesses;
mod witnessing;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, NoteKey};
use syndic_ledger::admin::{Admin, Cause, is_erasing};
use syndic_ledger::disk::{Disk, RealDisk};
use syndic_ledger::keys::{KeyStore, Rotation};
use syndic_ledger::search::SearchIndex;
use syndic_ledger::{
    CHECKPOINT_PATH, DESCRIPTION_PATH, Description, Ledger, Options, Ports, SignedCheckpoint, SystemClock,
};

pub(crate) use anchors::compare;
use master::MasterFile;
pub(crate) use signed::{COLLECTOR, SignedJudgement, SignedRun, Summaries, stood};
use witnessed::Witnessed;
pub(crate) use witnesses::{Listed, WitnessList, witness_key};
pub(crate) use witnessing::Witnessing;

/// Segments of a local ledger: a run takes some hundred kilobytes, and each segment takes its whole size at once.
const SEGMENT_BYTES: u64 = 4 << 20;

/// The ledger of a state folder.
#[derive(Debug, Clone)]
pub(crate) struct StateLedger {
    state: PathBuf,
    folder: PathBuf,
    master: PathBuf,
    lock: PathBuf,
}

/// An open ledger; others wait until it is dropped.
pub(crate) struct OpenLedger {
    pub(crate) ledger: Ledger,
    log_key: NoteKey,
    keys: Arc<KeyStore>,
    disk: Arc<dyn Disk>,
    master: MasterFile,
    _turn: File,
}

impl OpenLedger {
    /// Returns who may act on the ledger, after what a crash interrupted was finished.
    ///
    /// # Errors
    /// The log's administrative records cannot be read, or not be finished.
    pub(crate) fn admin(&self) -> Result<Admin> {
        Ok(Admin::open(self.ledger.clone(), Arc::clone(&self.keys), Arc::clone(&self.disk))?)
    }

    /// Returns the search index over every record, made again where it is missing.
    ///
    /// # Errors
    /// A leaf cannot be read; the disk refuses.
    pub(crate) fn index(&self) -> Result<SearchIndex> {
        Ok(SearchIndex::open(Arc::clone(&self.disk), self.ledger.size())?)
    }

    /// Returns the log's public key.
    pub(crate) fn log_key(&self) -> &NoteKey {
        &self.log_key
    }

    /// Returns what the log has in place of a subject's name.
    pub(crate) fn pseudonym(&self, subject: &str) -> [u8; 32] {
        self.keys.pseudonym(subject).0
    }

    /// Puts the key store under a new master key, which takes the place of the present one; returns the file too.
    ///
    /// # Errors
    /// A file or the key store cannot be written, or the rotation not be recorded: the next opening puts it right.
    pub(crate) fn rotate(&self, admin: &Admin, cause: &Cause) -> Result<(Rotation, PathBuf)> {
        let rotation = admin.rotate(&self.master.make_next()?, cause)?;
        self.master.replace()?;
        Ok((rotation, self.master.path().to_path_buf()))
    }
}

impl StateLedger {
    /// Names the ledger of a state folder; nothing is made yet.
    pub(crate) fn of(state: &Path) -> Self {
        Self {
            state: state.to_path_buf(),
            folder: state.join("ledger"),
            master: state.join("ledger-master.key"),
            lock: state.join(".ledger-turn"),
        }
    }

    /// Returns the folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Says whether there is a ledger.
    pub(crate) fn exists(&self) -> bool {
        self.folder.join(DESCRIPTION_PATH).exists()
    }

    /// Returns the log's public key as it is given to witnesses; nothing without a ledger.
    ///
    /// # Errors
    /// The ledger's description cannot be read.
    pub(crate) fn log_line(&self) -> Result<Option<String>> {
        let read = || Ok(Description::read(&RealDisk::new(&self.folder))?.key);
        self.exists().then(read).transpose()
    }

    /// Returns the newest checkpoint of the log with this key that a witness is known to have cosigned.
    ///
    /// # Errors
    /// It cannot be read, or is of another log.
    pub(crate) fn newest_witnessed(&self, log: &NoteKey) -> Result<Option<SignedCheckpoint>> {
        Witnessed::of(&self.state).read(log)
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
        self.open_in(self.turn()?, key)
    }

    /// Refuses to begin anew where witnesses have seen a log, or one lies without its description: under another name
    /// nothing of it could be verified.
    fn expect_no_remains(&self) -> Result<()> {
        Witnessed::of(&self.state).expect_none()?;
        if self.folder.join(CHECKPOINT_PATH).exists() {
            bail!(
                "{} holds a log without its {DESCRIPTION_PATH}: put that file back from a backup or an archive",
                self.folder.display()
            );
        }
        Ok(())
    }

    /// Opens the ledger in a turn that was taken before.
    fn open_in(&self, turn: File, key: &SigningKey) -> Result<OpenLedger> {
        let what = || format!("cannot open the ledger {}", self.folder.display());
        if !self.exists() {
            self.expect_no_remains()?;
        }
        std::fs::create_dir_all(&self.folder).with_context(what)?;
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&self.folder));
        let master = MasterFile::at(&self.master);
        let has_keys = self.folder.join("keys").join("slots").exists();
        let keys = Arc::new(if has_keys || self.exists() {
            master.open_store(&disk)?
        } else {
            master.create_store(Arc::clone(&disk))?
        });
        let ports = Ports { disk: Arc::clone(&disk), clock: Arc::new(SystemClock), sealer: keys.clone() };
        let ledger = if self.exists() {
            let origin = Description::read(disk.as_ref())?.origin;
            let log_key = NoteKey::new(&origin, KeyUse::Note, key.public())?;
            let mut options = options(origin, key);
            // The newest alone: an opening reads from the smallest known head on.
            options.known_heads = self.newest_witnessed(&log_key)?.map(|kept| kept.head).into_iter().collect();
            Ledger::open(&ports, &options)?.0
        } else {
            let origin = format!("syndic.local/{}", ulid::Ulid::new().to_string().to_lowercase());
            Ledger::create(&ports, &options(origin, key))?
        };
        let log_key = Description::read(disk.as_ref())?.key.parse()?;
        let open = OpenLedger { ledger, log_key, keys, disk, master, _turn: turn };
        if is_erasing(open.disk.as_ref()) {
            // An erasure that a crash interrupted is finished before anything else is done.
            open.admin()?;
        }
        Ok(open)
    }
}

fn options(origin: String, key: &SigningKey) -> Options {
    Options { segment_bytes: SEGMENT_BYTES, ..Options::new(origin, key.clone()) }
}
