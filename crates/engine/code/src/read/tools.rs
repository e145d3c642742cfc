//! Tools that run what the model hands them: a function offered to an agent whose arguments reach an executor.

use syndic_evidence::Confidence;

use super::executed::is_checked;
use super::executors::executed;
use crate::python::{Call, Seeds, Sketch, Taint, Value};
use crate::{AgentSeen, Hazard, HazardKind, Origin};

/// Decorators, by their last word, that offer a function to a model.
const DECORATORS: &[&str] = &["tool", "tool_plain", "function_tool", "beta_tool", "kernel_function", "ai_function"];
/// Parameters that the framework fills, not the model.
const INJECTED: &[&str] = &["self", "cls", "ctx", "context", "config", "runtime", "run_context", "state"];

/// More tools than this are not followed in one file.
const MAX_TOOLS: usize = 100;

/// Says whether a decorator of this name offers a function to a model.
pub(super) fn is_decorator(name: &str) -> bool {
    DECORATORS.contains(&name)
}

/// Reads every tool that runs its arguments.
pub(super) fn read(sketch: &Sketch, agents: &[AgentSeen]) -> Vec<Hazard> {
    let tools: Vec<usize> = (0..sketch.functions.len()).filter(|index| is_tool(sketch, *index, agents)).collect();
    if tools.is_empty() || !sketch.calls.iter().any(|call| executed(sketch, call).is_some()) {
        return Vec::new();
    }
    let none = |_: &Call| false;
    tools.into_iter().take(MAX_TOOLS).filter_map(|index| tool(sketch, index, &none)).collect()
}

fn tool(sketch: &Sketch, index: usize, none: &dyn Fn(&Call) -> bool) -> Option<Hazard> {
    let function = sketch.functions.get(index)?;
    let params = function.params.iter().filter(|param| !INJECTED.contains(&param.name.as_str()));
    let seeds: Seeds = params.map(|param| (Some(index), param.name.clone())).collect();
    let taint = Taint::spread(sketch, none, seeds);
    let (call, run) = sketch.calls.iter().find_map(|call| {
        let run = executed(sketch, call)?;
        let runs_argument = run.values.iter().any(|value| taint.carries(value, call.function));
        runs_argument.then_some((call, run))
    })?;
    let checked = is_checked(sketch, &taint, call.function);
    Some(Hazard {
        kind: HazardKind::DangerousTool,
        what: function.name.to_string(),
        detail: format!("hands what the model writes to `{}`", super::switches::short(&call.written)),
        function: sketch.function_name(call.function).to_owned(),
        origin: Origin::Remote,
        confidence: if checked { Confidence::Low } else { run.confidence },
        at: call.at,
    })
}

/// Says whether a function is offered to a model: by a decorator, or by name in an agent's list.
fn is_tool(sketch: &Sketch, index: usize, agents: &[AgentSeen]) -> bool {
    let Some(function) = sketch.functions.get(index) else { return false };
    let word = |name: &str| DECORATORS.contains(&name.rsplit('.').next().unwrap_or(name));
    let is_decorated = function.decorators.iter().any(|decorator| match decorator {
        Value::Name(name) => word(name),
        Value::Call(call) => sketch.calls.get(*call).is_some_and(|call| word(&call.written)),
        _ => false,
    });
    is_decorated
        || (function.class.is_none()
            && agents.iter().any(|agent| agent.tools.iter().any(|tool| *tool == function.name)))
}
