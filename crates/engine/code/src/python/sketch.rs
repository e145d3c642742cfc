//! The flat form of a Python module that every reader works on.

use std::cell::OnceCell;

use compact_str::{CompactString, format_compact};

use super::bound::Bound;
use crate::Spot;
use crate::maps::{HashMap, HashSet};

/// A name, path or text: nearly all are short enough to stand in place, without memory of their own.
pub(crate) type Name = CompactString;

/// What an expression is, as far as readers care.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A string literal, implicit concatenation joined.
    Text(Name),
    /// `True` or `False`.
    Bool(bool),
    /// A name or attribute path, imports resolved, subscripts dropped: `request.json`.
    Name(Name),
    /// The call with this index in [`Sketch::calls`].
    Call(usize),
    /// A list, tuple or set.
    List(Vec<Value>),
    /// A dictionary; keys that are no string literals are empty.
    Dict(Vec<(Name, Value)>),
    /// Text with values in it: an f-string, `%`, `+` or `.format`. Placeholders are written `{name}`.
    Mixed(Name, Vec<Value>),
    /// Anything else, by its parts.
    Parts(Vec<Value>),
}

impl Value {
    /// Returns the text of a string literal.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the values directly inside this one.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Value> {
        let (listed, entries): (&[Value], &[(Name, Value)]) = match self {
            Self::List(parts) | Self::Parts(parts) | Self::Mixed(_, parts) => (parts, &[]),
            Self::Dict(entries) => (&[], entries),
            _ => (&[], &[]),
        };
        listed.iter().chain(entries.iter().map(|(_, value)| value))
    }

    /// Returns the value of a key of a dictionary.
    pub(crate) fn key(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Dict(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// One imported name.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    /// Full dotted path of what is imported.
    pub target: Name,
    /// Whether only some runs execute it: inside a function, `try` or `if`.
    pub is_optional: bool,
    /// Where.
    pub at: Spot,
}

/// A function, with what it takes and what is written above it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Function {
    /// Its name.
    pub name: Name,
    /// Function it stands in.
    pub parent: Option<usize>,
    /// Class it is a method of.
    pub class: Option<Name>,
    /// Parameters: name, annotation as a dotted path, default.
    pub params: Vec<Param>,
    /// Decorators, calls or names.
    pub decorators: Vec<Value>,
    /// What it returns or yields.
    pub returns: Vec<Value>,
    /// Where.
    pub at: Spot,
}

/// One parameter.
#[derive(Debug, Clone)]
pub(crate) struct Param {
    /// Its name.
    pub name: Name,
    /// Its annotation.
    pub annotation: Option<Value>,
    /// Its default.
    pub default: Option<Value>,
}

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Dotted path of the function, resolved: `openai.OpenAI().chat.completions.create`.
    pub callee: Name,
    /// Where the last part of `callee` begins: every reader asks for it.
    pub last_at: usize,
    /// Dotted path as written, imports resolved only: `client.chat.completions.create`.
    pub written: Name,
    /// The value the method is called on.
    pub receiver: Option<Value>,
    /// Positional arguments.
    pub args: Vec<Value>,
    /// Keyword arguments; `**x` has an empty name.
    pub named: Vec<(Name, Value)>,
    /// Function it stands in.
    pub function: Option<usize>,
    /// The function of this file that is called.
    pub target: Option<usize>,
    /// Where.
    pub at: Spot,
    /// What readers have found out about it, so that each asks once.
    pub known: Known,
}

/// Answers about a call that several readers need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Whether it asks a language model.
    pub completes: OnceCell<bool>,
    /// Whether it runs any model.
    pub infers: OnceCell<bool>,
    /// Whether it runs nothing that it is given.
    pub runs_nothing: OnceCell<bool>,
}

impl Call {
    /// Returns a keyword argument.
    pub(crate) fn arg(&self, name: &str) -> Option<&Value> {
        self.named.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Returns the first of these keyword arguments that is given, else the positional argument at `index`.
    pub(crate) fn arg_or(&self, names: &[&str], index: usize) -> Option<&Value> {
        names.iter().find_map(|name| self.arg(name)).or_else(|| self.args.get(index))
    }

    /// Says whether a keyword argument is literally `True`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.arg(name) == Some(&Value::Bool(true))
    }

    /// Returns the last part of the path: `create`.
    pub(crate) fn last(&self) -> &str {
        self.callee.get(self.last_at..).unwrap_or_default()
    }

    /// Returns the first module of the path: `openai`.
    pub(crate) fn root(&self) -> &str {
        let end = self.callee.bytes().position(|byte| matches!(byte, b'.' | b'('));
        end.and_then(|end| self.callee.get(..end)).unwrap_or(&self.callee)
    }

    /// Returns every argument.
    pub(crate) fn all_args(&self) -> impl Iterator<Item = &Value> {
        self.args.iter().chain(self.named.iter().map(|(_, value)| value))
    }
}

/// Returns the last part of a dotted path.
pub(crate) fn last(path: &str) -> &str {
    split_last(path).map_or(path, |(_, last)| last)
}

/// Splits a dotted path before its last part. Parts are short: looking byte by byte beats a search routine.
pub(crate) fn split_last(path: &str) -> Option<(&str, &str)> {
    let dot = path.bytes().rposition(|byte| byte == b'.')?;
    Some((path.get(..dot)?, path.get(dot + 1..)?))
}

/// One assignment.
#[derive(Debug, Clone)]
pub(crate) struct Bind {
    /// Name or attribute path assigned to.
    pub target: Name,
    /// What is assigned.
    pub value: Value,
    /// Function it stands in.
    pub function: Option<usize>,
    /// Where.
    pub at: Spot,
}

/// A Python module, flat.
#[derive(Debug, Default)]
pub(crate) struct Sketch {
    /// Imports in source order.
    pub imports: Vec<Import>,
    /// Local name → full dotted path.
    pub aliases: HashMap<Name, Name>,
    /// What is imported from inside modules, by full path.
    pub imported: HashSet<Name>,
    /// Functions in source order.
    pub functions: Vec<Function>,
    /// Calls, inner before outer.
    pub calls: Vec<Call>,
    /// Assignments in source order.
    pub binds: Vec<Bind>,
    /// What is asked to be `in` something, and the function that asks.
    pub memberships: Vec<(Value, Option<usize>)>,
    /// Classes and what they derive from.
    pub classes: Vec<(Name, Vec<Value>)>,
    /// Names of the classes, for look-ups.
    pub class_names: HashSet<Name>,
    /// Whether there is an `if __name__ == "__main__"`.
    pub has_main: bool,
    /// Targets of `binds` → their indexes, for look-ups.
    pub bound: HashMap<Name, Bound>,
    /// Calls inside each function, those of functions in it included; by index of [`Sketch::functions`].
    pub inside: Vec<Vec<usize>>,
    /// Function names → the first function of that name.
    pub by_name: HashMap<Name, usize>,
    /// `Class.method` → the function.
    pub by_method: HashMap<Name, usize>,
}

impl Sketch {
    /// Returns the call a value is.
    pub(crate) fn call(&self, value: &Value) -> Option<&Call> {
        match value {
            Value::Call(index) => self.calls.get(*index),
            _ => None,
        }
    }

    /// Returns the function with this index.
    pub(crate) fn function(&self, index: Option<usize>) -> Option<&Function> {
        self.functions.get(index?)
    }

    /// Returns the name of the function a call stands in; empty at module level.
    pub(crate) fn function_name(&self, index: Option<usize>) -> &str {
        self.function(index).map_or("", |function| function.name.as_str())
    }

    /// Returns the assignment a name refers to, as seen from inside `function`.
    pub(crate) fn binding(&self, name: &str, function: Option<usize>) -> Option<&Bind> {
        let bound = self.bound.get(name)?;
        let outer = || if name.starts_with("self.") { bound.last() } else { bound.inside(None).next_back() };
        self.binds.get(bound.inside(function).next_back().or_else(outer)?)
    }

    /// Returns the calls inside a function and the functions in it.
    pub(crate) fn calls_inside(&self, function: usize) -> impl Iterator<Item = &Call> {
        self.calls_inside_at(function).filter_map(|index| self.calls.get(index))
    }

    /// Returns the indexes of the calls inside a function and the functions in it.
    pub(crate) fn calls_inside_at(&self, function: usize) -> impl Iterator<Item = usize> {
        self.inside.get(function).into_iter().flatten().copied()
    }

    /// Returns the function of this file that a path means: `f`, `self.f`, `Class.f`, `Class().f`.
    pub(crate) fn function_at(&self, path: &str, from: Option<usize>) -> Option<usize> {
        let Some((object, name)) = split_last(path) else { return self.by_name.get(path).copied() };
        let (class, is_known) = match object {
            "self" | "cls" | "super()" => (self.function(from).and_then(|function| function.class.as_deref()), true),
            _ => {
                let class = object.trim_end_matches("()");
                (Some(class), self.class_names.contains(class))
            }
        };
        if !is_known {
            return None;
        }
        // A method the class does not have is inherited, often from a class of the same file.
        let own = class.and_then(|class| self.by_method.get(format_compact!("{class}.{name}").as_str()));
        own.or_else(|| self.by_name.get(name)).copied()
    }

    /// Returns the parameter a name is, of this function or one around it.
    pub(crate) fn parameter(&self, name: &str, function: Option<usize>) -> Option<&Param> {
        let mut next = function;
        while let Some(function) = next.and_then(|index| self.functions.get(index)) {
            if let Some(param) = function.params.iter().find(|param| param.name == name) {
                return Some(param);
            }
            next = function.parent;
        }
        None
    }

    /// Says whether any import is of this module or below it.
    pub(crate) fn imports_module(&self, module: &str) -> bool {
        self.imports.iter().any(|import| {
            import.target == module || import.target.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'))
        })
    }

    /// Returns the literal text a value comes to: itself, the constant it names, or the default of a look-up in the
    /// environment.
    pub(crate) fn literal<'a>(&'a self, value: &'a Value, function: Option<usize>) -> Option<&'a str> {
        self.literal_within(value, function, 4)
    }

    fn literal_within<'a>(&'a self, value: &'a Value, function: Option<usize>, steps: usize) -> Option<&'a str> {
        let steps = steps.checked_sub(1)?;
        match value {
            Value::Text(text) => Some(text),
            Value::Name(name) => {
                let parameter = self
                    .function(function)
                    .and_then(|function| function.params.iter().find(|param| param.name == *name));
                match (parameter, self.binding(name, function)) {
                    (_, Some(bind)) => self.literal_within(&bind.value, bind.function, steps),
                    (Some(param), None) => param.default.as_ref()?.text(),
                    (None, None) => None,
                }
            }
            Value::Call(index) => {
                let call = self.calls.get(*index)?;
                match call.callee.as_str() {
                    "os.getenv" | "os.environ.get" => self.literal_within(call.args.get(1)?, function, steps),
                    "str" | "pathlib.Path" | "Path" | "os.path.abspath" => {
                        self.literal_within(call.args.first()?, function, steps)
                    }
                    _ => None,
                }
            }
            Value::Parts(parts) => parts.iter().rev().find_map(|part| self.literal_within(part, function, steps)),
            _ => None,
        }
    }
}
