//! What was seen in one file: places and properties of credentials, never their values.
//!
//! A fingerprint is the SHA-256 of a fixed prefix and the value, cut to 16 hexadecimal characters: enough to tell
//! that two places hold the same secret. It is not keyed, so a weak password could be guessed from it;
//! an HMAC under the installation's key is to replace it.

use serde::{Deserialize, Serialize};
use syndic_evidence::{Confidence, Digest};

/// What was seen in one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretsFacts {
    /// Path relative to the assessed root.
    pub path: String,
    /// Size of the content.
    pub bytes: u64,
    /// Every place, in order of offset.
    pub hits: Vec<SecretHit>,
    /// How many more there were than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hits_omitted: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why a value that has the form of a credential is worth less than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weakness {
    /// A default that everybody knows: `changeme`.
    Default,
    /// Its checksum or structure is wrong: made up.
    ChecksumWrong,
    /// It belongs to a server on the same machine.
    LocalHost,
    /// The same line calls it an example or a hash.
    Illustration,
}

/// One place that holds a credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretHit {
    /// Rule that found it.
    pub rule: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// Offset in bytes, from 0.
    pub offset: u64,
    /// Length of the value in bytes.
    pub length: u64,
    /// Shannon entropy of the value in bits per character, rounded to two decimals.
    pub entropy: f64,
    /// Whether a checksum or structure that only an issued credential has was right; absent if the form has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated: Option<bool>,
    /// Tells that two places hold the same value.
    pub fingerprint: String,
    /// At most the first four characters (a public prefix in most forms) and the length.
    pub preview: String,
    /// The variable or key it is assigned to, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the file is a test, documentation or somebody else's code.
    pub is_outside_product: bool,
    /// Why it is worth less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weakness: Option<Weakness>,
    /// How sure the engine is of this place.
    pub confidence: Confidence,
}

/// Returns the fingerprint of a value.
pub(crate) fn fingerprint(value: &[u8]) -> String {
    let mut hex = Digest::of(&[b"syndic-secret-v1".as_slice(), value].concat()).hex();
    hex.truncate(16);
    hex
}

/// Returns what may be shown of a value: a public prefix of at most four characters, and its length.
pub(crate) fn preview(value: &[u8], has_public_prefix: bool) -> String {
    let shown = if has_public_prefix && value.len() >= 20 { 4 } else { 0 };
    let head: String = value.iter().take(shown).map(|byte| printable(*byte)).collect();
    format!("{head}… ({} characters)", value.len())
}

const fn printable(byte: u8) -> char {
    if byte.is_ascii_graphic() { byte as char } else { '?' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_value_shows_nothing_of_itself() {
        assert_eq!(preview(b"hunter22", true), "… (8 characters)");
        assert_eq!(preview(b"hf_abcdefghijklmnopqrstuvw", true), "hf_a… (26 characters)");
    }

    #[test]
    fn equal_values_have_equal_fingerprints() {
        assert_eq!(fingerprint(b"x"), fingerprint(b"x"));
        assert_ne!(fingerprint(b"x"), fingerprint(b"y"));
        assert_eq!(fingerprint(b"x").len(), 16);
    }
}
