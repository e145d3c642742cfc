//! One place that holds a secret, as every form of output tells it. The value itself is never in here.

use serde::Serialize;
use syndic_evidence::{Confidence, Digest, Severity};

use super::git::Lifetime;

/// Block of SHA-256, in bytes; HMAC pads its key to it.
const BLOCK: usize = 64;
/// Hexadecimal digits of a fingerprint.
const FINGERPRINT_DIGITS: usize = 32;

/// One place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Secret {
    /// Id of the rule.
    pub(crate) rule: String,
    /// What it is, in words.
    pub(crate) title: String,
    /// As reached from where the command was started; members of archives after a `!`.
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: u32,
    /// In bytes, from 1.
    pub(crate) column: u32,
    /// The first commit that held it here; nothing outside of a history.
    pub(crate) commit: Option<String>,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    /// Whether a checksum or structure that only an issued credential has was right; nothing where its form has none.
    pub(crate) validated: Option<bool>,
    /// Equal for the same value of the same rule in the same file, wherever it moves in there.
    pub(crate) fingerprint: String,
    /// At most a public prefix of four characters, and the length.
    pub(crate) preview: String,
    /// When it came and went; only for a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lifetime: Option<Lifetime>,
    /// Equal for the same value anywhere; kept from all output, as it says more than a fingerprint has to.
    #[serde(skip)]
    pub(crate) value_digest: Digest,
    /// Where the value begins and ends in what was looked at.
    #[serde(skip)]
    pub(crate) span: (usize, usize),
}

/// The object of one line of JSON lines: a stable form.
#[derive(Debug, Serialize)]
pub(crate) struct LineObject<'a> {
    rule: &'a str,
    path: &'a str,
    line: u32,
    column: u32,
    commit: Option<&'a str>,
    severity: Severity,
    confidence: Confidence,
    validated: Option<bool>,
    fingerprint: &'a str,
}

impl Secret {
    /// Returns the stable object of one line.
    pub(crate) fn line_object(&self) -> LineObject<'_> {
        LineObject {
            rule: &self.rule,
            path: &self.path,
            line: self.line,
            column: self.column,
            commit: self.commit.as_deref(),
            severity: self.severity,
            confidence: self.confidence,
            validated: self.validated,
            fingerprint: &self.fingerprint,
        }
    }
}

/// Makes fingerprints: HMAC-SHA-256 under a key of the user's, or under the empty key.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprints {
    inner: [u8; BLOCK],
    outer: [u8; BLOCK],
}

impl Fingerprints {
    /// Under this key; see RFC 2104.
    pub(crate) fn keyed(key: &[u8]) -> Self {
        let digest = Digest::of(key);
        let short = if key.len() > BLOCK { digest.as_bytes().as_slice() } else { key };
        let (mut inner, mut outer) = ([0x36; BLOCK], [0x5c; BLOCK]);
        for (index, byte) in short.iter().enumerate() {
            if let (Some(inner), Some(outer)) = (inner.get_mut(index), outer.get_mut(index)) {
                *inner ^= byte;
                *outer ^= byte;
            }
        }
        Self { inner, outer }
    }

    /// Returns the digest of a value.
    pub(crate) fn digest(&self, value: &[u8]) -> Digest {
        let inner = Digest::of(&[self.inner.as_slice(), value].concat());
        Digest::of(&[self.outer.as_slice(), inner.as_bytes()].concat())
    }

    /// Returns the fingerprint of a value of a rule in a file.
    pub(crate) fn of(&self, rule: &str, path: &str, value: &Digest) -> String {
        let parts = [b"syndic-secret-place-v1\0".as_slice(), rule.as_bytes(), b"\0", path.as_bytes(), b"\0"].concat();
        let mut hex = self.digest(&[parts.as_slice(), value.as_bytes()].concat()).hex();
        hex.truncate(FINGERPRINT_DIGITS);
        hex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_hmac_of_rfc_4231() {
        let found = Fingerprints::keyed(b"Jefe").digest(b"what do ya want for nothing?").hex();
        assert_eq!(found, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let long = Fingerprints::keyed(&[0xaa; 131]).digest(b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(long.hex(), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn a_fingerprint_depends_on_rule_path_value_and_key_alone() {
        let (one, other) = (Fingerprints::keyed(b"k"), Fingerprints::keyed(b"l"));
        let value = one.digest(b"v");
        assert_eq!(one.of("r", "p", &value), one.of("r", "p", &value));
        assert_ne!(one.of("r", "p", &value), one.of("r", "q", &value));
        assert_ne!(one.of("r", "p", &value), other.of("r", "p", &other.digest(b"v")));
    }
}
