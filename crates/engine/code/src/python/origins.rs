//! Where a value comes from, followed backwards: parameters, calls into other files, calls of a model.
//!
//! The counterpart of [`super::taint`] for single values: it says which of several things a value comes from, so that
//! what one file cannot see can be decided when the files are joined. Order of statements and branches is ignored.

use std::collections::BTreeSet;

use super::sketch::{Call, Sketch, Value, last, split_last};
use super::taint::{IsSource, stops};
use crate::maps::HashSet;

/// Values looked at for one question.
const MAX_VALUES: usize = 400;
/// Deepest value looked into.
const MAX_DEPTH: usize = 40;

/// Names of one walk that are compared one by one.
const FEW: usize = 12;

/// What a value comes from.
#[derive(Debug, Default, Clone)]
pub(crate) struct Origins<'a> {
    /// A source call of this file.
    pub from_source: bool,
    /// Parameters of the function asked about.
    pub params: BTreeSet<&'a str>,
    /// Resolved paths of functions of other modules.
    pub calls: BTreeSet<&'a str>,
}

/// Follows a value backwards from inside `function`.
pub(crate) fn origins<'a>(
    sketch: &'a Sketch,
    is_source: IsSource<'a>,
    value: &'a Value,
    function: Option<usize>,
) -> Origins<'a> {
    let mut walk = Walk {
        sketch,
        is_source,
        asked: function,
        found: Origins::default(),
        seen: Seen::default(),
        values_left: MAX_VALUES,
    };
    walk.value(value, function, MAX_DEPTH);
    walk.found
}

struct Walk<'a> {
    sketch: &'a Sketch,
    is_source: IsSource<'a>,
    asked: Option<usize>,
    found: Origins<'a>,
    seen: Seen<'a>,
    values_left: usize,
}

/// Names already followed. Nearly every walk meets a handful: those are compared, more are looked up.
#[derive(Default)]
struct Seen<'a> {
    few: Vec<(Option<usize>, &'a str)>,
    many: HashSet<(Option<usize>, &'a str)>,
}

impl<'a> Seen<'a> {
    /// Adds a name; says whether it is new.
    fn insert(&mut self, function: Option<usize>, name: &'a str) -> bool {
        if self.few.contains(&(function, name)) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push((function, name));
            return true;
        }
        self.many.insert((function, name))
    }
}

impl<'a> Walk<'a> {
    fn value(&mut self, value: &'a Value, function: Option<usize>, depth: usize) {
        let (Some(depth), Some(left)) = (depth.checked_sub(1), self.values_left.checked_sub(1)) else { return };
        self.values_left = left;
        match value {
            Value::Name(name) => self.name(name, function, depth),
            Value::Call(index) => {
                if let Some(call) = self.sketch.calls.get(*index) {
                    self.call(call, function, depth);
                }
            }
            Value::Text(_) | Value::Bool(_) => {}
            Value::List(parts) | Value::Parts(parts) | Value::Mixed(_, parts) => {
                for part in parts {
                    self.value(part, function, depth);
                }
            }
            Value::Dict(entries) => entries.iter().for_each(|(_, value)| self.value(value, function, depth)),
        }
    }

    fn call(&mut self, call: &'a Call, function: Option<usize>, depth: usize) {
        if stops(last(&call.written)) {
            return;
        }
        if (self.is_source)(call) {
            self.found.from_source = true;
            return;
        }
        if let Some(index) = call.target {
            let returns = self.sketch.functions.get(index).map(|function| function.returns.as_slice());
            returns.into_iter().flatten().for_each(|value| self.value(value, Some(index), depth));
        } else if call.callee.contains('.') {
            self.found.calls.insert(&call.callee);
        }
        call.receiver.iter().for_each(|value| self.value(value, function, depth));
        call.all_args().for_each(|value| self.value(value, function, depth));
    }

    /// `Depends(…)` is made by the application; `Query(…)` and `Body(…)` say how a user's text comes in.
    fn is_injected(&self, default: Option<&Value>) -> bool {
        default
            .and_then(|default| self.sketch.call(default))
            .is_some_and(|call| matches!(call.last(), "Depends" | "Security" | "Inject" | "Provide"))
    }

    fn bind(&mut self, index: usize, depth: usize) {
        if let Some(bind) = self.sketch.binds.get(index) {
            self.value(&bind.value, bind.function, depth);
        }
    }

    fn name(&mut self, name: &'a str, function: Option<usize>, depth: usize) {
        if !self.seen.insert(function, name) {
            return;
        }
        let head = name.bytes().position(|byte| byte == b'.').and_then(|end| name.get(..end)).unwrap_or(name);
        if name.starts_with("flask.request") {
            self.found.params.insert("flask.request");
        }
        if function == self.asked
            && let Some(param) = self.sketch.parameter(head, function)
            && !matches!(head, "self" | "cls")
            && !self.is_injected(param.default.as_ref())
        {
            self.found.params.insert(head);
        }
        let mut prefix = name;
        loop {
            if let Some(bound) = self.sketch.bound.get(prefix) {
                if prefix.starts_with("self.") {
                    bound.all().for_each(|index| self.bind(index, depth));
                } else {
                    bound.inside(None).for_each(|index| self.bind(index, depth));
                    if function.is_some() {
                        bound.inside(function).for_each(|index| self.bind(index, depth));
                    }
                }
            }
            match split_last(prefix) {
                Some((shorter, _)) if shorter != "self" => prefix = shorter,
                _ => return,
            }
        }
    }
}
