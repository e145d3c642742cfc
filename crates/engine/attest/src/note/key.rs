//! The public key of a note's signer: its name, what it may sign, the key, and the id derived from all three.
//!
//! Its text form is the "vkey" `<name>+<id in hex>+<base64 of use and key>`.
//! Source: C2SP signed-note, "Signatures" and "Verifier keys"; C2SP tlog-cosignature, "Format".

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use sha2::{Digest as _, Sha256};

use crate::{KeyError, PublicKey};

/// The most bytes of a key's name.
const NAME_LIMIT: usize = 1_024;

/// What a key signs; each has its own byte and so its own key id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// The text of notes (type 0x01).
    Note,
    /// Checkpoints seen by a witness, with the time (type 0x04).
    Cosignature,
}

impl KeyUse {
    /// Returns the signature type's byte. Source: C2SP signed-note, "Signature types".
    const fn byte(self) -> u8 {
        match self {
            Self::Note => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// Why a text is no key of a note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteKeyError {
    /// Not `name+id+key`.
    #[error("not a verifier key (`<name>+<8 hexadecimal digits>+<base64>`)")]
    Form,
    /// The name is empty, too long, or has a space, a plus or a control character.
    #[error("the name of a key has 1 to {NAME_LIMIT} bytes without space, `+` and control characters")]
    Name,
    /// The key is for something else than notes or cosignatures with Ed25519.
    #[error("the verifier key is of type {found:#04x}: only Ed25519 notes (0x01) and cosignatures (0x04) are read")]
    Use {
        /// The type's byte.
        found: u8,
    },
    /// The id does not belong to name and key.
    #[error("the id of the verifier key is not that of its name and key: it was altered or cut")]
    Id,
    /// The key itself is unusable.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A public key that signs notes under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    key_use: KeyUse,
    public: PublicKey,
    bytes: [u8; 32],
    id: u32,
}

impl NoteKey {
    /// Names a key.
    ///
    /// # Errors
    /// [`NoteKeyError::Name`]; [`NoteKeyError::Key`], which no [`PublicKey`] is known to cause.
    pub fn new(name: &str, key_use: KeyUse, public: PublicKey) -> Result<Self, NoteKeyError> {
        // PEM is the one form in which a public key of this crate gives out its bytes.
        let key = VerifyingKey::from_public_key_pem(&public.to_spki_pem()?).map_err(|_| KeyError::Public)?;
        Self::from_parts(name, key_use, public, key.to_bytes())
    }

    fn from_parts(name: &str, key_use: KeyUse, public: PublicKey, bytes: [u8; 32]) -> Result<Self, NoteKeyError> {
        if !is_name(name) {
            return Err(NoteKeyError::Name);
        }
        Ok(Self { name: name.to_owned(), key_use, public, bytes, id: key_id(name, key_use, &bytes) })
    }

    /// Returns the signer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the key signs.
    pub fn key_use(&self) -> KeyUse {
        self.key_use
    }

    /// Returns the key's id, which with the name is what a signature line says of it.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Returns the key itself.
    pub fn public(&self) -> PublicKey {
        self.public
    }
}

/// Says whether a key may have this name. Source: C2SP signed-note, "Format".
pub(super) fn is_name(name: &str) -> bool {
    let is_bad = |character: char| character.is_whitespace() || character == '+' || character < ' ';
    !name.is_empty() && name.len() <= NAME_LIMIT && !name.contains(is_bad)
}

/// Returns the first four bytes of the SHA-256 over name, newline, type and key.
fn key_id(name: &str, key_use: KeyUse, bytes: &[u8; 32]) -> u32 {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', key_use.byte()]).chain_update(bytes).finalize();
    let [first, second, third, fourth, ..] = <[u8; 32]>::from(hash);
    u32::from_be_bytes([first, second, third, fourth])
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [[self.key_use.byte()].as_slice(), &self.bytes].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(material))
    }
}

impl FromStr for NoteKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        let (name, rest) = text.split_once('+').ok_or(NoteKeyError::Form)?;
        let (id, material) = rest.split_once('+').ok_or(NoteKeyError::Form)?;
        let material = STANDARD.decode(material).map_err(|_| NoteKeyError::Form)?;
        let (key_byte, bytes) = material.split_first().ok_or(NoteKeyError::Form)?;
        let key_use = match key_byte {
            0x01 => KeyUse::Note,
            0x04 => KeyUse::Cosignature,
            &found => return Err(NoteKeyError::Use { found }),
        };
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| NoteKeyError::Form)?;
        let key = Self::from_parts(name, key_use, public(&bytes)?, bytes)?;
        // Compared as text, so that an id has one spelling.
        if format!("{:08x}", key.id) == id { Ok(key) } else { Err(NoteKeyError::Id) }
    }
}

/// Reads 32 bytes as a public key, refusing weak ones.
fn public(bytes: &[u8; 32]) -> Result<PublicKey, KeyError> {
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Public)?;
    PublicKey::from_spki_pem(&key.to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Encoding)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;

    /// The example of C2SP signed-note, "Verifier keys".
    const EXAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn the_example_of_the_specification_is_read() {
        let key: NoteKey = EXAMPLE.parse().unwrap();
        assert_eq!((key.name(), key.id(), key.key_use()), ("example.com/foo", 0x530d_903a, KeyUse::Note));
        assert_eq!(key.to_string(), EXAMPLE);
    }

    #[test]
    fn a_key_survives_its_text_for_each_use_with_its_own_id() {
        let public = SigningKey::from_seed([3; 32]).public();
        let keys =
            [KeyUse::Note, KeyUse::Cosignature].map(|key_use| NoteKey::new("a.example", key_use, public).unwrap());
        for key in &keys {
            assert_eq!(key.to_string().parse(), Ok(key.clone()));
        }
        assert_ne!(keys[0].id(), keys[1].id());
    }

    #[test]
    fn each_fault_of_a_key_is_named() {
        let error = |text: &str| text.parse::<NoteKey>().unwrap_err();
        assert_eq!(error("example.com/foo"), NoteKeyError::Form);
        assert_eq!(error("example.com/foo+530d903a"), NoteKeyError::Form);
        assert_eq!(error("example.com/foo+530d903a+"), NoteKeyError::Form);
        assert_eq!(error("example.com/foo+530d903a+AQ=="), NoteKeyError::Form);
        assert_eq!(error(&EXAMPLE.replace("+Ae", "+Bu")), NoteKeyError::Use { found: 6 });
        assert_eq!(error(&EXAMPLE.replace("foo", "bar")), NoteKeyError::Id);
        assert_eq!(error(&EXAMPLE.replace("530d903a", "530D903A")), NoteKeyError::Id);
        assert_eq!(error(&EXAMPLE.replace("foo", "f o")), NoteKeyError::Name);
        assert_eq!(error(&EXAMPLE.replace("example.com/foo", "")), NoteKeyError::Name);
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        let weak = format!("a+00000000+{}", STANDARD.encode([[1].as_slice(), &[0; 32]].concat()));
        assert_eq!(weak.parse::<NoteKey>(), Err(NoteKeyError::Key(KeyError::Weak)));
    }

    #[test]
    fn names_that_would_break_a_line_are_refused() {
        let public = SigningKey::from_seed([3; 32]).public();
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\0b", &"a".repeat(1_025)] {
            assert_eq!(NoteKey::new(name, KeyUse::Note, public), Err(NoteKeyError::Name), "{name:?}");
        }
    }
}
