//! Reads agents and what they may do without asking: settings, crews, graphs, instructions.

use std::sync::LazyLock;

use regex::Regex;
use syndic_detect::LineIndex;
use syndic_detect::document::Node;

use crate::facts::{AgentFact, Grant};

/// A definition has at most this many agents, tools and permissions.
const MAX_PARTS: usize = 200;

/// Returns the assistant a configuration file belongs to, by the place its documentation gives it.
pub(crate) fn assistant_of(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let has = |part: &str| lower.contains(part);
    let found = match name {
        "claude.md" | "claude.local.md" | ".mcp.json" => "Claude Code",
        "claude_desktop_config.json" => "Claude Desktop",
        "gemini.md" => "Gemini CLI",
        ".cursorrules" => "Cursor",
        ".windsurfrules" => "Windsurf",
        ".clinerules" | "cline_mcp_settings.json" => "Cline",
        "copilot-instructions.md" => "GitHub Copilot",
        "agents.md" | "agent.md" => "coding agents",
        _ if has(".claude/") || name == ".claude.json" => "Claude Code",
        _ if has(".cursor/") => "Cursor",
        _ if has(".vscode/") || name.ends_with(".instructions.md") || name.ends_with(".chatmode.md") => {
            "GitHub Copilot"
        }
        _ if has(".gemini/") => "Gemini CLI",
        _ if has(".codex/") => "Codex",
        _ if has("windsurf/") => "Windsurf",
        _ if has(".clinerules/") => "Cline",
        _ if has(".roo/") => "Roo Code",
        _ if has(".continue/") => "Continue",
        _ if has("zed/") => "Zed",
        _ => return None,
    };
    Some(found)
}

/// Reads the agents of a crew definition or a graph configuration.
pub(crate) fn read_agents(root: Node<'_>) -> Vec<AgentFact> {
    let graphs = root.get("graphs").map(Node::entries).unwrap_or_default();
    let of_graph = graphs.iter().map(|entry| AgentFact {
        name: entry.key.to_owned(),
        framework: "LangGraph".to_owned(),
        line: entry.line,
        ..AgentFact::default()
    });
    let crew = root.entries();
    let of_crew = crew.iter().filter(|entry| entry.value.get("role").is_some() && entry.value.get("goal").is_some());
    let of_crew = of_crew.map(|entry| AgentFact {
        name: entry.key.to_owned(),
        framework: "CrewAI".to_owned(),
        line: entry.line,
        tools: entry
            .value
            .get("tools")
            .into_iter()
            .flat_map(Node::items)
            .filter_map(|tool| tool.as_str().map(str::to_owned))
            .take(MAX_PARTS)
            .collect(),
        model: entry.value.get("llm").and_then(Node::as_str).map(str::to_owned),
        is_assistant: false,
    });
    of_graph.chain(of_crew).take(MAX_PARTS).collect()
}

/// Says whether a Markdown file defines an agent, by its folder.
pub(crate) fn is_definition(path: &str) -> bool {
    path.to_ascii_lowercase().contains("/agents/") || path.starts_with("agents/")
}

/// Reads an agent that a Markdown file with front matter defines (`.claude/agents/*.md`).
pub(crate) fn read_definition(path: &str, matter: Option<Node<'_>>) -> Option<AgentFact> {
    let matter = matter.filter(|_| is_definition(path))?;
    let text = |key: &str| matter.get(key).and_then(Node::as_str).map(str::to_owned);
    let tools =
        text("tools").map(|tools| tools.split(',').map(|tool| tool.trim().to_owned()).take(MAX_PARTS).collect());
    Some(AgentFact {
        name: text("name")?,
        framework: assistant_of(path).unwrap_or("agent").to_owned(),
        line: 1,
        tools: tools.unwrap_or_default(),
        model: text("model"),
        is_assistant: true,
    })
}

/// Reads what settings let an agent do without asking.
pub(crate) fn read_grants(root: Node<'_>) -> Vec<Grant> {
    let mut grants = Vec::new();
    let mut add = |setting: String, is_total: bool, line: u32| grants.push(Grant { setting, is_total, line });
    for allowed in root.path(&["permissions", "allow"]).into_iter().flat_map(Node::items).take(MAX_PARTS) {
        let text = allowed.as_str().unwrap_or_default().replace(' ', "");
        if matches!(text.as_str(), "*" | "Bash" | "Bash(*)" | "Bash(:*)" | "Bash(**)" | "Bash(sudo:*)") {
            add(format!("permissions.allow: {text}"), true, allowed.line());
        }
    }
    let settings: [(&[&str], &str, bool); 10] = [
        (&["permissions", "defaultMode"], "bypassPermissions", true),
        (&["chat.tools.autoApprove"], "true", true),
        (&["chat.tools.global.autoApprove"], "true", true),
        (&["enableAllProjectMcpServers"], "true", false),
        (&["autoAccept"], "true", false),
        (&["sandbox_mode"], "danger-full-access", true),
        (&["approval_policy"], "never", false),
        (&["always_allow_tool_actions"], "true", true),
        (&["agent", "always_allow_tool_actions"], "true", true),
        (&["dangerouslySkipPermissions"], "true", true),
    ];
    for (path, value, is_total) in settings {
        if let Some(node) = root.path(path).filter(|node| node.as_str() == Some(value)) {
            add(format!("{}: {value}", path.join(".")), is_total, node.line());
        }
    }
    for list in ["mcpServers", "servers"] {
        for server in root.get(list).map(Node::entries).unwrap_or_default().into_iter().take(MAX_PARTS) {
            for key in ["autoApprove", "alwaysAllow"] {
                let all =
                    server.value.get(key).into_iter().flat_map(Node::items).find(|item| item.as_str() == Some("*"));
                if let Some(all) = all {
                    add(format!("{}: {key} *", server.key), true, all.line());
                }
            }
            if let Some(trust) = server.value.get("trust").filter(|trust| trust.as_bool() == Some(true)) {
                add(format!("{}: trust true", server.key), false, trust.line());
            }
        }
    }
    grants
}

/// Command lines that start an agent with every question answered yes.
static UNASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"--dangerously-skip-permissions|--dangerously-bypass-approvals-and-sandbox|\b(?:gemini|aider|cursor-agent|crush)\b[^\n|;&]*\s--(?:yolo|yes-always|force)\b|\bcodex\b[^\n|;&]*--full-auto\b|\bcopilot\b[^\n|;&]*--allow-all-tools",
    )
    .ok()
});

/// Finds agents started with every question answered yes, in the commands of a workflow.
pub(crate) fn unasked_runs(text: &str, lines: &LineIndex) -> Vec<Grant> {
    let found = UNASKED.iter().flat_map(|regex| regex.find_iter(text)).take(MAX_PARTS);
    found
        .filter(|found| {
            !text
                .get(..found.start())
                .unwrap_or_default()
                .rsplit('\n')
                .next()
                .unwrap_or_default()
                .trim_start()
                .starts_with('#')
        })
        .map(|found| {
            let flag = found.as_str().rsplit(char::is_whitespace).next().unwrap_or_default();
            Grant { setting: flag.to_owned(), is_total: true, line: lines.line(found.start()) }
        })
        .collect()
}
