//! Which values carry what came from a marked source, inside functions and through calls between functions of one file.
//!
//! Names are marked in each function until nothing changes or [`MAX_ROUNDS`] is reached. Order of statements and
//! branches is ignored, so the answer errs towards "carries". Numbers, lengths and truth values carry nothing.

use super::sketch::{Call, Name, Sketch, Value, last, split_last};
use crate::maps::{HashMap, HashSet};

/// Rounds of spreading; each follows one more assignment or call that stands before its source.
const MAX_ROUNDS: usize = 4;
/// Deepest value looked into.
const MAX_DEPTH: usize = 64;
/// Says whether the result of a function carries nothing of its argument.
pub(super) fn stops(name: &str) -> bool {
    matches!(
        name,
        "int"
            | "float"
            | "bool"
            | "len"
            | "hash"
            | "isinstance"
            | "type"
            | "id"
            | "uuid4"
            | "sha256"
            | "md5"
            | "hexdigest"
            | "quote"
            | "escape"
            | "literal_eval"
            | "count"
            | "startswith"
            | "endswith"
            | "isdigit"
            | "time"
    )
}

/// Methods that put their argument into the list they are called on.
const FILLS: &[&str] = &["append", "extend"];

/// Names marked from the start, each in its function.
pub(crate) type Seeds = HashSet<(Option<usize>, Name)>;

/// Decides which calls are sources.
pub(crate) type IsSource<'a> = &'a dyn Fn(&Call) -> bool;

/// The marked names of a file.
pub(crate) struct Taint<'a> {
    sketch: &'a Sketch,
    is_source: IsSource<'a>,
    names: HashMap<Option<usize>, HashSet<Name>>,
    marks: usize,
    returning: HashSet<usize>,
}

impl std::fmt::Debug for Taint<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taint").field("names", &self.names).finish_non_exhaustive()
    }
}

impl<'a> Taint<'a> {
    /// Spreads from source calls and from `seeds`: names marked from the start, by function.
    pub(crate) fn spread(sketch: &'a Sketch, is_source: IsSource<'a>, seeds: Seeds) -> Self {
        let mut taint = Self { sketch, is_source, names: HashMap::default(), marks: 0, returning: HashSet::default() };
        for (scope, name) in seeds {
            taint.mark(scope, name);
        }
        for _ in 0..MAX_ROUNDS {
            if !taint.round() {
                break;
            }
        }
        taint
    }

    fn mark(&mut self, scope: Option<usize>, name: Name) {
        self.marks += usize::from(self.names.entry(scope).or_default().insert(name));
    }

    fn round(&mut self) -> bool {
        let before = self.marks + self.returning.len();
        let sketch = self.sketch;
        for bind in &sketch.binds {
            if self.carries(&bind.value, bind.function) {
                // An attribute of `self` is seen by every method; the function is left out.
                let scope = if bind.target.starts_with("self.") { None } else { bind.function };
                self.mark(scope, bind.target.clone());
            }
        }
        for (index, function) in sketch.functions.iter().enumerate() {
            if function.returns.iter().any(|value| self.carries(value, Some(index))) {
                self.returning.insert(index);
            }
        }
        self.fill_lists();
        self.enter_functions();
        before != self.marks + self.returning.len()
    }

    /// `parts.append(chunk)` marks `parts`.
    fn fill_lists(&mut self) {
        let sketch = self.sketch;
        for call in sketch.calls.iter().filter(|call| FILLS.contains(&last(&call.written))) {
            let Some(Value::Name(list)) = &call.receiver else { continue };
            if call.args.iter().any(|value| self.carries(value, call.function)) {
                let scope = if list.starts_with("self.") { None } else { call.function };
                self.mark(scope, list.clone());
            }
        }
    }

    /// Marks parameters of functions of this file that are called with marked arguments.
    fn enter_functions(&mut self) {
        let sketch = self.sketch;
        let mut marked: Vec<(usize, &str)> = Vec::new();
        for call in &sketch.calls {
            let Some(index) = call.target else { continue };
            if !call.all_args().any(|arg| self.carries(arg, call.function)) {
                continue;
            }
            let Some(function) = sketch.functions.get(index) else { continue };
            let skip = usize::from(function.params.first().is_some_and(|param| param.name == "self"));
            for (param, value) in function.params.iter().skip(skip).zip(&call.args) {
                if self.carries(value, call.function) {
                    marked.push((index, &param.name));
                }
            }
            for (key, value) in &call.named {
                if self.carries(value, call.function) {
                    marked.push((index, key));
                }
            }
        }
        for (index, name) in marked {
            self.mark(Some(index), name.into());
        }
    }

    /// Says whether a value carries what came from a source.
    pub(crate) fn carries(&self, value: &Value, function: Option<usize>) -> bool {
        self.carries_within(value, function, MAX_DEPTH)
    }

    fn carries_within(&self, value: &Value, function: Option<usize>, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match value {
            Value::Name(name) => self.is_marked(name, function),
            Value::Call(index) => {
                let Some(call) = self.sketch.calls.get(*index) else { return false };
                if stops(last(&call.written)) {
                    return false;
                }
                (self.is_source)(call)
                    || call.target.is_some_and(|index| self.returning.contains(&index))
                    || call.receiver.iter().any(|value| self.carries_within(value, function, depth))
                    || call.all_args().any(|value| self.carries_within(value, function, depth))
            }
            _ => value.parts().any(|part| self.carries_within(part, function, depth)),
        }
    }

    /// A marked name marks its attributes too: `response` marks `response.choices`.
    fn is_marked(&self, name: &str, function: Option<usize>) -> bool {
        let mut prefix = name;
        loop {
            let mut scope = function;
            loop {
                if self.names.get(&scope).is_some_and(|names| names.contains(prefix)) {
                    return true;
                }
                let Some(index) = scope else { break };
                scope = self.sketch.functions.get(index).and_then(|function| function.parent);
            }
            match split_last(prefix) {
                Some((shorter, _)) if shorter != "self" => prefix = shorter,
                _ => return false,
            }
        }
    }
}
