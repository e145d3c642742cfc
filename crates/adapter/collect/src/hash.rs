//! SHA-256 and BLAKE3 of a file in one pass, at the speed of SHA-256.
//!
//! While one core hashes a chunk with SHA-256, the other hashes the same chunk with BLAKE3 and reads the next one.
//! With many files the cores are busy with files of their own and the same code runs one after the other.
//! The physical limit is SHA-256 with SHA-NI on one core for one file; memory is two chunks a thread.

use std::io;

use sha2::{Digest as _, Sha256};
use syndic_detect::{ReadAt, fill_at};
use syndic_evidence::{Blake3Digest, Digest};

/// Bytes hashed at a time: long enough that handing work to the other core costs nothing, short enough for L2.
const CHUNK_BYTES: usize = 1 << 20;

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

/// Hashes a source to its end. `on_progress` is told how many bytes each step added.
///
/// # Errors
/// The source's own error; a source that ends before its stated length is hashed as far as it goes.
pub fn hash_reader(source: &(impl ReadAt + Sync), on_progress: &(impl Fn(u64) + Sync)) -> io::Result<ContentHash> {
    let mut sha = Sha256::new();
    let mut blake = blake3::Hasher::new();
    // Two buffers take turns: fresh ones would cost a page fault for every 4 KiB hashed.
    let buffer_bytes = usize::try_from(source.len()).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
    let (mut current, mut spare) = (vec![0; buffer_bytes], vec![0; buffer_bytes]);
    let mut filled = fill_at(source, 0, &mut current)?;
    let mut offset = 0_u64;
    while let Some(chunk) = current.get(..filled).filter(|chunk| !chunk.is_empty()) {
        offset += chunk.len() as u64;
        let ((), read) = rayon::join(
            || sha.update(chunk),
            || {
                blake.update(chunk);
                fill_at(source, offset, &mut spare)
            },
        );
        on_progress(chunk.len() as u64);
        filled = read?;
        std::mem::swap(&mut current, &mut spare);
    }
    Ok(ContentHash {
        sha256: Digest::from_bytes(sha.finalize().into()),
        blake3: Blake3Digest::from_bytes(*blake.finalize().as_bytes()),
        size_bytes: offset,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]
        #[test]
        fn hashing_in_chunks_equals_hashing_at_once(length in 0_usize..(3 * CHUNK_BYTES)) {
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            proptest::prop_assert_eq!(hash_reader(&bytes, &|_| ()).unwrap(), hash_bytes(&bytes));
        }
    }
}
