//! What the store hands out besides the program's own types: each with its life in the store.

use syndic_evidence::{Asset, Decision, Digest, Finding, Timestamp, Urn, Verdict};

/// A system at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemSummary {
    /// The system.
    pub system: Urn,
    /// Its last run.
    pub last_run: String,
    /// When that ended.
    pub finished_at: Timestamp,
    /// What was decided.
    pub verdict: Verdict,
    /// Findings open now.
    pub open_findings: u64,
}

/// An asset with its life in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAsset {
    /// The system it was seen in.
    pub system: Urn,
    /// What was seen last.
    pub asset: Asset,
    /// Whether it was there when its place was last looked at.
    pub is_present: bool,
    /// When a run first saw it.
    pub first_seen: Timestamp,
    /// When a run last saw it.
    pub last_seen: Timestamp,
}

/// One thing that happened to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingEvent {
    /// When.
    pub at: Timestamp,
    /// Who: `syndic` for what a run did.
    pub actor: String,
    /// What: `opened`, `reopened`, `fixed`, or the state a person gave it.
    pub kind: String,
    /// Why, or in which run.
    pub note: String,
}

/// A finding with its whole life.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingHistory {
    /// The system it belongs to.
    pub system: Urn,
    /// The finding as last seen, in its state now.
    pub finding: Finding,
    /// When a run last saw it.
    pub last_seen: Timestamp,
    /// When it was fixed, while it is.
    pub fixed_at: Option<Timestamp>,
    /// When its acceptance ends or ended, if it was accepted until a date.
    pub accepted_until: Option<Timestamp>,
    /// Every evidence it ever rested on.
    pub evidence: Vec<Digest>,
    /// What happened to it, oldest first.
    pub events: Vec<FindingEvent>,
}

/// A decision with the run that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    /// The run.
    pub run: String,
    /// When.
    pub at: Timestamp,
    /// What was decided.
    pub decision: Decision,
}
