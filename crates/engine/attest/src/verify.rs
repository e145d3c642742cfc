//! Believing evidence: which trusted key signed an envelope, and only then what it says.
//!
//! Invariant: no byte of the payload is parsed before a trusted key's signature over it holds. One trusted signature
//! of several is enough; the key id in an envelope is only a hint, so a signature without one is tried with each key.

use syndic_evidence::{Digest, Evidence, SUBJECT_LIMIT, Statement, Timestamp};

use crate::envelope::decode;
use crate::{Envelope, EnvelopeSignature, PAYLOAD_TYPE, Predicate, PublicKey, pre_authentication_encoding};

/// Why an envelope must not be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Larger than is read.
    #[error("envelope has {size_bytes} bytes, at most {} are read", crate::ENVELOPE_LIMIT)]
    TooLarge {
        /// Its size.
        size_bytes: usize,
    },
    /// Not the JSON of a DSSE envelope.
    #[error("not a DSSE envelope: wrong JSON at line {line}, column {column}")]
    Form {
        /// Line of the fault.
        line: usize,
        /// Column of the fault.
        column: usize,
    },
    /// The payload is something else than an in-toto statement.
    #[error("payload type is not `{PAYLOAD_TYPE}`")]
    PayloadType,
    /// The payload is no base64.
    #[error("payload is not base64")]
    PayloadBase64,
    /// Nobody signed.
    #[error("envelope has no signature")]
    NoSignature,
    /// More signatures than are tried.
    #[error("envelope has {count} signatures, at most {} are tried", crate::SIGNATURE_LIMIT)]
    TooManySignatures {
        /// How many.
        count: usize,
    },
    /// A signature is not 64 bytes in base64, and no other one is good.
    #[error("signature {index} is not 64 bytes in base64")]
    SignatureForm {
        /// Its place in the list, from 0.
        index: usize,
    },
    /// No signature names a trusted key.
    #[error("no signature is by a trusted key: add the signer's public key, or re-assess with a key you trust")]
    UnknownKey,
    /// A signature by a trusted key does not hold: payload or signature was changed.
    #[error("the signature of key {key_id} does not hold: the envelope was changed after signing")]
    BadSignature {
        /// The trusted key it claims to be by.
        key_id: String,
    },
    /// The signed payload is not a statement this version reads.
    #[error("the signed payload is not a statement this version reads: {problem}")]
    Statement {
        /// What is wrong with it.
        problem: String,
    },
}

/// A statement whose signature holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The statement.
    pub statement: Statement,
    /// Its predicate, read.
    pub predicate: Predicate,
    /// The trusted key that signed it.
    pub key_id: String,
    /// Its content address: SHA-256 of the payload bytes.
    pub digest: Digest,
    subject_digest: Digest,
}

impl Verified {
    /// Says whether the evidence has stopped counting at `now`.
    pub fn is_expired_at(&self, now: Timestamp) -> bool {
        self.predicate.expires_at.is_some_and(|end| end <= now)
    }

    /// Returns the evidence row this statement stands for, every field taken from signed bytes.
    pub fn to_evidence(&self, envelope: Vec<u8>) -> Evidence {
        Evidence {
            digest: self.digest,
            predicate_type: self.statement.predicate_type,
            asset: self.predicate.asset.clone(),
            subject_digest: self.subject_digest,
            collector: self.predicate.collector.name.clone(),
            tool_version: self.predicate.collector.version.clone(),
            collected_at: self.predicate.collected_at,
            expires_at: self.predicate.expires_at,
            key_id: self.key_id.clone(),
            envelope,
        }
    }
}

/// Verifies an envelope against the trusted keys, then reads its statement.
///
/// # Errors
/// See [`VerifyError`].
pub fn verify(envelope_bytes: &[u8], trusted: &[PublicKey]) -> Result<Verified, VerifyError> {
    let envelope = Envelope::parse(envelope_bytes)?;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(VerifyError::PayloadType);
    }
    let payload = decode(&envelope.payload).ok_or(VerifyError::PayloadBase64)?;
    let message = pre_authentication_encoding(PAYLOAD_TYPE, &payload);
    let key_id = signer(&envelope.signatures, &message, trusted)?;
    read(&payload, key_id)
}

/// Returns the id of the first trusted key with a good signature, else the most telling reason why there is none.
fn signer(signatures: &[EnvelopeSignature], message: &[u8], trusted: &[PublicKey]) -> Result<String, VerifyError> {
    let keys: Vec<(String, &PublicKey)> = trusted.iter().map(|key| (key.key_id(), key)).collect();
    let mut malformed = None;
    let mut broken = None;
    for (index, signature) in signatures.iter().enumerate() {
        let Some(bytes) = decode(&signature.sig).and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()) else {
            malformed = malformed.or(Some(VerifyError::SignatureForm { index }));
            continue;
        };
        for (key_id, key) in keys.iter().filter(|(id, _)| signature.keyid.is_empty() || signature.keyid == *id) {
            if key.has_signed(message, &bytes) {
                return Ok(key_id.clone());
            }
            if !signature.keyid.is_empty() {
                broken = broken.or_else(|| Some(VerifyError::BadSignature { key_id: key_id.clone() }));
            }
        }
    }
    Err(broken.or(malformed).unwrap_or(VerifyError::UnknownKey))
}

fn read(payload: &[u8], key_id: String) -> Result<Verified, VerifyError> {
    let refuse = |problem: String| VerifyError::Statement { problem };
    let statement: Statement = serde_json::from_slice(payload).map_err(|error| refuse(error.to_string()))?;
    if statement.kind != Statement::TYPE {
        return Err(refuse(format!("`_type` is not `{}`", Statement::TYPE)));
    }
    if statement.subject.len() > SUBJECT_LIMIT {
        return Err(refuse(format!("{} subjects, at most {SUBJECT_LIMIT} are read", statement.subject.len())));
    }
    let subject = statement.subject.first().ok_or_else(|| refuse("no subject".to_owned()))?;
    let sha256 = subject.digest.get("sha256").ok_or_else(|| refuse("the subject has no sha256".to_owned()))?;
    let subject_digest = format!("sha256:{sha256}").parse().map_err(|_| refuse("sha256 is malformed".to_owned()))?;
    let predicate: Predicate =
        serde_json::from_value(statement.predicate.clone()).map_err(|error| refuse(error.to_string()))?;
    Ok(Verified { statement, predicate, key_id, digest: Digest::of(payload), subject_digest })
}
