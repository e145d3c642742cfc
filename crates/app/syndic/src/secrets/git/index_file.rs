//! The index of a work tree: what the next commit will hold. Source: git's `gitformat-index`, versions 2 to 4.

use super::object::{ID_BYTES, Id};

/// One file that is staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) path: String,
    pub(super) id: Id,
}

/// Bytes of an entry before its path, without extended flags.
const FIXED: usize = 62;
/// Most entries read.
const MAX_ENTRIES: u32 = 5_000_000;
const GITLINK: u32 = 0o160_000;

/// Returns the files of an index; nothing if it is not of the format.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Staged>> {
    let rest = bytes.strip_prefix(b"DIRC")?;
    let version = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?);
    let count = u32::from_be_bytes(rest.get(4..8)?.try_into().ok()?);
    if !(2..=4).contains(&version) || count > MAX_ENTRIES {
        return None;
    }
    let mut at = 12;
    let mut path: Vec<u8> = Vec::new();
    let mut found = Vec::new();
    for _ in 0..count {
        let entry = bytes.get(at..)?;
        let mode = u32::from_be_bytes(entry.get(24..28)?.try_into().ok()?);
        let id = Id::from_bytes(entry.get(40..40 + ID_BYTES)?)?;
        let flags = u16::from_be_bytes(entry.get(60..62)?.try_into().ok()?);
        let is_extended = version >= 3 && flags & 0x4000 != 0;
        let extended = if is_extended { u16::from_be_bytes(entry.get(62..64)?.try_into().ok()?) } else { 0 };
        let start = FIXED + if is_extended { 2 } else { 0 };
        let tail = entry.get(start..)?;
        let length = if version == 4 {
            let (cut, used) = prefix(tail)?;
            path.truncate(path.len().checked_sub(cut)?);
            let rest = tail.get(used..)?;
            let end = memchr::memchr(0, rest)?;
            path.extend_from_slice(rest.get(..end)?);
            start + used + end + 1
        } else {
            let end = memchr::memchr(0, tail)?;
            path.clear();
            path.extend_from_slice(tail.get(..end)?);
            // One to eight bytes of padding.
            (start + end + 8) / 8 * 8
        };
        let (stage, is_only_intended) = (flags >> 12 & 3, extended & 0x2000 != 0);
        if stage == 0 && mode != GITLINK && !is_only_intended {
            found.push(Staged { path: String::from_utf8_lossy(&path).into_owned(), id });
        }
        at += length;
    }
    Some(found)
}

/// How many bytes of the previous path to drop, and how many bytes said so.
fn prefix(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().take(8).enumerate() {
        value |= usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
        value = value.checked_add(1)?.checked_shl(7)?;
    }
    None
}
