//! Arguments weighed: what a call, an attribute or a value handed over adds to what the names alone say.
//!
//! A name that rebuilds data can also be given a path, be planted as a method that an opcode looks up, or be handed to
//! a function that calls it. Each is judged where it happens, so that no honest use of the name suffers for it.

use super::kept_text::Meaning;
use super::machine::Machine;
use super::names::is_dotted_name;
use super::spelling::{is_class_name, is_reconstructor};
use super::tables::{OnCall, is_dangerous_attribute, judge, of_attribute};
use super::value::{Node, Value};
use super::wording::{self, Wording};
use crate::facts::{Import, Standing};

/// Attributes that opcodes look up and call: APPEND, APPENDS, ADDITEMS, SETITEM, BUILD and NEWOBJ do.
pub(super) const LOOKED_UP: [&str; 10] = [
    "append",
    "extend",
    "add",
    "update",
    "__setstate__",
    "__setitem__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "find_class",
];
/// Callables judged by their arguments: handed over, somebody else chooses these.
const BY_ARGUMENT: [&str; 6] = [
    "builtins.getattr",
    "operator.attrgetter",
    "operator.methodcaller",
    "functools.partial",
    "torch.storage._load_from_bytes",
    "copyreg._reconstructor",
];
/// Attributes of reviewed classes that honest files call.
const REBUILDERS: [&str; 3] =
    ["zoneinfo.ZoneInfo._unpickle", "zoneinfo._zoneinfo.ZoneInfo._unpickle", "_zoneinfo.ZoneInfo._unpickle"];
/// Modules whose classes do nothing but hold data, so that naming their methods does no harm.
const DATA_ONLY: [&str; 8] =
    ["builtins.", "collections.", "datetime.", "_datetime.", "decimal.", "fractions.", "uuid.", "zoneinfo."];
/// Arguments looked at, nested ones included.
const MAX_LOOKED_AT: usize = 64;

/// How a class comes to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By calling it: REDUCE, OBJ and INST run its constructor.
    Called,
    /// By NEWOBJ, which runs `__new__` alone.
    Made,
}

impl Machine<'_> {
    /// Judges a call by what is known of the callee; `how` it is called matters for classes.
    pub(super) fn weigh_call(&mut self, index: u32, arguments: Value, how: How) {
        if arguments == Value::LostTuple {
            self.exhaust("arguments of a call that the interpreter did not keep");
        }
        let on_call = usize::try_from(index).ok().and_then(|at| self.on_call.get(at)).copied();
        match on_call.unwrap_or(OnCall::Same) {
            OnCall::Same => {}
            OnCall::Worse(reason) => self.worsen(index, Standing::Suspicious, reason),
            OnCall::Constructs if how == How::Called && !self.arena.elements(arguments).is_empty() => {
                self.worsen(index, Standing::Suspicious, "reads or writes files or runs code when constructed");
            }
            OnCall::UnlessGivenPlace | OnCall::Constructs => {
                if self.is_given(arguments, is_place) {
                    self.worsen(index, Standing::Suspicious, "is given a path, an address, a command or an expression");
                }
            }
            OnCall::UnlessGivenCode => {
                if self.is_given(arguments, is_code) {
                    self.worsen(index, Standing::Suspicious, "is given an expression or a command");
                }
            }
        }
        self.weigh_wording(index, arguments, how);
        // A loader stops at the first fault: what is called before it was called.
        let is_harmful =
            |import: &Import| import.standing >= Standing::Suspicious && is_dotted_name(import.name.as_bytes());
        self.walk.is_harmful |= self.problem.is_none() && self.import(index).is_some_and(is_harmful);
    }

    /// Judges the call of a name that nobody has reviewed by what the name says.
    fn weigh_wording(&mut self, index: u32, arguments: Value, how: How) {
        let is_open = |import: &&Import| import.standing == Standing::Unreviewed && how == How::Called;
        let Some(name) = self.import(index).filter(is_open).map(|import| import.name.as_str()) else { return };
        let last = name.rsplit('.').next().unwrap_or(name);
        let is_bad = match wording::of(name, is_class_name(last)) {
            Wording::Plain => false,
            Wording::Runs => !self.arena.elements(arguments).is_empty(),
            Wording::Reaches => !is_reconstructor(last) && self.is_given(arguments, |text| !text.is_empty()),
        };
        if is_bad {
            self.worsen(index, Standing::Suspicious, "is on no list and named for what runs or opens what it is given");
        }
    }

    /// Judges the calls of a few names by what they are given.
    pub(super) fn weigh_arguments(&mut self, name: &str, index: u32, arguments: Value) {
        let given = self.arena.elements(arguments);
        let first = given.first().copied();
        let reason = match name {
            "builtins.type" | "abc.ABCMeta" | "enum.EnumMeta" | "enum.EnumType" if given.len() >= 3 => {
                "makes a new class while loading"
            }
            "builtins.iter" if given.len() >= 2 => "makes an iterator that calls what it is given",
            "torch.storage._load_from_bytes" if !first.is_some_and(|first| self.is_constant(first)) => {
                "loads bytes that are computed while loading"
            }
            "logging.getLogger" | "logging.Logger" if self.is_given(arguments, is_place) => "is given a path",
            _ => return,
        };
        self.worsen(index, Standing::Suspicious, reason);
    }

    /// Judges the values from a mark on, which a container or a call takes over.
    #[inline]
    pub(super) fn weigh_handed_over_from(&mut self, mark: usize) {
        for at in mark..self.stack.len() {
            if let Some(value @ Value::Node(_)) = self.stack.get(at).copied() {
                self.weigh_handed_over(value);
            }
        }
    }

    /// Judges a value that a container or a call takes over: a callable that is judged by its arguments must be called
    /// where they can be seen.
    #[inline]
    pub(super) fn weigh_handed_over(&mut self, value: Value) {
        if let Some(index) = self.arena.global(value) {
            self.weigh_callable(index);
        }
    }

    fn weigh_callable(&mut self, index: u32) {
        if self.import(index).is_some_and(|import| BY_ARGUMENT.contains(&import.name.as_str())) {
            self.worsen(index, Standing::Suspicious, "is handed over as a value, so that its arguments stay hidden");
        }
    }

    /// Judges an item put into a mapping or a state.
    #[inline]
    pub(super) fn weigh_item(&mut self, key: Value, value: Value) {
        let Value::Node(_) = value else { return };
        self.weigh_handed_over(value);
        let Value::Name(number) = key else { return };
        if self.texts.meaning(number) != Meaning::LookedUp {
            return;
        }
        let at = self.tape.position();
        if matches!(self.arena.node(value), Some(Node::Global(_) | Node::Call { .. } | Node::Instance { .. })) {
            let reason = "plants a callable where the unpickler looks up a method";
            self.note("<planted method>".to_owned(), Standing::Suspicious, reason, at);
        }
    }

    /// Says whether a value is written in the file, as bytes or as text that is encoded to bytes.
    fn is_constant(&self, value: Value) -> bool {
        match self.arena.node(value) {
            _ if self.is_text(value) || self.is_bytes(value) => true,
            Some(Node::Call { callee, arguments }) => {
                let by = self.arena.global(callee).and_then(|index| self.import(index));
                by.is_some_and(|import| import.name == "_codecs.encode" || import.name == "codecs.encode")
                    && self.arena.elements(arguments).first().is_some_and(|text| self.is_text(*text))
            }
            _ => false,
        }
    }

    /// Says whether one of the arguments, nested ones included, is a text of a kind.
    fn is_given(&self, arguments: Value, is_of_kind: fn(&str) -> bool) -> bool {
        let mut queue = vec![arguments];
        for _ in 0..MAX_LOOKED_AT {
            let Some(value) = queue.pop() else { return false };
            // A text that was not kept may be anything.
            if value == Value::LostText || self.text_of(value).is_some_and(|text| is_of_kind(&text)) {
                return true;
            }
            queue.extend(self.arena.elements(value));
            queue.extend(self.arena.pairs(value).iter().map(|(_, value)| *value));
        }
        false
    }
}

/// Returns how `class.attribute` stands, reached from an owner that stands as `of_owner`.
pub(super) fn weigh_attribute(class: &str, attribute: &str, of_owner: Standing) -> (Standing, OnCall) {
    let called = "calls a method while loading, which no reviewed file does";
    if is_dangerous_attribute(attribute) || judge(class, attribute).standing == Standing::Denied {
        return (Standing::Denied, OnCall::Same);
    }
    let is_rebuilder = REBUILDERS.iter().any(|known| known.strip_suffix(attribute) == Some(&format!("{class}.")));
    if is_rebuilder {
        return (of_owner, OnCall::Same);
    }
    if of_owner != Standing::Allowed {
        return (of_owner, OnCall::Worse(called));
    }
    let is_constant_like =
        attribute.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_' || letter.is_ascii_digit());
    let is_listed = judge(class, attribute).standing == Standing::Allowed;
    let is_harmless = is_constant_like || is_listed || DATA_ONLY.iter().any(|module| class.starts_with(module));
    let standing = if is_harmless { Standing::Allowed } else { Standing::Unreviewed };
    match of_attribute(attribute).on_call {
        OnCall::Same => (standing, OnCall::Same),
        _ => (standing, OnCall::Worse(called)),
    }
}

/// Says whether a text is a path, an address, a command or an expression, rather than a word or a sentence.
fn is_place(text: &str) -> bool {
    let has_ending = text.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=8).contains(&ending.len())
            && ending.chars().all(|letter| letter.is_ascii_alphanumeric())
            && ending.chars().any(|letter| letter.is_ascii_alphabetic())
    });
    let is_path = text.contains('/') || text.contains('\\') || text.contains("://") || text.starts_with('~');
    let is_expression = text.contains("__") || (text.contains('(') && text.contains(')')) || text.contains('\n');
    (is_path || is_expression || has_ending || is_code(text)) && text.len() < 4_096
}

/// Says whether a text is Python that reaches out, or a command of a shell.
fn is_code(text: &str) -> bool {
    const PYTHON: [&str; 12] = [
        "__import__",
        "import os",
        "import sys",
        "import subprocess",
        "import socket",
        "os.system",
        "subprocess.",
        "eval(",
        "exec(",
        "open(",
        "system(",
        "getattr(",
    ];
    const SHELL: [&str; 8] = ["&&", "||", "$(", "`", "; ", " | ", " > ", ">/"];
    PYTHON.iter().chain(&SHELL).any(|mark| text.contains(mark)) && text.len() < 65_536
}
