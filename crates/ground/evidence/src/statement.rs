//! Evidence: what was seen, as an in-toto Statement v1, content-addressed and dated.
//!
//! Source: in-toto Attestation Framework v1 (`https://in-toto.io/Statement/v1`). The DSSE envelope around it is made
//! by `engine/attest`; the evidence digest is the SHA-256 of the envelope's payload bytes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Digest, Timestamp, Urn};

/// A statement names at most this many subjects; a larger tree is named by its manifest digest.
pub const SUBJECT_LIMIT: usize = 10_000;

/// The type of the facts in a statement, as the URI that enters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PredicateType {
    /// What a walk over a tree saw, with its coverage.
    #[serde(rename = "https://syndic.dev/attestation/inventory/v1")]
    Inventory,
    /// What a model file is and does when loaded.
    #[serde(rename = "https://syndic.dev/attestation/artifact-scan/v1")]
    ArtifactScan,
    /// What a dataset holds.
    #[serde(rename = "https://syndic.dev/attestation/dataset-profile/v1")]
    DatasetProfile,
    /// Secrets and personal data in text files.
    #[serde(rename = "https://syndic.dev/attestation/secrets-scan/v1")]
    SecretsScan,
    /// How source code uses AI.
    #[serde(rename = "https://syndic.dev/attestation/code-facts/v1")]
    CodeFacts,
    /// What a deployment manifest sets up.
    #[serde(rename = "https://syndic.dev/attestation/deployment/v1")]
    Deployment,
    /// What a dependency manifest asks for.
    #[serde(rename = "https://syndic.dev/attestation/dependencies/v1")]
    Dependencies,
    /// The derived data-flow diagram and its threats.
    #[serde(rename = "https://syndic.dev/attestation/threat-model/v1")]
    ThreatModel,
    /// What a run left behind in the store, row by row as digests.
    #[serde(rename = "https://syndic.dev/attestation/run-record/v1")]
    RunRecord,
    /// What a person said about a finding, and what the store held after it.
    #[serde(rename = "https://syndic.dev/attestation/judgement/v1")]
    Judgement,
}

impl PredicateType {
    /// Every type there is.
    pub const ALL: [Self; 10] = [
        Self::Inventory,
        Self::ArtifactScan,
        Self::DatasetProfile,
        Self::SecretsScan,
        Self::CodeFacts,
        Self::Deployment,
        Self::Dependencies,
        Self::ThreatModel,
        Self::RunRecord,
        Self::Judgement,
    ];

    /// Returns the URI.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Inventory => "https://syndic.dev/attestation/inventory/v1",
            Self::ArtifactScan => "https://syndic.dev/attestation/artifact-scan/v1",
            Self::DatasetProfile => "https://syndic.dev/attestation/dataset-profile/v1",
            Self::SecretsScan => "https://syndic.dev/attestation/secrets-scan/v1",
            Self::CodeFacts => "https://syndic.dev/attestation/code-facts/v1",
            Self::Deployment => "https://syndic.dev/attestation/deployment/v1",
            Self::Dependencies => "https://syndic.dev/attestation/dependencies/v1",
            Self::ThreatModel => "https://syndic.dev/attestation/threat-model/v1",
            Self::RunRecord => "https://syndic.dev/attestation/run-record/v1",
            Self::Judgement => "https://syndic.dev/attestation/judgement/v1",
        }
    }
}

impl fmt::Display for PredicateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

/// Something a statement is about: a name and its digest by algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Path or URN.
    pub name: String,
    /// Digest by algorithm, hexadecimal without prefix: `{"sha256": "…"}`.
    pub digest: BTreeMap<String, String>,
}

impl Subject {
    /// Names `name` by its SHA-256.
    pub fn sha256(name: impl Into<String>, digest: &Digest) -> Self {
        Self { name: name.into(), digest: BTreeMap::from([("sha256".to_owned(), digest.hex())]) }
    }
}

/// An in-toto Statement v1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Always [`Statement::TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// What it is about; at least one.
    pub subject: Vec<Subject>,
    /// What kind of facts.
    #[serde(rename = "predicateType")]
    pub predicate_type: PredicateType,
    /// The facts, with collector, tool version and time beside them.
    pub predicate: Value,
}

impl Statement {
    /// The type URI of in-toto Statement v1.
    pub const TYPE: &'static str = "https://in-toto.io/Statement/v1";
}

/// One piece of evidence as the store keeps it: the envelope's bytes and what is needed to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// SHA-256 of the DSSE payload: the content address.
    pub digest: Digest,
    /// What kind of facts.
    pub predicate_type: PredicateType,
    /// The asset it is about.
    pub asset: Urn,
    /// Content identity of the subject when it was seen.
    pub subject_digest: Digest,
    /// What saw it.
    pub collector: String,
    /// Version of the program that saw it.
    pub tool_version: String,
    /// When.
    pub collected_at: Timestamp,
    /// When it stops counting; absent means it holds as long as the subject's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Key id of the signer: SHA-256 of its public key.
    pub key_id: String,
    /// The DSSE envelope, JSON bytes.
    pub envelope: Vec<u8>,
}
