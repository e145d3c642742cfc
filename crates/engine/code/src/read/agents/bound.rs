//! What an agent is bound to elsewhere in its file: the tools of its graph, the model object it is given.

use super::tool_names;
use crate::python::{Call, Sketch, Value};
use crate::read::clients::behind_router;
use crate::read::is_model_name;
use crate::read::providers::routed_model;

/// Arguments that name a model, of agents and of the clients they are given.
const MODEL_ARGS: [&str; 6] = ["model", "llm", "model_name", "model_id", "id", "deployment_name"];
/// More tools than this are not kept of one graph.
const MAX_TOOLS: usize = 200;

/// Tools that a file gives to the model or the tool node of a graph: `llm.bind_tools(tools)`, `ToolNode(tools)`.
pub(super) fn tools(sketch: &Sketch) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for call in sketch.calls.iter().filter(|call| matches!(call.last(), "bind_tools" | "ToolNode")) {
        let Some(value) = call.arg_or(&["tools"], 0) else { continue };
        for name in tool_names(sketch, value, call.function, 5) {
            if !found.contains(&name) && found.len() < MAX_TOOLS {
                found.push(name);
            }
        }
    }
    found
}

/// The model an agent is told to use, as text or through a client that names it.
pub(super) fn model(sketch: &Sketch, call: &Call) -> Option<String> {
    let first = call.args.first().filter(|_| call.root() != "crewai" && call.root() != "agents");
    let value = MODEL_ARGS.iter().take(2).find_map(|name| call.arg(name)).or(first)?;
    let literal = sketch.literal(value, call.function).or_else(|| {
        let value = match value {
            Value::Name(name) => &sketch.binding(name, call.function)?.value,
            other => other,
        };
        let client = sketch.call(value)?;
        let named = MODEL_ARGS.iter().find_map(|name| client.arg(name)).or_else(|| client.args.first())?;
        sketch.literal(named, client.function)
    })?;
    let name = behind_router(literal);
    let bare = routed_model(name).map_or(name, |(_, bare)| bare);
    is_model_name(bare).then(|| bare.to_owned())
}
