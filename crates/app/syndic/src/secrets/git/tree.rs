//! The entries of a tree.

use super::object::{ID_BYTES, Id};

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a [u8],
    pub(super) id: Id,
    pub(super) what: What,
}

/// What an entry leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Folder,
    /// A file, or the target of a symbolic link: either is a blob.
    Blob,
    /// A commit of another repository.
    Submodule,
}

/// Returns the entries; what follows a malformed one is lost.
pub(super) fn entries(tree: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = tree;
    std::iter::from_fn(move || {
        let space = rest.iter().take(8).position(|byte| *byte == b' ')?;
        let (mode, tail) = rest.split_at_checked(space)?;
        let tail = tail.get(1..)?;
        let end = memchr::memchr(0, tail)?;
        let (name, tail) = tail.split_at_checked(end)?;
        let id = Id::from_bytes(tail.get(1..=ID_BYTES)?)?;
        rest = tail.get(1 + ID_BYTES..)?;
        let what = match mode {
            b"40000" | b"040000" => What::Folder,
            b"160000" => What::Submodule,
            _ => What::Blob,
        };
        Some(Entry { name, id, what })
    })
}
