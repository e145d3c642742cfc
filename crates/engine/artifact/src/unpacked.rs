//! A compressed stream as a source of its own: undone on the way, of which only a window is held.
//!
//! Reading forwards undoes each byte once; reading behind the window undoes the stream again from its start. What is
//! undone in all has a bound; beyond it there are no bytes, and the stream says that it is not whole.

use std::cell::RefCell;
use std::io::{self, Read};

use syndic_detect::ReadAt;

use crate::decompress;

/// Bytes held.
const WINDOW_BYTES: usize = 1024 * 1024;
/// Bytes undone at a time.
const BLOCK_BYTES: usize = 64 * 1024;
/// Bytes of one stream that are undone.
const MAX_LENGTH: u64 = 2 * 1024 * 1024 * 1024;
/// Times a stream is undone from its start.
const MAX_STARTS: u32 = 24;
/// How often each byte of a stream may be undone, on average; of a small one some more.
const MAX_ROUNDS: u64 = 4;
const FREE_BYTES: u64 = 64 * 1024 * 1024;

/// A compressed stream.
pub(crate) struct Unpacked<'s> {
    source: &'s dyn ReadAt,
    length: u64,
    is_whole: bool,
    state: RefCell<State<'s>>,
}

#[derive(Default)]
struct State<'s> {
    reader: Option<Box<dyn Read + 's>>,
    window: Vec<u8>,
    window_start: u64,
    starts: u32,
    undone: u64,
    is_spent: bool,
}

impl<'s> Unpacked<'s> {
    /// Undoes the stream once to learn how long it is; nothing if no compression is known.
    pub(crate) fn measure(source: &'s dyn ReadAt) -> Option<Self> {
        let reader = decompress::open(source)?.1;
        let (length, is_whole) = length(reader);
        Some(Self { source, length, is_whole, state: RefCell::default() })
    }

    /// Says whether all of it can be read.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole && !self.state.borrow().is_spent
    }
}

/// Returns how many bytes come out, and whether the stream comes to its end.
fn length(mut reader: Box<dyn Read + '_>) -> (u64, bool) {
    let mut block = vec![0; BLOCK_BYTES];
    let mut length = 0;
    while length < MAX_LENGTH {
        match reader.read(&mut block) {
            Ok(0) => return (length, true),
            Ok(count) => length += count as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return (length, false),
        }
    }
    (MAX_LENGTH, false)
}

impl ReadAt for Unpacked<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let mut state = self.state.borrow_mut();
        let budget = self.length.saturating_mul(MAX_ROUNDS).saturating_add(FREE_BYTES);
        if !state.reaches(self.source, offset, budget) {
            return Ok(0);
        }
        let index = usize::try_from(offset - state.window_start).unwrap_or(usize::MAX);
        let held = state.window.get(index..).unwrap_or_default();
        let count = held.len().min(buffer.len());
        for (slot, byte) in buffer.iter_mut().zip(held) {
            *slot = *byte;
        }
        Ok(count)
    }
}

impl<'s> State<'s> {
    /// Moves the window over an offset; `false` if the stream ends before or was undone too often.
    fn reaches(&mut self, source: &'s dyn ReadAt, offset: u64, budget: u64) -> bool {
        if self.reader.is_none() || offset < self.window_start {
            if self.starts >= MAX_STARTS || self.undone > budget {
                self.is_spent = true;
                return false;
            }
            self.starts += 1;
            self.reader = decompress::open(source).map(|(_, reader)| reader);
            self.window.clear();
            self.window_start = 0;
        }
        while offset >= self.window_start + self.window.len() as u64 {
            if !self.advance() {
                return false;
            }
        }
        true
    }

    fn advance(&mut self) -> bool {
        if self.window.len() + BLOCK_BYTES > WINDOW_BYTES {
            // Half of it is let go at once, so that each byte is moved once.
            let gone = self.window.len() / 2;
            self.window.drain(..gone);
            self.window_start += gone as u64;
        }
        let held = self.window.len();
        self.window.resize(held + BLOCK_BYTES, 0);
        let fresh = self.window.get_mut(held..).unwrap_or_default();
        let read = loop {
            match self.reader.as_mut().map(|reader| reader.read(fresh)) {
                Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Some(Ok(count)) => break count,
                Some(Err(_)) | None => break 0,
            }
        };
        self.window.truncate(held + read);
        self.undone += read as u64;
        read > 0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use syndic_detect::read_vec_at;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_stream_reads_as_what_was_packed_wherever_it_is_read() {
        let bytes: Vec<u8> = (0..WINDOW_BYTES * 3).map(|index| u8::try_from(index % 241).unwrap()).collect();
        let source = packed(&bytes);
        let unpacked = Unpacked::measure(&source).unwrap();
        assert_eq!((unpacked.len(), unpacked.is_whole()), (bytes.len() as u64, true));
        for offset in [0, WINDOW_BYTES * 2, 17, bytes.len() - 5] {
            let expected = &bytes[offset..(offset + 100_000).min(bytes.len())];
            assert_eq!(read_vec_at(&unpacked, offset as u64, 100_000).unwrap(), expected, "from {offset}");
        }
    }

    #[test]
    fn a_stream_cut_off_or_read_backwards_too_often_is_not_whole() {
        let bytes: Vec<u8> =
            (0_u32..900_000).flat_map(|index| index.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let source = packed(&bytes);
        let unpacked = Unpacked::measure(&source).unwrap();
        for _ in 0..MAX_STARTS {
            let _ = read_vec_at(&unpacked, bytes.len() as u64 - 9, 9).unwrap();
            let _ = read_vec_at(&unpacked, 0, 9).unwrap();
        }
        assert!(!unpacked.is_whole());
        let half = source[..source.len() / 2].to_vec();
        let cut = Unpacked::measure(&half).unwrap();
        assert!(!cut.is_whole() && cut.len() < bytes.len() as u64);
    }
}
