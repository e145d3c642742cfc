//! MCP servers written in JavaScript or TypeScript, and tools of theirs that hand their arguments to a shell.

use syndic_evidence::Confidence;

use super::routes::call_tokens;
use super::tokens::{Kind, Token};
use crate::{AgentSeen, Facts, Hazard, HazardKind, Origin, Spot};

/// Functions of `node:child_process` that start a shell.
const SHELLS: [&str; 3] = ["exec", "execSync", "execAsync"];
/// More tools than this are not kept of one file.
const MAX_TOOLS: usize = 500;

/// Reads the servers of a file into the facts.
pub(super) fn read(tokens: &[Token<'_>], facts: &mut Facts) {
    let is_sdk = |token: &Token<'_>| token.kind == Kind::Text && token.text.starts_with("@modelcontextprotocol/sdk");
    if !tokens.iter().any(is_sdk) {
        return;
    }
    let Some((name, at)) = server(tokens) else { return };
    let shells = shells(tokens);
    let mut tools = Vec::new();
    for (index, window) in tokens.windows(4).enumerate() {
        let [dot, method, open, name] = window else { continue };
        let is_tool = dot.is_mark(".")
            && matches!(method.text, "tool" | "registerTool")
            && open.is_mark("(")
            && name.kind == Kind::Text;
        if !is_tool || tools.len() >= MAX_TOOLS {
            continue;
        }
        tools.push(name.text.to_owned());
        let handler = call_tokens(tokens.get(index + 2..).unwrap_or_default());
        facts.hazards.extend(shell_call(handler, &shells).map(|call| Hazard {
            kind: HazardKind::DangerousTool,
            what: name.text.to_owned(),
            detail: format!("hands what the model writes to `{}`", call.text),
            function: String::new(),
            origin: Origin::Remote,
            confidence: Confidence::Medium,
            at: Spot { line: call.line, cell: None },
        }));
    }
    facts.agents.push(AgentSeen {
        name,
        framework: "MCP".to_owned(),
        is_mcp_server: true,
        tools,
        model: None,
        transport: None,
        at,
    });
}

/// `new McpServer({ name: "…" })`.
fn server(tokens: &[Token<'_>]) -> Option<(String, Spot)> {
    let is_made = |window: &[Token<'_>]| matches!(window, [new, made, open] if new.is_word("new") && matches!(made.text, "McpServer" | "Server") && open.is_mark("("));
    let index = tokens.windows(3).position(is_made)?;
    let options = call_tokens(tokens.get(index + 2..).unwrap_or_default());
    let named = options.windows(3).find_map(|window| match window {
        [key, colon, value] if key.text == "name" && colon.is_mark(":") && value.kind == Kind::Text => Some(value.text),
        _ => None,
    });
    let name: String = named.unwrap_or("mcp").chars().take(80).collect();
    Some((name, Spot { line: tokens.get(index)?.line, cell: None }))
}

/// Names of what starts a shell: of `child_process`, and what `promisify` makes of it.
fn shells<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    if !tokens.iter().any(|token| token.kind == Kind::Text && token.text.ends_with("child_process")) {
        return Vec::new();
    }
    let made = tokens.windows(5).filter_map(|window| match window {
        [name, equals, wrap, open, inner]
            if equals.is_mark("=") && wrap.text == "promisify" && open.is_mark("(") && SHELLS.contains(&inner.text) =>
        {
            Some(name.text)
        }
        _ => None,
    });
    made.chain(SHELLS).collect()
}

/// A shell started with a text that something is put into, or with a variable.
fn shell_call<'a, 't>(handler: &'a [Token<'t>], shells: &[&str]) -> Option<&'a Token<'t>> {
    handler.windows(3).find_map(|window| match window {
        [call, open, line] if shells.contains(&call.text) && open.is_mark("(") => {
            let is_filled = line.kind == Kind::Word || line.text.contains("${");
            is_filled.then_some(call)
        }
        _ => None,
    })
}
