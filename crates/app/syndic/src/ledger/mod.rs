//! The ledger of a state folder: where evidence, changes of findings and decisions are appended for good.
//!
//! It is open only while something is recorded or read, so that `up` and `assess` on one state folder take turns; a
//! lock file beside it makes the others wait.

mod anchors;
mod entries;
mod master;
mod recording;
mod remains;
mod signed;
mod telling;
mod unopened;
mod witnessed;
mod witnesses;
mod witnessing;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::fs::OFlags;
use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, NoteKey};
use syndic_ledger::admin::{Admin, Cause};
use syndic_ledger::disk::{Disk, RealDisk, read_file};
use syndic_ledger::keys::{KeyStore, Rotation};
use syndic_ledger::search::{ContentIndex, SearchIndex};
use syndic_ledger::{
    CHECKPOINT_PATH, DESCRIPTION_PATH, Description, Ledger, Options, Ports, SignedCheckpoint, SystemClock,
};

pub(crate) use anchors::compare;
use master::MasterFile;
pub(crate) use signed::{COLLECTOR, SignedJudgement, SignedRun, Summaries, stood};
use telling::{tell_cut, tell_lost, tell_revived};
use witnessed::Witnessed;
pub(crate) use witnesses::{Listed, WitnessList, witness_key};
pub(crate) use witnessing::Witnessing;

use crate::printer;

/// A larger checkpoint is none.
const CHECKPOINT_BYTES_LIMIT: u64 = 1 << 20;
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
    admin: Admin,
    log_key: NoteKey,
    keys: Arc<KeyStore>,
    disk: Arc<dyn Disk>,
    master: MasterFile,
    _turn: File,
}

impl OpenLedger {
    /// Returns who may act on the ledger.
    pub(crate) fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Returns the search index over every record, made again where it is missing.
    ///
    /// # Errors
    /// A leaf cannot be read; the disk refuses.
    pub(crate) fn index(&self) -> Result<SearchIndex> {
        Ok(SearchIndex::open(Arc::clone(&self.disk), self.ledger.size())?)
    }

    /// Returns the index of contents as far as it was made.
    ///
    /// # Errors
    /// The log or the disk cannot be read.
    pub(crate) fn contents(&self) -> Result<ContentIndex> {
        Ok(ContentIndex::open(&self.ledger, &self.keys)?)
    }

    /// Returns the newest checkpoint that was signed and written; nothing before the first.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn newest_checkpoint(&self) -> Result<Option<SignedCheckpoint>> {
        let note = read_file(self.disk.as_ref(), CHECKPOINT_PATH, CHECKPOINT_BYTES_LIMIT)
            .with_context(|| format!("cannot read {CHECKPOINT_PATH}"))?;
        let note = note.and_then(|note| String::from_utf8(note).ok());
        Ok(note.and_then(|note| SignedCheckpoint::read(&note, &self.log_key)))
    }

    /// Returns the log's public key.
    pub(crate) fn log_key(&self) -> &NoteKey {
        &self.log_key
    }

    /// Refuses to go on where the log names a witness that is not on the list: who took it off the list may have put the
    /// log back as well, and that witness would tell.
    ///
    /// # Errors
    /// A witness is missing.
    pub(crate) fn expect_listed(&self, list: &WitnessList) -> Result<()> {
        let state = self.admin.state();
        let lacking = list.lacking(state.witnesses());
        if lacking.is_empty() {
            return Ok(());
        }
        bail!(
            "record {} of the ledger names a witness that is not in witnesses.json, so it cannot be asked whether the log was \
             put back: {}. Restore witnesses.json, or add it again with `syndic ledger witness add URL KEY`; `witness \
             remove URL` then ends it for good",
            state.witnesses().map_or(0, |named| named.index),
            lacking.join(", ")
        )
    }

    /// Records who witnesses the log, if that is not what it says; `before` is the list before it was changed.
    ///
    /// # Errors
    /// It cannot be recorded.
    pub(crate) fn record_witnesses(&self, list: &WitnessList, before: &WitnessList, cause: &Cause) -> Result<()> {
        // Whoever was named and not listed stays named: nobody took it off.
        let mut keys = before.lacking(self.admin.state().witnesses());
        keys.extend(list.keys());
        self.admin.set_witnesses(keys, cause)?;
        Ok(())
    }

    /// Asks the witnesses of a state folder whether the ledger is whole, before something is appended, and records those
    /// that it does not name yet.
    ///
    /// # Errors
    /// One that the log names is not on the list; one knows more of the log; the list or the ledger cannot be used.
    pub(crate) fn ask_witnesses(&self, state: &Path) -> Result<Witnessing> {
        let list = WitnessList::read(state)?;
        self.expect_listed(&list)?;
        let mut witnesses = Witnessing::with(state, list.listed());
        witnesses.before(&self.ledger, &self.log_key)?;
        let cause = Cause { actor: "ledger".to_owned(), reason: "taken over from witnesses.json".to_owned() };
        self.record_witnesses(&list, &list, &cause)?;
        Ok(witnesses)
    }

    /// Returns what the log has in place of a subject's name.
    pub(crate) fn pseudonym(&self, subject: &str) -> [u8; 32] {
        self.keys.pseudonym(subject).0
    }

    /// Returns the file of the present master key.
    pub(crate) fn master_path(&self) -> &Path {
        self.master.path()
    }

    /// Puts the key store under a new master key, which takes the place of the present one; returns the file too.
    ///
    /// # Errors
    /// A file or the key store cannot be written, or the rotation not be recorded: the next opening puts it right.
    pub(crate) fn rotate(&self, cause: &Cause) -> Result<(Rotation, PathBuf)> {
        let before = self.admin.revived().len();
        let rotation = self.admin.rotate(&self.master.make_next()?, cause)?;
        self.master.replace()?;
        tell_revived(self.admin.revived().get(before..).unwrap_or_default());
        Ok((rotation, self.master.path().to_path_buf()))
    }
}

/// Time between two tries to take a turn.
const BETWEEN_TRIES: Duration = Duration::from_millis(10);
/// A wait that nobody needs to be told about.
const SILENT_WAIT: Duration = Duration::from_secs(2);
/// A program that keeps the ledger for longer hangs.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

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
        let what = || {
            format!(
                "cannot take a turn at the ledger {}: its state folder must be writable; `syndic ledger verify {} --key KEY` \
                 only reads",
                self.folder.display(),
                self.folder.display()
            )
        };
        let turn = self.lock_file().with_context(what)?;
        let started = Instant::now();
        let mut is_told = false;
        loop {
            match turn.try_lock() {
                Ok(()) => return Ok(turn),
                Err(TryLockError::Error(problem)) => return Err(problem).with_context(what),
                Err(TryLockError::WouldBlock) => {}
            }
            if started.elapsed() > LONGEST_WAIT {
                bail!(
                    "another program has kept {} for {} minutes: end it, and try again",
                    self.lock.display(),
                    LONGEST_WAIT.as_secs() / 60
                );
            }
            if !is_told && started.elapsed() > SILENT_WAIT {
                is_told = true;
                printer::say(&format!("waiting for another program that has {} open", self.folder.display()));
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
    }

    /// Opens the lock file: a link is not followed, and a pipe not waited for.
    fn lock_file(&self) -> std::io::Result<File> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600).custom_flags(flags.bits().cast_signed());
        let file = options.open(&self.lock)?;
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            let why = format!("{} is no regular file: remove it", self.lock.display());
            Err(std::io::Error::new(ErrorKind::InvalidInput, why))
        }
    }

    /// As [`StateLedger::turn`], for who only reads: where nothing can be written, nobody writes meanwhile.
    ///
    /// # Errors
    /// The lock file can be neither made nor read.
    pub(crate) fn turn_to_read(&self) -> Result<Option<File>> {
        match self.lock_file() {
            Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => Ok(None),
            _ => self.turn().map(Some),
        }
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
            let (ledger, found) = Ledger::open(&ports, &options)?;
            tell_cut(&found);
            ledger
        } else {
            let origin = format!("syndic.local/{}", ulid::Ulid::new().to_string().to_lowercase());
            Ledger::create(&ports, &options(origin, key))?
        };
        let log_key = Description::read(disk.as_ref())?.key.parse()?;
        // What a crash interrupted is finished, and a key that was put back destroyed, before anything else is done.
        let admin = Admin::open(ledger.clone(), Arc::clone(&keys), Arc::clone(&disk))?;
        tell_revived(&admin.revived());
        tell_lost(&admin);
        Ok(OpenLedger { ledger, admin, log_key, keys, disk, master, _turn: turn })
    }
}

fn options(origin: String, key: &SigningKey) -> Options {
    Options { segment_bytes: SEGMENT_BYTES, ..Options::new(origin, key.clone()) }
}
