//! Text of users that is joined into the system prompt, in one expression.
//!
//! What counts as text of a user is told by names alone: a request that is read, or a variable called after what people
//! write. A system text kept in a variable is looked up one step back.

use std::collections::BTreeMap;

use syndic_evidence::Confidence;

use super::tokens::{Kind, Token};
use crate::{Hazard, HazardKind, Language, Origin, Spot};

/// Names of variables that carry what a user wrote, in lower case without `_`.
const USER_TEXT: [&str; 14] = [
    "q",
    "question",
    "query",
    "userinput",
    "usermessage",
    "userquery",
    "userprompt",
    "usertext",
    "userquestion",
    "customermessage",
    "input",
    "prompt",
    "message",
    "topic",
];
/// Words that read a request.
const REQUEST: [&str; 10] = [
    "req",
    "request",
    "searchParams",
    "formData",
    "getParameter",
    "FormValue",
    "PostFormValue",
    "URL",
    "Query",
    "Form",
];
/// Options by which SDKs take standing instructions.
const OPTIONS: [&str; 5] = ["system", "instructions", "systemInstruction", "systemPrompt", "systemMessage"];
/// Makers of system messages, called with their text.
const MAKERS: [&str; 5] = ["SystemMessage", "SystemChatMessage", "AddSystemMessage", "CreateSystemMessage", "system"];
/// Keys that hold a message's text.
const CONTENT: [&str; 3] = ["content", "Content", "text"];
/// Tokens of a message or expression that are looked at.
const EXPRESSION: usize = 60;

/// Reads every system text that a user's text is joined into.
pub(super) fn read(language: Language, tokens: &[Token<'_>]) -> Vec<Hazard> {
    let bound = composed(language, tokens);
    let mut found: Vec<Hazard> = Vec::new();
    for index in 0..tokens.len() {
        let Some(value) = system_text(tokens, index) else { continue };
        let joined = match value {
            [name] => bound.get(name.text).copied().unwrap_or(value),
            _ => value,
        };
        let Some(first) = value.first().filter(|_| is_joined(language, joined) && has_user_text(joined)) else {
            continue;
        };
        if !found.iter().any(|known| known.at.line == first.line) {
            found.push(hazard(first));
        }
    }
    found
}

fn hazard(at: &Token<'_>) -> Hazard {
    Hazard {
        kind: HazardKind::PromptInjection,
        what: "system".to_owned(),
        detail: String::new(),
        function: String::new(),
        origin: Origin::Remote,
        confidence: Confidence::Medium,
        at: Spot { line: at.line, cell: None },
    }
}

/// The expression that becomes a system text, if the token at `index` introduces one.
fn system_text<'a, 't>(tokens: &'a [Token<'t>], index: usize) -> Option<&'a [Token<'t>]> {
    let (first, second) = (tokens.get(index)?, tokens.get(index + 1)?);
    let before = index.checked_sub(1).and_then(|at| tokens.get(at));
    let is_entry = before.is_some_and(|mark| mark.is_mark("{") || mark.is_mark(","));
    if matches!(first.text, "role" | "Role") && second.is_mark(":") {
        return message(tokens, index);
    }
    if OPTIONS.contains(&first.text) && second.is_mark(":") && is_entry {
        return Some(expression(tokens, index + 2));
    }
    let is_method = before.is_some_and(|mark| mark.is_mark("."));
    if !MAKERS.contains(&first.text) || first.kind != Kind::Word || (first.text == "system" && !is_method) {
        return None;
    }
    // `SystemMessage(…)`, `SystemMessage.from(…)`.
    let open = if second.is_mark(".") { index + 3 } else { index + 1 };
    tokens.get(open).filter(|mark| mark.is_mark("(")).map(|_| expression(tokens, open + 1))
}

/// `role: "system", content: …` of one message, in either order.
fn message<'a, 't>(tokens: &'a [Token<'t>], role: usize) -> Option<&'a [Token<'t>]> {
    let value = expression(tokens, role + 2);
    let is_system =
        |token: &Token<'_>| matches!(token.text, "system" | "developer") || token.text.ends_with("RoleSystem");
    if !value.last().is_some_and(is_system) {
        return None;
    }
    let key_at = |at: usize| {
        let (key, colon) = (tokens.get(at)?, tokens.get(at + 1)?);
        (CONTENT.contains(&key.text) && colon.is_mark(":")).then(|| expression(tokens, at + 2))
    };
    let after = role + 2 + value.len();
    if tokens.get(after).is_some_and(|mark| mark.is_mark(","))
        && let Some(text) = key_at(after + 1)
    {
        return Some(text);
    }
    let open = (role.saturating_sub(EXPRESSION)..role)
        .rev()
        .find(|at| tokens.get(*at).is_some_and(|token| token.is_mark("{")))?;
    key_at(open + 1)
}

/// The tokens of an expression: up to a comma, semicolon or closing bracket that is not its own.
fn expression<'a, 't>(tokens: &'a [Token<'t>], start: usize) -> &'a [Token<'t>] {
    let rest = tokens.get(start..tokens.len().min(start.saturating_add(EXPRESSION))).unwrap_or_default();
    let mut depth = 0_usize;
    for (at, token) in rest.iter().enumerate().filter(|(_, token)| token.kind == Kind::Mark) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            "," | ";" | ")" | "]" | "}" if depth == 0 => return rest.get(..at).unwrap_or_default(),
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    rest
}

/// Variables bound to a text that something is joined into.
fn composed<'a, 't>(language: Language, tokens: &'a [Token<'t>]) -> BTreeMap<&'t str, &'a [Token<'t>]> {
    let mut found = BTreeMap::new();
    for (index, window) in tokens.windows(2).enumerate() {
        let [name, equals] = window else { continue };
        // Go binds with `:=`.
        let start = match tokens.get(index + 2) {
            Some(next) if equals.is_mark(":") && next.is_mark("=") => index + 3,
            _ if equals.is_mark("=") => index + 2,
            _ => continue,
        };
        let value = expression(tokens, start);
        if name.kind == Kind::Word && is_joined(language, value) {
            found.insert(name.text, value);
        }
    }
    found
}

/// Says whether an expression joins literal text with something else.
fn is_joined(language: Language, value: &[Token<'_>]) -> bool {
    let has_text = value.iter().any(|token| token.kind == Kind::Text && !token.text.trim().is_empty());
    let joins = value.iter().any(|token| {
        token.is_mark("+") || matches!(token.text, "Sprintf" | "format" | "formatted" | "Format" | "concat")
    });
    let is_template = value.iter().any(|token| token.kind == Kind::Text && !holes(language, value, token).is_empty());
    has_text && (joins || is_template)
}

/// What a text literal has put into it: `${name}` of a script, `{name}` of `$"…"` and `format!`.
fn holes<'t>(language: Language, value: &[Token<'_>], token: &Token<'t>) -> Vec<&'t str> {
    let open = match language {
        Language::JavaScript | Language::TypeScript => "${",
        Language::CSharp if value.iter().any(|mark| mark.is_word("$")) => "{",
        Language::Rust if value.iter().any(|mark| mark.is_word("format")) => "{",
        _ => return Vec::new(),
    };
    token.text.split(open).skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
}

fn has_user_text(value: &[Token<'_>]) -> bool {
    value.iter().any(|token| match token.kind {
        Kind::Word => is_user_word(token.text),
        // Marks split the names inside a hole; whole sentences stand outside of holes.
        Kind::Text => ["${", "{"].iter().any(|open| {
            token.text.split(open).skip(1).filter_map(|part| part.split_once('}')).any(|(hole, _)| {
                hole.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(is_user_word)
            })
        }),
        Kind::Mark => false,
    })
}

fn is_user_word(word: &str) -> bool {
    let plain = word.replace('_', "").to_ascii_lowercase();
    REQUEST.contains(&word) || USER_TEXT.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::tokens::tokens;

    fn count(language: Language, text: &str) -> usize {
        read(language, &tokens(language, text)).len()
    }

    #[test]
    fn a_users_text_in_the_system_prompt_is_found() {
        let cases = [
            (
                Language::TypeScript,
                "create({ messages: [{ role: \"system\", content: \"You are a travel agent. \" + q }] });",
            ),
            (
                Language::TypeScript,
                "create({ messages: [{ content: `You help with ${req.body.topic}`, role: 'system' }] });",
            ),
            (Language::JavaScript, "const system = `You answer ${userInput}`;\nstreamText({ model, system: system });"),
            (
                Language::Go,
                "openai.ChatCompletionMessage{{Role:\"system\",Content:\"You are a bot\"+r.URL.Query().Get(\"q\")}}",
            ),
            (Language::Go, "m{Role: openai.ChatMessageRoleSystem, Content: fmt.Sprintf(\"You know %s\", question)}"),
            (Language::Java, "SystemMessage.from(\"You are a bot about \" + question);"),
            (Language::CSharp, "messages.Add(new SystemChatMessage($\"You are about {question}\"));"),
        ];
        for (language, text) in cases {
            assert_eq!(count(language, text), 1, "{text}");
        }
    }

    #[test]
    fn a_constant_prompt_and_a_users_own_message_are_none() {
        let cases = [
            (
                Language::TypeScript,
                "create({ messages: [{ role: 'system', content: 'You are kind.' }, { role: 'user', content: 'Q: ' + question }] });",
            ),
            (Language::TypeScript, "create({ messages: [{ role: 'system', content: `Today is ${date}` }] });"),
            (Language::Go, "m{Role: \"user\", Content: \"Q: \" + question}"),
            (Language::CSharp, "new SystemChatMessage(\"You are {question}\");"),
        ];
        for (language, text) in cases {
            assert_eq!(count(language, text), 0, "{text}");
        }
    }
}
