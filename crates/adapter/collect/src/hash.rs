//! SHA-256 and BLAKE3 of a file in one pass, at the speed of SHA-256.
//!
//! While one core hashes chunks with SHA-256, an idle one reads the next ones and hashes them with BLAKE3. With many
//! files the cores are busy with files of their own and the same code runs one step after the other.
//! The physical limit is SHA-256 with SHA-NI on one core for one file; memory is eight chunks a file.

mod feed;

use std::io;
use std::sync::PoisonError;

use sha2::{Digest as _, Sha256};
use syndic_detect::ReadAt;
use syndic_evidence::{Blake3Digest, Digest};

use feed::{CHUNK_BYTES, Feed};

/// The identity of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentHash {
    /// The published identity.
    pub sha256: Digest,
    /// The cache key.
    pub blake3: Blake3Digest,
    /// How many bytes were hashed.
    pub size_bytes: u64,
}

/// Hashes bytes in memory.
pub fn hash_bytes(bytes: &[u8]) -> ContentHash {
    ContentHash {
        sha256: Digest::of(bytes),
        blake3: Blake3Digest::from_bytes(*blake3::hash(bytes).as_bytes()),
        size_bytes: bytes.len() as u64,
    }
}

/// Hashes a source to its end.
///
/// # Errors
/// The source's own error; a source that ends before its stated length is hashed as far as it goes.
pub fn hash_reader(source: &(impl ReadAt + Sync)) -> io::Result<ContentHash> {
    let (origin, give_back) = feed::origin(source);
    let (feed, helper) = feed::ends(&origin, give_back);
    let sha = if source.len() <= CHUNK_BYTES as u64 {
        // One chunk: there is nothing to do ahead, and calling for help costs more than it brings.
        sha256(feed)
    } else {
        rayon::join(|| sha256(feed), || helper.run()).0
    }?;
    let (blake, size_bytes) = origin.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    Ok(ContentHash { sha256: sha, blake3: Blake3Digest::from_bytes(*blake.as_bytes()), size_bytes })
}

/// SHA-256 of a feed, which is dropped at the end: a helper that still waits for it then ends too.
fn sha256<S: ReadAt>(mut feed: Feed<'_, '_, S>) -> io::Result<Digest> {
    let mut sha = Sha256::new();
    while let Some(chunk) = feed.next() {
        let chunk = chunk?;
        sha.update(&chunk);
        feed.give_back(chunk);
    }
    Ok(Digest::from_bytes(sha.finalize().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source whose byte at `bad` cannot be read.
    struct Broken {
        length: u64,
        bad: u64,
    }

    impl ReadAt for Broken {
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            if offset + buffer.len() as u64 > self.bad { Err(io::Error::other("bad sector")) } else { Ok(buffer.len()) }
        }

        fn len(&self) -> u64 {
            self.length
        }
    }

    fn with_threads<T: Send>(count: usize, work: impl FnOnce() -> T + Send) -> T {
        rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap().install(work)
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
        #[test]
        fn hashing_in_chunks_equals_hashing_at_once(
            length in 0_usize..(24 * CHUNK_BYTES),
            threads in 1_usize..4,
        ) {
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            proptest::prop_assert_eq!(with_threads(threads, || hash_reader(&bytes).unwrap()), hash_bytes(&bytes));
        }
    }

    #[test]
    fn whole_chunks_are_hashed_without_a_last_short_one() {
        for chunks in [1, 2, 8, 9, 17] {
            let bytes = vec![7; chunks * CHUNK_BYTES];
            for threads in [1, 2] {
                assert_eq!(with_threads(threads, || hash_reader(&bytes).unwrap()), hash_bytes(&bytes), "{chunks}");
            }
        }
    }

    #[test]
    fn many_sources_are_hashed_at_once_by_threads_that_help_each_other() {
        use rayon::prelude::*;
        let sources: Vec<Vec<u8>> = (0..40).map(|nth: u8| vec![nth; usize::from(nth) * CHUNK_BYTES / 3]).collect();
        let hashes: Vec<ContentHash> =
            with_threads(3, || sources.par_iter().map(|source| hash_reader(source).unwrap()).collect());
        assert_eq!(hashes, sources.iter().map(|source| hash_bytes(source)).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_in_the_middle_is_told_with_and_without_help() {
        for (threads, bad) in [(1, 0), (1, 5), (1, 40), (2, 0), (2, 5), (2, 40), (3, 63)] {
            let source = Broken { length: 64 * CHUNK_BYTES as u64, bad: bad * CHUNK_BYTES as u64 };
            let error = with_threads(threads, || hash_reader(&source).unwrap_err());
            assert_eq!(error.to_string(), "bad sector");
        }
    }
}
