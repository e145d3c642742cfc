//! Making evidence: one observation becomes one signed statement, the same bytes each time.

use std::collections::BTreeMap;

use serde_json::Value;
use syndic_evidence::{Digest, Evidence, PredicateType, Statement, Subject, Timestamp, Urn};

use crate::canonical::Canonical;
use crate::envelope::encode;
use crate::{
    Collector, ENVELOPE_LIMIT, Envelope, EnvelopeSignature, PAYLOAD_TYPE, Predicate, SigningKey,
    pre_authentication_encoding,
};

/// Room left in an envelope for everything that is not payload, in bytes.
const ENVELOPE_OVERHEAD: usize = 64 << 10;
/// The largest payload whose base64 fits into an envelope that [`crate::verify`] reads, in bytes.
const PAYLOAD_LIMIT: usize = (ENVELOPE_LIMIT - ENVELOPE_OVERHEAD) / 4 * 3;

/// Why an observation could not become evidence; each is a fault of the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttestError {
    /// Nobody could tell what the evidence is about.
    #[error("the subject has no name")]
    SubjectUnnamed,
    /// The evidence would be stale before it was made.
    #[error("evidence collected at {collected_at} cannot expire at {expires_at}")]
    ExpiredAtBirth {
        /// When it was collected.
        collected_at: Timestamp,
        /// When it would expire.
        expires_at: Timestamp,
    },
    /// The facts are larger than any verifier reads.
    #[error("the statement has {size_bytes} bytes, at most {PAYLOAD_LIMIT} can be attested: split the facts")]
    TooLarge {
        /// Size of the payload.
        size_bytes: usize,
    },
    /// The statement could not be written as JSON.
    #[error("the statement could not be written as JSON")]
    Encoding,
}

/// What a collector saw of one subject.
#[derive(Debug, Clone)]
pub struct Observation<'a> {
    /// Name of the collector.
    pub collector: &'a str,
    /// Version of the program.
    pub tool_version: &'a str,
    /// When it was seen.
    pub collected_at: Timestamp,
    /// When it stops counting; absent means it holds as long as the subject's digest.
    pub expires_at: Option<Timestamp>,
    /// The asset the facts are about.
    pub asset: &'a Urn,
    /// Path or URN of the subject, as it stands in the statement.
    pub subject_name: &'a str,
    /// Content identity of the subject.
    pub subject_digest: Digest,
    /// What kind of facts.
    pub predicate_type: PredicateType,
    /// How much was looked at.
    pub scope: Value,
    /// What was seen; never a secret or personal data in clear.
    pub facts: Value,
}

/// Signs an observation. Equal observations and keys give equal bytes.
///
/// # Errors
/// See [`AttestError`].
pub fn attest(key: &SigningKey, observation: &Observation<'_>) -> Result<Evidence, AttestError> {
    check(observation)?;
    let payload = payload(observation)?;
    if payload.len() > PAYLOAD_LIMIT {
        return Err(AttestError::TooLarge { size_bytes: payload.len() });
    }
    let key_id = key.public().key_id();
    let signature = key.sign(&pre_authentication_encoding(PAYLOAD_TYPE, &payload));
    let envelope = Envelope {
        payload: encode(&payload),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: vec![EnvelopeSignature { keyid: key_id.clone(), sig: encode(&signature) }],
    };
    Ok(Evidence {
        digest: Digest::of(&payload),
        predicate_type: observation.predicate_type,
        asset: observation.asset.clone(),
        subject_digest: observation.subject_digest,
        collector: observation.collector.to_owned(),
        tool_version: observation.tool_version.to_owned(),
        collected_at: observation.collected_at,
        expires_at: observation.expires_at,
        key_id,
        envelope: serde_json::to_vec(&envelope).map_err(|_| AttestError::Encoding)?,
    })
}

fn check(observation: &Observation<'_>) -> Result<(), AttestError> {
    if observation.subject_name.is_empty() {
        return Err(AttestError::SubjectUnnamed);
    }
    match observation.expires_at {
        Some(expires_at) if expires_at <= observation.collected_at => {
            Err(AttestError::ExpiredAtBirth { collected_at: observation.collected_at, expires_at })
        }
        _ => Ok(()),
    }
}

fn payload(observation: &Observation<'_>) -> Result<Vec<u8>, AttestError> {
    let predicate = Predicate {
        asset: observation.asset.clone(),
        collector: Collector { name: observation.collector.to_owned(), version: observation.tool_version.to_owned() },
        collected_at: observation.collected_at,
        expires_at: observation.expires_at,
        scope: observation.scope.clone(),
        facts: Value::Null,
    };
    let statement = Statement {
        kind: Statement::TYPE.to_owned(),
        subject: vec![Subject {
            name: observation.subject_name.to_owned(),
            digest: BTreeMap::from([("sha256".to_owned(), observation.subject_digest.hex())]),
        }],
        predicate_type: observation.predicate_type,
        predicate: Value::Null,
    };
    // Facts can be large: they are put in where they belong, once, instead of being carried through every layer.
    let mut predicate = serde_json::to_value(predicate).map_err(|_| AttestError::Encoding)?;
    put(&mut predicate, "facts", observation.facts.clone())?;
    let mut value = serde_json::to_value(statement).map_err(|_| AttestError::Encoding)?;
    put(&mut value, "predicate", predicate)?;
    serde_json::to_vec(&Canonical(&value)).map_err(|_| AttestError::Encoding)
}

fn put(object: &mut Value, key: &str, value: Value) -> Result<(), AttestError> {
    *object.get_mut(key).ok_or(AttestError::Encoding)? = value;
    Ok(())
}
