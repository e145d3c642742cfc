//! Content identity: `sha256:<hex>` for everything published, `blake3:<hex>` as the cache key.
//!
//! The algorithm is part of the text form, so that a digest can never be compared with one of another kind.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// Why a text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The algorithm prefix is missing or another one.
    #[error("digest does not start with `{expected}:`")]
    Algorithm {
        /// The prefix this type takes.
        expected: &'static str,
    },
    /// The rest is not 64 lower-case hexadecimal characters.
    #[error("digest is not 64 lower-case hexadecimal characters")]
    Hex,
}

macro_rules! digest_type {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Wraps 32 bytes that some hasher computed.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Returns the 32 raw bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// Returns the digest as 64 hexadecimal characters without the prefix.
            pub fn hex(&self) -> String {
                encode_hex(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, ":{}"), self.hex())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, DigestError> {
                let hex = text
                    .strip_prefix(concat!($prefix, ":"))
                    .ok_or(DigestError::Algorithm { expected: $prefix })?;
                decode_hex(hex).map(Self).ok_or(DigestError::Hex)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

digest_type!(
    /// The published content identity: SHA-256, written `sha256:<hex>`.
    ///
    /// ```
    /// use syndic_evidence::Digest;
    /// let digest = Digest::of(b"");
    /// assert!(digest.to_string().starts_with("sha256:e3b0c442"));
    /// assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
    /// ```
    Digest,
    "sha256"
);

digest_type!(
    /// The cache key of a file's content: BLAKE3, written `blake3:<hex>`. Never published as an identity.
    Blake3Digest,
    "blake3"
);

impl Digest {
    /// Returns the SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

fn encode_hex(bytes: &[u8; 32]) -> String {
    // Every file, asset and finding has a digest or more: formatting each byte would cost more than hashing does.
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

fn decode_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    if text.len() != 64 {
        return None;
    }
    for (slot, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *slot = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

fn nibble(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_of_another_algorithm_is_refused() {
        let blake = Blake3Digest::from_bytes([7; 32]).to_string();
        assert_eq!(blake.parse::<Digest>(), Err(DigestError::Algorithm { expected: "sha256" }));
    }

    #[test]
    fn upper_case_and_short_hex_are_refused() {
        assert_eq!("sha256:ABC".parse::<Digest>(), Err(DigestError::Hex));
        let upper = Digest::of(b"x").to_string().to_uppercase().replace("SHA256", "sha256");
        assert_eq!(upper.parse::<Digest>(), Err(DigestError::Hex));
    }

    proptest::proptest! {
        #[test]
        fn printing_then_parsing_is_the_identity(bytes: [u8; 32]) {
            let digest = Digest::from_bytes(bytes);
            proptest::prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        }
    }
}
