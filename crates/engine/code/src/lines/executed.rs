//! Model output that a script executes: a variable that holds an answer, handed as it is to what runs it.
//!
//! Only the plainest form is read, the variable itself as first argument; what is taken apart or checked in between is
//! not followed.

use std::collections::BTreeSet;

use syndic_evidence::Confidence;

use super::tokens::{Kind, Token};
use crate::{Hazard, HazardKind, Origin, Spot};

/// Functions of the AI SDK whose result carries what the model wrote, under these names.
const ANSWERS: [&str; 3] = ["generateText", "generateObject", "streamText"];
const ANSWER_FIELDS: [&str; 3] = ["text", "object", "content"];
/// Functions that run the text they are given first.
const FUNCTIONS: [&str; 5] = ["eval", "exec", "execSync", "execAsync", "Function"];
/// Methods that run the statement they are given first.
const METHODS: [&str; 6] = ["query", "execute", "raw", "unsafe", "$queryRawUnsafe", "$executeRawUnsafe"];
/// Tokens of an assignment in which an answer is looked for.
const STATEMENT: usize = 120;

/// Reads every call that runs an answer.
pub(super) fn read(tokens: &[Token<'_>]) -> Vec<Hazard> {
    let answers = answers(tokens);
    if answers.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for window in tokens.windows(5) {
        let [before, sink, open, value, after] = window else { continue };
        let is_method = before.is_mark(".") && METHODS.contains(&sink.text);
        let is_function = !before.is_mark(".") && !before.is_word("function") && FUNCTIONS.contains(&sink.text);
        let is_whole = after.is_mark(")") || after.is_mark(",");
        let is_run = (is_method || is_function) && open.is_mark("(") && value.kind == Kind::Word && is_whole;
        if is_run && answers.contains(value.text) {
            found.push(Hazard {
                kind: HazardKind::OutputExecuted,
                what: sink.text.to_owned(),
                detail: String::new(),
                function: String::new(),
                origin: Origin::Remote,
                confidence: Confidence::Medium,
                at: Spot { line: sink.line, cell: None },
            });
        }
    }
    found
}

/// Names of variables that hold what a model wrote.
fn answers<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (index, token) in tokens.iter().enumerate() {
        if !(token.is_word("const") || token.is_word("let") || token.is_word("var")) {
            continue;
        }
        let statement: Vec<&Token<'a>> = tokens.iter().skip(index + 1).take(STATEMENT).collect();
        let end = statement.iter().position(|token| token.is_mark("=")).unwrap_or(statement.len());
        let (target, value) = statement.split_at(end);
        match target {
            [name] if holds_content(value) => {
                names.insert(name.text);
            }
            // `const { text: sql, usage } = await generateText({…})`.
            [open, ..] if open.is_mark("{") && asks(value) => names.extend(picked(target)),
            _ => {}
        }
    }
    names
}

fn asks(value: &[&Token<'_>]) -> bool {
    let mut words = value.iter().skip(1).filter(|token| !token.is_word("await"));
    words.next().is_some_and(|token| ANSWERS.contains(&token.text))
}

fn picked<'a>(target: &[&Token<'a>]) -> Vec<&'a str> {
    let field = |name: &Token<'_>| ANSWER_FIELDS.contains(&name.text);
    let mut names = Vec::new();
    for (index, token) in target.iter().enumerate() {
        let next = |ahead: usize| target.get(index + ahead);
        match (next(1), next(2)) {
            (Some(colon), Some(name)) if field(token) && colon.is_mark(":") => names.push(name.text),
            _ if field(token) => names.push(token.text),
            _ => {}
        }
    }
    names
}

/// `= response.choices[0].message.content;`, up to the end of the line.
fn holds_content(value: &[&Token<'_>]) -> bool {
    let Some(line) = value.first().map(|token| token.line) else { return false };
    let words: Vec<&str> = value.iter().take_while(|token| token.line == line).map(|token| token.text).collect();
    words.windows(3).any(|window| window == ["message", ".", "content"] || window == ["message", "?", ".content"])
        && words.contains(&"choices")
}
