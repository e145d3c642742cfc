//! The chunks of a source in order, each hashed with BLAKE3 on its way, made by whichever thread has time.
//!
//! One thread takes the chunks ([`Feed::next`]). While nobody helps, it makes each chunk itself. A thread that comes
//! to help ([`Helper::run`]) makes them ahead, as far as there are buffers, and the taker waits only where the helper
//! is behind. Whoever holds the lock of the origin makes chunks; a taker that finds it held knows that somebody is at
//! work and waits for that work, so nothing is made twice and nobody waits for a thread that never came.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError, TryLockError};

use syndic_detect::{ReadAt, fill_at};

/// Bytes made at a time: long enough that handing one over costs nothing, short enough for a core's own cache.
pub(super) const CHUNK_BYTES: usize = 512 << 10;

/// Buffers of one source: how far a helper is ahead, and with the chunk's length the memory of one source.
const BUFFERS: usize = 8;

/// Used buffers the taker gathers before it gives them back: a helper that waits is woken once for so many.
const GIVEN_BACK_AT_ONCE: usize = BUFFERS / 2;

/// Where chunks come from: held by the thread that makes them.
#[derive(Debug)]
pub(super) struct Origin<'source, S> {
    source: &'source S,
    offset: u64,
    blake: blake3::Hasher,
    made_buffers: usize,
    spare: Receiver<Vec<u8>>,
    ended: bool,
}

/// The taker's end.
#[derive(Debug)]
pub(super) struct Feed<'shared, 'source, S> {
    origin: &'shared Mutex<Origin<'source, S>>,
    ready: Receiver<io::Result<Vec<u8>>>,
    used: Vec<Vec<u8>>,
    give_back: Sender<Vec<u8>>,
}

/// The helper's end.
#[derive(Debug)]
pub(super) struct Helper<'shared, 'source, S> {
    origin: &'shared Mutex<Origin<'source, S>>,
    ready: Sender<io::Result<Vec<u8>>>,
}

/// The origin of a source's chunks, and the way back for buffers, which [`ends`] gives to the taker.
pub(super) fn origin<S: ReadAt>(source: &S) -> (Mutex<Origin<'_, S>>, Sender<Vec<u8>>) {
    let (give_back, spare) = channel();
    let origin = Origin { source, offset: 0, blake: blake3::Hasher::new(), made_buffers: 0, spare, ended: false };
    (Mutex::new(origin), give_back)
}

/// The two ends of an origin.
pub(super) fn ends<'shared, 'source, S>(
    origin: &'shared Mutex<Origin<'source, S>>,
    give_back: Sender<Vec<u8>>,
) -> (Feed<'shared, 'source, S>, Helper<'shared, 'source, S>) {
    let (ahead, ready) = channel();
    (Feed { origin, ready, used: Vec::with_capacity(BUFFERS), give_back }, Helper { origin, ready: ahead })
}

impl<S: ReadAt> Origin<'_, S> {
    /// The next chunk, read and hashed with BLAKE3; nothing after the source's end or its first error, and nothing
    /// once the taker has gone.
    fn make(&mut self, buffer: Option<Vec<u8>>) -> Option<io::Result<Vec<u8>>> {
        if self.ended {
            return None;
        }
        let made = buffer.or_else(|| self.buffer()).map(|buffer| self.fill(buffer));
        self.ended = !matches!(&made, Some(Ok(chunk)) if !chunk.is_empty());
        made.filter(|made| !matches!(made, Ok(chunk) if chunk.is_empty()))
    }

    fn fill(&mut self, mut chunk: Vec<u8>) -> io::Result<Vec<u8>> {
        // A buffer that was full once keeps its length: only the first fill of one is paid for with zeros.
        chunk.resize(usize::try_from(self.source.len()).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES), 0);
        let filled = fill_at(self.source, self.offset, &mut chunk)?;
        chunk.truncate(filled);
        self.blake.update(&chunk);
        self.offset += filled as u64;
        Ok(chunk)
    }

    /// A buffer that was given back, or a new one; when all are in use, the next that is given back.
    fn buffer(&mut self) -> Option<Vec<u8>> {
        if let Ok(spare) = self.spare.try_recv() {
            return Some(spare);
        }
        if self.made_buffers < BUFFERS {
            self.made_buffers += 1;
            return Some(Vec::new());
        }
        self.spare.recv().ok()
    }

    /// BLAKE3 of all chunks that were made, and their bytes.
    pub(super) fn finish(&self) -> (blake3::Hash, u64) {
        (self.blake.finalize(), self.offset)
    }
}

impl<S: ReadAt> Feed<'_, '_, S> {
    /// The next chunk, or nothing after the source's end or its first error.
    pub(super) fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        if let Ok(chunk) = self.ready.try_recv() {
            return Some(chunk);
        }
        let mut origin = match self.origin.try_lock() {
            Ok(origin) => origin,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // A helper is at work; when it ends its sender goes, and only what it never made is left to do.
            Err(TryLockError::WouldBlock) => match self.ready.recv() {
                Ok(chunk) => return Some(chunk),
                Err(_) => self.origin.lock().unwrap_or_else(PoisonError::into_inner),
            },
        };
        // A helper may have made chunks, and gone, between the two looks above.
        self.ready.try_recv().ok().or_else(|| origin.make(self.used.pop()))
    }

    /// Gives back the buffer of a chunk that was taken.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        self.used.push(buffer);
        if self.used.len() >= GIVEN_BACK_AT_ONCE {
            for buffer in self.used.drain(..) {
                // Nobody left to take it: the source has ended.
                let _ = self.give_back.send(buffer);
            }
        }
    }
}

impl<S: ReadAt> Helper<'_, '_, S> {
    /// Makes chunks until the source ends or the taker goes.
    pub(super) fn run(self) {
        let mut origin = self.origin.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(chunk) = origin.make(None) {
            if self.ready.send(chunk).is_err() {
                origin.ended = true;
            }
        }
    }
}
