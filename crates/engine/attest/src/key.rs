//! Ed25519 keys: the private half never prints and is wiped, the public half has a stable id.
//!
//! A private key is stored as PKCS #8 v1 PEM, which every OpenSSL reads; v2 (with the public key beside it) is read
//! too. The key id is the SHA-256 of the DER SubjectPublicKeyInfo, in hexadecimal. Source: RFC 8032, 8410, 5958.

use std::fmt;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::spki::der::zeroize::Zeroizing;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use ed25519_dalek::{Signer as _, VerifyingKey, pkcs8::KeypairBytes};
use syndic_evidence::Digest;

/// Text that holds a private key; wiped when dropped, never printed by `Debug`.
pub type SecretPem = Zeroizing<String>;

/// Why a text is no key we can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an Ed25519 private key in PKCS #8 PEM.
    #[error("not an Ed25519 private key in PKCS #8 PEM (`-----BEGIN PRIVATE KEY-----`)")]
    Private,
    /// Not an Ed25519 public key in SubjectPublicKeyInfo PEM.
    #[error("not an Ed25519 public key in SPKI PEM (`-----BEGIN PUBLIC KEY-----`)")]
    Public,
    /// A point of small order, under which one signature can hold for many messages.
    #[error("the public key is weak (a point of small order): it proves nothing")]
    Weak,
    /// The key could not be written as PEM.
    #[error("the key could not be encoded as PEM")]
    Encoding,
}

/// A private signing key.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(private, key id {})", self.public().key_id())
    }
}

impl SigningKey {
    /// Makes a key from 32 bytes, which the caller must have taken from the operating system's random source.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Reads a PKCS #8 PEM, version 1 or 2.
    ///
    /// # Errors
    /// [`KeyError::Private`]; the text is not repeated.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        ed25519_dalek::SigningKey::from_pkcs8_pem(pem.trim()).map(Self).map_err(|_| KeyError::Private)
    }

    /// Returns the key as PKCS #8 v1 PEM, in memory that is wiped when dropped.
    ///
    /// # Errors
    /// [`KeyError::Encoding`], which no key is known to cause.
    pub fn to_pkcs8_pem(&self) -> Result<SecretPem, KeyError> {
        KeypairBytes { secret_key: self.0.to_bytes(), public_key: None }
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| KeyError::Encoding)
    }

    /// Returns the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs bytes; callers sign only a pre-authentication encoding.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// A public key that signatures are checked with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.key_id())
    }
}

impl PublicKey {
    /// Fixed start of every Ed25519 SubjectPublicKeyInfo; the 32 key bytes follow. Source: RFC 8410 section 4.
    const SPKI_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    /// Reads a SubjectPublicKeyInfo PEM.
    ///
    /// # Errors
    /// [`KeyError::Public`] if it is something else, [`KeyError::Weak`] if it is a point of small order.
    pub fn from_spki_pem(pem: &str) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_public_key_pem(pem.trim()).map_err(|_| KeyError::Public)?;
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        Ok(Self(key))
    }

    /// Returns the key as SubjectPublicKeyInfo PEM.
    ///
    /// # Errors
    /// [`KeyError::Encoding`], which no key is known to cause.
    pub fn to_spki_pem(&self) -> Result<String, KeyError> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Encoding)
    }

    /// Returns the key's id: SHA-256 of its DER SubjectPublicKeyInfo, 64 hexadecimal characters.
    pub fn key_id(&self) -> String {
        Digest::of(&[Self::SPKI_HEAD.as_slice(), self.0.as_bytes()].concat()).hex()
    }

    /// Checks a signature strictly: no malleable and no small-order form passes.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_survives_its_pem() {
        let key = SigningKey::from_seed([42; 32]);
        let again = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        assert_eq!(again.public(), key.public());
    }

    #[test]
    fn a_pkcs8_pem_of_version_two_is_read() {
        let key = SigningKey::from_seed([5; 32]);
        let pem = key.0.to_pkcs8_pem(LineEnding::LF).unwrap();
        assert_eq!(SigningKey::from_pkcs8_pem(&pem).unwrap().public(), key.public());
    }

    #[test]
    fn a_public_key_survives_its_pem_and_keeps_its_id() {
        let key = SigningKey::from_seed([3; 32]).public();
        let again = PublicKey::from_spki_pem(&key.to_spki_pem().unwrap()).unwrap();
        assert_eq!(again.key_id(), key.key_id());
    }

    #[test]
    fn the_key_id_is_the_hash_of_the_der_encoding() {
        let key = SigningKey::from_seed([9; 32]).public();
        let der = key.0.to_public_key_der().unwrap();
        assert_eq!(key.key_id(), Digest::of(der.as_bytes()).hex());
    }

    #[test]
    fn debug_output_never_holds_the_private_key() {
        let key = SigningKey::from_seed([0xab; 32]);
        let text = format!("{key:?}");
        assert!(!text.contains("abababab") && !text.contains("171, 171"), "{text}");
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        let weak = PublicKey(VerifyingKey::from_bytes(&[0; 32]).unwrap());
        assert_eq!(PublicKey::from_spki_pem(&weak.to_spki_pem().unwrap()), Err(KeyError::Weak));
    }

    #[test]
    fn text_that_is_no_key_is_refused_without_repeating_it() {
        let error = SigningKey::from_pkcs8_pem("hunter2").unwrap_err();
        assert_eq!(error, KeyError::Private);
        assert!(!error.to_string().contains("hunter2"));
        assert_eq!(PublicKey::from_spki_pem("hunter2").unwrap_err(), KeyError::Public);
    }
}
