//! Untrusted text that flows into the system prompt, inside a file.

use syndic_evidence::Confidence;

use super::completions::is_completion;
use super::prompts::system_messages;
use crate::maps::HashSet;
use crate::python::{Call, Seeds, Sketch, Taint, Value};
use crate::{Hazard, HazardKind, Origin};

/// Names of parameters that carry what a user wrote.
const USER_TEXT: &[&str] = &[
    "question",
    "query",
    "user_input",
    "user_message",
    "user_query",
    "user_prompt",
    "user_text",
    "user_question",
    "customer_message",
];
/// Calls whose result a user wrote.
const USER_CALLS: &[&str] = &[
    "input",
    "builtins.input",
    "streamlit.text_input",
    "streamlit.chat_input",
    "streamlit.text_area",
    "gradio.Textbox",
    "chainlit.AskUserMessage",
];

/// Reads the flow.
pub(super) fn read(sketch: &Sketch) -> Vec<Hazard> {
    let mut found = Vec::new();
    let mut sinks = system_texts(sketch);
    // Text that is user text and nothing else is a prompt somebody lets users choose: another matter.
    sinks.retain(|(value, site)| composed(sketch, value, site.function, 4));
    if sinks.is_empty() {
        return found;
    }
    let is_user =
        |call: &Call| USER_CALLS.contains(&call.callee.as_str()) || call.written.starts_with("flask.request.");
    let certain = Taint::spread(sketch, &is_user, handler_params(sketch));
    let likely = Taint::spread(sketch, &is_user, user_params(sketch));
    let mut functions = HashSet::default();
    for (value, call) in sinks {
        let confidence = if certain.carries(value, call.function) {
            Confidence::Medium
        } else if likely.carries(value, call.function) {
            Confidence::Low
        } else {
            continue;
        };
        if functions.insert(call.function) {
            found.push(hazard(sketch, call, confidence));
        }
    }
    found
}

/// Whether a value is literal text with something put into it.
fn composed(sketch: &Sketch, value: &Value, function: Option<usize>, steps: usize) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    match value {
        Value::Mixed(..) => true,
        Value::Name(name) => {
            sketch.binding(name, function).is_some_and(|bind| composed(sketch, &bind.value, bind.function, steps))
        }
        Value::Call(index) => sketch.calls.get(*index).is_some_and(|call| {
            let is_fill = matches!(
                call.last(),
                "format" | "substitute" | "safe_substitute" | "format_map" | "replace" | "dedent" | "strip"
            );
            let builds = sketch
                .by_name
                .get(&call.written)
                .and_then(|index| sketch.functions.get(*index).map(|found| (*index, found)));
            is_fill
                || builds.is_some_and(|(index, found)| {
                    found.returns.iter().any(|value| composed(sketch, value, Some(index), steps))
                })
        }),
        Value::Parts(parts) => parts.iter().any(|part| composed(sketch, part, function, steps)),
        _ => false,
    }
}

/// Every value that becomes a system prompt, with the call that shows where.
fn system_texts(sketch: &Sketch) -> Vec<(&Value, Site)> {
    let mut found = Vec::new();
    for call in &sketch.calls {
        let site = Site { function: call.function, at: call.at };
        let direct = match call.last() {
            "SystemMessage" => call.arg_or(&["content"], 0),
            _ if call.named.is_empty() => None,
            _ if is_completion(sketch, call) || call.last().contains("Agent") => {
                call.arg("system").or_else(|| call.arg("instructions")).or_else(|| call.arg("system_prompt"))
            }
            _ => call.arg("system_instruction"),
        };
        found.extend(direct.map(|value| (value, site)));
        for value in call.all_args() {
            system_messages(value, &mut |message| found.push((message, site)));
        }
    }
    for bind in &sketch.binds {
        let site = Site { function: bind.function, at: bind.at };
        system_messages(&bind.value, &mut |message| found.push((message, site)));
    }
    for (index, function) in sketch.functions.iter().enumerate() {
        let site = Site { function: Some(index), at: function.at };
        for value in &function.returns {
            system_messages(value, &mut |message| found.push((message, site)));
        }
    }
    found
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
struct Site {
    function: Option<usize>,
    at: crate::Spot,
}

/// Parameters of functions that answer requests, except injected ones.
fn handler_params(sketch: &Sketch) -> Seeds {
    let mut seeds = Seeds::from_iter([(None, "flask.request".into())]);
    for (index, function) in sketch.functions.iter().enumerate() {
        let is_handler = function.decorators.iter().any(|decorator| {
            sketch.call(decorator).is_some_and(|call| {
                matches!(call.last(), "get" | "post" | "put" | "route" | "api_route" | "websocket" | "patch")
                    && call.args.first().and_then(Value::text).is_some_and(|path| path.starts_with('/'))
            })
        });
        if is_handler {
            let open = function.params.iter().filter(|param| !matches!(param.default, Some(Value::Call(_))));
            seeds.extend(open.map(|param| (Some(index), param.name.clone())));
        }
    }
    seeds
}

fn user_params(sketch: &Sketch) -> Seeds {
    let functions = sketch.functions.iter().enumerate();
    functions
        .flat_map(|(index, function)| {
            let named = function.params.iter().filter(|param| USER_TEXT.contains(&param.name.as_str()));
            named.map(move |param| (Some(index), param.name.clone()))
        })
        .collect()
}

fn hazard(sketch: &Sketch, site: Site, confidence: Confidence) -> Hazard {
    Hazard {
        kind: HazardKind::PromptInjection,
        what: "system prompt".to_owned(),
        detail: String::new(),
        function: sketch.function_name(site.function).to_owned(),
        origin: Origin::Remote,
        confidence,
        at: site.at,
    }
}
