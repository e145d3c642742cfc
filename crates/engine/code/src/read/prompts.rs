//! Prompts written in code: constants, system messages and templates. Their text is digested here and goes no further.

use syndic_evidence::Digest;

use crate::PromptSeen;
use crate::Spot;
use crate::python::{Call, Sketch, Value, last};

/// Shortest text that is a prompt rather than a label, in characters.
const LEAST_CHARACTERS: usize = 40;
/// Shortest text that is one where the code itself says that it goes to the model as instructions, in characters.
const LEAST_TOLD: usize = 12;
/// More prompts than this are not kept of one file.
const MAX_PROMPTS: usize = 200;
/// Options by which agents take standing instructions.
const AGENT_OPTIONS: [&str; 4] = ["instructions", "system_prompt", "backstory", "prompt"];
/// Options by which calls of a model take them.
const CALL_OPTIONS: [&str; 3] = ["system", "system_instruction", "system_prompt"];

/// Reads the prompts of a file, each text once.
pub(super) fn read(sketch: &Sketch) -> Vec<PromptSeen> {
    let mut prompts = Prompts { sketch, found: Vec::new() };
    for bind in &sketch.binds {
        let name = last(&bind.target);
        if let Some(text) = literal(&bind.value)
            && let Some(role) = role_of_name(name)
        {
            prompts.push(prompt(name, role, &Text::of(text), bind.at));
        }
    }
    for call in &sketch.calls {
        prompts.call(call);
    }
    for bind in &sketch.binds {
        system_messages(&bind.value, &mut |message| prompts.told("system", message, bind.function, bind.at));
    }
    prompts.found
}

struct Prompts<'a> {
    sketch: &'a Sketch,
    found: Vec<PromptSeen>,
}

impl Prompts<'_> {
    /// Keeps each text once; further ones of one name are numbered, because their line may change.
    fn push(&mut self, seen: Option<PromptSeen>) {
        let Some(mut seen) = seen else { return };
        if self.found.len() >= MAX_PROMPTS || self.found.iter().any(|known| known.sha256 == seen.sha256) {
            return;
        }
        let same = |known: &&PromptSeen| known.name.split(' ').next() == Some(seen.name.as_str());
        let count = self.found.iter().filter(same).count();
        if count > 0 {
            seen.name = format!("{} {}", seen.name, count + 1);
        }
        self.found.push(seen);
    }

    fn call(&mut self, call: &Call) {
        let first_of = |names: &[&str]| names.iter().find_map(|name| call.arg(name));
        let (role, value) = match call.last() {
            "SystemMessage" | "SystemMessagePromptTemplate.from_template" => ("system", call.arg_or(&["content"], 0)),
            "from_template" if call.written.contains("System") => ("system", call.args.first()),
            "from_template" | "PromptTemplate" => ("template", call.arg_or(&["template"], 0)),
            "from_messages" => ("template", call.args.first()),
            "Agent" | "create_react_agent" | "create_agent" => ("system", first_of(&AGENT_OPTIONS)),
            "create" | "stream" | "parse" if takes_instructions(&call.written) => {
                ("system", call.arg("instructions").or_else(|| first_of(&CALL_OPTIONS)))
            }
            _ => ("system", first_of(&CALL_OPTIONS)),
        };
        if let Some(value) = value {
            self.told(role, value, call.function, call.at);
        }
        for value in call.all_args().chain(value) {
            system_messages(value, &mut |message| self.told("system", message, call.function, call.at));
        }
    }

    /// Keeps what a model is told: the text at the call, and the constants it is put together from.
    fn told(&mut self, role: &str, value: &Value, function: Option<usize>, at: Spot) {
        let least = if role == "system" { LEAST_TOLD } else { LEAST_CHARACTERS };
        if let Some(text) = literal(value) {
            let name = format!("{}{role}", prefix(self.sketch.function_name(function)));
            self.push(prompt_from(least, &name, role, &Text::of(text), at));
        }
        let parts: &[Value] = match value {
            Value::Name(_) => std::slice::from_ref(value),
            Value::Mixed(_, parts) => parts,
            // Content in parts: `[{"type": "text", "text": …}]`.
            Value::List(items) => {
                for text in items.iter().filter_map(|item| item.key("text")) {
                    self.told(role, text, function, at);
                }
                return;
            }
            _ => return,
        };
        for part in parts {
            let Value::Name(name) = part else { continue };
            let Some(bind) = self.sketch.binding(name, function) else { continue };
            let text = literal(&bind.value).map(Text::of);
            self.push(text.and_then(|text| prompt_from(least, last(&bind.target), role, &text, bind.at)));
        }
    }
}

/// Says whether a call's `instructions` are told to a model: those of the responses and assistants of `OpenAI`'s SDK.
fn takes_instructions(written: &str) -> bool {
    ["responses.", "assistants.", "runs."].iter().any(|part| written.contains(part))
}

fn prefix(owner: &str) -> String {
    if owner.is_empty() { String::new() } else { format!("{owner}.") }
}

/// Last words of names that speak about a prompt rather than hold one.
const ABOUT_PROMPTS: [&str; 22] = [
    "MSG",
    "ERROR",
    "ERRORS",
    "INFO",
    "WARNING",
    "FILTER",
    "REASON",
    "NAME",
    "KEY",
    "PATH",
    "FILE",
    "URL",
    "ID",
    "TYPE",
    "DESCRIPTION",
    "DOC",
    "DOCS",
    "HELP",
    "TITLE",
    "LABEL",
    "REGEX",
    "PATTERN",
];

/// The role a constant's name gives its text; nothing if it names no prompt.
fn role_of_name(name: &str) -> Option<&'static str> {
    if !["prompt", "system_message", "instructions"].iter().any(|word| contains_ignoring_case(name, word)) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    let is_prompt = upper.contains("PROMPT")
        || upper.contains("SYSTEM_MESSAGE")
        || (upper.ends_with("INSTRUCTIONS") && !upper.contains("INSTALL"));
    // What is said about a prompt is none: an error, a query for one, a label.
    let about = |word: &str| ABOUT_PROMPTS.contains(&word);
    if !is_prompt || upper.rsplit('_').next().is_some_and(about) {
        None
    } else if upper.contains("SYSTEM") || upper.contains("INSTRUCTIONS") {
        Some("system")
    } else if upper.contains("TEMPLATE") {
        Some("template")
    } else {
        Some("user")
    }
}

/// Says whether a name holds a word of small letters, whatever case the name is written in.
fn contains_ignoring_case(name: &str, word: &str) -> bool {
    name.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// The literal text of a value and what is interpolated in it.
struct Text {
    literal: String,
    variables: Vec<String>,
}

impl Text {
    fn of(text: &str) -> Self {
        Self { literal: text.to_owned(), variables: placeholders(text) }
    }
}

fn literal(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) | Value::Mixed(text, _) => Some(text),
        _ => None,
    }
}

/// Names between single braces, as templates and f-strings write them.
fn placeholders(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split('{').skip(1) {
        let Some((name, _)) = part.split_once('}') else { continue };
        let is_name = !name.is_empty()
            && name.len() <= 60
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
        if is_name && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn prompt(name: &str, role: &str, text: &Text, at: Spot) -> Option<PromptSeen> {
    prompt_from(LEAST_CHARACTERS, name, role, text, at)
}

/// Makes a prompt of a text whose own words, without the values put into it, have at least `least` characters.
fn prompt_from(least: usize, name: &str, role: &str, text: &Text, at: Spot) -> Option<PromptSeen> {
    let characters = text.literal.chars().count();
    let values: usize = text.variables.iter().map(|name| name.chars().count() + 2).sum();
    let is_prompt = characters.saturating_sub(values) >= least && text.literal.trim().contains(' ');
    is_prompt.then(|| PromptSeen {
        name: name.to_owned(),
        role: role.to_owned(),
        sha256: Digest::of(text.literal.as_bytes()).hex(),
        characters,
        variables: text.variables.clone(),
        at,
    })
}

/// Makes a prompt of a literal of another language.
pub(crate) fn literal_prompt(name: &str, role: &str, text: &str, at: Spot) -> Option<PromptSeen> {
    let least = if role == "system" { LEAST_TOLD } else { LEAST_CHARACTERS };
    prompt_from(least, name, role, &Text::of(text), at)
}

/// Hands on the contents of `{"role": "system", "content": …}` and `("system", …)` anywhere in a value, the last first.
pub(super) fn system_messages<'a>(value: &'a Value, found: &mut dyn FnMut(&'a Value)) {
    match value {
        Value::Dict(_) => {
            if let Some("system" | "developer") = value.key("role").and_then(Value::text) {
                value.key("content").into_iter().for_each(found);
            }
        }
        Value::List(items) => match items.as_slice() {
            [Value::Text(role), content] if role == "system" => found(content),
            items => items.iter().rev().for_each(|item| system_messages(item, found)),
        },
        Value::Parts(parts) => parts.iter().rev().for_each(|part| system_messages(part, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_speaks_about_a_prompt_holds_none() {
        for name in
            ["PROMPT_MIGRATION_MSG", "prompt_filter", "AMBIGUOUS_PROMPT_ERROR", "retries", "INSTALL_INSTRUCTIONS"]
        {
            assert_eq!(role_of_name(name), None, "{name}");
        }
        for (name, role) in [("SYSTEM_PROMPT", "system"), ("ANSWER_PROMPT_TEMPLATE", "template"), ("prompt", "user")] {
            assert_eq!(role_of_name(name), Some(role), "{name}");
        }
    }
}
