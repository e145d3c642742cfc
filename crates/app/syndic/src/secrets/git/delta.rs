//! Deltas: an object as copies from its base and bytes of its own. Source: git's `gitformat-pack`, "Deltified representation".

use std::ops::Range;

use super::object::{GitError, MAX_OBJECT};

/// A delta applied.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Applied {
    pub(super) content: Vec<u8>,
    /// Where the content may differ from its base: own bytes, and the seams between copies.
    pub(super) fresh: Vec<Range<usize>>,
}

/// Applies a delta to its base.
///
/// # Errors
/// The delta is for another base, cut, or makes too much.
pub(super) fn apply(base: &[u8], delta: &[u8]) -> Result<Applied, GitError> {
    let mut reader = Reader { bytes: delta };
    let (base_size, size) = (reader.size()?, reader.size()?);
    if base_size != base.len() as u64 || size > MAX_OBJECT {
        return Err(GitError::malformed("a delta does not fit its base"));
    }
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    let mut fresh = Vec::new();
    while let Some(command) = reader.next() {
        let at = content.len();
        if command & 0x80 != 0 {
            let (offset, length) = (reader.fields(command, 0, 4)?, reader.fields(command, 4, 3)?);
            let length = if length == 0 { 0x1_0000 } else { length };
            let part = base.get(offset..offset.saturating_add(length)).ok_or_else(cut)?;
            content.extend_from_slice(part);
            // What is copied was looked at in the base; where two copies meet may be new.
            fresh.push(at..at);
        } else {
            let length = usize::from(command);
            let part = reader.bytes.split_at_checked(length).filter(|_| length > 0).ok_or_else(cut)?;
            content.extend_from_slice(part.0);
            reader.bytes = part.1;
            fresh.push(at..at + length);
        }
        if content.len() as u64 > size {
            return Err(cut());
        }
    }
    if content.len() as u64 != size {
        return Err(cut());
    }
    Ok(Applied { content, fresh })
}

fn cut() -> GitError {
    GitError::malformed("a delta is cut or reaches out of its base")
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn size(&mut self) -> Result<u64, GitError> {
        let mut size = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.next().ok_or_else(cut)?;
            size |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(size);
            }
        }
        Err(cut())
    }

    /// Reads the bytes of a number of which the command's bits from `first` on say which are there.
    fn fields(&mut self, command: u8, first: u32, count: u32) -> Result<usize, GitError> {
        let mut number = 0;
        for index in 0..count {
            if command >> (first + index) & 1 == 1 {
                number |= usize::from(self.next().ok_or_else(cut)?) << (8 * index);
            }
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_own_bytes_make_the_object_and_its_fresh_places() {
        // Base of 10; copy 0..4, own `XY`, copy 6..10.
        let delta = [10, 10, 0b1001_0001, 0, 4, 2, b'X', b'Y', 0b1001_0001, 6, 4];
        let applied = apply(b"0123456789", &delta).unwrap();
        assert_eq!(applied.content, b"0123XY6789");
        assert_eq!(applied.fresh, [0..0, 4..6, 6..6]);
    }

    #[test]
    fn a_delta_for_another_base_or_out_of_it_is_refused() {
        assert!(apply(b"012", &[10, 10]).is_err());
        assert!(apply(b"0123456789", &[10, 4, 0b1001_0001, 8, 4]).is_err());
        assert!(apply(b"0123456789", &[10, 4, 9, b'x']).is_err());
        assert!(apply(b"0123456789", &[10, 4, 0]).is_err());
    }
}
