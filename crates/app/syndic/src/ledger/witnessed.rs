//! The newest checkpoint that a witness cosigned, kept beside the ledger: a ledger that lacks it was put back.
//!
//! It lies in the state folder, so it finds a ledger put back alone. That the whole state folder was put back only the
//! witness itself can tell.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use syndic_attest::note::NoteKey;
use syndic_ledger::SignedCheckpoint;
use syndic_ledger::disk::{Durability, RealDisk, read_file, replace_file};

/// The file's name in the state folder; its content is a signed note, fit for `verify --known`.
const FILE: &str = "ledger-witnessed.note";
/// Larger files are refused.
const BYTES_LIMIT: u64 = 1 << 20;

/// The place of the newest witnessed checkpoint.
#[derive(Debug, Clone)]
pub(crate) struct Witnessed {
    state: PathBuf,
}

impl Witnessed {
    /// Names the one of a state folder.
    pub(crate) fn of(state: &Path) -> Self {
        Self { state: state.to_path_buf() }
    }

    /// Returns the newest witnessed checkpoint of the log with this key; nothing if none was witnessed.
    ///
    /// # Errors
    /// The file is damaged or of another log: then the ledger may have been replaced, and is not trusted.
    pub(crate) fn read(&self, log: &NoteKey) -> Result<Option<SignedCheckpoint>> {
        let Some(note) = self.text()? else { return Ok(None) };
        let signed = SignedCheckpoint::read(&note, log);
        signed.map(Some).with_context(|| {
            format!(
                "{} is not a checkpoint that this ledger, {}, signed: the ledger was replaced, or the file damaged; \
                 restore them from one moment",
                self.path().display(),
                log.name()
            )
        })
    }

    /// Refuses to go on as if nothing had been, when there is no ledger though one was witnessed.
    ///
    /// # Errors
    /// A checkpoint was witnessed.
    pub(crate) fn expect_none(&self) -> Result<()> {
        let Some(size) = self.claimed_size()? else { return Ok(()) };
        bail!(
            "the ledger is gone, and witnesses have seen {size} records of it ({}): restore it, or move the state folder \
             away to start anew",
            self.path().display()
        )
    }

    /// Returns the size that the kept checkpoint states, whoever signed it; nothing if none is kept.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn claimed_size(&self) -> Result<Option<String>> {
        let size = |note: String| note.lines().nth(1).unwrap_or("some").to_owned();
        Ok(self.text()?.map(size))
    }

    /// Keeps a cosigned checkpoint, unless a newer one is kept.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(crate) fn keep(&self, cosigned: &SignedCheckpoint, log: &NoteKey) -> Result<()> {
        if self.read(log)?.is_some_and(|kept| kept.head.size > cosigned.head.size) {
            return Ok(());
        }
        replace_file(&RealDisk::new(&self.state), FILE, cosigned.note.as_bytes(), Durability::Now)
            .with_context(|| format!("cannot write {}", self.path().display()))
    }

    fn text(&self) -> Result<Option<String>> {
        let what = || format!("cannot read {}", self.path().display());
        let bytes = read_file(&RealDisk::new(&self.state), FILE, BYTES_LIMIT).with_context(what)?;
        bytes.map(String::from_utf8).transpose().with_context(what)
    }

    fn path(&self) -> PathBuf {
        self.state.join(FILE)
    }
}
