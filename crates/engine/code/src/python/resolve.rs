//! Names of variables in call paths → the constructor that made the variable.
//!
//! `client = OpenAI()` makes `client.x()` read `openai.OpenAI().x`. Assignments are followed a bounded number of
//! steps; flow between branches is ignored: the last assignment in scope counts.

use compact_str::format_compact;

use super::sketch::{Name, Sketch, Value, last};

/// Most assignments that are followed for one name.
const MAX_STEPS: usize = 6;

/// Resolves the path of every call in place.
pub(super) fn resolve(sketch: &mut Sketch) {
    for (index, bind) in sketch.binds.iter().enumerate() {
        match sketch.bound.get_mut(&bind.target) {
            Some(bound) => bound.push(bind.function, index),
            None => sketch.bound.entry(bind.target.clone()).or_default().push(bind.function, index),
        }
    }
    sketch.bound.values_mut().for_each(super::bound::Bound::sort);
    sketch.class_names = sketch.classes.iter().map(|(name, _)| name.clone()).collect();
    for (index, function) in sketch.functions.iter().enumerate() {
        sketch.by_name.entry(function.name.clone()).or_insert(index);
        if let Some(class) = &function.class {
            sketch.by_method.entry(format_compact!("{class}.{}", function.name)).or_insert(index);
        }
    }
    sketch.imported = sketch.aliases.values().filter(|target| target.contains('.')).cloned().collect();
    sketch.inside = vec![Vec::new(); sketch.functions.len()];
    for (index, call) in sketch.calls.iter().enumerate() {
        let mut next = call.function;
        while let Some(function) = next {
            if let Some(inside) = sketch.inside.get_mut(function) {
                inside.push(index);
            }
            next = sketch.functions.get(function).and_then(|function| function.parent);
        }
    }
    let resolved: Vec<Option<Name>> =
        sketch.calls.iter().map(|call| made_path(sketch, &call.written, call.function, MAX_STEPS)).collect();
    for (call, callee) in sketch.calls.iter_mut().zip(resolved) {
        call.callee = callee.unwrap_or_else(|| call.written.clone());
        call.last_at = call.callee.len() - last(&call.callee).len();
    }
    let targets: Vec<Option<usize>> =
        sketch.calls.iter().map(|call| target(sketch, &call.written, &call.callee, call.function)).collect();
    for (call, target) in sketch.calls.iter_mut().zip(targets) {
        call.target = target;
    }
}

fn target(sketch: &Sketch, written: &str, callee: &str, function: Option<usize>) -> Option<usize> {
    let direct = sketch.function_at(written, function);
    direct.or_else(|| if callee == written { None } else { sketch.function_at(callee, function) })
}

fn path(sketch: &Sketch, written: &str, function: Option<usize>, steps: usize) -> Name {
    made_path(sketch, written, function, steps).unwrap_or_else(|| written.into())
}

/// The path with its variable replaced by what made it; nothing when that is not known.
fn made_path(sketch: &Sketch, written: &str, function: Option<usize>, steps: usize) -> Option<Name> {
    let steps = steps.checked_sub(1)?;
    let mut known_import = None;
    heads(written).find_map(|(head, rest)| {
        let made = maker(sketch, head, function, steps)?;
        if head.len() < *known_import.get_or_insert_with(|| imported(sketch, written)) {
            return None;
        }
        Some(match rest {
            "" if made.ends_with("()") => format_compact!("{made}.__call__"),
            _ => format_compact!("{made}{rest}"),
        })
    })
}

/// Length of the beginning of a path that an import gave: in `app.llm.answer` after `from app import llm` the first part
/// is the package `app`, whatever variable is called so too.
fn imported(sketch: &Sketch, written: &str) -> usize {
    let ends = written.match_indices('.').map(|(at, _)| at).chain([written.len()]).skip(1).take(8);
    ends.filter(|end| written.get(..*end).is_some_and(|start| sketch.imported.contains(start))).max().unwrap_or(0)
}

/// The ways to split a path into a variable and the rest: `self.a.b` → (`self.a`, `.b`), (`self`, `.a.b`).
fn heads(written: &str) -> impl Iterator<Item = (&str, &str)> {
    let end = written.bytes().position(|byte| byte == b'(').unwrap_or(written.len());
    let dots = written.bytes().take(end).enumerate().filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
    let mut cuts = [None; 3];
    cuts.iter_mut().zip(dots.chain([end])).for_each(|(cut, at)| *cut = Some(at));
    let longest_first = cuts.into_iter().rev().flatten().filter_map(|cut| written.split_at_checked(cut));
    longest_first.filter(|(head, _)| !head.is_empty())
}

/// What made a variable: `openai.OpenAI()`; nothing if it is not known.
fn maker(sketch: &Sketch, name: &str, function: Option<usize>, steps: usize) -> Option<Name> {
    let steps = steps.checked_sub(1)?;
    if let Some(bind) = sketch.binding(name, function) {
        return made_by(sketch, &bind.value, bind.function, steps);
    }
    let param = sketch.function(function)?.params.iter().find(|param| param.name == name)?;
    let made = param.default.as_ref().and_then(|default| injected(sketch, default, steps));
    made.or_else(|| annotated(sketch, param.annotation.as_ref()?))
}

/// `service: ChatService`, `service: Annotated[ChatService, Depends(…)]`.
fn annotated(sketch: &Sketch, annotation: &Value) -> Option<Name> {
    match annotation {
        Value::Name(class) => {
            let is_known = class.contains('.') || sketch.class_names.contains(class);
            (is_known && !class.starts_with("typing.")).then(|| format_compact!("{class}()"))
        }
        Value::Parts(parts) => parts.iter().find_map(|part| match part {
            Value::List(items) => annotated(sketch, items.first()?),
            _ => None,
        }),
        _ => None,
    }
}

fn made_by(sketch: &Sketch, value: &Value, function: Option<usize>, steps: usize) -> Option<Name> {
    let steps = steps.checked_sub(1)?;
    match value {
        Value::Call(index) => {
            let call = sketch.calls.get(*index)?;
            if let Some(made) = local_function(sketch, &call.written).and_then(|found| returned(sketch, found, steps)) {
                return Some(made);
            }
            Some(format_compact!("{}()", path(sketch, &call.written, call.function, steps)))
        }
        Value::Name(name) if name.contains('.') && sketch.binding(name, function).is_none() => {
            Some(path(sketch, name, function, steps))
        }
        Value::Name(name) => maker(sketch, name, function, steps),
        Value::Parts(parts) => parts.iter().find_map(|part| made_by(sketch, part, function, steps)),
        _ => None,
    }
}

fn local_function(sketch: &Sketch, name: &str) -> Option<usize> {
    let simple = name.strip_prefix("self.").unwrap_or(name);
    if simple.contains('.') {
        return None;
    }
    sketch.by_name.get(simple).copied()
}

fn returned(sketch: &Sketch, function: usize, steps: usize) -> Option<Name> {
    let returns = &sketch.functions.get(function)?.returns;
    returns.iter().find_map(|value| made_by(sketch, value, Some(function), steps))
}

/// `Depends(make_client)` stands for what `make_client` returns.
fn injected(sketch: &Sketch, default: &Value, steps: usize) -> Option<Name> {
    let call = sketch.call(default)?;
    let Some(Value::Name(provider)) = call.args.first() else { return None };
    returned(sketch, local_function(sketch, provider)?, steps)
}
