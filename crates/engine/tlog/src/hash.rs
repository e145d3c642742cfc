//! The hashes of the tree: SHA-256, leaves and inner nodes told apart by a first byte.
//!
//! That byte (0 for a leaf, 1 for a node) is what keeps the concatenation of two hashes from being offered as a leaf.
//! Source: RFC 6962 section 2.1.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Size of a hash in bytes.
pub const HASH_BYTES: usize = 32;

/// Root of the tree without leaves: SHA-256 of nothing. Source: RFC 6962 section 2.1.
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// A leaf's, node's or root's hash. Its text form is standard base64 with padding, 44 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; HASH_BYTES]);

/// Why a text or a slice is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: needs 32 bytes, as text in standard base64 with padding")]
pub struct HashError;

impl Hash {
    /// Takes 32 bytes as a hash.
    pub const fn from_bytes(bytes: [u8; HASH_BYTES]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError)
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        // `decode_slice` needs room for its estimate, which is one byte more than 44 characters can hold.
        let mut bytes = [0; HASH_BYTES + 1];
        let count = STANDARD.decode_slice(text, &mut bytes).map_err(|_| HashError)?;
        bytes.get(..count).ok_or(HashError)?.try_into()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Returns the hash of a leaf: SHA-256 over the byte 0 and the leaf.
///
/// # Source
/// RFC 6962 section 2.1.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(leaf).finalize().into())
}

/// Returns the hash of an inner node: SHA-256 over the byte 1, the left and the right child.
///
/// # Source
/// RFC 6962 section 2.1.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: &Hash) -> String {
        hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_ROOT, Hash(Sha256::digest(b"").into()));
    }

    #[test]
    fn the_empty_leaf_has_its_known_hash() {
        assert_eq!(hex(&leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    #[test]
    fn the_concatenation_of_two_hashes_is_not_their_node() {
        let (left, right) = (leaf_hash(b"a"), leaf_hash(b"b"));
        let as_leaf = leaf_hash(&[left.0, right.0].concat());
        assert_ne!(as_leaf, node_hash(&left, &right));
    }

    #[test]
    fn a_hash_survives_its_text() {
        let hash = leaf_hash(b"text");
        assert_eq!(hash.to_string().len(), 44);
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }

    #[test]
    fn text_of_another_length_or_alphabet_is_no_hash() {
        let text = leaf_hash(b"text").to_string();
        for wrong in ["", "AA==", "not base64", &text[..43], &format!("{text}\n"), &format!("{text}AAAA")] {
            assert_eq!(wrong.parse::<Hash>(), Err(HashError), "{wrong:?}");
        }
    }

    #[test]
    fn a_second_spelling_of_the_same_hash_is_refused() {
        let text = Hash([0; 32]).to_string();
        let loose = text.replace("A=", "B=");
        assert_ne!(text, loose);
        assert_eq!(loose.parse::<Hash>(), Err(HashError));
    }
}
