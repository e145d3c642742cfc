//! Rows by name and digest, so that what differs between two readings can be named.

use std::collections::{BTreeMap, BTreeSet};

use syndic_evidence::Digest;

use crate::error::Fault;
use crate::rows::read_doc;

/// Rows of one table, each by name and digest, in a fixed order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowDigests(pub(crate) Vec<(String, Digest)>);

impl RowDigests {
    /// Returns how many rows there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the rows by name.
    pub fn rows(&self) -> &[(String, Digest)] {
        &self.0
    }

    /// Returns the SHA-256 over the list as the store writes it.
    ///
    /// # Errors
    /// The list cannot be written as JSON, which no list is known to cause.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Ok(Digest::of(serde_json::to_string(&self.0)?.as_bytes()))
    }

    /// Returns what is signed of the list: how many rows there are and the hexadecimal digest over them.
    ///
    /// # Errors
    /// As [`RowDigests::digest`].
    pub fn summary(&self) -> Result<String, serde_json::Error> {
        Ok(format!("{} {}", self.count(), self.digest()?.hex()))
    }

    /// Returns the names of rows that are in one list only or have another digest, in order.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        let (one, two) = (self.by_name(), other.by_name());
        let names: BTreeSet<_> = one.keys().chain(two.keys()).collect();
        names.into_iter().filter(|name| one.get(*name) != two.get(*name)).map(|name| (*name).to_owned()).collect()
    }

    /// Returns the digest of the row with this name.
    pub fn of(&self, name: &str) -> Option<Digest> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, digest)| *digest)
    }

    pub(crate) fn by_name(&self) -> BTreeMap<&str, &Digest> {
        self.0.iter().map(|(name, digest)| (name.as_str(), digest)).collect()
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, Fault> {
        read_doc("a list of rows", text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_missing_and_a_new_row_are_named_and_the_rest_is_not() {
        let rows = |pairs: &[(&str, &str)]| {
            RowDigests(pairs.iter().map(|(name, text)| ((*name).to_owned(), Digest::of(text.as_bytes()))).collect())
        };
        let before = rows(&[("same", "1"), ("changed", "1"), ("gone", "1")]);
        let after = rows(&[("same", "1"), ("changed", "2"), ("new", "1")]);
        assert_eq!(before.differing(&after), ["changed", "gone", "new"]);
        assert_eq!(before.differing(&before), Vec::<String>::new());
    }
}
