//! A threat to one interaction or asset, scored with its factors shown.
//!
//! Source: STRIDE (Kohnfelder and Garg, 1999), applied per interaction.

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, Location, Severity, Urn};

/// The six STRIDE categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stride {
    /// Somebody pretends to be somebody else.
    Spoofing,
    /// Data or code is changed.
    Tampering,
    /// Somebody denies what they did, and nobody can show it.
    Repudiation,
    /// Data reaches who should not have it.
    InformationDisclosure,
    /// The service stops or becomes too dear.
    DenialOfService,
    /// Somebody gets to do more than they may.
    ElevationOfPrivilege,
}

impl Stride {
    /// Returns the name used in reports and public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spoofing => "spoofing",
            Self::Tampering => "tampering",
            Self::Repudiation => "repudiation",
            Self::InformationDisclosure => "information_disclosure",
            Self::DenialOfService => "denial_of_service",
            Self::ElevationOfPrivilege => "elevation_of_privilege",
        }
    }

    /// Returns the words a person reads.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Spoofing => "Spoofing",
            Self::Tampering => "Tampering",
            Self::Repudiation => "Repudiation",
            Self::InformationDisclosure => "Information disclosure",
            Self::DenialOfService => "Denial of service",
            Self::ElevationOfPrivilege => "Elevation of privilege",
        }
    }
}

/// One threat to one flow or asset of one system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// Identity for ever: rule, asset, other end of the flow.
    pub fingerprint: Fingerprint,
    /// Threat rule id, `threat.<noun>-<noun>`.
    pub rule: String,
    /// What may happen, naming both ends.
    pub title: String,
    /// STRIDE category.
    pub stride: Stride,
    /// The asset threatened, or the start of the flow.
    pub asset: Urn,
    /// The other end of the flow, when the threat is to an interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Urn>,
    /// 1 (rare) to 5 (expected).
    pub likelihood: u8,
    /// 1 (nuisance) to 5 (ruin).
    pub impact: u8,
    /// Why these two numbers: each factor in words with its sign.
    pub factors: Vec<String>,
    /// How it ranks beside findings.
    pub severity: Severity,
    /// What to do about it.
    pub mitigation: String,
    /// MITRE ATLAS and OWASP ids.
    pub references: Vec<String>,
    /// The place that shows the interaction.
    pub source: Location,
}

impl Risk {
    /// Returns likelihood × impact, 1 to 25.
    pub const fn score(&self) -> u8 {
        self.likelihood.saturating_mul(self.impact)
    }
}
