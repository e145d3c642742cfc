//! Why an administrative action was not taken, by cause, each with the next step.

use crate::error::LedgerError;
use crate::keys::KeyError;

/// Why an action was not taken. No text holds a subject's name.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// A hold covers what was to be erased; nothing was.
    #[error("hold {hold:?} covers the subject, nothing was erased; release the hold first")]
    Held {
        /// The hold's name.
        hold: String,
    },
    /// The log's own subject cannot be erased.
    #[error("the empty subject is the log's own and cannot be erased; name the subject")]
    OwnSubject,
    /// A hold of this name stands.
    #[error("a hold named {hold:?} stands already; choose another name")]
    HoldExists {
        /// The name.
        hold: String,
    },
    /// No hold of this name stands.
    #[error("no hold is named {hold:?}; list the holds")]
    NoSuchHold {
        /// The name.
        hold: String,
    },
    /// A text that is kept for ever names a subject that was erased, is to be erased, or is held.
    #[error("the {what} names the subject, and it is kept for ever; name a case number instead")]
    NamesSubject {
        /// Which text.
        what: &'static str,
    },
    /// A text that is kept in clear has characters that nobody sees or that change how others read.
    #[error(
        "the {what} has U+{:04X}, a control character or one that nobody sees: write it without", u32::from(*character)
    )]
    Hidden {
        /// Which text.
        what: &'static str,
        /// The first such character.
        character: char,
    },
    /// A name shows nothing.
    #[error("the {what} is blank: give one that can be seen")]
    Blank {
        /// Which name.
        what: &'static str,
    },
    /// An argument breaks a bound.
    #[error("{what}")]
    Argument {
        /// What is wrong and what to do.
        what: &'static str,
    },
    /// Retention below what is required needs saying so.
    #[error(
        "{days} days are fewer than the required {minimum}; keep records longer, or override the minimum explicitly"
    )]
    TooShort {
        /// What was asked for.
        days: u32,
        /// The minimum.
        minimum: u32,
    },
    /// What is to be retired is not proved by what would stay; nothing was removed.
    #[error("nothing was removed: {what} (record {index}); run `syndic ledger verify`")]
    Unproved {
        /// The first record concerned.
        index: u64,
        /// What does not hold.
        what: String,
    },
    /// The log has an administrative record that this build cannot read, so no state can be derived.
    #[error("record {index} of kind {kind} is no administrative record this build knows; use the build that wrote it")]
    Unknown {
        /// The record.
        index: u64,
        /// Its kind.
        kind: String,
    },
    /// The leaves read do not lead to the ledger's root.
    #[error("the leaves of {records} records do not lead to the ledger's root; run `syndic ledger verify`")]
    NotTheLogs {
        /// How many were read.
        records: u64,
    },
    /// The key store is older than the log, so what was erased since may be readable again.
    #[error("the key store is at generation {found}, the log says {recorded}; restore the newer `keys/slots`")]
    OlderKeys {
        /// The store's generation.
        found: u32,
        /// The newest recorded.
        recorded: u32,
    },
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The key store refused.
    #[error(transparent)]
    Keys(#[from] KeyError),
}
