//! Small writes past the page cache: a lone record's way to the disk without the cache's own bookkeeping, which costs
//! about a fifth of such a write and its sync.
//!
//! The system wants whole blocks from aligned memory, so a write takes the rest of its first and last block along. The
//! page cache writes whole blocks too: a disk that tears a block can hurt the bytes beside a write either way. Readers
//! go through the cache as ever; the kernel drops from it what such a write overtakes. That both ways agree is relied
//! on only where it is long established, see [`is_coherent`]. Source: open(2), "O_DIRECT".

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};

/// Every disk and file system in use takes blocks of this size; one that does not is written through the cache.
const BLOCK_BYTES: usize = 4096;
/// Larger writes go through the cache: they gain little, and readers of what is new find it there.
const MOST_BYTES: usize = 16 << 10;
/// Such a write, with the rest of its first and last block.
const ROOM_BYTES: usize = MOST_BYTES + 2 * BLOCK_BYTES;
/// `f_type` of ext2 to ext4, and of XFS. Source: statfs(2).
const COHERENT: [u64; 2] = [0xef53, 0x5846_5342];

/// The way past the cache for one file.
pub(super) struct Direct {
    file: File,
    blocks: Blocks,
}

/// Turns small writes into writes of whole blocks; where these go is the caller's.
pub(super) struct Blocks {
    /// The file never grows on this way.
    len: u64,
    /// Room for whole blocks.
    memory: Vec<u8>,
    /// Where the aligned part of `memory` starts.
    start: usize,
    /// Place in the file of the block that stands first in memory as it is on the disk.
    known: Option<u64>,
}

impl Direct {
    /// Opens the way past the cache; nothing where there is none.
    pub(super) fn open(cached: &File) -> Option<Self> {
        if !is_coherent(cached) {
            return None;
        }
        // By its handle: the file may have another name by now.
        let path = format!("/proc/self/fd/{}", cached.as_raw_fd());
        let flags = rustix::fs::OFlags::DIRECT.bits().cast_signed();
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).ok()?;
        let len = cached.metadata().ok()?.len();
        Some(Self { file, blocks: Blocks::of_file(len) })
    }

    /// Writes at `offset` and returns how many bytes were taken; nothing if the write must go through the cache, which
    /// is `cached`. Nobody else may write to these blocks meanwhile.
    pub(super) fn write(&mut self, cached: &File, bytes: &[u8], offset: u64) -> io::Result<Option<usize>> {
        let read = |into: &mut [u8], at| cached.read_exact_at(into, at);
        let write = |whole: &[u8], at| match self.file.write_at(whole, at) {
            // Blocks of another size, or a file system that changed its mind.
            Err(problem) if problem.kind() == io::ErrorKind::InvalidInput => Ok(None),
            written => written.map(Some),
        };
        self.blocks.write(read, write, bytes, offset)
    }

    /// Learns that somebody wrote through the cache.
    pub(super) fn forget(&mut self) {
        self.blocks.forget();
    }
}

impl Blocks {
    /// Starts with a file of `len` bytes of which nothing is known.
    pub(super) fn of_file(len: u64) -> Self {
        let memory = vec![0; ROOM_BYTES + BLOCK_BYTES];
        let start = memory.as_ptr().align_offset(BLOCK_BYTES);
        Self { len, memory, start, known: None }
    }

    /// Writes `bytes` at `offset` within whole blocks: `read` fills the rest of the first and last one, `write` takes
    /// them and says how many bytes, or nothing if it cannot. Returns how many of `bytes` were taken; nothing if these
    /// must be written another way.
    pub(super) fn write(
        &mut self,
        read: impl Fn(&mut [u8], u64) -> io::Result<()>,
        write: impl Fn(&[u8], u64) -> io::Result<Option<usize>>,
        bytes: &[u8],
        offset: u64,
    ) -> io::Result<Option<usize>> {
        let known = self.known.take();
        let head = usize::try_from(offset % BLOCK_BYTES as u64).map_err(io::Error::other)?;
        let first = offset - head as u64;
        let whole = (head + bytes.len()).next_multiple_of(BLOCK_BYTES);
        if bytes.is_empty() || bytes.len() > MOST_BYTES || first + whole as u64 > self.len {
            return Ok(None);
        }
        let Some(memory) = self.memory.get_mut(self.start..self.start + whole) else { return Ok(None) };
        let last = whole - BLOCK_BYTES;
        if known != Some(first)
            && let Some(block) = memory.get_mut(..BLOCK_BYTES)
        {
            read(block, first)?;
        }
        if last > 0
            && let Some(block) = memory.get_mut(last..)
        {
            read(block, first + last as u64)?;
        }
        if let Some(place) = memory.get_mut(head..head + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        let Some(written) = write(memory, first)? else { return Ok(None) };
        if written == whole {
            memory.copy_within(last.., 0);
            self.known = Some(first + last as u64);
        }
        // A write that was cut short before the bytes given goes on another way.
        Ok(Some(written.saturating_sub(head).min(bytes.len())).filter(|taken| *taken > 0))
    }

    /// Learns that somebody wrote another way.
    pub(super) fn forget(&mut self) {
        self.known = None;
    }
}

/// Tells whether writes past the cache and reads through it agree on this file's file system.
fn is_coherent(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|found| u64::try_from(found.f_type).is_ok_and(|kind| COHERENT.contains(&kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SplitMix;

    const FILE_BYTES: usize = 40 * BLOCK_BYTES;

    fn file() -> File {
        // Beside the sources rather than in /tmp, which is often a file system in memory.
        let file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.write_all_at(&vec![1; FILE_BYTES], 0).unwrap();
        file
    }

    #[test]
    fn only_the_bytes_given_change_however_writes_of_both_ways_mix() {
        let file = file();
        let Some(mut direct) = Direct::open(&file) else { return eprintln!("no way past the cache here") };
        let mut expected = vec![1; FILE_BYTES];
        let mut random = SplitMix(9);
        let mut past = 0;
        let mut next = 0;
        for round in 0..600 {
            let count = 1 + usize::try_from(random.below(if round % 9 == 0 { 20_000 } else { 3_000 })).unwrap();
            // Mostly one behind the other, as a log is written.
            let at = if round % 20 == 0 { usize::try_from(random.below(60_000)).unwrap() } else { next };
            let at = if at + count > FILE_BYTES { 0 } else { at };
            next = at + count;
            let bytes = vec![u8::try_from(round % 250).unwrap() + 2; count];
            let taken = if round % 7 == 0 { None } else { direct.write(&file, &bytes, at as u64).unwrap() };
            if let Some(taken) = taken {
                assert_eq!(taken, count);
            } else {
                direct.forget();
                file.write_all_at(&bytes, at as u64).unwrap();
            }
            past += usize::from(taken.is_some());
            expected[at..next].copy_from_slice(&bytes);
            let mut found = vec![0; FILE_BYTES];
            file.read_exact_at(&mut found, 0).unwrap();
            assert!(found == expected, "round {round}: {count} bytes at {at}");
        }
        assert!(past > 400, "only {past} writes went past the cache");
    }

    #[test]
    fn a_write_that_is_large_or_reaches_past_the_end_goes_through_the_cache() {
        let file = file();
        let Some(mut direct) = Direct::open(&file) else { return eprintln!("no way past the cache here") };
        let mut write = |count: usize, at: usize| direct.write(&file, &vec![7; count], at as u64).unwrap();
        assert_eq!(write(MOST_BYTES + 1, 0), None);
        assert_eq!(write(0, 0), None);
        assert_eq!(write(10, FILE_BYTES), None);
        assert_eq!(write(BLOCK_BYTES + 1, FILE_BYTES - BLOCK_BYTES), None);
        assert_eq!(write(BLOCK_BYTES, FILE_BYTES - BLOCK_BYTES), Some(BLOCK_BYTES));
        assert_eq!(write(MOST_BYTES, 1), Some(MOST_BYTES));
        assert_eq!(file.metadata().unwrap().len(), FILE_BYTES as u64);
    }
}
