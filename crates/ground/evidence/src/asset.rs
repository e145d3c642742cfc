//! A thing an organisation has and must answer for: a model, a dataset, an endpoint, an agent.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Blake3Digest, Classification, DataClass, Digest, Location, Urn};

/// What kind of thing an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetKind {
    /// The assessed system as a whole: one root.
    System,
    /// Code that runs: an application of the organisation's own.
    Application,
    /// A deployed unit: a compose service, a Kubernetes workload, a container image built here.
    Service,
    /// An HTTP or RPC route that answers inference or chat requests.
    Endpoint,
    /// A model file, or a folder that is one model.
    Model,
    /// A dataset: training, evaluation or retrieval data.
    Dataset,
    /// A Jupyter notebook.
    Notebook,
    /// A prompt or system prompt.
    Prompt,
    /// A vector store.
    VectorStore,
    /// Another data store: database, cache, object storage, document folder.
    DataStore,
    /// An agent: a model with tools.
    Agent,
    /// A Model Context Protocol server.
    McpServer,
    /// A third party that runs models: OpenAI, Bedrock.
    Provider,
    /// A model that a provider or hub hosts, named in code or configuration.
    HostedModel,
    /// A training, evaluation or deployment pipeline.
    Pipeline,
    /// A dependency manifest or lock file.
    Manifest,
    /// A package the system depends on.
    Package,
    /// A configuration file that matters to an AI system: `.env`, settings.
    Configuration,
    /// People or systems outside that use an endpoint.
    User,
}

impl AssetKind {
    /// Every kind, in the order reports list them.
    pub const ALL: [Self; 19] = [
        Self::System,
        Self::Application,
        Self::Service,
        Self::Endpoint,
        Self::Model,
        Self::HostedModel,
        Self::Provider,
        Self::Agent,
        Self::McpServer,
        Self::Prompt,
        Self::Dataset,
        Self::VectorStore,
        Self::DataStore,
        Self::Notebook,
        Self::Pipeline,
        Self::Manifest,
        Self::Package,
        Self::Configuration,
        Self::User,
    ];

    /// Returns the name used in URNs and public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Application => "application",
            Self::Service => "service",
            Self::Endpoint => "endpoint",
            Self::Model => "model",
            Self::Dataset => "dataset",
            Self::Notebook => "notebook",
            Self::Prompt => "prompt",
            Self::VectorStore => "vector_store",
            Self::DataStore => "data_store",
            Self::Agent => "agent",
            Self::McpServer => "mcp_server",
            Self::Provider => "provider",
            Self::HostedModel => "hosted_model",
            Self::Pipeline => "pipeline",
            Self::Manifest => "manifest",
            Self::Package => "package",
            Self::Configuration => "configuration",
            Self::User => "user",
        }
    }

    /// Returns the heading a person reads over a list of such assets.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::System => "Systems",
            Self::Application => "Applications",
            Self::Service => "Services",
            Self::Endpoint => "Endpoints",
            Self::Model => "Models",
            Self::Dataset => "Datasets",
            Self::Notebook => "Notebooks",
            Self::Prompt => "Prompts",
            Self::VectorStore => "Vector stores",
            Self::DataStore => "Data stores",
            Self::Agent => "Agents",
            Self::McpServer => "MCP servers",
            Self::Provider => "Model providers",
            Self::HostedModel => "Hosted models",
            Self::Pipeline => "Pipelines",
            Self::Manifest => "Dependency manifests",
            Self::Package => "Packages",
            Self::Configuration => "Configuration files",
            Self::User => "Users",
        }
    }
}

impl fmt::Display for AssetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The trust zone an asset stands in. A relation between two zones crosses a trust boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// The internet and the people on it.
    Internet,
    /// The organisation's running application.
    Application,
    /// Databases, vector stores, datasets and model files at rest.
    Data,
    /// Training, evaluation and build: notebooks, scripts, CI.
    Pipeline,
    /// A developer's machine: agents, MCP servers, editors.
    Workstation,
    /// Third parties: model providers, hubs, hosted stores.
    ThirdParty,
}

impl Zone {
    /// Every zone, in the order diagrams draw them.
    pub const ALL: [Self; 6] =
        [Self::Internet, Self::Application, Self::Data, Self::Pipeline, Self::Workstation, Self::ThirdParty];

    /// Returns the label on the diagram.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Internet => "Internet",
            Self::Application => "Application",
            Self::Data => "Data",
            Self::Pipeline => "Pipeline",
            Self::Workstation => "Workstation",
            Self::ThirdParty => "Third parties",
        }
    }
}

/// How sure the observer is. Kept coarse: finer numbers would claim a calibration nobody measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A hint: a name, an extension, a word near another.
    Low,
    /// Likely: structure agrees, meaning is inferred.
    Medium,
    /// Read from content that says so by itself.
    High,
}

impl Confidence {
    /// Returns the name used in public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One thing that was found, with where and how surely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// Canonical identity.
    pub urn: Urn,
    /// What it is.
    pub kind: AssetKind,
    /// The name a person uses for it.
    pub name: String,
    /// The trust zone it stands in.
    pub zone: Zone,
    /// Content identity; absent for what has no bytes of its own, such as an endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Cache key of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<Blake3Digest>,
    /// Size of the content in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Protected data in it; absent when nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classification: Option<Classification>,
    /// Where it was seen; the first place names it, the rest are further sightings.
    pub sources: Vec<Location>,
    /// How sure the observer is that this is such an asset.
    pub confidence: Confidence,
    /// What the format or manifest tells, by the names its documentation uses.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub props: Map<String, Value>,
}

impl Asset {
    /// Makes an asset with nothing but its identity and the place it was seen.
    pub fn new(urn: Urn, kind: AssetKind, name: impl Into<String>, zone: Zone, source: Location) -> Self {
        Self {
            urn,
            kind,
            name: name.into(),
            zone,
            digest: None,
            blake3: None,
            size_bytes: None,
            classification: None,
            sources: vec![source],
            confidence: Confidence::High,
            props: Map::new(),
        }
    }

    /// Sets how sure the observer is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Adds a property; a null value adds nothing.
    #[must_use]
    pub fn prop(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.props.insert(name.to_owned(), value);
        }
        self
    }

    /// Says whether looking found data of `class` in it.
    pub fn holds(&self, class: DataClass) -> bool {
        self.classification.as_ref().is_some_and(|found| found.classes.contains(&class))
    }

    /// Takes over what a second sighting of the same asset adds: places, surer confidence, new properties.
    ///
    /// The first sighting wins where both say something different, so that merging in a fixed order is deterministic.
    pub fn absorb(&mut self, other: Self) {
        for source in other.sources {
            if !self.sources.contains(&source) {
                self.sources.push(source);
            }
        }
        self.confidence = self.confidence.max(other.confidence);
        self.digest = self.digest.or(other.digest);
        self.blake3 = self.blake3.or(other.blake3);
        self.size_bytes = self.size_bytes.or(other.size_bytes);
        self.classification = self.classification.take().or(other.classification);
        for (name, value) in other.props {
            self.props.entry(name).or_insert(value);
        }
    }
}
