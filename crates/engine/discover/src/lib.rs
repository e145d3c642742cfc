//! Finds AI assets in configuration text: environment files, MCP servers, agents, prompts, workflows, pipelines,
//! model cards and model configurations.
//!
//! [`recognise`] tells what a text is; [`DiscoverEngine::inspect`] reads it into [`Facts`] and runs the detectors.
//! Nothing that is named in a configuration is ever started or fetched.
//!
//! ```
//! use syndic_discover::{ConfigKind, DiscoverEngine, recognise};
//! use syndic_evidence::{AssetKind, Input, Urn};
//! let text = r#"{"mcpServers": {"files": {"command": "npx", "args": ["-y", "some-mcp-server"]}}}"#;
//! let kind = recognise(".mcp.json", text).unwrap();
//! assert_eq!(kind, ConfigKind::McpConfig);
//! let urn = Urn::local("acme", AssetKind::Configuration, ".mcp.json");
//! let input = Input { system: "acme", path: ".mcp.json", subject: &urn, owner: &urn };
//! let inspection = DiscoverEngine::builtin().unwrap().inspect(input, kind, text).unwrap();
//! assert_eq!(inspection.findings[0].rule, "discover.mcp-unpinned");
//! ```

mod agent;
mod assets;
mod detectors;
mod engine;
mod facts;
mod hidden;
mod kind;
mod mcp;
mod mcp_package;
mod mcp_reach;
mod model;
mod pipeline;
mod prompt;
mod provider;
mod secret;
mod workflow;

pub use engine::DiscoverEngine;
pub use facts::{
    Action, AgentFact, Facts, Grant, Hidden, Hosted, McpServer, Mention, ModelFact, Package, PromptFact, Reach,
    ReachKind, Stage,
};
pub use kind::{ConfigKind, recognise};
