//! Where something was seen: a place a person can open.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place inside the assessed tree.
///
/// `path` is relative to the assessed root, `/`-separated, with bytes that are not UTF-8 written as `%XX`.
/// Lines and columns count from 1, offsets from 0. `member` names a part of a container: an archive member,
/// a JSON pointer, a column of a dataset, a notebook cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Path relative to the assessed root.
    pub path: String,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Byte offset, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Part of a container: archive member, JSON pointer, dataset column, notebook cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

impl Location {
    /// Names a whole file.
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Names a line of a text file; `line` counts from 1.
    pub fn line(path: impl Into<String>, line: u32) -> Self {
        Self { line: Some(line), ..Self::file(path) }
    }

    /// Names a byte of a binary file; `offset` counts from 0.
    pub fn offset(path: impl Into<String>, offset: u64) -> Self {
        Self { offset: Some(offset), ..Self::file(path) }
    }

    /// Adds the part of the container that is meant.
    #[must_use]
    pub fn member(mut self, member: impl Into<String>) -> Self {
        self.member = Some(member.into());
        self
    }

    /// Returns the form that enters a fingerprint: path and member, never line, column or offset,
    /// so that a finding keeps its identity when code above it moves.
    pub fn normalised(&self) -> String {
        match &self.member {
            Some(member) => format!("{}!{member}", self.path),
            None => self.path.clone(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(member) = &self.member {
            write!(f, "!{member}")?;
        }
        match (self.line, self.offset) {
            (Some(line), _) => write!(f, ":{line}"),
            (None, Some(offset)) => write!(f, "@{offset:#x}"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_finding_down_the_file_keeps_its_normalised_location() {
        assert_eq!(Location::line("a.py", 3).normalised(), Location::line("a.py", 90).normalised());
    }

    #[test]
    fn it_prints_as_editors_open_it() {
        assert_eq!(Location::line("app/main.py", 12).to_string(), "app/main.py:12");
        assert_eq!(Location::offset("m.pt", 16).member("data.pkl").to_string(), "m.pt!data.pkl@0x10");
    }
}
