//! Reads a segment frame by frame, a chunk at a time, and finds where its written part ends.

use std::io;
use std::sync::Arc;

use crate::MAX_FRAME_BYTES;
use crate::disk::{DiskFile, read_full_at};
use crate::frame::{self, BadFrame, FrameKind, HEADER_BYTES, Parsed};

/// Read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// What stands next in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// A frame at this byte.
    Frame { kind: FrameKind, offset: u64, payload: &'a [u8] },
    /// Nothing more is written from this byte on.
    End { offset: u64 },
    /// Something else stands at this byte.
    Bad { offset: u64, why: BadFrame },
}

/// A place in a segment, moving forward.
pub(crate) struct FrameReader {
    file: Arc<dyn DiskFile>,
    /// Where `buffer` starts in the file.
    buffer_at: u64,
    buffer: Vec<u8>,
    /// Consumed bytes of `buffer`.
    used: usize,
    reached_end: bool,
    chunk_bytes: usize,
}

impl FrameReader {
    pub(crate) fn new(file: Arc<dyn DiskFile>, offset: u64) -> Self {
        Self::with_chunk(file, offset, CHUNK_BYTES)
    }

    /// Reads so many bytes at once: who wants few frames wants no megabyte.
    pub(crate) fn with_chunk(file: Arc<dyn DiskFile>, offset: u64, chunk_bytes: usize) -> Self {
        Self { file, buffer_at: offset, buffer: Vec::new(), used: 0, reached_end: false, chunk_bytes }
    }

    /// Where the next frame starts.
    pub(crate) fn offset(&self) -> u64 {
        self.buffer_at + self.used as u64
    }

    /// Reads the next frame. After `End` or `Bad` it stays where it is.
    pub(crate) fn step(&mut self) -> io::Result<Step<'_>> {
        self.fill(HEADER_BYTES)?;
        let length = self.rest().first_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length));
        if let Some(length) = usize::try_from(length).ok().filter(|length| (1..=MAX_FRAME_BYTES).contains(length)) {
            self.fill(frame::total_bytes(length))?;
        }
        let offset = self.offset();
        let total = match frame::parse(self.rest()) {
            Parsed::End => return Ok(Step::End { offset }),
            Parsed::Bad(why) => return Ok(Step::Bad { offset, why }),
            Parsed::Frame { total_bytes, .. } => total_bytes,
        };
        let start = self.used;
        self.used += total;
        match frame::parse_payload(self.buffer.get(start..self.used).unwrap_or_default()) {
            Some((kind, payload)) => Ok(Step::Frame { kind, offset, payload }),
            None => Ok(Step::Bad { offset, why: BadFrame::Header }),
        }
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Reads on until `wanted` bytes are at hand or the file ends.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        if self.rest().len() >= wanted || self.reached_end {
            return Ok(());
        }
        self.buffer.drain(..self.used);
        self.buffer_at += self.used as u64;
        self.used = 0;
        let have = self.buffer.len();
        self.buffer.resize(have.max(wanted).max(self.chunk_bytes), 0);
        let into = self.buffer.get_mut(have..).unwrap_or_default();
        let asked = into.len();
        let read = read_full_at(self.file.as_ref(), into, self.buffer_at + have as u64)?;
        self.buffer.truncate(have + read);
        self.reached_end = read < asked;
        Ok(())
    }
}

/// Returns the byte after the last one that is not zero, from `offset` to the end; `offset` if all are.
pub(crate) fn end_of_bytes(file: &dyn DiskFile, offset: u64) -> io::Result<u64> {
    let (mut at, mut end) = (offset, offset);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = read_full_at(file, &mut chunk, at)?;
        if let Some(last) = last_set(chunk.get(..read).unwrap_or_default()) {
            end = at + last as u64 + 1;
        }
        at += read as u64;
        if read < CHUNK_BYTES {
            return Ok(end);
        }
    }
}

/// Returns the place of the last byte that is not zero. Segments end in megabytes of zeros: those are passed over in
/// blocks, which are compared many bytes at a time.
fn last_set(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 4096;
    let zeros = [0; BLOCK];
    let blocks = bytes.rchunks(BLOCK).take_while(|block| zeros.get(..block.len()) == Some(*block));
    let rest = bytes.len() - blocks.map(<[u8]>::len).sum::<usize>();
    bytes.get(..rest)?.iter().rposition(|byte| *byte != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Disk as _, SimDisk, write_all_at};

    fn segment(payloads: &[Vec<u8>], tail: &[u8]) -> Arc<dyn DiskFile> {
        let mut bytes = Vec::new();
        for payload in payloads {
            assert!(frame::encode(FrameKind::Record, &[payload], &mut bytes));
        }
        bytes.extend_from_slice(tail);
        let file = SimDisk::new(0).create("s").unwrap();
        write_all_at(file.as_ref(), &bytes, 0).unwrap();
        file
    }

    #[test]
    fn frames_larger_than_a_chunk_are_read_whole() {
        let payloads: Vec<Vec<u8>> =
            [10, CHUNK_BYTES - 30, CHUNK_BYTES, 3 * CHUNK_BYTES + 1, 1].iter().map(|count| vec![7; *count]).collect();
        let mut reader = FrameReader::new(segment(&payloads, &[0; 100]), 0);
        for expected in &payloads {
            let Step::Frame { payload, .. } = reader.step().unwrap() else { panic!("no frame") };
            assert!(payload == expected);
        }
        let end = payloads.iter().map(|payload| frame::total_bytes(payload.len()) as u64).sum();
        assert_eq!(reader.step().unwrap(), Step::End { offset: end });
    }

    #[test]
    fn a_frame_cut_by_the_end_of_the_file_is_bad() {
        let mut reader = FrameReader::new(segment(&[], &[9, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5]), 0);
        assert_eq!(reader.step().unwrap(), Step::Bad { offset: 0, why: BadFrame::Cut });
    }

    #[test]
    fn the_end_of_bytes_is_after_the_last_that_is_not_zero() {
        let mut tail = vec![0; 2 * CHUNK_BYTES + 50];
        let file = segment(&[], &tail);
        assert_eq!(end_of_bytes(file.as_ref(), 16).unwrap(), 16);
        tail[CHUNK_BYTES + 3] = 1;
        let file = segment(&[], &tail);
        assert_eq!(end_of_bytes(file.as_ref(), 16).unwrap(), CHUNK_BYTES as u64 + 4);
    }
}
