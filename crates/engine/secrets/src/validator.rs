//! Tests a value must pass beyond its expression, by the name a rule gives in `pattern.validator`.

use crate::engine::Reach;
use crate::facts::Weakness;
use crate::judge::{is_chosen_password, is_unread};
use crate::placeholder::{contains, is_known_default};
use crate::randomness::looks_random;
use crate::{base64, checksum};

/// What a validator says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not a credential.
    Refused,
    /// The form is right; it has no checksum.
    Plausible,
    /// A checksum holds that only the issuer's own tokens have.
    Proven,
    /// The checksum or structure is wrong.
    Doubtful(Weakness),
}

/// A validator by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validator {
    /// No test.
    None,
    /// Six base-62 digits of CRC-32 at the end, after the last underscore.
    Crc,
    /// Header and payload decode to JSON objects.
    Jwt,
    /// The body of a PEM private key decodes to a key structure.
    Pem,
    /// Base64 of exactly 64 bytes, not the emulator's public key.
    StorageKey,
    /// Looks random.
    Random,
    /// Random, or a password a person may have chosen.
    Password,
    /// Base64 of `user:password`.
    BasicAuth,
}

impl Validator {
    /// Returns the validator a rule names.
    pub(crate) fn named(name: Option<&str>) -> Option<Self> {
        Some(match name {
            None => Self::None,
            Some("crc") => Self::Crc,
            Some("jwt") => Self::Jwt,
            Some("pem") => Self::Pem,
            Some("storage-key") => Self::StorageKey,
            Some("random") => Self::Random,
            Some("password") => Self::Password,
            Some("basic-auth") => Self::BasicAuth,
            Some(_) => return None,
        })
    }

    /// Tests a value.
    pub(crate) fn test(self, value: &[u8], reach: Reach) -> Verdict {
        let plausible_if = |is_right: bool| if is_right { Verdict::Plausible } else { Verdict::Refused };
        match self {
            Self::None => Verdict::Plausible,
            Self::Crc => crc(value),
            Self::Jwt => plausible_if(is_jwt(value)),
            Self::Pem => plausible_if(is_private_key(value)),
            Self::StorageKey => plausible_if(is_storage_key(value)),
            Self::Random => plausible_if(looks_random(value)),
            Self::Password => plausible_if(!is_known_default(value) && is_password(value, reach)),
            Self::BasicAuth => plausible_if(is_basic_auth(value, reach)),
        }
    }

    /// Says whether the placeholder words may be searched: not where structure already decides.
    pub(crate) const fn allows_placeholder_test(self) -> bool {
        !matches!(self, Self::Pem | Self::Jwt | Self::BasicAuth)
    }
}

fn crc(value: &[u8]) -> Verdict {
    let body = value.rsplit(|byte| *byte == b'_').next().unwrap_or_default();
    if checksum::is_valid(body) { Verdict::Proven } else { Verdict::Doubtful(Weakness::ChecksumWrong) }
}

fn is_jwt(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'.').map(base64::decode);
    let (Some(Some(header)), Some(Some(payload)), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_object = |bytes: &[u8]| serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(bytes).ok();
    let (Some(header), Some(payload)) = (is_object(&header), is_object(&payload)) else { return false };
    // The `anon` key of a Supabase project is made to be public; the name is that of every JWT tutorial.
    let is_public = payload.get("role").is_some_and(|role| role == "anon")
        || payload.get("name").is_some_and(|name| name == "John Doe");
    header.contains_key("alg") && !is_public && signature.is_some_and(|bytes| bytes.len() >= 16)
}

fn is_private_key(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    let text = text
        .split_once("-----BEGIN")
        .map_or(text.as_ref(), |(_, rest)| rest.split_once("-----").map_or("", |(_, body)| body));
    let body: Vec<u8> = text
        .replace("\\r", "")
        .replace("\\n", "")
        .bytes()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect();
    let Some(key) = base64::decode(&body) else { return false };
    let is_structure = key.first() == Some(&0x30) || key.starts_with(b"openssh-key-v1\0") || key.first() >= Some(&0x80);
    key.len() >= 32 && is_structure && !contains(&body, b"AAAAAAAAAAAAAAAAAAAAAAAA")
}

fn is_storage_key(value: &[u8]) -> bool {
    /// Start of the key every copy of the storage emulator has.
    const EMULATOR: &[u8] = b"Eby8vdM02x";
    base64::decode(value).is_some_and(|key| key.len() == 64) && !value.starts_with(EMULATOR)
}

fn is_password(value: &[u8], reach: Reach) -> bool {
    looks_random(value) || is_chosen_password(value) || (reach == Reach::Everything && is_unread(value))
}

fn is_basic_auth(value: &[u8], reach: Reach) -> bool {
    let Some(pair) = base64::decode(value) else { return false };
    let mut parts = pair.splitn(2, |byte| *byte == b':');
    let (Some(user), Some(password)) = (parts.next(), parts.next()) else { return false };
    // The client of every example in RFC 6749.
    let is_published = user == b"s6BhdRkqt3";
    let is_printable = pair.iter().all(u8::is_ascii_graphic) && !user.is_empty() && !is_published;
    is_printable && !is_known_default(password) && is_password(password, reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_a_wrong_checksum_is_doubtful() {
        let right = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
        assert_eq!(Validator::Crc.test(right.as_bytes(), Reach::Product), Verdict::Proven);
        let wrong = right.replace("0mLq17", "0mLq18");
        assert_eq!(Validator::Crc.test(wrong.as_bytes(), Reach::Product), Verdict::Doubtful(Weakness::ChecksumWrong));
    }

    #[test]
    fn basic_auth_needs_a_password_that_is_no_default() {
        assert_eq!(Validator::BasicAuth.test(b"dXNlcjpwYXNzd29yZA==", Reach::Product), Verdict::Refused);
        assert_eq!(Validator::BasicAuth.test(b"YXBwOlR6OWtMdzRRbTI=", Reach::Product), Verdict::Plausible);
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_tested_without_panic(value: Vec<u8>) {
            for validator in [Validator::Crc, Validator::Jwt, Validator::Pem, Validator::StorageKey, Validator::Random,
                              Validator::Password, Validator::BasicAuth] {
                let _ = validator.test(&value, Reach::Product);
            }
        }
    }
}
