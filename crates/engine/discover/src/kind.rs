//! Tells what kind of AI configuration a text is. Names narrow, content decides.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use syndic_detect::AiCatalogue;
use syndic_detect::document::parse_json;

use crate::prompt;

/// A text larger than this is data, not configuration.
pub(crate) const MAX_TEXT: usize = 2 << 20;

/// A generic configuration file larger than this is not searched for addresses.
const MAX_GENERIC: usize = 256 << 10;

/// What kind of configuration a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigKind {
    /// Settings as `NAME=value` lines.
    EnvFile,
    /// Servers of the Model Context Protocol for an agent, with the agent's other settings.
    McpConfig,
    /// Standing instructions to an agent.
    AgentInstructions,
    /// Settings or definitions of agents.
    AgentConfig,
    /// A prompt.
    PromptFile,
    /// A workflow of a build service.
    CiWorkflow,
    /// A data or training pipeline.
    PipelineDefinition,
    /// A card that describes a model or dataset.
    ModelCard,
    /// Configuration beside or around a model.
    ModelConfig,
    /// Any other configuration in which an AI provider is named.
    GenericConfig,
}

impl ConfigKind {
    /// Returns the name used in facts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnvFile => "env_file",
            Self::McpConfig => "mcp_config",
            Self::AgentInstructions => "agent_instructions",
            Self::AgentConfig => "agent_config",
            Self::PromptFile => "prompt",
            Self::CiWorkflow => "ci_workflow",
            Self::PipelineDefinition => "pipeline",
            Self::ModelCard => "model_card",
            Self::ModelConfig => "model_config",
            Self::GenericConfig => "generic_config",
        }
    }
}

/// Returns what kind of AI configuration `text` is, or nothing if it is none.
pub fn recognise(path: &str, text: &str) -> Option<ConfigKind> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    if is_env_file(name, text) {
        return Some(ConfigKind::EnvFile);
    }
    if is_workflow(&lower, name) {
        return Some(ConfigKind::CiWorkflow);
    }
    if is_instructions(&lower, name) {
        return Some(ConfigKind::AgentInstructions);
    }
    if is_mcp(&lower, name, text) {
        return Some(ConfigKind::McpConfig);
    }
    // What its name or its keys make an agent's business is looked at whatever its size: filling must not hide it.
    if text.len() > MAX_TEXT {
        return None;
    }
    if is_agent_config(&lower, name, text) {
        return Some(ConfigKind::AgentConfig);
    }
    if is_model_config(name, text) {
        return Some(ConfigKind::ModelConfig);
    }
    if is_pipeline(name, text) {
        return Some(ConfigKind::PipelineDefinition);
    }
    if name == "readme.md" && is_card(text) {
        return Some(ConfigKind::ModelCard);
    }
    if prompt::is_prompt_file(&lower, name, text) {
        return Some(ConfigKind::PromptFile);
    }
    is_generic(&lower, name, text).then_some(ConfigKind::GenericConfig)
}

fn ends(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

fn is_env_file(name: &str, text: &str) -> bool {
    let is_named = name == ".env"
        || name.starts_with(".env.")
        || ends(name, &[".env"])
        || matches!(name, "env.example" | "env.sample" | "env.template" | ".envrc" | "dotenv");
    let is_setting = |line: &str| {
        let line = line.trim().trim_start_matches("export ");
        line.split_once('=').is_some_and(|(name, _)| {
            let name = name.trim();
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    is_named && !ends(name, &[".py", ".js", ".ts", ".md"]) && text.lines().any(is_setting)
}

fn is_workflow(path: &str, name: &str) -> bool {
    let is_yaml = ends(name, &[".yml", ".yaml"]);
    is_yaml
        && (path.contains(".github/workflows/")
            || path.contains(".gitea/workflows/")
            || name.starts_with(".gitlab-ci.")
            || name.starts_with("azure-pipelines.")
            || name.starts_with("bitbucket-pipelines."))
}

fn is_instructions(path: &str, name: &str) -> bool {
    matches!(
        name,
        "claude.md"
            | "claude.local.md"
            | "agents.md"
            | "agent.md"
            | "gemini.md"
            | ".cursorrules"
            | ".windsurfrules"
            | ".clinerules"
            | ".roorules"
            | "copilot-instructions.md"
            | "skill.md"
            | ".goosehints"
    ) || (path.contains(".cursor/rules/") && ends(name, &[".mdc", ".md"]))
        || ends(name, &[".instructions.md", ".chatmode.md"])
        || ([".claude/agents/", ".claude/commands/", ".claude/rules/", ".clinerules/", ".windsurf/rules/"]
            .iter()
            .any(|folder| path.contains(folder))
            && ends(name, &[".md"]))
}

fn is_mcp(path: &str, name: &str, text: &str) -> bool {
    let is_config = ends(name, &[".json", ".jsonc", ".json5", ".toml", ".yaml", ".yml"]);
    let keys = ["mcpServers", "context_servers", "mcp_servers", "mcp.servers"];
    let is_own_file = ends(name, &["mcp.json", "mcp_config.json", "mcp-config.json", "mcp_settings.json"]);
    let is_settings = path.ends_with(".claude/settings.json")
        || path.ends_with(".claude/settings.local.json")
        || path.ends_with(".gemini/settings.json")
        || path.ends_with(".codex/config.toml")
        || (path.ends_with(".vscode/settings.json") && (text.contains("autoApprove") || text.contains("mcp")));
    // A broken file of that name is one too: what it starts cannot be told.
    let is_own = || text.contains("\"servers\"") || (!text.trim().is_empty() && parse_json(text).is_err());
    is_config && (is_settings || keys.iter().any(|key| text.contains(key)) || (is_own_file && is_own()))
}

fn is_agent_config(path: &str, name: &str, text: &str) -> bool {
    let is_crew = matches!(name, "agents.yaml" | "agents.yml") && text.contains("role:") && text.contains("goal:");
    let is_graph = name == "langgraph.json" && text.contains("\"graphs\"");
    let is_card = path.ends_with(".well-known/agent.json") || path.ends_with(".well-known/agent-card.json");
    is_crew || is_graph || (is_card && text.contains("\"skills\""))
}

fn is_model_config(name: &str, text: &str) -> bool {
    let has = |word: &str| text.contains(word);
    match name {
        "config.json" => {
            has("\"auto_map\"") || (has("\"model_type\"") && (has("\"architectures\"") || has("transformers_version")))
        }
        "tokenizer_config.json" => has("\"tokenizer_class\"") || has("\"auto_map\""),
        "adapter_config.json" => has("\"peft_type\""),
        _ if name.starts_with("modelfile") || name.ends_with(".modelfile") => {
            text.lines().any(|line| line.trim_start().to_ascii_uppercase().starts_with("FROM "))
        }
        _ => ends(name, &[".yaml", ".yml"]) && has("model_list:") && has("litellm_params"),
    }
}

fn is_pipeline(name: &str, text: &str) -> bool {
    match name {
        "dvc.yaml" => text.contains("stages:"),
        "mlproject" => text.contains("entry_points:"),
        "mlmodel" => text.contains("flavors:"),
        _ => false,
    }
}

fn is_card(text: &str) -> bool {
    let Some(matter) = crate::model::front_matter(text) else { return false };
    let keys =
        ["base_model", "library_name", "pipeline_tag", "model-index", "task_categories", "dataset_info", "datasets"];
    matter.lines().any(|line| keys.iter().any(|key| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))))
}

/// Hosts whose address in a configuration means requests are sent there; a link to a hub means nothing.
pub(crate) fn is_api_class(class: &str) -> bool {
    matches!(class, "api" | "cloud" | "agg" | "vec" | "obs")
}

static HOSTS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let hosts =
        AiCatalogue::builtin().hosts().iter().filter(|host| is_api_class(host.class) && host.confidence != "low");
    AhoCorasick::builder().ascii_case_insensitive(true).build(hosts.map(|host| host.host)).ok()
});

fn is_generic(path: &str, name: &str, text: &str) -> bool {
    let is_config = ends(name, &[".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".json", ".jsonc"]);
    let is_other = ends(name, &["lock.json", "lock.yaml", "package.json", "lock.toml", ".min.json", "openapi.json"])
        || name.starts_with("pnpm-lock")
        || ["locales/", "i18n/", "/lang/", "node_modules/", "site-packages/", "cassettes/", "_assets/", "data/"]
            .iter()
            .any(|folder| path.contains(folder));
    is_config && !is_other && text.len() <= MAX_GENERIC && HOSTS.as_ref().is_some_and(|hosts| hosts.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_known() {
        let cases = [
            ("app/.env.example", "OPENAI_API_KEY=\n", Some(ConfigKind::EnvFile)),
            (".cursor/mcp.json", "{\"mcpServers\": {}}", Some(ConfigKind::McpConfig)),
            (".vscode/mcp.json", "{\"servers\": {}}", Some(ConfigKind::McpConfig)),
            ("AGENTS.md", "# Rules", Some(ConfigKind::AgentInstructions)),
            ("m/config.json", "{\"model_type\": \"bert\", \"architectures\": []}", Some(ConfigKind::ModelConfig)),
            (".github/workflows/ci.yml", "on: push", Some(ConfigKind::CiWorkflow)),
            ("m/README.md", "---\nlicense: mit\nbase_model: a/b\n---\n# x", Some(ConfigKind::ModelCard)),
            ("conf/app.yaml", "url: https://api.openai.com/v1", Some(ConfigKind::GenericConfig)),
            ("conf/app.yaml", "url: https://example.org/v1", None),
            ("README.md", "# x\nlicense: mit", None),
            ("src/env.py", "A=1", None),
            ("app/config.json", "{\"port\": 1}", None),
        ];
        for (path, text, kind) in cases {
            assert_eq!(recognise(path, text), kind, "{path}");
        }
    }
}
