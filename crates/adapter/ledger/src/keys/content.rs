//! The sealed content of a record.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | format, 1 |
//! | 8 | number of the subject's key slot, big-endian |
//! | 72 | record key: nonce 24, encrypted key 32, tag 16; XAES-256-GCM under the subject key, bound to the 9 bytes above |
//! | n | content, AES-256-GCM under the record key, bound to the leaf's bytes before the content's length |
//! | 16 | its tag |
//!
//! The record key is random and encrypts one content only, so the content's nonce is zero. The leaf's bytes hold
//! the record's index, so a content opens in its own record and nowhere else.

use aes_gcm::aead::{AeadInPlace, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::wrapping::{Key, WRAPPED_BYTES, Wrapped, unwrap, wrap_with};
use super::xaes::{KEY_BYTES, NONCE_BYTES, TAG_BYTES, Xaes};
use crate::clock::Random;

/// How many bytes a sealed content has more than the plain one.
pub const SEAL_OVERHEAD: usize = HEAD_BYTES + WRAPPED_BYTES + TAG_BYTES;
const HEAD_BYTES: usize = 9;
const FORMAT: u8 = 1;
/// Each key is used once, see above.
const CONTENT_NONCE: [u8; 12] = [0; 12];
/// A leaf holds the length of the sealed content in 32 bits.
const MOST_SEALED: u64 = u32::MAX as u64;

/// A sealed content taken apart, before any key was tried on it.
pub(super) struct Sealed<'a> {
    /// The subject's key slot.
    pub(super) slot: u64,
    head: &'a [u8; HEAD_BYTES],
    record_key: &'a Wrapped,
    encrypted: &'a [u8],
    tag: &'a [u8; TAG_BYTES],
}

impl<'a> Sealed<'a> {
    /// Takes a sealed content apart.
    ///
    /// # Errors
    /// `Refused` if it is too short or of an unknown format.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, KeyError> {
        let too_short = || KeyError::Refused { why: "it is too short" };
        let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or_else(too_short)?;
        let (record_key, rest) = rest.split_first_chunk().ok_or_else(too_short)?;
        let (encrypted, tag) = rest.split_last_chunk().ok_or_else(too_short)?;
        let [FORMAT, slot @ ..] = head else {
            return Err(KeyError::Refused { why: "its format is unknown" });
        };
        Ok(Self { slot: u64::from_be_bytes(*slot), head, record_key, encrypted, tag })
    }

    /// Decrypts the content.
    ///
    /// # Errors
    /// `Refused` if it was altered or sealed for another leaf or subject.
    pub(super) fn open(&self, subject_key: &Xaes, leaf_prefix: &[u8]) -> Result<Vec<u8>, KeyError> {
        let refused = |why| KeyError::Refused { why };
        let key = unwrap(subject_key, self.head, self.record_key).ok_or(refused("its record key does not open"))?;
        let mut plain = self.encrypted.to_vec();
        Aes256Gcm::new((&*key).into())
            .decrypt_in_place_detached(
                Nonce::from_slice(&CONTENT_NONCE),
                leaf_prefix,
                &mut plain,
                Tag::from_slice(self.tag),
            )
            .map_err(|_| refused("it does not match its leaf"))?;
        Ok(plain)
    }
}

/// Returns the number of the key slot that a sealed content names; nothing if it is no such content.
pub(crate) fn slot_of(sealed: &[u8]) -> Option<u64> {
    Sealed::parse(sealed).ok().map(|sealed| sealed.slot)
}

/// Encrypts `plain` under a fresh record key for the record whose leaf begins with `leaf_prefix`.
///
/// # Errors
/// `TooLarge` past 4 GiB; `Random` without randomness.
pub(super) fn seal(
    slot: u64,
    subject_key: &Xaes,
    random: &dyn Random,
    leaf_prefix: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, KeyError> {
    let too_large = || KeyError::TooLarge { what: "content", most: MOST_SEALED - SEAL_OVERHEAD as u64 };
    if plain.len() as u64 > MOST_SEALED - SEAL_OVERHEAD as u64 {
        return Err(too_large());
    }
    // One call for both: the system's randomness costs more by the call than by the byte.
    let mut drawn = Zeroizing::new([0; KEY_BYTES + NONCE_BYTES]);
    random.fill(&mut *drawn).map_err(KeyError::Random)?;
    let (mut key, mut nonce) = (Key::default(), [0; NONCE_BYTES]);
    for (to, from) in key.iter_mut().chain(&mut nonce).zip(drawn.iter()) {
        *to = *from;
    }
    let mut sealed = Vec::with_capacity(plain.len() + SEAL_OVERHEAD);
    sealed.push(FORMAT);
    sealed.extend(slot.to_be_bytes());
    let record_key = wrap_with(subject_key, nonce, &sealed, &key)?;
    sealed.extend(record_key);
    let body = sealed.len();
    sealed.extend_from_slice(plain);
    let tag = Aes256Gcm::new((&*key).into())
        .encrypt_in_place_detached(
            Nonce::from_slice(&CONTENT_NONCE),
            leaf_prefix,
            sealed.get_mut(body..).unwrap_or_default(),
        )
        .map_err(|_| too_large())?;
    sealed.extend(tag);
    Ok(sealed)
}
