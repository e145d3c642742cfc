//! XAES-256-GCM: AES-256-GCM with a nonce of 24 bytes, so that random nonces never run out.
//!
//! One subject's key wraps a record key for every record, and the log's own subject may have more than the 2³² records
//! up to which random 12-byte nonces are safe. Here the first half of the nonce derives a key (AES-CMAC in counter
//! mode), under which the second half is the nonce; 2⁸⁰ messages under one key are safe.
//!
//! # Source
//! C2SP XAES-256-GCM; NIST SP 800-108r1 §4.1 and SP 800-38B for the derivation.

use aes::Aes256;
use aes::cipher::{BlockEncrypt, KeyInit};
use aes_gcm::aead::AeadInPlace;
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use zeroize::{Zeroize, Zeroizing};

/// Length of a nonce in bytes.
pub(super) const NONCE_BYTES: usize = 24;
/// Length of an authentication tag in bytes.
pub(super) const TAG_BYTES: usize = 16;
/// Length of a key in bytes.
pub(super) const KEY_BYTES: usize = 32;

/// The reduction constant of the doubling in GF(2¹²⁸), SP 800-38B §5.3.
const DOUBLING: u8 = 0x87;

/// A key ready for use: its AES round keys and the CMAC subkey. Zeroized when dropped.
pub(super) struct Xaes {
    cipher: Aes256,
    subkey: [u8; 16],
}

impl Xaes {
    /// Expands a key.
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Self {
        let cipher = Aes256::new(key.into());
        let mut subkey = [0; 16];
        cipher.encrypt_block((&mut subkey).into());
        double(&mut subkey);
        Self { cipher, subkey }
    }

    /// Encrypts `buffer` in place and returns the tag over it and `aad`.
    pub(super) fn seal(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], aes_gcm::Error> {
        let (cipher, short) = self.derive(nonce);
        cipher.encrypt_in_place_detached(&short, aad, buffer).map(Into::into)
    }

    /// Decrypts `buffer` in place if the tag is right; leaves it encrypted otherwise.
    pub(super) fn open(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), aes_gcm::Error> {
        let (cipher, short) = self.derive(nonce);
        cipher.decrypt_in_place_detached(&short, aad, buffer, Tag::from_slice(tag))
    }

    fn derive(&self, nonce: &[u8; NONCE_BYTES]) -> (Aes256Gcm, Nonce<aes::cipher::consts::U12>) {
        let (prefix, short) = nonce.split_at(NONCE_BYTES / 2);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        for (counter, half) in (1_u8..).zip(key.chunks_exact_mut(16)) {
            let message = [0, counter, b'X', 0].into_iter().chain(prefix.iter().copied());
            for ((byte, message), subkey) in half.iter_mut().zip(message).zip(self.subkey) {
                *byte = message ^ subkey;
            }
            self.cipher.encrypt_block(half.into());
        }
        (Aes256Gcm::new((&*key).into()), *Nonce::from_slice(short))
    }
}

impl Drop for Xaes {
    fn drop(&mut self) {
        // The round keys wipe themselves (feature `zeroize` of `aes`).
        self.subkey.zeroize();
    }
}

/// Doubles an element of GF(2¹²⁸) in CMAC's bit order.
fn double(block: &mut [u8; 16]) {
    let value = u128::from_be_bytes(*block);
    let reduction = if value >> 127 == 1 { u128::from(DOUBLING) } else { 0 };
    *block = ((value << 1) ^ reduction).to_be_bytes();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(key: u8, aad: &[u8]) -> Vec<u8> {
        let mut buffer = b"XAES-256-GCM".to_vec();
        let tag = Xaes::new(&[key; 32]).seal(b"ABCDEFGHIJKLMNOPQRSTUVWX", aad, &mut buffer).unwrap();
        buffer.extend(tag);
        buffer
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The two vectors of the C2SP specification; one subkey needs the reduction, the other does not.
    #[test]
    fn the_vectors_of_the_specification_hold() {
        assert_eq!(hex(&sealed(1, b"")), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
        assert_eq!(
            hex(&sealed(3, b"c2sp.org/XAES-256-GCM")),
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"
        );
    }

    #[test]
    fn an_altered_tag_leaves_the_buffer_encrypted() {
        let key = Xaes::new(&[9; 32]);
        let mut buffer = *b"a record key of thirty-two bytes";
        let mut tag = key.seal(&[5; 24], b"aad", &mut buffer).unwrap();
        let encrypted = buffer;
        tag[0] ^= 1;
        assert!(key.open(&[5; 24], b"aad", &mut buffer, &tag).is_err());
        assert_eq!(buffer, encrypted);
        tag[0] ^= 1;
        key.open(&[5; 24], b"aad", &mut buffer, &tag).unwrap();
        assert_eq!(&buffer, b"a record key of thirty-two bytes");
    }
}
