//! One run of the program: what it set out to look at and what it covered.

use serde::{Deserialize, Serialize};

use crate::{Coverage, Timestamp, Urn};

/// One run, as the store keeps it. "Fixed" rests on it: only a run that covered a place can close a finding there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// ULID.
    pub id: String,
    /// The system that was assessed.
    pub system: Urn,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Version of the program.
    pub tool_version: String,
    /// Ids of the rules that ran.
    pub rules: Vec<String>,
    /// What it looked at.
    pub coverage: Coverage,
}
