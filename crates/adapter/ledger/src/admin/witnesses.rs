//! Who witnesses the log, as a record of the log itself: a list kept beside it could be taken away with what the
//! witnesses would tell.

use super::action::Action;
use super::administrator::{Admin, Cause};
use super::error::AdminError;
use crate::leaf::Leaf;

/// More keys than this are refused: each stands in one tag of a record.
const MOST_KEYS: usize = 64;

/// The witnesses a log names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedWitnesses {
    /// The lines of their cosigning keys; none if the log is not witnessed any more.
    pub keys: Vec<String>,
    /// The record that says so.
    pub index: u64,
}

impl NamedWitnesses {
    /// Reads what a record says about witnesses; nothing if it is another record.
    pub(crate) fn of(leaf: &Leaf) -> Option<Self> {
        match Action::parse(leaf)?.ok()? {
            Action::Witnesses { keys } => Some(Self { keys, index: leaf.index }),
            _ => None,
        }
    }
}

impl Admin {
    /// Records that these witnesses, given as the lines of their keys, cosign the log from now on; nothing if the log says
    /// so already.
    ///
    /// # Errors
    /// [`AdminError::Argument`] for too many keys; [`AdminError::Ledger`] if it could not be recorded.
    pub fn set_witnesses(&self, mut keys: Vec<String>, cause: &Cause) -> Result<Option<u64>, AdminError> {
        keys.sort();
        keys.dedup();
        if keys.len() > MOST_KEYS {
            return Err(AdminError::Argument { what: "at most 64 keys of witnesses are recorded; remove a witness" });
        }
        let mut inner = self.begin()?;
        let known = inner.state.witnesses().map(|named| named.keys.as_slice()).unwrap_or_default();
        if known == keys {
            return Ok(None);
        }
        self.record(&mut inner, Action::Witnesses { keys }, cause).map(Some)
    }
}
