//! Something that is wrong, what it rests on, and an identity that outlives line moves and tool updates.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::{Confidence, Digest, Location, Severity, Timestamp, Urn};

/// The identity of a finding: one fingerprint is one row for ever.
///
/// `sha256(version | rule | asset URN | normalised location | discriminator)`: never line numbers, times, tool
/// versions or messages, so that a regression re-opens the row it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Digest);

impl Fingerprint {
    /// Changes only if the recipe below changes; then every stored finding gets a new identity.
    const VERSION: &'static str = "v1";

    /// Computes the identity. `discriminator` tells apart two findings of one rule at one place, such as two
    /// dependencies in one manifest; it must not contain a secret in clear.
    pub fn compute(rule: &str, asset: &Urn, location: &Location, discriminator: &str) -> Self {
        let mut hasher = Sha256::new();
        for part in [Self::VERSION, rule, asset.as_str(), &location.normalised(), discriminator] {
            // The length before each part keeps ("ab","c") and ("a","bc") apart.
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        Self(Digest::from_bytes(hasher.finalize().into()))
    }

    /// Returns the 64 hexadecimal characters.
    pub fn hex(&self) -> String {
        self.0.hex()
    }

    /// Takes back a digest read from a store.
    pub const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Where a finding stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// True as far as known, nobody has dealt with it.
    Open,
    /// A later run of the same rule covered the place and no longer found it.
    Fixed,
    /// A person took the risk, until a date.
    Accepted,
    /// A person said the tool is wrong.
    FalsePositive,
}

impl FindingState {
    /// Returns the name used in the store and public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fixed => "fixed",
            Self::Accepted => "accepted",
            Self::FalsePositive => "false_positive",
        }
    }
}

/// What a detector says, before it is bound to evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingDraft {
    /// Stable rule id, `<engine>.<noun>-<noun>`.
    pub rule: String,
    /// The asset that has the fault; absent means the file that was inspected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<Urn>,
    /// One sentence about this very case: what, where, never a secret or personal data in clear.
    pub message: String,
    /// How bad; the rule's own severity unless the case calls for another.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Where.
    pub location: Location,
    /// What tells two findings of this rule at this place apart; empty if nothing needs to.
    #[serde(default)]
    pub discriminator: String,
    /// Facts for machines.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub props: Map<String, Value>,
}

/// Something that is wrong with an asset, resting on evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Identity for ever.
    pub fingerprint: Fingerprint,
    /// Stable rule id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// The asset that has the fault.
    pub asset: Urn,
    /// This very case in one sentence.
    pub message: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Where.
    pub location: Location,
    /// The evidence it rests on; never empty.
    pub evidence: Vec<Digest>,
    /// Where it stands.
    pub state: FindingState,
    /// When the store first saw it; absent before it was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// Facts for machines.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub props: Map<String, Value>,
}

impl Finding {
    /// Binds a draft to its asset, its rule's title and the evidence it rests on.
    pub fn from_draft(draft: FindingDraft, title: &str, inspected: &Urn, evidence: Digest) -> Self {
        let asset = draft.asset.unwrap_or_else(|| inspected.clone());
        Self {
            fingerprint: Fingerprint::compute(&draft.rule, &asset, &draft.location, &draft.discriminator),
            rule: draft.rule,
            title: title.to_owned(),
            asset,
            message: draft.message,
            severity: draft.severity,
            confidence: draft.confidence,
            location: draft.location,
            evidence: vec![evidence],
            state: FindingState::Open,
            first_seen: None,
            props: draft.props,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AssetKind;

    fn print(location: &Location, discriminator: &str) -> Fingerprint {
        let asset = Urn::local("acme", AssetKind::Manifest, "requirements.txt");
        Fingerprint::compute("supply.dependency-unpinned", &asset, location, discriminator)
    }

    #[test]
    fn a_finding_keeps_its_fingerprint_when_its_line_moves() {
        assert_eq!(print(&Location::line("r.txt", 1), "torch"), print(&Location::line("r.txt", 40), "torch"));
    }

    #[test]
    fn the_discriminator_tells_two_findings_at_one_place_apart() {
        assert_ne!(print(&Location::file("r.txt"), "torch"), print(&Location::file("r.txt"), "numpy"));
    }

    #[test]
    fn parts_cannot_flow_into_each_other() {
        let asset = Urn::from_canonical("urn:x");
        let one = Fingerprint::compute("a", &asset, &Location::file("bc"), "");
        let two = Fingerprint::compute("a", &asset, &Location::file("b"), "c");
        assert_ne!(one, two);
    }
}
