//! What an open ledger knows of erasures: read from the log when first asked for, kept up to date by who acts on it.

use std::sync::PoisonError;

use crate::admin::{AdminError, Erasures, State};
use crate::error::Result;
use crate::keys::{Pseudonym, slot_of};
use crate::leaf::Leaf;
use crate::ledger::{Inner, Ledger};
use crate::read::StoredRecords;

impl Ledger {
    /// Takes over what was derived from the whole log.
    pub(crate) fn know_erasures(&self, erasures: &Erasures) {
        *self.0.erasures.write().unwrap_or_else(PoisonError::into_inner) = Some(erasures.clone());
    }

    /// Returns the key slots that kept records of a subject name, each with its first record, below `before`.
    ///
    /// # Errors
    /// What reading reports.
    pub(crate) fn slots_named(&self, subject: &Pseudonym, before: u64) -> Result<Vec<(u64, u64)>> {
        let catalogue = &self.0.shared.catalogue;
        let mut records = StoredRecords::new(std::sync::Arc::clone(catalogue), catalogue.first());
        let mut named: Vec<(u64, u64)> = Vec::new();
        while let Some(record) = records.step()?.filter(|record| record.index < before) {
            let is_about = Leaf::parse(&record.leaf).is_ok_and(|leaf| leaf.subject == Some(subject.0));
            if is_about
                && let Some(slot) = slot_of(&record.stored)
                && !named.iter().any(|(known, _)| *known == slot)
            {
                named.push((slot, record.index));
            }
        }
        Ok(named)
    }
}

impl Inner {
    /// Returns the record that says that the key of a record, in `slot`, is destroyed; nothing if none does.
    ///
    /// # Errors
    /// The log cannot be read for it.
    pub(crate) fn erasure_of(&self, leaf: &Leaf, slot: u64) -> Result<Option<u64>, AdminError> {
        // The log's own subject cannot be erased.
        let Some(subject) = leaf.subject.map(Pseudonym) else { return Ok(None) };
        let find = |erasures: &Erasures| erasures.record_of(&subject, slot, Some(leaf.index));
        if let Some(known) = self.erasures.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            return Ok(find(known));
        }
        let state = State::derive(&self.disk, self.shared.catalogue.head())?;
        let found = find(state.erasures());
        let mut known = self.erasures.write().unwrap_or_else(PoisonError::into_inner);
        // Who acted meanwhile knows more.
        known.get_or_insert_with(|| state.erasures().clone());
        Ok(found)
    }
}
