//! How two assets hang together, and across which boundary.

use serde::{Deserialize, Serialize};

use crate::{Confidence, Location, Urn};

/// What one asset does to another, read from `src` to `dst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// `src` has `dst` as a part.
    Contains,
    /// `src` needs package or service `dst` to build or run.
    DependsOn,
    /// `src` was made from `dst`: a fine-tune from a base model, a quantised file from its original.
    DerivedFrom,
    /// Model or pipeline `src` was trained on dataset `dst`.
    TrainedOn,
    /// Service `src` answers on endpoint `dst`, or serves model `dst`.
    Serves,
    /// `src` sends requests to `dst`: an application to a provider, a user to an endpoint.
    Calls,
    /// `src` reads data from `dst`.
    Reads,
    /// `src` writes data to `dst`.
    Writes,
    /// `src` loads model `dst` into its process.
    Loads,
    /// `src` uses prompt `dst`.
    Prompts,
    /// `src` runs as `dst`: an application as a service.
    DeployedAs,
}

impl RelationKind {
    /// Returns the name used in public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::DependsOn => "depends_on",
            Self::DerivedFrom => "derived_from",
            Self::TrainedOn => "trained_on",
            Self::Serves => "serves",
            Self::Calls => "calls",
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Loads => "loads",
            Self::Prompts => "prompts",
            Self::DeployedAs => "deployed_as",
        }
    }

    /// Says whether data moves along it, so that the data-flow diagram draws it.
    pub const fn is_flow(self) -> bool {
        matches!(self, Self::Calls | Self::Reads | Self::Writes | Self::Loads | Self::TrainedOn | Self::Prompts)
    }
}

/// One directed, typed edge between two assets. Unique by (`src`, `dst`, `kind`, `protocol`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// The asset that acts.
    pub src: Urn,
    /// The asset acted on.
    pub dst: Urn,
    /// What it does.
    pub kind: RelationKind,
    /// Protocol, when known: `https`, `http`, `stdio`, `file`, `postgres`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Whether the channel is encrypted; absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// How the caller proves who it is (`api_key`, `mtls`, `none`); absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authn: Option<String>,
    /// How sure the observer is.
    pub confidence: Confidence,
    /// The place that says so.
    pub source: Location,
}

impl Relation {
    /// Makes an edge that `source` states outright.
    pub fn new(src: Urn, kind: RelationKind, dst: Urn, source: Location) -> Self {
        Self { src, dst, kind, protocol: None, encrypted: None, authn: None, confidence: Confidence::High, source }
    }

    /// Sets the protocol.
    #[must_use]
    pub fn protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = Some(protocol.into());
        self
    }

    /// Sets how sure the observer is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Returns what makes the edge unique; also the order reports list edges in.
    pub fn key(&self) -> (&Urn, &Urn, RelationKind, Option<&str>) {
        (&self.src, &self.dst, self.kind, self.protocol.as_deref())
    }
}
