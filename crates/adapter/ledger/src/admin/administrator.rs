//! The one who may act on an open ledger: knows the state, and records every action.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::action::Action;
use super::cache;
use super::erase::Intent;
use super::error::AdminError;
use super::naming::names;
use super::plain::{is_blank, is_hidden};
use super::replay::Replay;
use super::revived::Revived;
use super::state::State;
use crate::disk::Disk;
use crate::keys::KeyStore;
use crate::ledger::Ledger;

/// After reading so many leaves the derivation is kept, so that the next opening starts from it.
const WORTH_KEEPING_RECORDS: u64 = 1_024;

/// Who acts and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cause {
    /// Who; at most 255 bytes. Stands in the log in clear.
    pub actor: String,
    /// Why. Stands in the log encrypted, and cannot be erased: it should not name the subject.
    pub reason: String,
}

/// Acts on an open ledger. A ledger has one, because what another does would not be known to it.
///
/// Its actions exclude each other: no hold can come between the check for holds and an erasure.
pub struct Admin {
    pub(crate) ledger: Ledger,
    pub(crate) keys: Arc<KeyStore>,
    pub(crate) disk: Arc<dyn Disk>,
    inner: Mutex<Inner>,
}

pub(crate) struct Inner {
    pub(crate) state: State,
    /// An erasure that was begun and is not known to be recorded.
    pub(super) pending: Option<Intent>,
    /// Keys that were found although they had been destroyed.
    pub(super) revived: Vec<Revived>,
}

impl Admin {
    /// Derives the state of an open ledger, and finishes what a crash interrupted: an erasure begun, a rotation
    /// not recorded. Keys that are there although the log says that they were destroyed are destroyed again, see
    /// [`Admin::revived`].
    ///
    /// `keys` and `disk` are those the ledger was opened with; the keys opened for writing.
    ///
    /// # Errors
    /// [`AdminError::OlderKeys`]; [`AdminError::NotTheLogs`], [`AdminError::Unknown`]; [`AdminError::Ledger`] and
    /// [`AdminError::Keys`] if reading or finishing fails.
    pub fn open(ledger: Ledger, keys: Arc<KeyStore>, disk: Arc<dyn Disk>) -> Result<Self, AdminError> {
        let state = derive(&ledger, &keys, &disk)?;
        ledger.know_erasures(state.erasures());
        let pending = Intent::read(disk.as_ref(), &keys)?;
        let inner = Inner { state, pending, revived: Vec::new() };
        let admin = Self { ledger, keys, disk, inner: Mutex::new(inner) };
        let mut inner = admin.begin()?;
        admin.destroy_revived(&mut inner)?;
        admin.record_rotation(&mut inner)?;
        drop(inner);
        Ok(admin)
    }

    /// Returns the state as of the newest action.
    pub fn state(&self) -> State {
        self.lock().state.clone()
    }

    /// Returns the ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Keeps other actions out, and finishes an erasure that was interrupted.
    pub(crate) fn begin(&self) -> Result<MutexGuard<'_, Inner>, AdminError> {
        let mut inner = self.lock();
        self.finish_erasure(&mut inner)?;
        Ok(inner)
    }

    /// Keeps other actions out, as [`Admin::begin`], for an action with a cause that may be recorded.
    ///
    /// A word of it that is just the name of a subject that was erased, or is held, is found by its pseudonym.
    pub(crate) fn begin_for(&self, cause: &Cause) -> Result<MutexGuard<'_, Inner>, AdminError> {
        refuse_hidden("actor", &cause.actor)?;
        let inner = self.begin()?;
        for (what, text) in [("actor", &cause.actor), ("reason", &cause.reason)] {
            let trimmed = text.split_whitespace().map(|word| word.trim_matches(|end: char| !end.is_alphanumeric()));
            let is_known = |word: &str| inner.state.is_about_somebody(&self.keys.pseudonym(word));
            if text.split_whitespace().chain(trimmed).filter(|word| !word.is_empty()).any(is_known) {
                return Err(AdminError::NamesSubject { what });
            }
        }
        Ok(inner)
    }

    /// Records an action, durably, and takes it into the state.
    pub(crate) fn record(&self, inner: &mut Inner, action: Action, cause: &Cause) -> Result<u64, AdminError> {
        let receipts = self.ledger.append_own(vec![action.entry(cause)])?;
        let index = receipts.first().map_or(0, |receipt| receipt.index);
        let leaf = self.ledger.read(index)?.leaf;
        let is_erasure = matches!(action, Action::Erased { .. });
        inner.state.apply(action, &leaf);
        if is_erasure {
            self.ledger.know_erasures(inner.state.erasures());
        }
        Ok(index)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses a text that is recorded in clear and does not show as what it is.
pub(crate) fn refuse_hidden(what: &'static str, text: &str) -> Result<(), AdminError> {
    match text.chars().find(|character| is_hidden(*character)) {
        Some(character) => Err(AdminError::Hidden { what, character }),
        None => Ok(()),
    }
}

/// Refuses a name that does not show as what it is, or shows nothing.
pub(crate) fn refuse_unseen(what: &'static str, name: &str) -> Result<(), AdminError> {
    refuse_hidden(what, name)?;
    if is_blank(name) { Err(AdminError::Blank { what }) } else { Ok(()) }
}

/// Refuses texts that name a subject.
pub(crate) fn refuse_naming(subject: &str, texts: &[(&'static str, &str)]) -> Result<(), AdminError> {
    let naming = texts.iter().find(|(_, text)| names(text, subject));
    naming.map_or(Ok(()), |(what, _)| Err(AdminError::NamesSubject { what }))
}

fn derive(ledger: &Ledger, keys: &KeyStore, disk: &Arc<dyn Disk>) -> Result<State, AdminError> {
    let head = ledger.head();
    let kept = cache::load(disk.as_ref(), keys).filter(|kept| kept.frontier.size() <= head.size);
    let kept_size = kept.as_ref().map_or(0, |kept| kept.frontier.size());
    let (start, replay) = match kept.map(|kept| kept.advance(disk, head)) {
        Some(Ok(replay)) => (kept_size, replay),
        // It is of another log, or of this one before it was cut: the log decides.
        _ => (0, Replay::default().advance(disk, head)?),
    };
    if head.size - start >= WORTH_KEEPING_RECORDS {
        cache::save(disk, keys, &replay)?;
    }
    Ok(replay.state)
}
