//! Which variables hold what a model answered, at each point of a file.
//!
//! A variable is followed from the assignment that asks a model to the end of the block it stands in or to the next
//! assignment; what is passed through other functions is not followed.

use super::tokens::{Kind, Token};

/// Functions whose name alone says that a model is asked.
const ASKING: &[&str] = &[
    "generateText",
    "generateObject",
    "streamText",
    "generateContent",
    "CreateChatCompletion",
    "CreateCompletion",
    "GenerateContent",
    "GenerateFromSinglePrompt",
    "GetChatCompletions",
    "GetChatCompletionsAsync",
    "GetCompletionsAsync",
    "CompleteChat",
    "CompleteChatAsync",
    "InvokePromptAsync",
    "GetChatMessageContentAsync",
    "GetResponseAsync",
];
/// Methods that ask a model when something called after a model stands before them.
const LIKELY: &[&str] = &[
    "create", "Create", "New", "generate", "Generate", "chat", "Chat", "call", "prompt", "Prompt", "invoke", "Invoke",
    "complete", "Complete", "send",
];
/// Beginnings and endings, in lower case, of names that speak of a model.
const MODEL_WORDS: [&str; 9] =
    ["completion", "messages", "responses", "model", "llm", "openai", "anthropic", "ollama", "chatclient"];
/// Results of asking that carry the answer under these names.
const FIELDS: [&str; 3] = ["text", "object", "content"];
/// Parts of a path that lead from a result to its text.
const CONTENT: [&str; 8] =
    ["content", "Content", "text", "Text", "output_text", "OutputText", "arguments", "Arguments"];
/// Tokens of an assignment in which a question is looked for.
const STATEMENT: usize = 160;
/// Tokens of a path that are looked at.
const PATH: usize = 40;
/// Variables that are followed at once.
const MAX_HELD: usize = 200;

/// The variables that hold an answer, with the depth of the block they stand in.
#[derive(Default)]
pub(super) struct Answers<'t> {
    held: Vec<(&'t str, usize)>,
    /// Variables declared with a type that speaks of a model.
    clients: Vec<&'t str>,
    depth: usize,
}

impl<'t> Answers<'t> {
    /// Takes in the token at `index`; to be called for every token in order.
    pub(super) fn pass(&mut self, tokens: &[Token<'t>], index: usize) {
        let Some(token) = tokens.get(index) else { return };
        if token.is_mark("{") {
            self.depth += 1;
        } else if token.is_mark("}") {
            self.depth = self.depth.saturating_sub(1);
            self.held.retain(|(_, depth)| *depth <= self.depth);
        } else if token.is_mark("=") && is_assignment(tokens, index) {
            self.assign(tokens, index);
        }
    }

    fn assign(&mut self, tokens: &[Token<'t>], equals: usize) {
        let value = statement(tokens, equals + 1);
        let names = targets(tokens, equals);
        self.declare(tokens, equals);
        let holds = self.asks(value) || self.is_answer(value);
        for name in names {
            self.held.retain(|(known, _)| *known != name);
            if holds && self.held.len() < MAX_HELD {
                self.held.push((name, self.depth));
            }
        }
    }

    /// `OpenAiChatModel m = …`: what is asked through `m` is asked of a model.
    fn declare(&mut self, tokens: &[Token<'t>], equals: usize) {
        let before = |back: usize| equals.checked_sub(back).and_then(|at| tokens.get(at));
        if let (Some(kind), Some(name)) = (before(2), before(1))
            && kind.kind == Kind::Word
            && speaks_of_model(kind.text)
            && self.clients.len() < MAX_HELD
        {
            self.clients.push(name.text);
        }
        let value = tokens.get(equals + 1..equals.saturating_add(4)).unwrap_or_default();
        let is_made = value.iter().any(|token| token.is_word("new"));
        if let Some(name) = before(1).filter(|_| is_made && value.iter().any(|token| speaks_of_model(token.text))) {
            self.clients.push(name.text);
        }
    }

    /// Says whether an expression asks a model.
    fn asks(&self, value: &[Token<'t>]) -> bool {
        value.windows(2).enumerate().any(|(index, window)| {
            let [name, open] = window else { return false };
            if name.kind != Kind::Word || !open.is_mark("(") {
                return false;
            }
            let path = value.get(..index).unwrap_or_default();
            let is_method = path.last().is_some_and(|before| before.is_mark("."));
            let of_model = || {
                path.iter().any(|part| {
                    part.kind == Kind::Word && (speaks_of_model(part.text) || self.clients.contains(&part.text))
                })
            };
            ASKING.contains(&name.text) || (is_method && LIKELY.contains(&name.text) && of_model())
        })
    }

    /// Says whether an expression is an answer as it is: the variable itself or the path to its text, with nothing
    /// literal joined to it and nothing but its text taken out of it.
    pub(super) fn is_answer(&self, expression: &[Token<'t>]) -> bool {
        let mut parts = expression.iter().take(PATH).skip_while(|part| {
            part.is_mark("&") || part.is_mark("*") || part.is_mark("(") || part.is_word("await") || part.is_word("mut")
        });
        let Some(root) = parts.next().filter(|root| root.kind == Kind::Word) else { return false };
        if !self.held.iter().any(|(name, _)| *name == root.text) {
            return false;
        }
        let (mut is_path, mut has_content) = (false, false);
        for part in parts {
            match part.kind {
                Kind::Text => return false,
                Kind::Mark if !".[]()!?&;".contains(part.text) => return false,
                Kind::Mark => {}
                Kind::Word => {
                    is_path = true;
                    has_content |= CONTENT.contains(&part.text);
                }
            }
        }
        !is_path || has_content
    }
}

fn speaks_of_model(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    MODEL_WORDS.iter().any(|word| lower.starts_with(word) || lower.ends_with(word))
}

/// `=` that is part of neither `==`, `=>`, `<=`, `>=` nor `!=`.
fn is_assignment(tokens: &[Token<'_>], equals: usize) -> bool {
    let is = |token: Option<&Token<'_>>, marks: &str| {
        token.is_some_and(|token| token.kind == Kind::Mark && marks.contains(token.text))
    };
    let before = equals.checked_sub(1).and_then(|at| tokens.get(at));
    !is(tokens.get(equals + 1), "=>") && !is(before, "=!<>+-*/%&|^")
}

/// The right side of an assignment: up to a semicolon, or the end of a line that nothing carries on.
fn statement<'a, 't>(tokens: &'a [Token<'t>], start: usize) -> &'a [Token<'t>] {
    let rest = tokens.get(start..tokens.len().min(start.saturating_add(STATEMENT))).unwrap_or_default();
    let mut depth = 0_usize;
    let mut line = rest.first().map_or(0, |token| token.line);
    for (index, token) in rest.iter().enumerate() {
        let is_closer = token.kind == Kind::Mark && ")]}".contains(token.text);
        let is_end = depth == 0 && (token.is_mark(";") || is_closer || (token.line > line && !token.is_mark(".")));
        if is_end {
            return rest.get(..index).unwrap_or_default();
        }
        line = token.line;
        if token.kind == Kind::Mark && "([{".contains(token.text) {
            depth += 1;
        } else if is_closer {
            depth -= 1;
        }
    }
    rest
}

/// The names on the left side: `x =`, `x: T =`, `x, err :=`, `{ text: x, usage } =`.
fn targets<'t>(tokens: &[Token<'t>], equals: usize) -> Vec<&'t str> {
    const LEFT: usize = 24;
    let left = tokens.get(equals.saturating_sub(LEFT)..equals).unwrap_or_default();
    if left.last().is_some_and(|token| token.is_mark("}")) {
        let open = left.iter().rposition(|token| token.is_mark("{")).unwrap_or(left.len());
        return picked(left.get(open..).unwrap_or_default());
    }
    let left = match left {
        [rest @ .., colon] if colon.is_mark(":") => rest,
        [rest @ .., name, colon, kind] if colon.is_mark(":") && kind.kind == Kind::Word => {
            return if name.kind == Kind::Word { vec![name.text] } else { targets_of(rest) };
        }
        _ => left,
    };
    targets_of(left)
}

/// `a, b` at the end of some tokens.
fn targets_of<'t>(left: &[Token<'t>]) -> Vec<&'t str> {
    let mut names = Vec::new();
    for pair in left.rchunks(2) {
        let (Some(name), comma) = (pair.last(), pair.first().filter(|_| pair.len() == 2)) else { break };
        if name.kind != Kind::Word {
            break;
        }
        names.push(name.text);
        if !comma.is_some_and(|comma| comma.is_mark(",")) {
            break;
        }
    }
    names
}

/// `{ text: sql, usage }`: the names that the parts which carry the answer are given.
fn picked<'t>(target: &[Token<'t>]) -> Vec<&'t str> {
    let mut names = Vec::new();
    for (index, token) in target.iter().enumerate() {
        let next = |ahead: usize| target.get(index + ahead);
        let is_renamed = index.checked_sub(1).and_then(|at| target.get(at)).is_some_and(|before| before.is_mark(":"));
        if !FIELDS.contains(&token.text) || is_renamed {
            continue;
        }
        match (next(1), next(2)) {
            (Some(colon), Some(name)) if colon.is_mark(":") => names.push(name.text),
            _ => names.push(token.text),
        }
    }
    names
}
