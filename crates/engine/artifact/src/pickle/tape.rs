//! The bytes of a pickle as a loader would read them: forwards, through a window, so that a stream of any length costs
//! the memory of the window.
//!
//! Long constants and raw blocks are passed over without being read. Invariant: reading never goes beyond the source
//! and always moves forward.

use std::io;
use std::ops::Range;

use syndic_detect::{ReadAt, fill_at, read_vec_at};

/// Bytes held at a time.
const WINDOW_BYTES: usize = 256 * 1024;
/// A line longer than this is no name and no number; it is passed over.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// Why there is no further opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// STOP.
    Stop,
    /// The bytes end inside an opcode.
    Truncated,
    /// No such opcode.
    Unknown(u8),
}

/// Where a constant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) start: u64,
    pub(crate) length: u64,
}

/// A position in a source.
pub(super) struct Tape<'s> {
    source: &'s dyn ReadAt,
    length: u64,
    window: Vec<u8>,
    /// Offset in the source of the first byte of the window.
    window_start: u64,
    /// Index in the window of the next byte.
    at: usize,
    fault: Option<io::Error>,
}

impl<'s> Tape<'s> {
    pub(super) fn new(source: &'s dyn ReadAt, position: u64) -> Self {
        Self { source, length: source.len(), window: Vec::new(), window_start: position, at: 0, fault: None }
    }

    pub(super) fn source(&self) -> &'s dyn ReadAt {
        self.source
    }

    /// Returns the offset of the next byte.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        self.window_start + self.at as u64
    }

    /// Moves to an offset, at most to the end.
    pub(super) fn seek(&mut self, position: u64) {
        let position = position.min(self.length);
        match position.checked_sub(self.window_start).and_then(|index| usize::try_from(index).ok()) {
            Some(index) if index <= self.window.len() => self.at = index,
            _ => {
                self.window.clear();
                self.window_start = position;
                self.at = 0;
            }
        }
    }

    /// Returns the source's own fault, if there was one.
    pub(super) fn fault(self) -> Option<io::Error> {
        self.fault
    }

    /// Returns the next byte; nothing at the end.
    #[inline]
    pub(super) fn next_byte(&mut self) -> Option<u8> {
        if self.at >= self.window.len() {
            self.refill(1).ok()?;
        }
        let byte = self.window.get(self.at).copied();
        self.at += 1;
        byte
    }

    /// Returns the next bytes, so many.
    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], End> {
        if self.window.len() - self.at < N {
            self.refill(N)?;
        }
        let found = self.window.get(self.at..).and_then(|rest| rest.first_chunk::<N>()).copied();
        self.at += N;
        found.ok_or(End::Truncated)
    }

    #[inline]
    pub(super) fn u8(&mut self) -> Result<u8, End> {
        self.array::<1>().map(u8::from_le_bytes)
    }

    #[inline]
    pub(super) fn u16(&mut self) -> Result<u16, End> {
        self.array().map(u16::from_le_bytes)
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Result<u32, End> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline]
    pub(super) fn u64(&mut self) -> Result<u64, End> {
        self.array().map(u64::from_le_bytes)
    }

    /// Returns the next bytes, so many that the window holds them.
    #[inline]
    pub(super) fn bytes(&mut self, count: usize) -> Result<&[u8], End> {
        if self.window.len() - self.at < count {
            self.refill(count)?;
        }
        let start = self.at;
        self.at += count;
        self.window.get(start..start + count).ok_or(End::Truncated)
    }

    /// Passes over a constant of any length and returns where it stands and how it begins.
    pub(super) fn pass(&mut self, length: u64) -> Result<(Payload, [u8; 4]), End> {
        let start = self.position();
        let end = start.checked_add(length).filter(|end| *end <= self.length).ok_or(End::Truncated)?;
        let mut first = [0; 4];
        let shown = usize::try_from(length).unwrap_or(usize::MAX).min(first.len());
        for slot in first.iter_mut().take(shown) {
            *slot = self.u8()?;
        }
        self.seek(end);
        Ok((Payload { start, length }, first))
    }

    /// Reads up to a line break and returns where in the window the line stands; nothing for one too long to be kept.
    /// CPython takes `\r\n` as text with a trailing `\r`; `int()` then strips it.
    pub(super) fn line(&mut self) -> Result<Option<Range<usize>>, End> {
        let mut searched = 0;
        loop {
            let rest = self.window.get(self.at + searched..).unwrap_or_default();
            if let Some(length) = memchr::memchr(b'\n', rest) {
                let range = self.at..self.at + searched + length;
                self.at = range.end + 1;
                return Ok(Some(range));
            }
            searched += rest.len();
            if searched > MAX_LINE_BYTES {
                return self.pass_line().map(|()| None);
            }
            self.refill(searched + 1)?;
        }
    }

    /// Passes over the rest of a line without keeping it.
    fn pass_line(&mut self) -> Result<(), End> {
        loop {
            let rest = self.window.get(self.at..).unwrap_or_default();
            if let Some(length) = memchr::memchr(b'\n', rest) {
                self.at += length + 1;
                return Ok(());
            }
            self.at = self.window.len();
            self.refill(1)?;
        }
    }

    /// Returns a part of the window, as [`Self::line`] gave it and before anything else was read.
    pub(super) fn shown(&self, range: Range<usize>) -> &[u8] {
        self.window.get(range).unwrap_or_default()
    }

    /// Returns bytes that may have been passed already; nothing if the source cannot give them.
    pub(super) fn again(&self, payload: Payload) -> Option<Vec<u8>> {
        let length = usize::try_from(payload.length).ok()?;
        let in_window = payload.start.checked_sub(self.window_start).and_then(|index| usize::try_from(index).ok());
        if let Some(index) = in_window
            && let Some(bytes) = index.checked_add(length).and_then(|end| self.window.get(index..end))
        {
            return Some(bytes.to_vec());
        }
        read_vec_at(self.source, payload.start, length).ok().filter(|bytes| bytes.len() == length)
    }

    /// Makes `count` bytes from the next one on stand in the window.
    #[cold]
    #[inline(never)]
    fn refill(&mut self, count: usize) -> Result<(), End> {
        self.window.drain(..self.at.min(self.window.len()));
        self.window_start += self.at as u64;
        self.at = 0;
        let held = self.window.len();
        let left = self.length.saturating_sub(self.window_start + held as u64);
        let wanted = WINDOW_BYTES.max(count).saturating_sub(held);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(wanted);
        self.window.reserve_exact(wanted);
        self.window.resize(held + wanted, 0);
        let fresh = self.window.get_mut(held..).unwrap_or_default();
        let filled = match fill_at(self.source, self.window_start + held as u64, fresh) {
            Ok(filled) => filled,
            Err(error) => {
                self.fault.get_or_insert(error);
                0
            }
        };
        self.window.truncate(held + filled);
        if self.window.len() < count { Err(End::Truncated) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_longer_than_the_window_reads_as_it_stands() {
        let bytes: Vec<u8> = (0..WINDOW_BYTES * 2 + 77).map(|index| u8::try_from(index % 251).unwrap()).collect();
        let mut tape = Tape::new(&bytes, 0);
        let mut read = Vec::new();
        while let Some(byte) = tape.next_byte() {
            read.push(byte);
            if let Ok(more) = tape.array::<7>() {
                read.extend(more);
            }
        }
        assert_eq!(read[..bytes.len() - 8], bytes[..bytes.len() - 8]);
        assert_eq!(tape.again(Payload { start: 3, length: 4 }).unwrap(), bytes[3..7]);
    }

    #[test]
    fn lines_end_where_they_end_however_long() {
        let long = vec![b'x'; WINDOW_BYTES * 2];
        let bytes = [b"one\n".as_slice(), &long, b"\ntwo\nrest"].concat();
        let mut tape = Tape::new(&bytes, 0);
        let mut line = || tape.line().map(|range| range.map(|range| tape.shown(range).to_vec()));
        assert_eq!(line(), Ok(Some(b"one".to_vec())));
        assert_eq!(line(), Ok(None));
        assert_eq!(line(), Ok(Some(b"two".to_vec())));
        assert_eq!(line(), Err(End::Truncated));
    }

    #[test]
    fn a_constant_longer_than_the_data_is_truncated_not_read() {
        let bytes = b"abcdef".to_vec();
        assert_eq!(Tape::new(&bytes, 0).pass(u64::MAX), Err(End::Truncated));
        let mut tape = Tape::new(&bytes, 1);
        assert_eq!(tape.pass(4), Ok((Payload { start: 1, length: 4 }, *b"bcde")));
        assert_eq!(tape.position(), 5);
    }
}
