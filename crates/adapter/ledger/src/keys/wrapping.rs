//! Keys that encrypt keys: what the master key becomes, and the form of a wrapped key.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::error::KeyError;
use super::master::MasterKey;
use super::xaes::{KEY_BYTES, NONCE_BYTES, TAG_BYTES, Xaes};
use crate::clock::Random;

/// Length of a wrapped key in bytes: nonce, encrypted key, tag.
pub(super) const WRAPPED_BYTES: usize = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
/// Length of the value that tells whether a master key is the right one.
pub(super) const CHECK_BYTES: usize = 16;
/// Length of a store's salt in bytes.
pub(super) const SALT_BYTES: usize = 32;

const WRAPPING_LABEL: &[u8] = b"syndic ledger key store v1: wrapping key of generation ";
const CHECK_LABEL: &[u8] = b"syndic ledger key store v1: check of the master key";

/// A key in the clear.
pub(super) type Key = Zeroizing<[u8; KEY_BYTES]>;
/// A key encrypted under another.
pub(super) type Wrapped = [u8; WRAPPED_BYTES];

/// Derives the key that wraps a store's subject keys (HKDF-SHA-256, RFC 5869).
pub(super) fn wrapping_key(master: &MasterKey, salt: &[u8; SALT_BYTES], generation: u32) -> Result<Xaes, KeyError> {
    let mut key = Key::default();
    derive(master, salt, &[WRAPPING_LABEL, &generation.to_be_bytes()], &mut *key)?;
    Ok(Xaes::new(&key))
}

/// Derives the public value by which a store knows its master key.
pub(super) fn check_value(master: &MasterKey, salt: &[u8; SALT_BYTES]) -> Result<[u8; CHECK_BYTES], KeyError> {
    let mut check = [0; CHECK_BYTES];
    derive(master, salt, &[CHECK_LABEL], &mut check)?;
    Ok(check)
}

fn derive(master: &MasterKey, salt: &[u8], label: &[&[u8]], into: &mut [u8]) -> Result<(), KeyError> {
    // 255 hashes of output are the limit; one is the most that is ever asked for.
    let too_large = |_| KeyError::TooLarge { what: "derived key", most: 8_160 };
    Hkdf::<Sha256>::new(Some(salt), master.bytes()).expand_multi_info(label, into).map_err(too_large)
}

/// Makes a random key.
pub(super) fn new_key(random: &dyn Random) -> Result<Key, KeyError> {
    let mut key = Key::default();
    random.fill(&mut *key).map_err(KeyError::Random)?;
    Ok(key)
}

/// Encrypts `key` under `under`, bound to `aad`, with a random nonce.
pub(super) fn wrap(under: &Xaes, random: &dyn Random, aad: &[u8], key: &Key) -> Result<Wrapped, KeyError> {
    let mut nonce = [0; NONCE_BYTES];
    random.fill(&mut nonce).map_err(KeyError::Random)?;
    wrap_with(under, nonce, aad, key)
}

/// Encrypts `key` with a nonce that is never used again under the same key.
pub(super) fn wrap_with(under: &Xaes, nonce: [u8; NONCE_BYTES], aad: &[u8], key: &Key) -> Result<Wrapped, KeyError> {
    let mut encrypted = **key;
    let too_large = |_| KeyError::TooLarge { what: "wrapped key", most: KEY_BYTES as u64 };
    let tag = under.seal(&nonce, aad, &mut encrypted).map_err(too_large)?;
    let mut wrapped = [0; WRAPPED_BYTES];
    let (to_nonce, rest) = wrapped.split_at_mut(NONCE_BYTES);
    let (to_key, to_tag) = rest.split_at_mut(KEY_BYTES);
    to_nonce.copy_from_slice(&nonce);
    to_key.copy_from_slice(&encrypted);
    to_tag.copy_from_slice(&tag);
    Ok(wrapped)
}

/// Decrypts a wrapped key; `None` if it was wrapped under another key, bound to something else or altered.
pub(super) fn unwrap(under: &Xaes, aad: &[u8], wrapped: &Wrapped) -> Option<Key> {
    let (nonce, rest) = wrapped.split_first_chunk()?;
    let (encrypted, tag) = rest.split_first_chunk::<KEY_BYTES>()?;
    let mut key = Key::new(*encrypted);
    under.open(nonce, aad, &mut *key, tag.first_chunk()?).ok()?;
    Some(key)
}
