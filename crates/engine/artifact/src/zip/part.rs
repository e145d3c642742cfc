//! A stored member, read where it stands in the archive.

use std::io;
use std::ops::Range;

use syndic_detect::ReadAt;

/// A part of a source, read as a source of its own.
pub(crate) struct Part<'s> {
    source: &'s dyn ReadAt,
    start: u64,
    length: u64,
}

impl<'s> Part<'s> {
    pub(crate) fn new(source: &'s dyn ReadAt, start: u64, length: u64) -> Self {
        Self { source, start, length }
    }

    /// Returns where in the source it stands.
    pub(crate) fn range(&self) -> Range<u64> {
        self.start..self.start.saturating_add(self.length)
    }
}

impl ReadAt for Part<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let (Some(buffer), Some(at)) = (buffer.get_mut(..wanted), self.start.checked_add(offset)) else { return Ok(0) };
        if buffer.is_empty() { Ok(0) } else { self.source.read_at(at, buffer) }
    }
}

#[cfg(test)]
mod tests {
    use syndic_detect::read_vec_at;

    use super::*;

    #[test]
    fn a_part_ends_where_it_ends() {
        let whole = b"0123456789".to_vec();
        let part = Part::new(&whole, 3, 4);
        assert_eq!(read_vec_at(&part, 0, 100).unwrap(), b"3456");
        assert_eq!(read_vec_at(&part, 2, 100).unwrap(), b"56");
        assert_eq!(read_vec_at(&part, 9, 100).unwrap(), b"");
    }
}
