//! Where a value comes from, followed backwards: parameters, calls into other files, calls of a model.
//!
//! The counterpart of [`super::taint`] for single values: it says which of several things a value comes from, so that
//! what one file cannot see can be decided when the files are joined. Order of statements and branches is ignored.

use std::collections::BTreeSet;

use super::sketch::{Call, Sketch, Value, last, split_last};
use super::taint::{IsSource, stops};
use crate::maps::HashMap;

/// Values looked at for one question.
const MAX_VALUES: usize = 128;
/// Deepest value looked into.
const MAX_DEPTH: usize = 40;

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

/// Answers where values of one file come from, and remembers what each name leads to.
pub(crate) struct Tracer<'a> {
    sketch: &'a Sketch,
    is_source: IsSource<'a>,
    known: HashMap<(Option<usize>, &'a str), usize>,
    names: Vec<Led<'a>>,
    question: u32,
}

/// What a name in a function leads to.
#[derive(Debug, Default)]
struct Led<'a> {
    /// The parameter it is, or is a part of.
    param: Option<&'a str>,
    /// The assignments to it, to what it is a part of, and to that.
    binds: Vec<usize>,
    /// The last question in which it was met.
    met: u32,
}

impl<'a> Tracer<'a> {
    /// Makes one for a file; `is_source` says which calls of it are sources.
    pub(crate) fn new(sketch: &'a Sketch, is_source: IsSource<'a>) -> Self {
        Self { sketch, is_source, known: HashMap::default(), names: Vec::new(), question: 0 }
    }

    /// Follows a value backwards from inside `function`.
    pub(crate) fn origins(&mut self, value: &'a Value, function: Option<usize>) -> Origins<'a> {
        let mut found = Origins::default();
        if !matches!(value, Value::Text(_) | Value::Bool(_)) {
            self.question += 1;
            Walk { tracer: self, asked: function, found: &mut found, values_left: MAX_VALUES }
                .value(value, function, MAX_DEPTH);
        }
        found
    }

    /// Returns what a name in a function leads to, by index.
    fn led(&mut self, name: &'a str, function: Option<usize>) -> usize {
        *self.known.entry((function, name)).or_insert_with(|| {
            self.names.push(Led {
                param: param(self.sketch, name, function),
                binds: binds(self.sketch, name, function),
                met: 0,
            });
            self.names.len() - 1
        })
    }
}

/// The parameter that a name is, or is a part of. What the application injects says nothing of who calls.
fn param<'a>(sketch: &'a Sketch, name: &'a str, function: Option<usize>) -> Option<&'a str> {
    let head = name.bytes().position(|byte| byte == b'.').and_then(|end| name.get(..end)).unwrap_or(name);
    let param = sketch.parameter(head, function).filter(|_| !matches!(head, "self" | "cls"))?;
    let default = param.default.as_ref().and_then(|default| sketch.call(default));
    // `Depends(…)` is made by the application; `Query(…)` and `Body(…)` say how a user's text comes in.
    let is_injected = default.is_some_and(|call| matches!(call.last(), "Depends" | "Security" | "Inject" | "Provide"));
    (!is_injected).then_some(head)
}

/// The assignments to a name as seen from inside a function, and to everything it is a part of.
fn binds(sketch: &Sketch, name: &str, function: Option<usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut prefix = name;
    loop {
        if let Some(bound) = sketch.bound.get(prefix) {
            if prefix.starts_with("self.") {
                found.extend(bound.all());
            } else {
                found.extend(bound.inside(None));
                if function.is_some() {
                    found.extend(bound.inside(function));
                }
            }
        }
        match split_last(prefix) {
            Some((shorter, _)) if shorter != "self" => prefix = shorter,
            _ => return found,
        }
    }
}

/// The way back for one question.
struct Walk<'t, 'a> {
    tracer: &'t mut Tracer<'a>,
    asked: Option<usize>,
    found: &'t mut Origins<'a>,
    values_left: usize,
}

impl<'a> Walk<'_, 'a> {
    fn value(&mut self, value: &'a Value, function: Option<usize>, depth: usize) {
        let (Some(depth), Some(left)) = (depth.checked_sub(1), self.values_left.checked_sub(1)) else { return };
        self.values_left = left;
        match value {
            Value::Name(name) => self.name(name, function, depth),
            Value::Call(index) => {
                if let Some(call) = self.tracer.sketch.calls.get(*index) {
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
        if (self.tracer.is_source)(call) {
            self.found.from_source = true;
            return;
        }
        if let Some(index) = call.target {
            let returns = self.tracer.sketch.functions.get(index).map(|function| function.returns.as_slice());
            returns.into_iter().flatten().for_each(|value| self.value(value, Some(index), depth));
        } else if call.callee.contains('.') {
            self.found.calls.insert(&call.callee);
        }
        call.receiver.iter().for_each(|value| self.value(value, function, depth));
        call.all_args().for_each(|value| self.value(value, function, depth));
    }

    fn name(&mut self, name: &'a str, function: Option<usize>, depth: usize) {
        let at = self.tracer.led(name, function);
        let question = self.tracer.question;
        let Some(led) = self.tracer.names.get_mut(at) else { return };
        if std::mem::replace(&mut led.met, question) == question {
            return;
        }
        if name.starts_with("flask.request") {
            self.found.params.insert("flask.request");
        }
        self.found.params.extend(led.param.filter(|_| function == self.asked));
        for next in 0..led.binds.len() {
            let sketch = self.tracer.sketch;
            let bind = self.tracer.names.get(at).and_then(|led| led.binds.get(next));
            if let Some(bind) = bind.and_then(|index| sketch.binds.get(*index)) {
                self.value(&bind.value, bind.function, depth);
            }
        }
    }
}
