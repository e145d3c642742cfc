//! The bytes of a hash tile: its hashes, one after another. Source: C2SP tlog-tiles, "Merkle Tree".

use super::place::{TILE_WIDTH, TileError};
use crate::{HASH_BYTES, Hash};

/// Returns the bytes of a tile of these hashes; 32 each.
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// Reads the hashes of a tile.
///
/// # Errors
/// [`TileError::Width`] if the bytes are not 1 to 256 whole hashes.
pub fn decode_hashes(bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
    let (chunks, rest) = bytes.as_chunks::<HASH_BYTES>();
    if chunks.is_empty() || chunks.len() > usize::from(TILE_WIDTH) || !rest.is_empty() {
        return Err(TileError::Width);
    }
    Ok(chunks.iter().copied().map(Hash::from_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    #[test]
    fn hashes_survive_their_bytes() {
        let hashes = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
        assert_eq!(decode_hashes(&encode_hashes(&hashes)), Ok(hashes.to_vec()));
    }

    #[test]
    fn bytes_that_are_not_whole_hashes_are_refused() {
        for length in [0, 31, 33, 257 * 32] {
            assert_eq!(decode_hashes(&vec![0; length]), Err(TileError::Width), "{length}");
        }
    }
}
