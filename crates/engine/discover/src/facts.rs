//! What a configuration text says about AI, before any judgement: the facts that enter the evidence.
//!
//! Invariant: settings stand here by name; a value is kept only if it is a host, a package, a path or a model name.

use serde::{Deserialize, Serialize};
use syndic_evidence::Digest;

/// Everything read from one text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Path relative to the assessed root.
    pub path: String,
    /// Kind of the text.
    pub kind: String,
    /// Providers mentioned by a setting or an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// MCP servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<McpServer>,
    /// Agents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentFact>,
    /// Permissions an agent has without asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// Text a person does not see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<Hidden>,
    /// The prompt the text is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PromptFact>,
    /// Actions a workflow uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Line at which a workflow with rights checks out code of a stranger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stranger_checkout: Option<u32>,
    /// Whether that happens only after somebody with rights has put a label on the request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stranger_needs_label: bool,
    /// Stages of a pipeline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// The model the text describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelFact>,
    /// Models that somebody else runs, named here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosted: Vec<Hosted>,
}

/// A provider mentioned by a setting's name or an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Provider's name.
    pub provider: String,
    /// The setting, or the host.
    pub by: String,
    /// Scheme, if an address was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Line.
    pub line: u32,
}

/// A package that a command fetches and runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// `npm`, `pypi` or `oci`.
    pub ecosystem: String,
    /// Name.
    pub name: String,
    /// Version, tag or digest as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether that names one version for ever, or as good as.
    pub is_pinned: bool,
}

/// A server of the Model Context Protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpServer {
    /// Name in the configuration.
    pub name: String,
    /// Line.
    pub line: u32,
    /// `stdio`, `http` or `sse`.
    pub transport: String,
    /// Program, without its folder.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// Package it fetches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// Scheme of its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Host of its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Names of its environment settings and headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Names of settings, headers or flags whose value is a credential in clear.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub literal_secrets: Vec<String>,
    /// What it is known to reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<Reach>,
    /// Folders far wider than a project that it is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broad_folders: Vec<String>,
    /// Whether it fetches a script and runs it in a shell.
    pub runs_fetched_script: bool,
    /// Whether its purpose is to run commands.
    pub is_shell: bool,
    /// Whether it is switched off.
    pub is_disabled: bool,
}

/// What a server reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// What it is.
    pub kind: ReachKind,
    /// Folder, `host:port` or name; empty when the configuration does not tell.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Product of a database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

/// What kind of thing a server reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReachKind {
    /// A folder or file of the machine it runs on.
    Folder,
    /// A database.
    Database,
    /// A service of somebody else.
    Service,
    /// Whatever address a model names.
    AnyAddress,
}

/// An agent that a configuration speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFact {
    /// Name.
    pub name: String,
    /// Product or framework.
    pub framework: String,
    /// Line.
    pub line: u32,
    /// Tools it is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Model it is told to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether it works on a developer's machine, not in the product.
    pub is_assistant: bool,
}

/// Something an agent may do without asking anyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The setting in its own words.
    pub setting: String,
    /// Whether it covers everything.
    pub is_total: bool,
    /// Line.
    pub line: u32,
}

/// A run of characters a person does not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// `tags`, `zero_width`, `variation_selectors` or `bidi_override`.
    pub form: String,
    /// How many there are.
    pub count: usize,
    /// Line of the first.
    pub line: u32,
}

/// A prompt in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptFact {
    /// `system`, or `prompt` when the role is not said.
    pub role: String,
    /// Content identity.
    pub digest: Digest,
    /// Length in characters.
    pub characters: usize,
    /// Names put in when it is used.
    pub variables: Vec<String>,
}

/// An action a workflow uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// `owner/name`.
    pub name: String,
    /// Tag, branch or commit.
    pub version: String,
    /// Whether the version is a commit.
    pub is_pinned: bool,
    /// Whether somebody other than the platform publishes it.
    pub is_third_party: bool,
    /// Line.
    pub line: u32,
}

/// A stage of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Name.
    pub name: String,
    /// Line.
    pub line: u32,
    /// Paths it reads.
    pub reads: Vec<String>,
    /// Paths it writes.
    pub writes: Vec<String>,
}

/// What a card or configuration says about a model or dataset.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelFact {
    /// `model` or `dataset`.
    pub subject: String,
    /// Licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Models it was made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_models: Vec<String>,
    /// Datasets it was trained on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<String>,
    /// Everything else, by the names the format uses.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub props: serde_json::Map<String, serde_json::Value>,
    /// Python files of the repository it asks to run, as `file.Class`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_code: Vec<String>,
    /// Line of the custom code.
    pub custom_code_line: u32,
}

/// A model that somebody else runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hosted {
    /// Model as named.
    pub model: String,
    /// Provider, if the name says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Line.
    pub line: u32,
}
