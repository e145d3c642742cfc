//! Destroys again what was put back: a key whose erasure stands in the log must not open anything, whatever copy of
//! the key store somebody restored. It is recorded first, so that it happens in nobody's absence.

use std::collections::BTreeMap;

use super::action::{Action, MOST_LISTED_KEYS};
use super::administrator::{Admin, Cause, Inner};
use super::error::AdminError;
use crate::keys::{KeyPlace, Pseudonym};
use crate::search::forget_all;

/// Keys of one subject that were there although the log says that they were destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revived {
    /// Whose, as the log's leaves have it.
    pub subject: Pseudonym,
    /// Their numbers; they are destroyed again.
    pub slots: Vec<u64>,
    /// The record that says so.
    pub index: u64,
}

impl Admin {
    /// Returns the keys that were found there although they had been destroyed, and are destroyed again: somebody put an
    /// older copy of `keys/slots` back, and whoever has that copy and its master key can read what was erased.
    pub fn revived(&self) -> Vec<Revived> {
        self.lock().revived.clone()
    }

    /// Destroys every key whose destruction the log states.
    pub(super) fn destroy_revived(&self, inner: &mut Inner) -> Result<(), AdminError> {
        let erasures = inner.state.erasures();
        if erasures.is_empty() {
            return Ok(());
        }
        // An older store must not give the number of a key that is gone to a new one.
        let next = erasures.listed().map(|(_, slot, _)| slot.saturating_add(1)).max().unwrap_or(0);
        self.keys.number_from(next);
        let mut revived: BTreeMap<Pseudonym, Vec<KeyPlace>> = BTreeMap::new();
        for key in self.keys.keys_there()? {
            if self.is_revived(inner, key)? {
                revived.entry(key.subject).or_default().push(key);
            }
        }
        if !revived.is_empty() {
            // With the keys an older index of contents may have come back.
            forget_all(&self.disk, &self.keys)?;
        }
        for (subject, keys) in revived {
            for keys in keys.chunks(MOST_LISTED_KEYS) {
                self.destroy_again(inner, subject, keys)?;
            }
        }
        Ok(())
    }

    fn destroy_again(&self, inner: &mut Inner, subject: Pseudonym, keys: &[KeyPlace]) -> Result<(), AdminError> {
        let slots: Vec<u64> = keys.iter().map(|key| key.slot).collect();
        let reason = "destroyed again: an older copy of keys/slots had brought the key back".to_owned();
        let cause = Cause { actor: "ledger".to_owned(), reason };
        let action = Action::Erased { subject, slots: slots.len() as u64, unreadable: 0, keys: Some(slots.clone()) };
        let index = self.record(inner, action, &cause)?;
        self.keys.destroy(keys)?;
        inner.revived.push(Revived { subject, slots, index });
        Ok(())
    }

    /// Says whether a key that is there was destroyed before. Where an erasure lists no keys, its records tell.
    fn is_revived(&self, inner: &Inner, key: KeyPlace) -> Result<bool, AdminError> {
        let erasures = inner.state.erasures();
        if erasures.record_of(&key.subject, key.slot, None).is_some() {
            return Ok(true);
        }
        let Some(before) = erasures.unlisted(&key.subject) else { return Ok(false) };
        Ok(self.ledger.slots_named(&key.subject, before)?.iter().any(|(slot, _)| *slot == key.slot))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use syndic_attest::SigningKey;

    use super::*;
    use crate::disk::{Disk, SimDisk, read_file};
    use crate::keys::{Access, KeyStore, MasterKey};
    use crate::{Content, Entry, Ledger, Options, OsRandom, Ports, SystemClock};

    fn open(disk: &Arc<dyn Disk>, is_new: bool) -> Admin {
        let (master, random) = (MasterKey::from_bytes([1; 32].into()), Arc::new(OsRandom));
        let keys = if is_new {
            KeyStore::create(Arc::clone(disk), random, &master).unwrap()
        } else {
            KeyStore::open(Arc::clone(disk), random, &master, Access::Write).unwrap().0
        };
        let keys = Arc::new(keys);
        let ports = Ports { disk: Arc::clone(disk), clock: Arc::new(SystemClock), sealer: keys.clone() };
        let options = Options { segment_bytes: 1 << 14, ..Options::new("a.example/l", SigningKey::from_seed([1; 32])) };
        let ledger =
            if is_new { Ledger::create(&ports, &options).unwrap() } else { Ledger::open(&ports, &options).unwrap().0 };
        Admin::open(ledger, keys, Arc::clone(disk)).unwrap()
    }

    /// Appends a record about Anna.
    fn append(admin: &Admin, text: &str) -> u64 {
        let (subject, content) = (Some("anna".to_owned()), text.as_bytes().to_vec());
        let entry = Entry { kind: "k".to_owned(), subject, content, ..Entry::default() };
        admin.ledger.append(vec![entry]).unwrap()[0].index
    }

    #[test]
    fn an_erasure_that_lists_no_keys_is_held_to_the_records_before_it() {
        let sim = SimDisk::new(1);
        let disk: Arc<dyn Disk> = Arc::new(sim.clone());
        let admin = open(&disk, true);
        let old = append(&admin, "old");
        let older = read_file(&sim, "keys/slots", u64::MAX).unwrap().unwrap();
        let subject = admin.keys.pseudonym("anna");
        admin.keys.erase(&subject, |_| false).unwrap();
        // As versions before the list recorded it.
        let action = Action::Erased { subject, slots: 1, unreadable: 0, keys: None };
        admin.record(&mut admin.begin().unwrap(), action, &Cause::default()).unwrap();
        let new = append(&admin, "new");
        for put_back in [false, true] {
            drop(admin.ledger.close());
            if put_back {
                let slot = older[8_192..8_320].to_vec();
                for start in [8_192, 12_288] {
                    sim.tamper("keys/slots", |file| file[start..start + 128].copy_from_slice(&slot));
                }
            }
            let admin = open(&disk, false);
            let content = |index| admin.ledger.read(index).unwrap().content;
            assert_eq!(admin.revived().len(), usize::from(put_back));
            assert_eq!([content(old), content(new)], [Content::Erased, Content::Plain(b"new".to_vec())]);
            admin.ledger.close().unwrap();
        }
    }
}
