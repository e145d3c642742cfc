//! What was read from one source file, before any judgement: the predicate that enters the evidence.

mod hazards;
mod surroundings;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use syndic_evidence::{Confidence, Location};

use crate::{Language, Links, Route};

pub use hazards::{Hazard, HazardKind, Origin};
pub use surroundings::{InterfaceSeen, PipelineSeen};

/// A place in the file: line from 1, and the cell from 1 when the file is a notebook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spot {
    /// Line of the file, from 1.
    pub line: u32,
    /// Code cell of a notebook, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<u32>,
}

/// An AI package that is imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportSeen {
    /// Package name in its ecosystem.
    pub package: String,
    /// What it brings, as the catalogue classes it.
    pub class: String,
    /// Provider it speaks to, when there is exactly one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Medium for an import every run executes, low for an optional one.
    pub confidence: Confidence,
    /// Where.
    pub at: Spot,
}

/// Who runs a model that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelHost {
    /// A third party.
    ThirdParty,
    /// A server of the organisation's own or on the same machine.
    Own,
    /// This very process: the model is downloaded from a hub and loaded.
    InProcess,
}

/// A client of a model provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderUse {
    /// Provider's name as the catalogue has it, or the host of an unknown server.
    pub provider: String,
    /// The constructor or function that says so.
    pub through: String,
    /// Who runs it.
    pub host: ModelHost,
    /// Scheme, host and port of a base URL written in code; never user, path or query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Whether the channel is encrypted; absent when the code does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// Whether the file asks through it: calls a method of it, or hands it to what does.
    #[serde(default)]
    pub is_called: bool,
    /// How sure.
    pub confidence: Confidence,
    /// Where.
    pub at: Spot,
}

/// A hosted model named in code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostedModelUse {
    /// Provider or hub.
    pub provider: String,
    /// Model name as written.
    pub model: String,
    /// Who runs it.
    pub host: ModelHost,
    /// Whether a revision is fixed; absent where the notion does not apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// The call that names it.
    pub through: String,
    /// How sure.
    pub confidence: Confidence,
    /// Where.
    pub at: Spot,
}

/// A vector store or other data store that is opened.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent observation that enters the evidence")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoreUse {
    /// Product name.
    pub product: String,
    /// Whether it holds vectors.
    pub is_vector: bool,
    /// Host, path, bucket or database, without credentials; empty when the code does not tell.
    pub target: String,
    /// Whether the target is a third party's service.
    pub is_hosted: bool,
    /// Whether the file reads from it.
    pub reads: bool,
    /// Whether the file writes to it.
    pub writes: bool,
    /// Protocol when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// How sure.
    pub confidence: Confidence,
    /// Where.
    pub at: Spot,
}

/// What is done with a file named in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileAction {
    /// A model file is loaded.
    LoadModel,
    /// A model file is written.
    SaveModel,
    /// A dataset is read.
    ReadData,
    /// A dataset is written.
    WriteData,
}

/// A model or dataset file named in code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileUse {
    /// What is done.
    pub action: FileAction,
    /// Path as written, `./` removed, parts that are not literal written `{name}`.
    pub path: String,
    /// Function that does it.
    pub through: String,
    /// Where.
    pub at: Spot,
}

/// A prompt written in code: its name, size and digest, never its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptSeen {
    /// Constant, variable or function it belongs to.
    pub name: String,
    /// `system`, `user` or `template`.
    pub role: String,
    /// SHA-256 of its literal text, hexadecimal.
    pub sha256: String,
    /// Length in characters.
    pub characters: usize,
    /// Variables interpolated into it.
    pub variables: Vec<String>,
    /// Where.
    pub at: Spot,
}

/// An agent or MCP server built in code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentSeen {
    /// Name it gives itself, or the variable that holds it.
    pub name: String,
    /// Framework.
    pub framework: String,
    /// Whether it is an MCP server.
    pub is_mcp_server: bool,
    /// Names of the tools it is given.
    pub tools: Vec<String>,
    /// Model it is told to use, without its provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Transport of an MCP server, when written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    /// Where.
    pub at: Spot,
}

/// A package installed from inside a notebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Install {
    /// Requirement as written.
    pub requirement: String,
    /// Whether one exact version is asked for.
    pub pinned: bool,
    /// Where.
    pub at: Spot,
}

/// Everything read from one file.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent observation that enters the evidence")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Path relative to the assessed root.
    pub path: String,
    /// Language.
    pub language: Language,
    /// Whether the file trains a model.
    pub is_training: bool,
    /// Whether the file is a program of its own rather than a module others import.
    pub is_script: bool,
    /// AI packages imported.
    pub imports: Vec<ImportSeen>,
    /// Clients of model providers.
    pub providers: Vec<ProviderUse>,
    /// Whether the file asks a model through something that it did not make itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_through_other: bool,
    /// Hosted models named.
    pub models: Vec<HostedModelUse>,
    /// Stores opened.
    pub stores: Vec<StoreUse>,
    /// Model and dataset files named.
    pub files: Vec<FileUse>,
    /// HTTP routes.
    pub routes: Vec<Route>,
    /// Prompts.
    pub prompts: Vec<PromptSeen>,
    /// Agents and MCP servers.
    pub agents: Vec<AgentSeen>,
    /// Pipelines declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pipelines: Vec<PipelineSeen>,
    /// Interfaces for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<InterfaceSeen>,
    /// Dangerous switches and calls.
    pub hazards: Vec<Hazard>,
    /// Places of hazards that happen only when a caller asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opt_ins: Vec<Spot>,
    /// Packages installed by notebook cells.
    pub installs: Vec<Install>,
    /// Whether the file was put off: nothing but its path is known. Never so once files are joined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_deferred: bool,
    /// What other files may need to know of this one; taken out when the files are joined.
    #[serde(default, skip_serializing_if = "Links::is_empty")]
    pub links: Links,
}

impl Facts {
    /// Makes the facts of a file in which nothing was seen yet.
    pub fn new(path: &str, language: Language) -> Self {
        Self {
            path: path.to_owned(),
            language,
            is_training: false,
            is_script: false,
            imports: Vec::new(),
            providers: Vec::new(),
            asks_through_other: false,
            models: Vec::new(),
            stores: Vec::new(),
            files: Vec::new(),
            routes: Vec::new(),
            prompts: Vec::new(),
            agents: Vec::new(),
            pipelines: Vec::new(),
            interfaces: Vec::new(),
            hazards: Vec::new(),
            opt_ins: Vec::new(),
            installs: Vec::new(),
            is_deferred: false,
            links: Links::default(),
        }
    }

    /// Returns the facts of a file that was put off as they are kept until files are joined. A large project has tens
    /// of thousands of them, so they are no more than that.
    pub(crate) fn put_off(path: &str, language: Language) -> Value {
        json!({ "path": path, "language": language, "is_deferred": true })
    }

    /// Reads facts that were kept.
    pub(crate) fn kept(facts: &Value) -> Option<Self> {
        if facts.get("is_deferred").and_then(Value::as_bool) != Some(true) {
            return Self::deserialize(facts).ok();
        }
        let language = Language::deserialize(facts.get("language")?).ok()?;
        Some(Self { is_deferred: true, ..Self::new(facts.get("path")?.as_str()?, language) })
    }

    /// Says whether the file has nothing to do with AI or the web.
    pub fn is_empty(&self) -> bool {
        self.imports.is_empty()
            && self.providers.is_empty()
            && !self.asks_through_other
            && self.models.is_empty()
            && self.stores.iter().all(|store| !store.is_vector)
            && self.files.is_empty()
            && self.routes.is_empty()
            && self.prompts.is_empty()
            && self.agents.is_empty()
            && self.pipelines.is_empty()
            && self.interfaces.is_empty()
            && self.hazards.is_empty()
    }

    /// Returns the place as a location a person can open.
    pub fn location(&self, at: Spot) -> Location {
        let location = Location::line(self.path.clone(), at.line);
        match at.cell {
            Some(cell) => location.member(format!("cell {cell}")),
            None => location,
        }
    }
}
