//! The one who may act on an open ledger: knows the state, and records every action.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::action::Action;
use super::cache;
use super::erase::Intent;
use super::error::AdminError;
use super::replay::Replay;
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
}

impl Admin {
    /// Derives the state of an open ledger, and finishes what a crash interrupted: an erasure begun, a rotation
    /// not recorded.
    ///
    /// `keys` and `disk` are those the ledger was opened with; the keys opened for writing.
    ///
    /// # Errors
    /// [`AdminError::OlderKeys`]; [`AdminError::NotTheLogs`], [`AdminError::Unknown`]; [`AdminError::Ledger`] and
    /// [`AdminError::Keys`] if reading or finishing fails.
    pub fn open(ledger: Ledger, keys: Arc<KeyStore>, disk: Arc<dyn Disk>) -> Result<Self, AdminError> {
        let state = derive(&ledger, &keys, &disk)?;
        let pending = Intent::read(disk.as_ref(), &keys)?;
        let admin = Self { ledger, keys, disk, inner: Mutex::new(Inner { state, pending }) };
        admin.record_rotation(&mut *admin.begin()?)?;
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

    /// Records an action, durably, and takes it into the state.
    pub(crate) fn record(&self, inner: &mut Inner, action: Action, cause: &Cause) -> Result<u64, AdminError> {
        let receipts = self.ledger.append_own(vec![action.entry(cause)])?;
        let index = receipts.first().map_or(0, |receipt| receipt.index);
        let leaf = self.ledger.read(index)?.leaf;
        inner.state.apply(action, &leaf);
        Ok(index)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
