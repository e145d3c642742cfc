//! The port through which a pure engine reads a file it cannot hold in memory.

use std::io;

/// Random access to bytes: a file, a member of an archive, a slice in a test.
pub trait ReadAt {
    /// Returns the length in bytes.
    fn len(&self) -> u64;

    /// Says whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads into `buffer` from `offset` and returns how many bytes were read; 0 at or after the end.
    ///
    /// # Errors
    /// The system's own error when the bytes cannot be had.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(<[u8]>::len(self));
        let rest = self.get(start..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (slot, byte) in buffer.iter_mut().zip(rest) {
            *slot = *byte;
        }
        Ok(count)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }
}

/// Fills `buffer` from `offset` and returns how many bytes it holds; fewer than its length only at the end of the source.
///
/// # Errors
/// The source's own error.
pub fn fill_at(source: &(impl ReadAt + ?Sized), offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let count = source.read_at(offset + filled as u64, rest)?;
        if count == 0 {
            break;
        }
        filled += count;
    }
    Ok(filled)
}

/// Reads up to `limit` bytes from `offset`; fewer only at the end of the source.
///
/// # Errors
/// The source's own error.
pub fn read_vec_at(source: &(impl ReadAt + ?Sized), offset: u64, limit: usize) -> io::Result<Vec<u8>> {
    let available = source.len().saturating_sub(offset);
    let wanted = usize::try_from(available).unwrap_or(usize::MAX).min(limit);
    let mut buffer = vec![0; wanted];
    let filled = fill_at(source, offset, &mut buffer)?;
    buffer.truncate(filled);
    Ok(buffer)
}
