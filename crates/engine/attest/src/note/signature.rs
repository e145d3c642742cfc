//! One signature line of a note: em dash, name, base64 of key id and signature.
//!
//! Source: C2SP signed-note, "Signatures".

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::NoteKey;
use super::key::is_name;

/// Start of a signature line: em dash and space.
const LINE_START: &str = "— ";

/// A signature as a note has it; nothing is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: u32,
    bytes: Vec<u8>,
}

impl NoteSignature {
    pub(super) fn new(key: &NoteKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), key_id: key.id(), bytes }
    }

    /// Reads a line, without its newline; `None` if it is none.
    pub fn parse(line: &str) -> Option<Self> {
        let (name, data) = line.strip_prefix(LINE_START)?.split_once(' ')?;
        let data = STANDARD.decode(data).ok()?;
        let (id, bytes) = data.split_first_chunk()?;
        if !is_name(name) || bytes.is_empty() {
            return None;
        }
        Some(Self { name: name.to_owned(), key_id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
    }

    /// Returns the name of the alleged signer.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the id of the key it alleges to be by.
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// Returns the signature: 64 bytes for a note, 8 of time and 64 for a cosignature, others for other keys.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Says whether it alleges to be by `key`.
    pub fn is_by(&self, key: &NoteKey) -> bool {
        self.name == key.name() && self.key_id == key.id()
    }

    /// Says whether both allege to be by one key.
    pub(super) fn has_signer_of(&self, other: &Self) -> bool {
        self.name == other.name && self.key_id == other.key_id
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = [self.key_id.to_be_bytes().as_slice(), &self.bytes].concat();
        write!(f, "{LINE_START}{} {}", self.name, STANDARD.encode(data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_survives_reading() {
        let line = "— example.com/foo AAAAAWE=";
        let signature = NoteSignature::parse(line).unwrap();
        assert_eq!((signature.name(), signature.key_id(), signature.bytes()), ("example.com/foo", 1, b"a".as_slice()));
        assert_eq!(signature.to_string(), line);
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "",
            "— ",
            "— a",
            "— a ",
            "—  AAAAAWE=",
            "- a AAAAAWE=",
            "— a AAAAAQ==",
            "— a AAAAAWE",
            "— a AAAAAWE= ",
            "— a+b AAAAAWE=",
            " — a AAAAAWE=",
            "— a AAAAAWF=",
            "— a  AAAAAWE=",
        ] {
            assert_eq!(NoteSignature::parse(line), None, "{line:?}");
        }
    }
}
