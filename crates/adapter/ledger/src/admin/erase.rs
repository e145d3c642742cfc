//! Erases a subject: first an intent is made durable, then the subject's key is destroyed, then the log says so, then
//! the intent goes. A crash between any two is finished by the next opening or the next action.
//!
//! The intent is sealed: it names a pseudonym and holds the reason. It counts only as long as the log has no erasure
//! of that subject since, so that an old copy put back erases nobody who came back.

use std::io;
use std::sync::Arc;

use super::action::{Action, MOST_LISTED_KEYS};
use super::administrator::{Admin, Cause, Inner, refuse_naming};
use super::cache::FOLDER;
use super::error::AdminError;
use super::leaves::Leaves;
use super::lost_kept::Kept;
use crate::disk::{Disk, Durability, read_file, replace_file};
use crate::error::while_doing;
use crate::keys::{Erasure, KeyStore, Pseudonym};
use crate::leaf::Leaf;
use crate::sealer::Opened;
use crate::search::forget_subject;
use crate::segment;
use crate::stage::check;

const PATH: &str = "admin/erasing";
/// What the sealing is bound to.
const BOUND_TO: &[u8] = b"syndic ledger erasing 1";
/// An intent is an actor and a reason long.
const LIMIT_BYTES: u64 = 1 << 24;

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The record that states it.
    pub index: u64,
    /// Whom, as the log's leaves have it.
    pub subject: Pseudonym,
    /// The keys destroyed now; none if the subject had none, or was erased before and nothing was appended since.
    pub slots: Vec<u64>,
    /// Key slots so damaged that it cannot be told whose they were.
    pub unreadable: Vec<u64>,
}

/// An erasure that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Intent {
    subject: Pseudonym,
    /// Size of the log when it was decided.
    since: u64,
    cause: Cause,
}

/// Says whether an erasure may have been begun and not finished; [`Admin::open`] finishes it.
pub fn is_erasing(disk: &dyn Disk) -> bool {
    // What cannot be looked at might be one.
    !matches!(disk.open(PATH), Err(problem) if problem.kind() == io::ErrorKind::NotFound)
}

impl Admin {
    /// Makes the contents of every record about `subject` unreadable for ever, and records it by its pseudonym.
    ///
    /// Leaves, proofs and all other records stay. Entries being appended meanwhile fall on either side.
    /// Doing it again does nothing, unless the subject got a new key since.
    ///
    /// # Errors
    /// [`AdminError::Held`] if a hold covers the subject, a record of it, or everything; [`AdminError::OwnSubject`];
    /// [`AdminError::NamesSubject`] and [`AdminError::Hidden`] for a cause that must not be kept;
    /// [`AdminError::Ledger`] for a cause that no record can hold, and with [`AdminError::Keys`] for a failure after which the erasure is finished by the next action, or by
    /// the next opening.
    pub fn erase(&self, subject: &str, cause: &Cause) -> Result<Erased, AdminError> {
        if subject.is_empty() {
            return Err(AdminError::OwnSubject);
        }
        refuse_naming(subject, &[("actor", &cause.actor), ("reason", &cause.reason)])?;
        let mut inner = self.begin_for(cause)?;
        let subject = self.keys.pseudonym(subject);
        // What cannot be recorded must not be done.
        check(&[Action::Erased { subject, slots: 0, unreadable: 0, keys: None }.entry(cause)])?;
        if let Some(hold) = self.hold_against_erasing(&inner, &subject)? {
            return Err(AdminError::Held { hold });
        }
        let intent = Intent { subject, since: self.ledger.size(), cause: cause.clone() };
        let lost = self.find_lost(&inner.state)?;
        intent.write(&self.disk, &self.keys)?;
        inner.pending = Some(intent.clone());
        self.keys.flush()?;
        // Before the key, so that no crash leaves words of what is erased.
        forget_subject(&self.disk, &self.keys, &subject)?;
        let is_held = |subject: &Pseudonym| inner.state.hold_on_subject(subject).is_some();
        let erasure = self.keys.erase(&subject, is_held)?;
        let keys = self.keys_gone(&inner, &intent, &erasure, &lost)?;
        let index = match inner.state.erased_at(&subject) {
            Some(index) if keys.is_empty() => index,
            _ => self.record_erasure(&mut inner, &intent, &erasure, keys)?,
        };
        self.forget_intent(&mut inner)?;
        self.keep_after_erasing(lost, &inner.state);
        let Erasure { slots, unreadable } = erasure;
        Ok(Erased { index, subject, slots, unreadable })
    }

    /// Returns the name of a hold that keeps `subject` from being erased, if one does: on the subject, on a record of it,
    /// or on everything.
    ///
    /// # Errors
    /// [`AdminError::Ledger`] if leaves cannot be read.
    pub fn hold_against(&self, subject: &str) -> Result<Option<String>, AdminError> {
        let inner = self.begin()?;
        self.hold_against_erasing(&inner, &self.keys.pseudonym(subject))
    }

    /// Finishes an erasure that was begun and is not known to be recorded.
    pub(super) fn finish_erasure(&self, inner: &mut Inner) -> Result<(), AdminError> {
        let Some(intent) = inner.pending.clone() else { return Ok(()) };
        if inner.state.erased_at(&intent.subject).is_none_or(|index| index < intent.since) {
            // It was decided when no hold stood, and its keys may be gone already.
            forget_subject(&self.disk, &self.keys, &intent.subject)?;
            let erasure = self.keys.erase(&intent.subject, |_| false)?;
            // Its keys may be among those that are gone.
            let lost = self.find_lost(&inner.state)?;
            let keys = self.keys_gone(inner, &intent, &erasure, &lost)?;
            self.record_erasure(inner, &intent, &erasure, keys)?;
        }
        self.forget_intent(inner)
    }

    fn record_erasure(
        &self,
        inner: &mut Inner,
        intent: &Intent,
        erasure: &Erasure,
        keys: Vec<u64>,
    ) -> Result<u64, AdminError> {
        let (slots, unreadable) = (erasure.slots.len() as u64, erasure.unreadable.len() as u64);
        let keys = (keys.len() <= MOST_LISTED_KEYS).then_some(keys);
        self.record(inner, Action::Erased { subject: intent.subject, slots, unreadable, keys }, &intent.cause)
    }

    /// The keys that are gone with this erasure and that no record lists yet: those destroyed now, and those that records
    /// from before it name: a crash may have come after their end, or the key store was older than the log.
    ///
    /// The records are read only if some key was lost before: any other slot that the subject's records name either was
    /// destroyed now, or is listed already.
    fn keys_gone(
        &self,
        inner: &Inner,
        intent: &Intent,
        erasure: &Erasure,
        Kept { lost, .. }: &Kept,
    ) -> Result<Vec<u64>, AdminError> {
        let is_new = |slot: u64, used_by| inner.state.erasures().record_of(&intent.subject, slot, used_by).is_none();
        let named =
            if lost.is_empty() { Vec::new() } else { self.ledger.slots_named(&intent.subject, intent.since)? };
        let is_gone = |(slot, record): &(u64, u64)| lost.contains_key(slot) && is_new(*slot, Some(*record));
        let named = named.into_iter().filter(is_gone).map(|(slot, _)| slot);
        let mut keys: Vec<u64> = erasure.slots.iter().copied().chain(named).collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    fn forget_intent(&self, inner: &mut Inner) -> Result<(), AdminError> {
        match self.disk.remove(PATH) {
            Err(problem) if problem.kind() != io::ErrorKind::NotFound => {
                return Err(while_doing("remove", PATH)(problem).into());
            }
            _ => self.disk.sync_dir(FOLDER).map_err(while_doing("sync", FOLDER))?,
        }
        inner.pending = None;
        Ok(())
    }

    /// The name of a hold on the subject, on everything, or on any record of the subject that still has a content.
    fn hold_against_erasing(&self, inner: &Inner, subject: &Pseudonym) -> Result<Option<String>, AdminError> {
        if let Some(hold) = inner.state.hold_on_subject(subject) {
            return Ok(Some(hold.name.clone()));
        }
        if inner.state.holds().next().is_none() {
            return Ok(None);
        }
        // What is left are holds on tags: whether they touch the subject only its records tell.
        let from = segment::list(self.disk.as_ref())?.first().copied().unwrap_or(0);
        let mut leaves = Leaves::new(&self.disk, from, self.ledger.size())?;
        while let Some(bytes) = leaves.step()? {
            let Ok(leaf) = Leaf::parse(&bytes) else { continue };
            if leaf.subject == Some(subject.0)
                && let Some(hold) = inner.state.hold_on(&leaf)
            {
                return Ok(Some(hold.name.clone()));
            }
        }
        Ok(None)
    }
}

impl Intent {
    /// Reads the intent of an interrupted erasure, if there is one.
    pub(super) fn read(disk: &dyn Disk, keys: &KeyStore) -> Result<Option<Self>, AdminError> {
        let sealed = read_file(disk, PATH, LIMIT_BYTES).map_err(while_doing("read", PATH))?;
        let Some(sealed) = sealed else { return Ok(None) };
        let unusable = AdminError::Argument {
            what: "admin/erasing is damaged: an erasure may be unfinished; remove the file and erase the subject again",
        };
        match keys.unseal(BOUND_TO, &sealed)? {
            Opened::Plain(plain) => Self::decode(&plain).ok_or(unusable).map(Some),
            Opened::Gone { .. } => Err(unusable),
        }
    }

    fn write(&self, disk: &Arc<dyn Disk>, keys: &KeyStore) -> Result<(), AdminError> {
        let sealed = keys.seal(BOUND_TO, &keys.pseudonym(""), &self.encode())?;
        keys.flush()?;
        let write = disk.create_dir(FOLDER).and_then(|()| replace_file(disk.as_ref(), PATH, &sealed, Durability::Now));
        Ok(write.map_err(while_doing("write", PATH))?)
    }

    /// Pseudonym | size `u64 BE` | length of the actor `u32 BE` | actor | reason.
    fn encode(&self) -> Vec<u8> {
        let Cause { actor, reason } = &self.cause;
        let actor_bytes = u32::try_from(actor.len()).unwrap_or(u32::MAX).to_be_bytes();
        let parts: [&[u8]; 5] =
            [&self.subject.0, &self.since.to_be_bytes(), &actor_bytes, actor.as_bytes(), reason.as_bytes()];
        parts.concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (subject, rest) = bytes.split_first_chunk()?;
        let (since, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (actor, reason) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let cause = Cause { actor: text(actor)?, reason: text(reason)? };
        Some(Self { subject: Pseudonym(*subject), since: u64::from_be_bytes(*since), cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_survives_its_bytes_and_no_cut_of_its_head_does() {
        let cause = Cause { actor: "dpo".to_owned(), reason: "request 7".to_owned() };
        let intent = Intent { subject: Pseudonym([5; 32]), since: 9, cause };
        let bytes = intent.encode();
        assert_eq!(Intent::decode(&bytes), Some(intent));
        for end in 0..bytes.len() - "request 7".len() {
            assert_eq!(Intent::decode(&bytes[..end]), None, "cut at {end}");
        }
    }
}
