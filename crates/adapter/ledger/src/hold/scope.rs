//! What a hold covers.

use crate::keys::Pseudonym;
use crate::leaf::Leaf;

/// What is to be held, as a person says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldScope {
    /// Every record about this subject; the log gets its pseudonym only.
    Subject(String),
    /// Every record with this tag.
    Tag {
        /// The tag's key.
        key: String,
        /// The tag's value.
        value: String,
    },
    /// Every record.
    Everything,
}

/// What is held, as the log says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every record about the subject of this pseudonym.
    Subject(Pseudonym),
    /// Every record with this tag.
    Tag {
        /// The tag's key.
        key: String,
        /// The tag's value.
        value: String,
    },
    /// Every record.
    Everything,
}

impl Scope {
    /// Tells whether a record is covered.
    pub fn covers(&self, leaf: &Leaf) -> bool {
        match self {
            Self::Subject(subject) => leaf.subject == Some(subject.0),
            Self::Tag { key, value } => leaf.tags.iter().any(|(have, is)| have == key && is == value),
            Self::Everything => true,
        }
    }

    /// The word the log has for this kind of scope.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Subject(_) => "subject",
            Self::Tag { .. } => "tag",
            Self::Everything => "everything",
        }
    }
}

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its name, by which it is released.
    pub name: String,
    /// What it covers.
    pub scope: Scope,
    /// Who placed it.
    pub actor: String,
    /// When, in microseconds since 1970 UTC.
    pub time_us: i64,
    /// The record that states it; its content is the reason.
    pub index: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_exactly_its_records() {
        let leaf = |subject, tags: &[(&str, &str)]| Leaf {
            index: 0,
            time_us: 0,
            kind: "k".to_owned(),
            actor: String::new(),
            subject,
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            content_bytes: 0,
            content_sha256: [0; 32],
        };
        let anna = leaf(Some([1; 32]), &[("case", "6"), ("case", "7")]);
        let other = leaf(None, &[("7", "case")]);
        let case = Scope::Tag { key: "case".to_owned(), value: "7".to_owned() };
        for (scope, covered) in [
            (Scope::Subject(Pseudonym([1; 32])), [true, false]),
            (Scope::Subject(Pseudonym([2; 32])), [false, false]),
            (case, [true, false]),
            (Scope::Everything, [true, true]),
        ] {
            assert_eq!([scope.covers(&anna), scope.covers(&other)], covered, "{scope:?}");
        }
    }
}
