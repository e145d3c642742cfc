//! System prompts among the tokens of SDK calls, messages and constants. Their text is digested and goes no further.

use super::tokens::{Kind, Token};
use crate::read::literal_prompt;
use crate::{Facts, PromptSeen, Spot};

/// Options by which SDKs take standing instructions.
const OPTIONS: [&str; 5] = ["system", "instructions", "systemInstruction", "systemMessage", "system_instruction"];
/// Roles whose messages a model takes for instructions.
const ROLES: [&str; 2] = ["system", "developer"];
/// Tokens around a role in which its content is looked for.
const MESSAGE: usize = 12;
/// More prompts than this are not kept of one file.
const MAX_PROMPTS: usize = 200;

/// Reads the prompts of a file; `has_sdk` says whether it imports an AI package.
pub(super) fn read(tokens: &[Token<'_>], has_sdk: bool, facts: &mut Facts) {
    for index in 0..tokens.len() {
        let seen = constant(tokens, index)
            .or_else(|| message(tokens, index))
            .or_else(|| if has_sdk { option(tokens, index).or_else(|| made(tokens, index)) } else { None });
        if let Some(seen) = seen {
            keep(seen, facts);
        }
    }
}

/// Keeps each text once; further ones of one name are numbered, because their line may change.
fn keep(mut seen: PromptSeen, facts: &mut Facts) {
    if facts.prompts.len() >= MAX_PROMPTS || facts.prompts.iter().any(|known| known.sha256 == seen.sha256) {
        return;
    }
    let same = |known: &&PromptSeen| known.name.split(' ').next() == Some(seen.name.as_str());
    let count = facts.prompts.iter().filter(same).count();
    if count > 0 {
        seen.name = format!("{} {}", seen.name, count + 1);
    }
    facts.prompts.push(seen);
}

fn system(text: &Token<'_>) -> Option<PromptSeen> {
    literal_prompt("system", "system", text.text, Spot { line: text.line, cell: None })
}

fn at<'a, 't>(tokens: &'a [Token<'t>], index: usize) -> Option<&'a Token<'t>> {
    tokens.get(index)
}

/// `SYSTEM_PROMPT = "…"`, `const systemPrompt: string = "…"`, `prompt: "…"`.
fn constant(tokens: &[Token<'_>], index: usize) -> Option<PromptSeen> {
    let key = at(tokens, index).filter(|key| key.kind == Kind::Word)?;
    let upper = key.text.to_ascii_uppercase();
    if !upper.contains("PROMPT") {
        return None;
    }
    let mark = at(tokens, index + 1).filter(|mark| mark.is_mark(":") || mark.is_mark("="))?;
    let has_type = mark.is_mark(":") && at(tokens, index + 3).is_some_and(|token| token.is_mark("="));
    let value = at(tokens, index + if has_type { 4 } else { 2 }).filter(|value| value.kind == Kind::Text)?;
    let role = if upper.contains("SYSTEM") { "system" } else { "user" };
    literal_prompt(key.text, role, value.text, Spot { line: value.line, cell: None })
}

/// `{ role: "system", content: "…" }`, in either order.
fn message(tokens: &[Token<'_>], index: usize) -> Option<PromptSeen> {
    let [key, colon, role] = tokens.get(index..index + 3)? else { return None };
    if key.text != "role" || !colon.is_mark(":") || role.kind != Kind::Text || !ROLES.contains(&role.text) {
        return None;
    }
    let after = tokens.iter().skip(index + 3).take(MESSAGE).take_while(|token| !token.is_mark("}"));
    let after: Vec<&Token<'_>> = after.collect();
    let before = tokens.get(index.saturating_sub(MESSAGE)..index).unwrap_or_default();
    let start = before.iter().rposition(|token| token.is_mark("{")).unwrap_or(before.len());
    let before: Vec<&Token<'_>> = before.iter().skip(start).collect();
    [after, before].iter().find_map(|part| content(part))
}

fn content(part: &[&Token<'_>]) -> Option<PromptSeen> {
    part.windows(3).find_map(|window| match window {
        [key, colon, text]
            if matches!(key.text, "content" | "text") && colon.is_mark(":") && text.kind == Kind::Text =>
        {
            system(text)
        }
        _ => None,
    })
}

/// `system: "…"`, `instructions: "…"` and `system: [{ type: "text", text: "…" }]` among the options of a call.
fn option(tokens: &[Token<'_>], index: usize) -> Option<PromptSeen> {
    let key = at(tokens, index).filter(|key| OPTIONS.contains(&key.text))?;
    // Not the arm of a `switch` and not the middle of a condition.
    let before = at(tokens, index.checked_sub(1)?)?;
    if !(before.is_mark("{") || before.is_mark(",")) || !at(tokens, index + 1)?.is_mark(":") || key.text.is_empty() {
        return None;
    }
    let value = at(tokens, index + 2)?;
    if value.kind == Kind::Text {
        return system(value);
    }
    let parts: Vec<&Token<'_>> =
        tokens.iter().skip(index + 3).take(MESSAGE).take_while(|token| !token.is_mark("]")).collect();
    if value.is_mark("[") { content(&parts) } else { None }
}

/// `new SystemMessage("…")`, `SystemMessagePromptTemplate.fromTemplate("…")`, `["system", "…"]`.
fn made(tokens: &[Token<'_>], index: usize) -> Option<PromptSeen> {
    let first = at(tokens, index)?;
    if first.is_word("SystemMessage") || first.is_word("SystemMessagePromptTemplate") {
        let call: Vec<&Token<'_>> = tokens.iter().skip(index + 1).take(4).collect();
        return match call.as_slice() {
            [open, text, ..] if open.is_mark("(") && text.kind == Kind::Text => system(text),
            [dot, make, open, text] if dot.is_mark(".") && make.is_word("fromTemplate") && open.is_mark("(") => {
                Some(text).filter(|text| text.kind == Kind::Text).and_then(|text| system(text))
            }
            _ => None,
        };
    }
    match tokens.get(index..index + 4)? {
        [open, role, comma, text]
            if open.is_mark("[")
                && role.kind == Kind::Text
                && role.text == "system"
                && comma.is_mark(",")
                && text.kind == Kind::Text =>
        {
            system(text)
        }
        _ => None,
    }
}
