//! What policy says about a subject. Unknown is a result of its own and never counts as pass.

use serde::{Deserialize, Serialize};

use crate::{Digest, Severity, Urn};

/// The result of one control for one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlResult {
    /// Evidence shows the control is broken.
    Fail,
    /// Evidence is missing, stale, incomplete or unverifiable.
    Unknown,
    /// A person waived it, until a date.
    Waived,
    /// Evidence shows the control holds.
    Pass,
    /// The control is about something the subject does not have.
    NotApplicable,
}

impl ControlResult {
    /// Returns the name used in reports and public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// One control, computed for one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlStatus {
    /// Catalogue id, such as `syndic-baseline`.
    pub catalogue: String,
    /// Control id, such as `MOD-01`.
    pub control: String,
    /// The control's title.
    pub title: String,
    /// The asset it was computed for.
    pub asset: Urn,
    /// How bad it is when broken.
    pub severity: Severity,
    /// Whether it takes part in the decision; an advisory control is shown only.
    pub blocking: bool,
    /// What came out.
    pub result: ControlResult,
    /// Why, in sentences; never empty for fail and unknown.
    pub reasons: Vec<String>,
    /// The evidence that was looked at.
    pub evidence: Vec<Digest>,
    /// What to do about it.
    pub remediation: String,
    /// Framework references: framework id → clauses.
    pub maps: std::collections::BTreeMap<String, Vec<String>>,
}

/// May the subject be deployed?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every blocking control that applies passed.
    Allow,
    /// Something needed to decide is missing; must be treated as no.
    Unknown,
    /// At least one blocking control failed.
    Deny,
}

impl Verdict {
    /// Returns the name used in reports and public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Unknown => "unknown",
            Self::Deny => "deny",
        }
    }
}

/// One policy decision about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The subject: usually a system.
    pub subject: Urn,
    /// The Rego entry point that decided, such as `data.syndic.decision`.
    pub path: String,
    /// May it be deployed?
    pub verdict: Verdict,
    /// SHA-256 of the policy pack.
    pub policy_digest: Digest,
    /// SHA-256 of the input the policy saw.
    pub input_digest: Digest,
    /// Every control that was computed.
    pub controls: Vec<ControlStatus>,
}
