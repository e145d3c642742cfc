//! The DSSE envelope: a payload, its type, and who signed both.
//!
//! Source: DSSE v1.0.2 envelope. Unknown fields are ignored, as it asks; a repeated or mistyped known field is not.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

use crate::VerifyError;

/// The payload type of an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// A longer envelope is refused unread, in bytes.
pub const ENVELOPE_LIMIT: usize = 96 << 20;
/// More signatures than this are refused: each costs a curve operation.
pub const SIGNATURE_LIMIT: usize = 64;

/// Padding may be left out; anything else that is not canonical base64 is refused.
const LENIENT_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT_PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT_PADDING);

/// An envelope as it stands in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The signed bytes, in base64.
    pub payload: String,
    /// What the bytes are; signed too.
    pub payload_type: String,
    /// Who signed.
    pub signatures: Vec<EnvelopeSignature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeSignature {
    /// Which key may have made it: a hint, not signed.
    #[serde(default)]
    pub keyid: String,
    /// The signature over the pre-authentication encoding, in base64.
    pub sig: String,
}

impl Envelope {
    /// Reads an envelope from JSON bytes; verifies nothing.
    ///
    /// # Errors
    /// [`VerifyError::TooLarge`], [`VerifyError::Form`], [`VerifyError::NoSignature`] or
    /// [`VerifyError::TooManySignatures`].
    pub fn parse(bytes: &[u8]) -> Result<Self, VerifyError> {
        if bytes.len() > ENVELOPE_LIMIT {
            return Err(VerifyError::TooLarge { size_bytes: bytes.len() });
        }
        let envelope: Self = serde_json::from_slice(bytes)
            .map_err(|error| VerifyError::Form { line: error.line(), column: error.column() })?;
        match envelope.signatures.len() {
            0 => Err(VerifyError::NoSignature),
            count if count > SIGNATURE_LIMIT => Err(VerifyError::TooManySignatures { count }),
            _ => Ok(envelope),
        }
    }
}

/// Writes base64 in the standard alphabet, padded.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads base64 in the standard or the URL-safe alphabet, as DSSE asks of a verifier.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_read_but_not_mixed() {
        assert_eq!(decode("-_-_").unwrap(), decode("+/+/").unwrap());
        assert_eq!(decode("+/-_"), None);
    }

    #[test]
    fn bits_after_the_last_byte_are_refused() {
        assert!(decode("QQ==").is_some());
        assert_eq!(decode("QR=="), None);
    }

    #[test]
    fn a_repeated_field_is_refused() {
        let json = br#"{"payload":"","payload":"","payloadType":"t","signatures":[{"sig":""}]}"#;
        assert!(matches!(Envelope::parse(json), Err(VerifyError::Form { .. })));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>) {
            let _ = Envelope::parse(&bytes);
        }

        #[test]
        fn base64_written_is_read_back(bytes: Vec<u8>) {
            proptest::prop_assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }
    }
}
