//! What stands in a statement beside its subject: who saw the facts, when, how much was covered, and the facts.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use syndic_evidence::{Timestamp, Urn};

/// The predicate of every Syndic statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// The asset the facts are about; signed, so that evidence cannot be moved to another asset.
    pub asset: Urn,
    /// What saw it.
    pub collector: Collector,
    /// When.
    pub collected_at: Timestamp,
    /// When it stops counting; absent means it holds as long as the subject's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// How much was looked at.
    pub scope: Value,
    /// What was seen.
    pub facts: Value,
}

/// The program part that made an observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collector {
    /// Name of the collector.
    pub name: String,
    /// Version of the program.
    pub version: String,
}
