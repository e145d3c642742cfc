//! A source read forwards from any place, for readers that want the standard library's traits.

use std::io::{self, Read, Seek, SeekFrom};

use syndic_detect::ReadAt;

/// A position in a source.
pub(crate) struct Cursor<'s> {
    source: &'s dyn ReadAt,
    position: u64,
}

impl<'s> Cursor<'s> {
    pub(crate) fn new(source: &'s dyn ReadAt) -> Self {
        Self { source, position: 0 }
    }

    /// Starts at an offset.
    pub(crate) fn at(source: &'s dyn ReadAt, position: u64) -> Self {
        Self { source, position }
    }
}

impl Read for Cursor<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(self.position, buffer)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for Cursor<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let moved = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.source.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = moved.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_can_be_read_from_and_none_before_the_start() {
        let bytes = b"0123456789".to_vec();
        let mut cursor = Cursor::new(&bytes);
        let mut two = [0; 2];
        for (to, expected) in [(SeekFrom::Start(3), b"34"), (SeekFrom::End(-2), b"89"), (SeekFrom::Current(-4), b"67")]
        {
            cursor.seek(to).unwrap();
            cursor.read_exact(&mut two).unwrap();
            assert_eq!(&two, expected);
        }
        assert!(cursor.seek(SeekFrom::End(-11)).is_err());
        assert_eq!(cursor.seek(SeekFrom::Start(99)).unwrap(), 99);
        assert_eq!(cursor.read(&mut two).unwrap(), 0);
    }
}
