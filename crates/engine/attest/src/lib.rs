//! Evidence anybody can check: in-toto Statements in DSSE envelopes, signed with Ed25519.
//!
//! [`attest`] turns what a collector saw into signed [`syndic_evidence::Evidence`]; [`verify`] takes an envelope from
//! anywhere and says what it states, or why it must not be believed. Nothing in a payload is parsed before its
//! signature holds. The crate has no clock and no randomness: times and key seeds come in as values.
//!
//! ```
//! use serde_json::json;
//! use syndic_attest::{Observation, SigningKey, attest, verify};
//! use syndic_evidence::{Digest, PredicateType, Timestamp, Urn};
//!
//! let key = SigningKey::from_seed([7; 32]);
//! let asset = Urn::from_canonical("urn:syndic:acme:model:model.onnx");
//! let evidence = attest(&key, &Observation {
//!     collector: "tree",
//!     tool_version: "0.1.0",
//!     collected_at: Timestamp::UNIX_EPOCH,
//!     expires_at: None,
//!     asset: &asset,
//!     subject_name: "model.onnx",
//!     subject_digest: Digest::of(b"the model"),
//!     predicate_type: PredicateType::ArtifactScan,
//!     scope: json!({"bytes": 9}),
//!     facts: json!({"format": "onnx"}),
//! })?;
//! let verified = verify(&evidence.envelope, &[key.public()])?;
//! assert_eq!(verified.digest, evidence.digest);
//! assert_eq!(verified.predicate.facts["format"], "onnx");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attest;
mod canonical;
mod envelope;
mod key;
pub mod note;
mod pae;
mod predicate;
mod verify;

pub use attest::{AttestError, Observation, attest};
pub use envelope::{ENVELOPE_LIMIT, Envelope, EnvelopeSignature, PAYLOAD_TYPE, SIGNATURE_LIMIT};
pub use key::{KeyError, PublicKey, SecretPem, SigningKey};
pub use pae::pre_authentication_encoding;
pub use predicate::{Collector, Predicate};
pub use verify::{Verified, VerifyError, verify};
