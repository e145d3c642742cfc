//! Names that texts are assigned to.

use std::collections::BTreeMap;

use super::literal::{Literal, trim_start};

/// Names that a file is searched for. Where more are asked for, each may be one.
const MOST_NAMES: usize = 16;
/// Bytes after a name in which what is assigned to it is looked for.
const REACH: usize = 2_000;

/// What is known of the names of one file.
#[derive(Debug, Default)]
pub(super) struct Texts<'a>(BTreeMap<&'a [u8], bool>);

impl<'a> Texts<'a> {
    /// Says whether a text may be assigned to a name anywhere in the file.
    pub(super) fn may_be_one(&mut self, file: &[u8], name: &'a [u8]) -> bool {
        if name.is_empty() || matches!(name, b"None" | b"True" | b"False") {
            return false;
        }
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        let is_one = self.0.len() >= MOST_NAMES || is_assigned_text(file, name);
        self.0.insert(name, is_one);
        is_one
    }
}

fn is_assigned_text(file: &[u8], name: &[u8]) -> bool {
    memchr::memmem::find_iter(file, name).any(|at| {
        let from = at + name.len();
        let rest = file.get(from..file.len().min(from + REACH)).unwrap_or_default();
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or_default();
        let Some(equals) = memchr::memchr(b'=', line) else { return false };
        let is_assigned = matches!(trim_start(line).first(), Some(b'=' | b':' | b','));
        is_assigned && Literal::is_within(rest.get(equals + 1..).unwrap_or_default())
    })
}
