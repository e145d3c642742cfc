//! Model output that reaches something which runs it: code, a command, SQL, a template.

use syndic_evidence::Confidence;

use super::completions::{is_certain_completion, is_completion};
use super::executors::{Executed, executed};
use crate::maps::HashSet;
use crate::python::{Call, Sketch, Taint, Value};
use crate::{Hazard, HazardKind, Origin};

/// Beginnings of names of functions that look at a text before it runs.
const CHECKS: &[&str] = &[
    "validate",
    "is_valid",
    "is_safe",
    "is_allowed",
    "is_select",
    "is_read",
    "sanitize",
    "sanitise",
    "check_",
    "ensure",
    "assert_",
    "verify",
    "allow",
    "guard",
    "whitelist",
    "allowlist",
    "confirm",
    "approve",
];
/// Functions that look at a text, or ask a person about it, before it runs.
const CHECKING: &[&str] = &["startswith", "fullmatch", "input", "builtins.input", "click.confirm", "typer.confirm"];

/// Reads every call that runs what a model wrote.
pub(super) fn read(sketch: &Sketch) -> Vec<Hazard> {
    let sinks: Vec<(&Call, Executed<'_>)> =
        sketch.calls.iter().filter_map(|call| Some((call, executed(sketch, call)?))).collect();
    if sinks.is_empty() || !sketch.calls.iter().any(|call| is_completion(sketch, call)) {
        return Vec::new();
    }
    let certain = |call: &Call| is_certain_completion(sketch, call);
    let likely = |call: &Call| is_completion(sketch, call);
    let surely = Taint::spread(sketch, &certain, HashSet::default());
    let perhaps = Taint::spread(sketch, &likely, HashSet::default());
    let mut found = Vec::new();
    for (call, run) in sinks {
        let reaches = |taint: &Taint<'_>| run.values.iter().any(|value| taint.carries(value, call.function));
        if !reaches(&perhaps) {
            continue;
        }
        let sure = if reaches(&surely) { Confidence::High } else { Confidence::Medium };
        let mut confidence = sure.min(run.confidence);
        if is_checked(sketch, &perhaps, call.function) {
            confidence = if confidence == Confidence::High { Confidence::Medium } else { Confidence::Low };
        }
        found.push(hazard(sketch, call, confidence, String::new()));
    }
    found
}

/// Makes the hazard of a call that runs what a model wrote.
pub(super) fn hazard(sketch: &Sketch, call: &Call, confidence: Confidence, detail: String) -> Hazard {
    Hazard {
        kind: HazardKind::OutputExecuted,
        what: super::switches::short(&call.written),
        detail,
        function: sketch.function_name(call.function).to_owned(),
        origin: Origin::Remote,
        confidence,
        at: call.at,
    }
}

/// Whether the function looks at the text: a check by name, an allow-list, a person asked.
pub(super) fn is_checked(sketch: &Sketch, taint: &Taint<'_>, function: Option<usize>) -> bool {
    let by_call = sketch.calls.iter().filter(|call| call.function == function).any(|call| {
        let name = call.last();
        let is_check = CHECKS.iter().any(|start| name.trim_start_matches('_').starts_with(start))
            || CHECKING.contains(&name)
            || CHECKING.contains(&call.callee.as_str())
            || matches!(call.callee.as_str(), "re.match" | "ast.parse" | "sqlparse.parse" | "sqlglot.parse_one");
        is_check
            && (name == "input"
                || call.all_args().chain(call.receiver.iter()).any(|value: &Value| taint.carries(value, function)))
    });
    by_call || sketch.memberships.iter().any(|(value, asks)| *asks == function && taint.carries(value, function))
}
