//! The abstract pickle machine: walks the opcodes, keeps a stack and a memo of abstract values, records what is
//! resolved and called.
//!
//! It never stops at a fault a loader might survive: an empty stack gives an opaque value, the first fault is noted
//! and the walk goes on to STOP, an unknown opcode or the end. One step costs constant amortised time; stack, memo,
//! arena, lists and steps have bounds, and reaching one ends the walk as "budget", never as clean.

use std::collections::{BTreeMap, HashMap};
use std::io;

use syndic_detect::ReadAt;

use super::kept_text::Texts;
use super::memo::Memo;
use super::tables::OnCall;
use super::tape::{End, Payload, Tape};
use super::trace::Tracing;
use super::value::{Arena, Node, Value};
use crate::facts::{Import, PickleEnd, PickleFacts, Standing};

/// Longest text that can be a name.
pub(super) const MAX_NAME_BYTES: usize = 512;
/// Pickles that stand inside one another through object arrays of joblib.
pub(crate) const MAX_INLINE_DEPTH: u8 = 8;
/// Opcodes walked of one pickle; each takes some nanoseconds.
const MAX_OPCODES: u64 = 1_000_000_000;

/// A constant to be looked into.
#[derive(Debug)]
pub(crate) enum Constant {
    /// It stands in the source as it is.
    At(Payload),
    /// Its bytes were written as text.
    Undone(Vec<u8>),
}

/// What one walk saw.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) facts: PickleFacts,
    /// Offset after the last byte walked.
    pub(crate) end: u64,
    /// Constants that start like a pickle or a zip.
    pub(crate) nested: Vec<Constant>,
    /// Pickles inside raw array blocks.
    pub(crate) inline: Vec<Walk>,
    /// Opcodes that resolve, call or build: what plain text does not have by accident.
    pub(crate) structural: u64,
    /// `_sklearn_version` and its like, by key.
    pub(crate) versions: BTreeMap<String, String>,
    /// Tensors rebuilt, and their elements by dtype.
    pub(crate) tensors: u64,
    pub(crate) elements: BTreeMap<String, u64>,
    /// Raw array blocks of joblib passed over.
    pub(crate) array_blocks: u64,
    /// The steps, if the walk is traced.
    pub(crate) trace: Vec<String>,
    /// Whether the data ended inside the pickle, with nothing wrong before.
    pub(crate) is_cut: bool,
    /// Whether something that no honest file calls is called before the first fault.
    pub(crate) is_harmful: bool,
    /// The source's own fault.
    pub(crate) fault: Option<io::Error>,
}

/// How far a walk may go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Pickles around this one.
    pub(crate) depth: u8,
    pub(crate) opcodes: u64,
}

impl Limits {
    /// Those of a whole pickle.
    pub(crate) const WHOLE: Self = Self { depth: 0, opcodes: MAX_OPCODES };
}

/// The machine.
pub(super) struct Machine<'s> {
    pub(super) tape: Tape<'s>,
    pub(super) arena: Arena,
    pub(super) texts: Texts,
    pub(super) stack: Vec<Value>,
    pub(super) marks: Vec<usize>,
    /// The innermost mark, below which no opcode reaches.
    pub(super) floor: usize,
    /// Where the frame ends that was opened last.
    pub(super) frame_end: u64,
    pub(super) memo: Memo,
    pub(super) known: HashMap<String, u32>,
    /// What a call of each import adds, by the import's index.
    pub(super) on_call: Vec<OnCall>,
    /// Reused to look up `module\0name` without allocating.
    pub(super) key: String,
    pub(super) walk: Walk,
    pub(super) limits: Limits,
    pub(super) problem: Option<String>,
    pub(super) budget: Option<String>,
    pub(super) start: u64,
    pub(super) tracing: Tracing,
}

/// Walks one pickle that starts at `start`.
pub(crate) fn walk(source: &dyn ReadAt, start: u64, limits: Limits, tracing: Tracing) -> Walk {
    let mut machine = Machine::new(source, start, limits, tracing);
    let end = machine.run();
    machine.finish(end)
}

impl<'s> Machine<'s> {
    fn new(source: &'s dyn ReadAt, start: u64, limits: Limits, tracing: Tracing) -> Self {
        let facts = PickleFacts {
            member: None,
            offset: start,
            protocol: 0,
            opcodes: 0,
            end: PickleEnd::Stop,
            imports: Vec::new(),
            root: None,
            weights_only_loadable: true,
        };
        let walk = Walk {
            facts,
            end: start,
            nested: Vec::new(),
            inline: Vec::new(),
            structural: 0,
            versions: BTreeMap::new(),
            tensors: 0,
            elements: BTreeMap::new(),
            array_blocks: 0,
            trace: Vec::new(),
            is_cut: false,
            is_harmful: false,
            fault: None,
        };
        Self {
            tape: Tape::new(source, start),
            arena: Arena::new(),
            texts: Texts::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            floor: 0,
            frame_end: 0,
            memo: Memo::default(),
            known: HashMap::new(),
            on_call: Vec::new(),
            key: String::new(),
            walk,
            limits,
            problem: None,
            budget: None,
            start,
            tracing,
        }
    }

    fn run(&mut self) -> PickleEnd {
        let mut opcodes = 0_u64;
        let end = loop {
            let at = self.tape.position();
            let Some(code) = self.tape.next_byte() else { break self.ended(End::Truncated, at) };
            if let Err(end) = self.step(code, at) {
                opcodes += u64::from(end == End::Stop);
                break self.ended(end, at);
            }
            opcodes += 1;
            if at < self.frame_end && self.tape.position() > self.frame_end {
                self.note_across_frames(at);
            }
            if let Some(problem) = self.budget.take() {
                break PickleEnd::Budget { problem };
            }
            if opcodes >= self.limits.opcodes {
                let problem = format!("more than {} opcodes", self.limits.opcodes);
                self.walk.is_cut = self.problem.is_none();
                break PickleEnd::Budget { problem };
            }
        };
        self.walk.facts.opcodes = opcodes;
        end
    }

    /// CPython's C unpickler, given a file it cannot look ahead in, drops what is left of a frame when an argument
    /// reaches beyond it: it then reads other names than all other unpicklers. No pickler writes an opcode like that.
    #[cold]
    pub(super) fn note_across_frames(&mut self, at: u64) {
        self.frame_end = 0;
        let reason = "the argument of an opcode reaches beyond its frame, where unpicklers disagree what it is";
        self.record(at, "import     <across frames>", &[]);
        self.note("<across frames>".to_owned(), Standing::Suspicious, reason, at);
    }

    fn ended(&mut self, end: End, at: u64) -> PickleEnd {
        match end {
            End::Stop => self.stop(),
            End::Truncated => {
                self.walk.is_cut = self.problem.is_none();
                PickleEnd::Broken { problem: format!("the data ends inside the pickle, at byte {at}") }
            }
            End::Unknown(code) => {
                PickleEnd::Broken { problem: format!("byte {code:#04x} at {at} is no pickle opcode") }
            }
        }
    }

    fn stop(&mut self) -> PickleEnd {
        let root = self.stack.last().copied();
        if root.is_none() {
            self.fault("STOP", 1);
        }
        self.record(self.tape.position(), "stop", root.as_slice());
        self.walk.facts.root = root.and_then(|value| self.class_name(value));
        self.problem.take().map_or(PickleEnd::Stop, |problem| PickleEnd::Broken { problem })
    }

    fn finish(mut self, end: PickleEnd) -> Walk {
        self.walk.facts.end = end;
        self.walk.end = self.tape.position();
        self.walk.fault = self.tape.fault();
        self.walk
    }

    /// Returns the class name of an instance or of a call's result.
    pub(super) fn class_name(&self, value: Value) -> Option<String> {
        if value == Value::Dict {
            return Some("builtins.dict".to_owned());
        }
        let class = match self.arena.node(value)? {
            Node::Instance { class } => class,
            Node::Call { callee, .. } => callee,
            Node::Dict(_) => return Some("builtins.dict".to_owned()),
            _ => return None,
        };
        Some(self.import(self.arena.global(class)?)?.name.clone())
    }

    pub(super) fn import(&self, index: u32) -> Option<&Import> {
        self.walk.facts.imports.get(usize::try_from(index).ok()?)
    }

    pub(super) fn import_mut(&mut self, index: u32) -> Option<&mut Import> {
        self.walk.facts.imports.get_mut(usize::try_from(index).ok()?)
    }

    /// Stops the walk for a bound reached elsewhere.
    #[cold]
    pub(super) fn exhaust(&mut self, problem: &str) {
        self.budget.get_or_insert_with(|| problem.to_owned());
    }
}
