//! Two flows inside a file: model output into an executor, and untrusted text into the system prompt.

use std::collections::HashSet;

use syndic_evidence::Confidence;

use super::completions::is_completion;
use super::prompts::system_messages;
use crate::python::{Call, Sketch, Taint, Value};
use crate::{Hazard, HazardKind, Origin};

/// Functions that run what they are given.
const EXECUTORS: &[&str] = &[
    "eval",
    "exec",
    "builtins.eval",
    "builtins.exec",
    "os.system",
    "os.popen",
    "subprocess.run",
    "subprocess.call",
    "subprocess.Popen",
    "subprocess.check_output",
    "subprocess.check_call",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
    "pandas.eval",
    "commands.getoutput",
];
/// Names of objects whose `execute` runs SQL.
const DATABASES: &[&str] = &["cursor", "cur", "conn", "connection", "db", "session", "engine", "con"];
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

/// Reads both flows.
pub(super) fn read(sketch: &Sketch) -> Vec<Hazard> {
    let mut found = Vec::new();
    output_executed(sketch, &mut found);
    prompt_injection(sketch, &mut found);
    found
}

fn output_executed(sketch: &Sketch, found: &mut Vec<Hazard>) {
    let sinks: Vec<&Call> = sketch.calls.iter().filter(|call| is_executor(call)).collect();
    if sinks.is_empty() || !sketch.calls.iter().any(is_completion) {
        return;
    }
    let taint = Taint::spread(sketch, &is_completion, HashSet::new());
    for call in sinks {
        // Parameters of a statement are bound, not executed: only the first argument counts.
        if call.args.first().is_some_and(|value| taint.carries(value, call.function)) {
            found.push(hazard(
                sketch,
                HazardKind::OutputExecuted,
                call,
                super::switches::short(&call.written),
                Confidence::High,
            ));
        }
    }
}

fn is_executor(call: &Call) -> bool {
    if EXECUTORS.contains(&call.callee.as_str())
        || call.callee.contains("PythonREPL") && matches!(call.last(), "run" | "invoke")
    {
        return true;
    }
    let Some((object, "execute" | "executescript" | "execute_sql")) = call.written.rsplit_once('.') else {
        return false;
    };
    let object = object.trim_end_matches("()").rsplit('.').next().unwrap_or(object).to_ascii_lowercase();
    DATABASES.iter().any(|name| object == *name || object.split('_').any(|part| part == *name))
}

fn prompt_injection(sketch: &Sketch, found: &mut Vec<Hazard>) {
    let sinks = system_texts(sketch);
    if sinks.is_empty() {
        return;
    }
    let is_user =
        |call: &Call| USER_CALLS.contains(&call.callee.as_str()) || call.written.starts_with("flask.request.");
    let certain = Taint::spread(sketch, &is_user, handler_params(sketch));
    let likely = Taint::spread(sketch, &is_user, user_params(sketch));
    let mut functions = HashSet::new();
    for (value, call) in sinks {
        // Text that is user text and nothing else is a prompt somebody lets users choose: another matter.
        let is_composed = composed(sketch, value, call.function, 4);
        let confidence = if certain.carries(value, call.function) {
            Confidence::Medium
        } else if likely.carries(value, call.function) {
            Confidence::Low
        } else {
            continue;
        };
        if is_composed && functions.insert(call.function) {
            found.push(hazard(sketch, HazardKind::PromptInjection, call, "system prompt", confidence));
        }
    }
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
            _ if is_completion(call) || call.last().contains("Agent") => {
                call.arg("system").or_else(|| call.arg("instructions")).or_else(|| call.arg("system_prompt"))
            }
            _ => call.arg("system_instruction"),
        };
        found.extend(direct.map(|value| (value, site)));
        found.extend(call.all_args().flat_map(system_messages).map(|value| (value, site)));
    }
    for bind in &sketch.binds {
        let site = Site { function: bind.function, at: bind.at };
        found.extend(system_messages(&bind.value).into_iter().map(|value| (value, site)));
    }
    for (index, function) in sketch.functions.iter().enumerate() {
        let site = Site { function: Some(index), at: function.at };
        found.extend(function.returns.iter().flat_map(system_messages).map(|value| (value, site)));
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
fn handler_params(sketch: &Sketch) -> HashSet<(Option<usize>, String)> {
    let mut seeds = HashSet::from([(None, "flask.request".to_owned())]);
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

fn user_params(sketch: &Sketch) -> HashSet<(Option<usize>, String)> {
    let functions = sketch.functions.iter().enumerate();
    functions
        .flat_map(|(index, function)| {
            let named = function.params.iter().filter(|param| USER_TEXT.contains(&param.name.as_str()));
            named.map(move |param| (Some(index), param.name.clone()))
        })
        .collect()
}

fn hazard(
    sketch: &Sketch,
    kind: HazardKind,
    at: impl Into<Site>,
    what: impl Into<String>,
    confidence: Confidence,
) -> Hazard {
    let site = at.into();
    Hazard {
        kind,
        what: what.into(),
        detail: String::new(),
        function: sketch.function_name(site.function).to_owned(),
        origin: Origin::Remote,
        confidence,
        at: site.at,
    }
}

impl From<&Call> for Site {
    fn from(call: &Call) -> Self {
        Self { function: call.function, at: call.at }
    }
}
