//! What can go wrong with a ledger, by cause, each with the next step.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::leaf::LeafError;
use crate::sealer::SealError;

/// Why a ledger could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// The disk refused; the ledger can go on.
    #[error("cannot {doing} {path}: {problem}; {}", next_step(problem))]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// The file or folder, relative to the ledger's.
        path: String,
        /// What the system said.
        problem: Arc<io::Error>,
    },
    /// No space is left: nothing was acknowledged, and nothing is until there is space.
    #[error("no space left to write {path}; {remains}; free some, or retire old segments, and try again")]
    Full {
        /// The file, relative to the ledger's folder.
        path: String,
        /// What may be left of what was to be written.
        remains: Remains,
    },
    /// An earlier write or sync failed. What was acknowledged before is durable; nothing more is taken.
    #[error(
        "the ledger takes nothing more since {why}; whether what was being recorded then stands is not known: check the \
         disk, open the ledger again, and run `syndic ledger verify`"
    )]
    Stopped {
        /// What failed.
        why: Arc<str>,
    },
    /// Another program has the folder open.
    #[error("another program has this ledger open: wait until it ends, or stop it, and try again")]
    InUse,
    /// The ledger was closed.
    #[error("the ledger is closed; open it again to append")]
    Closed,
    /// Too many entries wait to be written.
    #[error("{waiting} entries wait for the disk; submit fewer, or append and wait")]
    QueueFull {
        /// How many.
        waiting: usize,
    },
    /// An entry breaks a bound; none of its batch was written.
    #[error("entry {number} of the batch cannot be a record: {problem}")]
    Entry {
        /// Its place in the batch, from 0.
        number: usize,
        /// Which bound.
        problem: LeafError,
    },
    /// The entry has a kind that only the ledger itself writes; none of its batch was written.
    #[error(
        "entry {number} of the batch is of kind `{kind}`: kinds beginning with `ledger.` are the ledger's own, choose another"
    )]
    OwnKind {
        /// Its place in the batch, from 0.
        number: usize,
        /// Its kind.
        kind: String,
    },
    /// The entry's content is too large; none of its batch was written.
    #[error(
        "the content of entry {number} has {bytes} bytes, at most {most} fit; store it elsewhere and append its digest"
    )]
    TooLarge {
        /// Its place in the batch, from 0.
        number: usize,
        /// Its size.
        bytes: usize,
        /// The bound.
        most: usize,
    },
    /// A content could not be sealed or opened.
    #[error("keys: {0}")]
    Seal(SealError),
    /// What is on the disk is not what was written.
    #[error("{0}")]
    Damaged(Box<Damage>),
    /// The folder holds no ledger this build can use.
    #[error("{path} is not usable: {why}")]
    NotALedger {
        /// The file.
        path: &'static str,
        /// What is wrong and what to do.
        why: String,
    },
    /// There is no such record or tree.
    #[error("index {index} is not below the ledger's size {size}")]
    OutOfRange {
        /// What was asked for.
        index: u64,
        /// How many records there are.
        size: u64,
    },
}

/// What a write that failed leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remains {
    /// Nothing that could ever be read as a record.
    Nothing,
    /// It was no record that found no room: those that were acknowledged stand.
    NoRecord,
    /// What was begun could not be wiped: opening the ledger may find the records whole, and then they stand.
    Unknown,
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing was recorded",
            Self::NoRecord => "what was acknowledged before stands",
            Self::Unknown => {
                "nothing was acknowledged, and whether it was recorded is unknown: it may stand once the ledger is opened \
                 again, so run `syndic ledger verify` before it is done again"
            }
        })
    }
}

impl LedgerError {
    /// The same for who handed in records of which some stand already.
    pub(crate) fn of_partly_recorded(self) -> Self {
        match self {
            Self::Full { path, .. } => Self::Full { path, remains: Remains::Unknown },
            other => other,
        }
    }
}

/// How what is on the disk differs from what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DamageKind {
    /// Bytes below a signed size were changed.
    Tampered,
    /// Records below a signed size are not there any more.
    Truncated,
    /// A segment or another file is missing.
    Missing,
    /// The log is a different one from that a known checkpoint was signed over.
    Diverged,
    /// A signature does not hold.
    BadSignature,
}

/// Damage to a ledger, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// How.
    pub kind: DamageKind,
    /// The file, relative to the ledger's folder.
    pub path: String,
    /// Byte in the file at which it shows.
    pub offset: u64,
    /// First record concerned.
    pub index: u64,
    /// What was expected and what was found.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            DamageKind::Tampered => "was altered",
            DamageKind::Truncated => "was cut",
            DamageKind::Missing => "is missing",
            DamageKind::Diverged => "is another log's",
            DamageKind::BadSignature => "has a signature that does not hold",
        };
        let Self { path, offset, index, what, .. } = self;
        write!(
            f,
            "{path} {kind} at byte {offset}, record {index}: {what}; keep a copy of the folder, run `syndic ledger verify`, \
             then restore it from a backup"
        )
    }
}

/// Not as a source: the text has it already, and who prints causes too would say it twice.
impl From<SealError> for LedgerError {
    fn from(problem: SealError) -> Self {
        Self::Seal(problem)
    }
}

impl From<Damage> for LedgerError {
    fn from(damage: Damage) -> Self {
        Self::Damaged(Box::new(damage))
    }
}

/// What a person can do about what the system said.
fn next_step(problem: &io::Error) -> &'static str {
    match problem.kind() {
        io::ErrorKind::ReadOnlyFilesystem => {
            "the file system is read-only: mount it writable, or copy the folder and run `syndic ledger verify DIR --key KEY` \
             on the copy, which only reads"
        }
        io::ErrorKind::PermissionDenied => {
            "this user may not: run it as the owner of the folder, or run `syndic ledger verify DIR --key KEY` on a copy"
        }
        _ => "check the folder's disk and rights",
    }
}

/// Says what was being done to which file when the disk refused.
pub(crate) fn while_doing(doing: &'static str, path: &str) -> impl FnOnce(io::Error) -> LedgerError {
    move |problem| {
        if problem.kind() == io::ErrorKind::StorageFull {
            LedgerError::Full { path: path.to_owned(), remains: Remains::NoRecord }
        } else {
            LedgerError::Disk { doing, path: path.to_owned(), problem: Arc::new(problem) }
        }
    }
}

/// What most of the crate returns.
pub(crate) type Result<T, E = LedgerError> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::AdminError;
    use crate::keys::KeyError;

    #[test]
    fn an_error_that_is_told_with_its_causes_says_nothing_twice() {
        let seal = || LedgerError::from(SealError::new(KeyError::BadSlot { slot: 3 }));
        let damage = Damage { kind: DamageKind::Tampered, path: "p".into(), offset: 1, index: 7, what: "w".into() };
        let disk = while_doing("read", "p")(io::Error::other("the disk is gone"));
        let errors: [Box<dyn std::error::Error>; 5] = [
            Box::new(seal()),
            Box::new(AdminError::from(seal())),
            Box::new(AdminError::from(KeyError::Random(io::Error::other("no luck")))),
            Box::new(LedgerError::from(damage)),
            Box::new(disk),
        ];
        for error in errors {
            let told = error.to_string();
            let mut cause = error.source();
            while let Some(next) = cause {
                assert!(!told.contains(&next.to_string()), "{told}: {next}");
                cause = next.source();
            }
        }
    }
}
