//! Placing and releasing holds.

use super::scope::{Hold, HoldScope, Scope};
use crate::admin::{Action, Admin, AdminError, Cause, refuse_hidden, refuse_naming, refuse_unseen};

/// Longest name of a hold in bytes.
const NAME_LIMIT: usize = 255;

impl Admin {
    /// Places a hold: until it is released, nothing in scope can be erased or retired.
    ///
    /// The name stands in the log in clear and should name nobody: a case number.
    ///
    /// # Errors
    /// [`AdminError::HoldExists`]; [`AdminError::Argument`] for a name that is empty, too long or not printable, and
    /// for an empty subject or tag; [`AdminError::NamesSubject`] if name or cause name the subject, [`AdminError::Hidden`]
    /// if name, tag or actor do not show as what they are; [`AdminError::Ledger`] if it could not be recorded.
    pub fn hold(&self, name: &str, scope: &HoldScope, cause: &Cause) -> Result<Hold, AdminError> {
        if name.len() > NAME_LIMIT {
            return Err(AdminError::Argument { what: "a hold's name has at most 255 bytes" });
        }
        refuse_unseen("hold's name", name)?;
        match scope {
            HoldScope::Subject(subject) => {
                let texts = [("hold's name", name), ("actor", &cause.actor), ("reason", &cause.reason)];
                refuse_naming(subject, &texts)?;
            }
            HoldScope::Tag { key, value } => {
                refuse_hidden("tag's key", key)?;
                refuse_hidden("tag's value", value)?;
            }
            HoldScope::Everything => {}
        }
        let scope = self.scope_of(scope)?;
        let mut inner = self.begin_for(cause)?;
        if inner.state.hold(name).is_some() {
            return Err(AdminError::HoldExists { hold: name.to_owned() });
        }
        self.record(&mut inner, Action::Held { hold: name.to_owned(), scope }, cause)?;
        inner.state.hold(name).cloned().ok_or_else(|| AdminError::NoSuchHold { hold: name.to_owned() })
    }

    /// Ends a hold; returns the index of the record that says so.
    ///
    /// # Errors
    /// [`AdminError::NoSuchHold`]; [`AdminError::Ledger`] if it could not be recorded: the hold then stands.
    pub fn release(&self, name: &str, cause: &Cause) -> Result<u64, AdminError> {
        let mut inner = self.begin_for(cause)?;
        if inner.state.hold(name).is_none() {
            return Err(AdminError::NoSuchHold { hold: name.to_owned() });
        }
        self.record(&mut inner, Action::Released { hold: name.to_owned() }, cause)
    }

    /// Returns the holds that stand, by name.
    pub fn holds(&self) -> Vec<Hold> {
        self.state().holds().cloned().collect()
    }

    fn scope_of(&self, scope: &HoldScope) -> Result<Scope, AdminError> {
        Ok(match scope {
            HoldScope::Subject(subject) if subject.is_empty() => {
                return Err(AdminError::Argument { what: "a hold on a subject needs the subject's name" });
            }
            HoldScope::Tag { key, .. } if key.is_empty() => {
                return Err(AdminError::Argument { what: "a hold on a tag needs the tag's key" });
            }
            HoldScope::Subject(subject) => Scope::Subject(self.keys.pseudonym(subject)),
            HoldScope::Tag { key, value } => Scope::Tag { key: key.clone(), value: value.clone() },
            HoldScope::Everything => Scope::Everything,
        })
    }
}
