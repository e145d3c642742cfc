//! Bytes that stand elsewhere in memory, read as a source.

use std::io;

use syndic_detect::ReadAt;

/// A slice as a source.
pub(crate) struct Slice<'b> {
    bytes: &'b [u8],
}

impl<'b> Slice<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }
}

impl ReadAt for Slice<'_> {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, buffer)
    }
}
