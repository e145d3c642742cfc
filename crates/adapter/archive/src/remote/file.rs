//! A remote file as a source: what is asked for is fetched, a little more when it is read forwards, and a few blocks of
//! it are kept.
//!
//! What is fetched twice may be two different things on a server that lies. [`RemoteFile::pin`] reads all of it once and
//! remembers a digest of each block, so that everything read later is what was hashed.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use syndic_detect::ReadAt;

use super::error::{RemoteError, Result};

/// Bytes of a block.
const BLOCK_BYTES: u64 = 64 << 10;
/// Bytes of the first request; a file that is not longer is held whole.
const FIRST_BYTES: u64 = 512 << 10;
/// Most blocks fetched at once, and most held.
const MAX_AHEAD: u64 = 32;
const MAX_HELD: usize = 128;

/// Where the bytes come from.
pub(super) trait Ranges: Send + Sync {
    /// Returns what to call it to a person.
    fn name(&self) -> String;

    /// Returns the bytes from `from` on, at most `most`, or all of it where the server knows no ranges; nothing if there
    /// is no such file.
    fn piece(&self, from: u64, most: u64) -> Result<Option<Piece>>;
}

/// Some bytes of a file.
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// Length of the whole file.
    pub(super) total: u64,
    /// Whether the bytes are the whole file.
    pub(super) is_whole: bool,
}

/// How much of a file was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fetched {
    /// Bytes of content that came; those that came twice count twice.
    pub bytes: u64,
    /// Requests that were made.
    pub requests: u64,
}

/// A file on another machine.
pub struct RemoteFile {
    ranges: Box<dyn Ranges>,
    size_bytes: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    blocks: HashMap<u64, Arc<[u8]>>,
    /// The blocks held, the oldest first.
    order: VecDeque<u64>,
    /// All of the file, if it is held whole.
    whole: Option<Arc<[u8]>>,
    /// Digest of each block, once all of them were read.
    pins: Option<Vec<[u8; 32]>>,
    /// The block after those fetched last, and how many are fetched if it is asked for.
    next: u64,
    ahead: u64,
    fetched: Fetched,
}

impl RemoteFile {
    /// Fetches the beginning of a file; nothing if there is none.
    pub(super) fn open(ranges: Box<dyn Ranges>) -> Result<Option<Self>> {
        let Some(piece) = ranges.piece(0, FIRST_BYTES)? else { return Ok(None) };
        let size_bytes = piece.total;
        let file = Self { ranges, size_bytes, state: Mutex::default() };
        let mut state = file.lock();
        state.fetched.requests += 1;
        file.keep(&mut state, 0, FIRST_BYTES.min(size_bytes), piece)?;
        drop(state);
        Ok(Some(file))
    }

    /// Returns how much was fetched until now.
    pub fn fetched(&self) -> Fetched {
        self.lock().fetched
    }

    /// Returns the SHA-256 of a file that is held whole: what is read of it is what has this digest.
    pub fn digest_if_held(&self) -> Option<[u8; 32]> {
        self.lock().whole.as_ref().map(|bytes| Sha256::digest(bytes).into())
    }

    /// Reads all of the file and returns its SHA-256. What is read from now on is what was hashed, or a fault.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn pin(&self) -> Result<[u8; 32]> {
        if let Some(digest) = self.digest_if_held() {
            return Ok(digest);
        }
        let (mut hasher, mut pins, mut from) = (Sha256::new(), Vec::new(), 0);
        while from < self.size_bytes {
            let most = (self.size_bytes - from).min(MAX_AHEAD * BLOCK_BYTES);
            let mut state = self.lock();
            let bytes = self.fetch(&mut state, from, most)?;
            if state.whole.is_some() {
                drop(state);
                return self.pin();
            }
            drop(state);
            hasher.update(&bytes);
            let blocks = bytes.chunks(usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX));
            pins.extend(blocks.map(|block| <[u8; 32]>::from(Sha256::digest(block))));
            from += most;
        }
        let mut state = self.lock();
        state.pins = Some(pins);
        // What was held before was fetched apart.
        state.blocks.clear();
        state.order.clear();
        Ok(hasher.finalize().into())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches exactly these bytes.
    fn fetch(&self, state: &mut State, from: u64, most: u64) -> Result<Vec<u8>> {
        state.fetched.requests += 1;
        let piece = self.ranges.piece(from, most)?.ok_or_else(|| self.misbehaves("it is not there any more"))?;
        let wanted = usize::try_from(from).unwrap_or(usize::MAX)..usize::try_from(from + most).unwrap_or(usize::MAX);
        if piece.is_whole {
            let bytes = piece.bytes.get(wanted).map(<[u8]>::to_vec);
            self.keep(state, 0, self.size_bytes, piece)?;
            return bytes.ok_or_else(|| self.misbehaves("it is shorter than it was"));
        }
        state.fetched.bytes += piece.bytes.len() as u64;
        self.is_as_stated(&piece, most)?;
        Ok(piece.bytes)
    }

    /// Checks a piece and holds it.
    fn keep(&self, state: &mut State, from: u64, most: u64, piece: Piece) -> Result<()> {
        state.fetched.bytes += piece.bytes.len() as u64;
        if piece.is_whole || (from == 0 && most == self.size_bytes) {
            self.is_as_stated(&piece, self.size_bytes)?;
            state.whole = Some(piece.bytes.into());
            return Ok(());
        }
        self.is_as_stated(&piece, most)?;
        self.hold(state, from / BLOCK_BYTES, &piece.bytes)
    }

    fn is_as_stated(&self, piece: &Piece, most: u64) -> Result<()> {
        if piece.total != self.size_bytes {
            return Err(self.misbehaves("its length changed while it was read"));
        }
        if piece.bytes.len() as u64 != most {
            return Err(self.misbehaves("other bytes came than were asked for"));
        }
        Ok(())
    }

    fn hold(&self, state: &mut State, first: u64, bytes: &[u8]) -> Result<()> {
        let blocks = bytes.chunks(usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX));
        for (number, block) in (first..).zip(blocks) {
            let pinned = state.pins.as_ref().map(|pins| pins.get(usize::try_from(number).unwrap_or(usize::MAX)));
            if pinned.is_some_and(|pin| pin != Some(&Sha256::digest(block).into())) {
                return Err(self.misbehaves("other bytes came than when its digest was computed"));
            }
            if state.blocks.insert(number, block.into()).is_none() {
                state.order.push_back(number);
            }
        }
        while state.order.len() > MAX_HELD {
            let oldest = state.order.pop_front();
            oldest.and_then(|oldest| state.blocks.remove(&oldest));
        }
        Ok(())
    }

    /// Returns what is held from an offset on, after fetching it if it is not.
    fn held(&self, offset: u64, wanted: u64) -> Result<(Arc<[u8]>, usize)> {
        let mut state = self.lock();
        let (block, within) = (offset / BLOCK_BYTES, usize::try_from(offset % BLOCK_BYTES).unwrap_or(usize::MAX));
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        if let Some(whole) = &state.whole {
            return Ok((Arc::clone(whole), at));
        }
        if let Some(held) = state.blocks.get(&block) {
            return Ok((Arc::clone(held), within));
        }
        state.ahead = if block == state.next { (state.ahead * 2).clamp(1, MAX_AHEAD) } else { 1 };
        let needed = (offset % BLOCK_BYTES).saturating_add(wanted).div_ceil(BLOCK_BYTES);
        let count = needed.max(state.ahead).min(MAX_AHEAD);
        let from = block * BLOCK_BYTES;
        let most = (count * BLOCK_BYTES).min(self.size_bytes - from);
        let bytes = self.fetch(&mut state, from, most)?;
        if let Some(whole) = &state.whole {
            return Ok((Arc::clone(whole), at));
        }
        state.next = block + count;
        self.hold(&mut state, block, &bytes)?;
        let held = state.blocks.get(&block).ok_or_else(|| self.misbehaves("nothing came"))?;
        Ok((Arc::clone(held), within))
    }

    fn misbehaves(&self, why: &str) -> RemoteError {
        RemoteError::Misbehaves { place: self.ranges.name(), why: why.to_owned() }
    }
}

impl ReadAt for RemoteFile {
    fn len(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.size_bytes || buffer.is_empty() {
            return Ok(0);
        }
        let (held, start) = self.held(offset, buffer.len() as u64)?;
        // Nothing before the end would read as the end, and what follows as looked at.
        let bytes = held.get(start..).filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or_else(|| self.misbehaves("less came than its size says"))?;
        let count = bytes.len().min(buffer.len());
        for (slot, byte) in buffer.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use syndic_detect::read_vec_at;

    use super::*;

    /// A server with one file.
    struct Server {
        content: Vec<u8>,
        knows_ranges: bool,
        /// From now on it answers with other bytes.
        lies: Arc<AtomicBool>,
    }

    impl Ranges for Server {
        fn name(&self) -> String {
            "test".to_owned()
        }

        fn piece(&self, from: u64, most: u64) -> Result<Option<Piece>> {
            let (from, most) = (usize::try_from(from).unwrap(), usize::try_from(most).unwrap());
            let total = self.content.len() as u64;
            if !self.knows_ranges {
                return Ok(Some(Piece { bytes: self.content.clone(), total, is_whole: true }));
            }
            let mut bytes = self.content[from..(from + most).min(self.content.len())].to_vec();
            if self.lies.load(Ordering::Relaxed) {
                bytes[0] ^= 1;
            }
            Ok(Some(Piece { bytes, total, is_whole: false }))
        }
    }

    fn content(length: u64) -> Vec<u8> {
        (0..length).map(|index| u8::try_from(index % 251).unwrap()).collect()
    }

    fn file(length: u64, knows_ranges: bool) -> (RemoteFile, Arc<AtomicBool>) {
        let lies = Arc::new(AtomicBool::new(false));
        let server = Server { content: content(length), knows_ranges, lies: Arc::clone(&lies) };
        (RemoteFile::open(Box::new(server)).unwrap().unwrap(), lies)
    }

    #[test]
    fn a_remote_file_reads_as_what_it_is_wherever_it_is_read() {
        let length = FIRST_BYTES * 20 + 17;
        for knows_ranges in [true, false] {
            let (file, _) = file(length, knows_ranges);
            for offset in [length - 5, 0, FIRST_BYTES + 3, 9, length / 2, BLOCK_BYTES - 1] {
                let skipped = usize::try_from(offset).unwrap();
                let expected: Vec<u8> = content(length).into_iter().skip(skipped).take(200_000).collect();
                assert_eq!(read_vec_at(&file, offset, 200_000).unwrap(), expected, "{offset}");
            }
            assert_eq!(file.pin().unwrap(), <[u8; 32]>::from(Sha256::digest(content(length))));
        }
    }

    #[test]
    fn of_a_long_file_only_what_is_asked_for_is_fetched() {
        let (file, _) = file(FIRST_BYTES * 100, true);
        read_vec_at(&file, 0, 4096).unwrap();
        read_vec_at(&file, FIRST_BYTES * 100 - 22, 22).unwrap();
        assert_eq!(file.fetched(), Fetched { bytes: FIRST_BYTES + BLOCK_BYTES, requests: 2 });
    }

    #[test]
    fn reading_forwards_takes_few_requests_and_holds_little() {
        let length = FIRST_BYTES * 64;
        let (file, _) = file(length, true);
        for offset in (0..length).step_by(4096) {
            read_vec_at(&file, offset, 4096).unwrap();
        }
        let fetched = file.fetched();
        assert!(fetched.bytes <= length + FIRST_BYTES && fetched.requests < 30, "{fetched:?}");
        assert!(file.lock().blocks.len() <= MAX_HELD);
    }

    #[test]
    fn other_bytes_than_those_that_were_hashed_are_a_fault() {
        let (file, lies) = file(FIRST_BYTES * 4, true);
        file.pin().unwrap();
        assert!(read_vec_at(&file, FIRST_BYTES * 2, 10).is_ok());
        lies.store(true, Ordering::Relaxed);
        let error = read_vec_at(&file, FIRST_BYTES * 3, 10).unwrap_err();
        assert!(error.to_string().contains("other bytes"), "{error}");
    }
}
