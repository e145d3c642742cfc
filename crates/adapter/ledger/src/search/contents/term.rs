//! Terms as numbers under a block's key, so that an index in the making holds no words, and numbers of two blocks have
//! nothing in common.
//!
//! # Source
//! AES-CMAC, NIST SP 800-38B, cut to its first 36 bits: several terms may share a number, which only means that a record is
//! looked at in vain.

use aes::Aes256;
use aes::cipher::{BlockEncrypt as _, KeyInit as _};
use zeroize::Zeroize as _;

/// Bits of a term's number.
pub(super) const TERM_BITS: u32 = 36;
/// The constant of the doubling in GF(2¹²⁸), SP 800-38B §5.3.
const DOUBLING: u8 = 0x87;

/// Turns terms into numbers.
pub(super) struct TermKey {
    cipher: Aes256,
    subkeys: [[u8; 16]; 2],
}

impl TermKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let cipher = Aes256::new(key.into());
        let mut subkey = [0; 16];
        cipher.encrypt_block((&mut subkey).into());
        let whole = doubled(subkey);
        Self { cipher, subkeys: [whole, doubled(whole)] }
    }

    /// Returns a term's number.
    pub(super) fn number(&self, term: &str) -> u64 {
        let mac = self.mac(term.as_bytes());
        mac.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes) >> (u64::BITS - TERM_BITS))
    }

    fn mac(&self, message: &[u8]) -> [u8; 16] {
        let (blocks, rest) = message.as_chunks::<16>();
        let [whole, padded] = &self.subkeys;
        let (before, last) = match blocks.split_last() {
            Some((last, before)) if rest.is_empty() => (before, xor(*last, whole)),
            _ => {
                let mut last = [0; 16];
                last.iter_mut().zip(rest.iter().copied().chain([0x80])).for_each(|(to, from)| *to = from);
                (blocks, xor(last, padded))
            }
        };
        let mut state = [0; 16];
        for block in before.iter().chain([&last]) {
            state = xor(state, block);
            self.cipher.encrypt_block((&mut state).into());
        }
        state
    }
}

impl Drop for TermKey {
    fn drop(&mut self) {
        self.subkeys.zeroize();
    }
}

fn xor(one: [u8; 16], other: &[u8; 16]) -> [u8; 16] {
    (u128::from_ne_bytes(one) ^ u128::from_ne_bytes(*other)).to_ne_bytes()
}

fn doubled(block: [u8; 16]) -> [u8; 16] {
    let value = u128::from_be_bytes(block);
    let reduction = if value >> 127 == 1 { u128::from(DOUBLING) } else { 0 };
    ((value << 1) ^ reduction).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// The examples of SP 800-38B for AES-256.
    #[test]
    fn the_examples_of_the_standard_hold() {
        let key = bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        let key = TermKey::new(key.as_slice().try_into().unwrap());
        let message = bytes(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
             30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        );
        for (length, mac) in [
            (0, "028962f61b7bf89efc6b551f4667d983"),
            (16, "28a7023f452e8f82bd4bf28d8c37c35c"),
            (40, "aaf3d8f1de5640c232f5b169b9c911e6"),
            (64, "e1992190549f6ed5696a2c056c315410"),
        ] {
            assert_eq!(key.mac(&message[..length]).to_vec(), bytes(mac), "{length} bytes");
        }
        assert!(key.number("word") < 1 << TERM_BITS);
    }
}
