//! Why a key could not be read, made, used or destroyed; named by cause, each with the next step.

use std::io;
use std::path::PathBuf;

/// What went wrong in the key store. No text ever holds a key, a subject's name or a content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The master key's file could not be read or written.
    #[error("master key {path}: {problem}: check the path and that this user may use it")]
    MasterFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: io::Error,
    },
    /// The master key's file can be read by others, or its content is no key.
    #[error("master key {path} is refused: {why}")]
    MasterRefused {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        why: String,
    },
    /// The master key given is not the one the store is wrapped under.
    #[error("this master key does not open the key store, which is at generation {generation}: {hint}")]
    WrongMaster {
        /// The generation of the master key that the store needs.
        generation: u32,
        /// Which key was given, as far as that can be told, and what to do.
        hint: &'static str,
    },
    /// The disk refused.
    #[error("key store, {doing}: {problem}: check the disk's health and free space, then open the ledger again")]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        problem: io::Error,
    },
    /// No randomness could be had.
    #[error("no random bytes for a new key: {0}")]
    Random(io::Error),
    /// The key index as a whole is missing or unusable.
    #[error(
        "the key index keys/slots cannot be used ({why}), and without it no content can be read: restore keys/slots from a \
         backup, with the ledger-master.key of that time"
    )]
    BadHeader {
        /// What is wrong with it.
        why: &'static str,
    },
    /// Neither copy of a slot is usable.
    #[error(
        "key slot {slot} is damaged in both copies: bring it back from a backup with `syndic ledger merge-keys FILE`"
    )]
    BadSlot {
        /// The slot's number.
        slot: u64,
    },
    /// A record names a slot that the store does not have.
    #[error(
        "key slot {slot} is missing, the store has {slots}: `keys/slots` is older than the log, bring the key back \
         from a newer one with `syndic ledger merge-keys FILE`"
    )]
    MissingSlot {
        /// The slot's number.
        slot: u64,
        /// How many slots there are.
        slots: u64,
    },
    /// A sealed content is not what was sealed for this record.
    #[error(
        "sealed content is refused, {why}: it was altered or belongs to another record; run `syndic ledger verify`"
    )]
    Refused {
        /// Which check failed.
        why: &'static str,
    },
    /// A legal hold stands on the subject.
    #[error("the subject is under legal hold, nothing was erased: release the hold first")]
    Held,
    /// An earlier write or sync failed, or the store was opened for reading.
    #[error("the key store takes no changes: {why}")]
    Closed {
        /// Why not, and what to do.
        why: &'static str,
    },
    /// A size is past what the format can hold.
    #[error("{what} is too large: at most {most}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The largest that fits.
        most: u64,
    },
}

/// Names what was being done when the disk refused.
pub(super) fn while_doing(doing: &'static str) -> impl FnOnce(io::Error) -> KeyError {
    move |problem| KeyError::Disk { doing, problem }
}
