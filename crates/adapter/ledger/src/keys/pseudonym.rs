//! Subjects by a keyed hash: equal for equal names within one ledger, meaningless without its key.
//!
//! The key is random, made with the store and kept in its header under the master key, rather than derived from the
//! master key: a subject keeps its pseudonym when the master key is rotated.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::wrapping::Key;

/// HMAC-SHA-256 of a subject's name: what leaves and key slots hold in its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Pseudonym(pub [u8; 32]);

/// The key of a ledger's pseudonyms. Zeroized when dropped.
pub(super) struct PseudonymKey(Key);

impl PseudonymKey {
    pub(super) fn new(key: Key) -> Self {
        Self(key)
    }

    pub(super) fn key(&self) -> &Key {
        &self.0
    }

    pub(super) fn of(&self, subject: &str) -> Pseudonym {
        // A key of 32 bytes is shorter than a block of SHA-256, so it is never hashed and every length is taken.
        let mut padded = [0; 64];
        for (to, from) in padded.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        let mut mac = Hmac::<Sha256>::new(&padded.into());
        zeroize::Zeroize::zeroize(&mut padded);
        mac.update(subject.as_bytes());
        Pseudonym(mac.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's hmac module.
    #[test]
    fn a_pseudonym_is_hmac_sha_256_of_the_name() {
        let key = PseudonymKey::new(Key::new([11; 32]));
        let hex: String = key.of("Hi There").0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
    }
}
