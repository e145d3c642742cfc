//! Puts the key store under a new master key while the log goes on, and records that.

use super::action::Action;
use super::administrator::{Admin, Cause, Inner};
use super::error::AdminError;
use crate::keys::{MasterKey, Rotation};
use crate::stage::check;

impl Admin {
    /// Puts every subject key under a new master key. The log stays open; appending and reading wait meanwhile.
    ///
    /// The caller keeps the old key until this returns, and then destroys it. After a crash the ledger opens with
    /// one of the two; if it is the new one, the next [`Admin::open`] records the rotation.
    ///
    /// # Errors
    /// [`AdminError::Keys`], see [`crate::keys::KeyStore::rotate`]; [`AdminError::Ledger`] if the rotation was done and could not
    /// be recorded: open the ledger again with the new key.
    pub fn rotate(&self, new: &MasterKey, cause: &Cause) -> Result<Rotation, AdminError> {
        let mut inner = self.begin_for(cause)?;
        // What a failed recording left out comes first.
        self.record_rotation(&mut inner)?;
        // A key that was put back since the opening must not come under the new master key.
        self.destroy_revived(&mut inner)?;
        // What cannot be recorded must not be done.
        check(&[Action::Rotated { generation: 0 }.entry(cause)])?;
        let rotation = self.keys.rotate(new)?;
        self.record(&mut inner, Action::Rotated { generation: rotation.generation }, cause)?;
        Ok(rotation)
    }

    /// Records a rotation the key store knows of and the log does not.
    pub(super) fn record_rotation(&self, inner: &mut Inner) -> Result<(), AdminError> {
        let (found, recorded) = (self.keys.generation(), inner.state.generation());
        if found < recorded {
            return Err(AdminError::OlderKeys { found, recorded });
        }
        if found > recorded {
            let reason = "recorded late: the rotation was interrupted before it could be".to_owned();
            self.record(inner, Action::Rotated { generation: found }, &Cause { actor: "ledger".to_owned(), reason })?;
        }
        Ok(())
    }
}
