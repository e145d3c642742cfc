//! A buffered forward reader over a [`ReadAt`], for headers whose size is not known beforehand.
//!
//! Skipping costs nothing, so a walker can pass over gigabytes of weights. Every read is checked against the end;
//! running out is `None`, a fault of the source is kept and handed back by [`Reader::finish`].

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

/// Bytes read at a time.
const WINDOW_BYTES: usize = 64 * 1024;

/// A position in a source.
pub(crate) struct Reader<'a> {
    source: &'a dyn ReadAt,
    window: Vec<u8>,
    window_start: u64,
    position: u64,
    fault: Option<io::Error>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, window: Vec::new(), window_start: 0, position: 0, fault: None }
    }

    /// Returns the offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Returns how many bytes are left.
    pub(crate) fn remaining(&self) -> u64 {
        self.source.len().saturating_sub(self.position)
    }

    /// Moves to an offset; beyond the end the next read gives `None`.
    pub(crate) fn seek(&mut self, position: u64) {
        self.position = position;
    }

    /// Passes over `count` bytes; `None` if there are fewer.
    pub(crate) fn skip(&mut self, count: u64) -> Option<()> {
        if count > self.remaining() {
            return None;
        }
        self.position += count;
        Some(())
    }

    /// Returns the next byte.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        if let Some(byte) = self.buffered() {
            self.position += 1;
            return Some(byte);
        }
        match read_vec_at(self.source, self.position, WINDOW_BYTES) {
            Ok(window) => self.window = window,
            Err(error) => {
                self.window.clear();
                self.fault.get_or_insert(error);
            }
        }
        self.window_start = self.position;
        let byte = self.buffered()?;
        self.position += 1;
        Some(byte)
    }

    fn buffered(&self) -> Option<u8> {
        let index = usize::try_from(self.position.checked_sub(self.window_start)?).ok()?;
        self.window.get(index).copied()
    }

    /// Returns exactly `count` bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        if count as u64 > self.remaining() {
            return None;
        }
        let index = usize::try_from(self.position.saturating_sub(self.window_start)).ok()?;
        if self.position >= self.window_start
            && let Some(slice) = index.checked_add(count).and_then(|end| self.window.get(index..end))
        {
            let bytes = slice.to_vec();
            self.position += count as u64;
            return Some(bytes);
        }
        match read_vec_at(self.source, self.position, count) {
            Ok(bytes) if bytes.len() == count => {
                self.position += count as u64;
                Some(bytes)
            }
            Ok(_) => None,
            Err(error) => {
                self.fault.get_or_insert(error);
                None
            }
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut array = [0; N];
        for slot in &mut array {
            *slot = self.byte()?;
        }
        Some(array)
    }

    pub(crate) fn u32_le(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64_le(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Returns a protobuf varint, at most ten bytes.
    pub(crate) fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Hands back the source's own fault, if there was one.
    ///
    /// # Errors
    /// The first fault of the source.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.fault.map_or(Ok(()), Err)
    }
}

/// One field of a protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// Wire type 0.
    Varint(u64),
    /// Wire types 1 and 5; the value is passed over.
    Fixed,
    /// Wire type 2: where the bytes stand; they are not read.
    Bytes {
        /// Offset of the first byte.
        start: u64,
        /// Offset after the last byte.
        end: u64,
    },
}

impl Reader<'_> {
    /// Returns number and content of the next field of the message that ends at `end`, and passes over it;
    /// `None` at the end or when the bytes are no field.
    pub(crate) fn field(&mut self, end: u64) -> Option<(u64, Field)> {
        if self.position >= end {
            return None;
        }
        let key = self.varint()?;
        let number = key >> 3;
        if number == 0 {
            return None;
        }
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => self.skip(8).map(|()| Field::Fixed)?,
            2 => {
                let length = self.varint()?;
                let start = self.position;
                let stop = start.checked_add(length).filter(|stop| *stop <= end)?;
                self.position = stop;
                Field::Bytes { start, end: stop }
            }
            5 => self.skip(4).map(|()| Field::Fixed)?,
            _ => return None,
        };
        (self.position <= end).then_some((number, field))
    }

    /// Returns the text of a length-delimited field, at most `limit` bytes of it, and leaves the position as it was.
    pub(crate) fn text(&mut self, start: u64, end: u64, limit: usize) -> String {
        let back = self.position;
        self.seek(start);
        let length = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX).min(limit);
        let bytes = self.bytes(length).unwrap_or_default();
        self.seek(back);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
