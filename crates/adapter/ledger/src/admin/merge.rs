//! Brings lost keys back from a backup of the key store, without losing those made since.

use super::administrator::Admin;
use super::error::AdminError;
use crate::keys::{KeyBackup, LostKey};

/// What a backup brought back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MergedKeys {
    /// The slots whose keys were lost and are there again.
    pub taken: Vec<u64>,
    /// The keys that are lost still: the backup does not have them either.
    pub lost: Vec<LostKey>,
}

impl Admin {
    /// Takes from a backup of the key store the keys that are lost, see [`Admin::lost_keys`], and nothing else: a key
    /// that is there stays as it is, and one that was erased stays erased.
    ///
    /// # Errors
    /// [`AdminError::Keys`] if the backup is of another store, or the present one cannot be written;
    /// [`AdminError::Ledger`] if the records cannot be read.
    pub fn merge_keys(&self, backup: &KeyBackup) -> Result<MergedKeys, AdminError> {
        let inner = self.begin()?;
        let lost = self.lost_as_of(&inner.state)?;
        let slots: Vec<u64> = lost.iter().map(|key| key.slot).collect();
        let taken = self.keys.take_from(backup, &slots)?;
        Ok(MergedKeys { lost: lost.into_iter().filter(|key| !taken.contains(&key.slot)).collect(), taken })
    }
}
