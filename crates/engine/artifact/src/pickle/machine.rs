//! The abstract pickle machine: walks the opcodes, keeps a stack and a memo of abstract values, records what is
//! resolved and called.
//!
//! It never stops at a fault a loader might survive: an empty stack gives an opaque value, the first fault is noted
//! and the walk goes on to STOP, an unknown opcode or the end. One step costs constant amortised time; stack, memo,
//! arena and lists have bounds, and reaching one ends the walk as "budget", never as clean.

use std::collections::{BTreeMap, HashMap};

use super::memo::Memo;
use super::opcode::{DecodeError, Decoder, Op};
use super::tables::OnCall;
use super::trace::Tracing;
use super::value::{Arena, Node, Value};
use crate::facts::{Import, PickleEnd, PickleFacts};

/// Longest text that can be a name.
pub(super) const MAX_NAME_BYTES: usize = 512;
/// Pickles that stand inside one another through object arrays of joblib.
pub(crate) const MAX_INLINE_DEPTH: u8 = 8;

/// What one walk saw.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) facts: PickleFacts,
    /// Offset after the last byte walked.
    pub(crate) end: usize,
    /// Constants that start like a pickle or a zip.
    pub(crate) nested: Vec<Vec<u8>>,
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
}

/// The machine.
pub(super) struct Machine<'a> {
    pub(super) decoder: Decoder<'a>,
    pub(super) arena: Arena<'a>,
    pub(super) stack: Vec<Value<'a>>,
    pub(super) marks: Vec<usize>,
    pub(super) memo: Memo<'a>,
    pub(super) known: HashMap<String, u32>,
    /// What a call of each import adds, by the import's index.
    pub(super) on_call: Vec<OnCall>,
    /// Reused to look up `module\0name` without allocating.
    pub(super) key: String,
    pub(super) walk: Walk,
    pub(super) depth: u8,
    pub(super) problem: Option<String>,
    pub(super) budget: Option<String>,
    pub(super) start: usize,
    pub(super) tracing: Tracing,
}

/// Walks one pickle that starts at `start`.
pub(crate) fn walk(data: &[u8], start: usize, depth: u8, tracing: Tracing) -> Walk {
    let mut machine = Machine::new(data, start, depth, tracing);
    let end = machine.run();
    machine.finish(end)
}

impl<'a> Machine<'a> {
    fn new(data: &'a [u8], start: usize, depth: u8, tracing: Tracing) -> Self {
        let facts = PickleFacts {
            member: None,
            offset: start as u64,
            protocol: 0,
            opcodes: 0,
            end: PickleEnd::Stop,
            imports: Vec::new(),
            root: None,
            weights_only_loadable: true,
        };
        Self {
            decoder: Decoder::new(data, start),
            arena: Arena::default(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
            known: HashMap::new(),
            on_call: Vec::new(),
            key: String::new(),
            walk: Walk {
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
            },
            depth,
            problem: None,
            budget: None,
            start,
            tracing,
        }
    }

    fn run(&mut self) -> PickleEnd {
        loop {
            let at = self.decoder.position();
            match self.decoder.next() {
                Ok(op) => {
                    self.walk.facts.opcodes += 1;
                    if matches!(op, Op::Stop) {
                        return self.stop();
                    }
                    self.step(op, at);
                }
                Err(DecodeError::Truncated) => {
                    self.walk.is_cut = self.problem.is_none();
                    let problem = format!("the data ends inside the pickle, at byte {at}");
                    return PickleEnd::Broken { problem };
                }
                Err(DecodeError::Unknown(code)) => {
                    return PickleEnd::Broken { problem: format!("byte {code:#04x} at {at} is no pickle opcode") };
                }
            }
            if let Some(problem) = self.budget.take() {
                return PickleEnd::Budget { problem };
            }
        }
    }

    fn stop(&mut self) -> PickleEnd {
        let root = self.stack.last().copied();
        if root.is_none() {
            self.fault("STOP", 1);
        }
        self.record(self.decoder.position(), "stop", root.as_slice());
        self.walk.facts.root = root.and_then(|value| self.class_name(value));
        self.problem.take().map_or(PickleEnd::Stop, |problem| PickleEnd::Broken { problem })
    }

    fn finish(mut self, end: PickleEnd) -> Walk {
        self.walk.facts.end = end;
        self.walk.end = self.decoder.position();
        self.walk
    }

    /// Returns the class name of an instance or of a call's result.
    pub(super) fn class_name(&self, value: Value<'a>) -> Option<String> {
        let class = match self.arena.node(value)? {
            Node::Instance { class } => *class,
            Node::Call { callee, .. } => *callee,
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

    /// Takes one opcode: the semantics of the format in one table.
    fn step(&mut self, op: Op<'a>, at: usize) {
        match op {
            Op::Proto(version) => self.walk.facts.protocol = self.walk.facts.protocol.max(version),
            Op::Frame | Op::Stop | Op::ReadonlyBuffer => {}
            Op::Mark => self.marks.push(self.stack.len()),
            Op::Pop => self.pop_or_unmark(),
            Op::PopMark => self.drop_to_mark("POP_MARK"),
            Op::Dup => self.duplicate(),
            Op::Scalar | Op::NextBuffer | Op::EmptyList | Op::EmptySet => self.push(Value::Opaque),
            Op::Int(value) => self.push(Value::Int(value)),
            Op::Text(bytes) => self.text(bytes),
            Op::Escaped(raw) => self.escaped(raw),
            Op::Bytes(bytes) => self.bytes(bytes),
            Op::EmptyTuple => self.tuple(Vec::new()),
            Op::Tuple => self.tuple_since_mark(),
            Op::TupleOf(count) => self.tuple_of(count),
            Op::List | Op::FrozenSet => self.opaque_since_mark(),
            Op::Append => self.append(),
            Op::Appends | Op::AddItems => self.drop_elements("APPENDS"),
            Op::EmptyDict => self.add(Node::Dict(Vec::new())),
            Op::Dict => self.dict_since_mark(),
            Op::SetItem => self.set_item(),
            Op::SetItems => self.set_items_since_mark(),
            Op::Global(module, name) => self.global(module, name, at),
            Op::Inst(module, name) => self.inst(module, name, at),
            Op::StackGlobal => self.stack_global(at),
            Op::Obj => self.obj(at),
            Op::NewObj => self.newobj(at),
            Op::NewObjEx => self.newobj_ex(at),
            Op::Reduce => self.reduce(at),
            Op::Build => self.build(at),
            Op::Get(index) => self.get(index, at),
            Op::Put(index) => self.put(index),
            Op::Memoize => self.put(self.memo.len() as u64),
            Op::PersId => self.add(Node::Persistent(Value::Opaque)),
            Op::BinPersId => self.persistent(),
            Op::Ext(code) => self.extension(code, at),
        }
    }

    /// Stops the walk for a bound reached elsewhere.
    pub(super) fn exhaust(&mut self, problem: &str) {
        self.budget.get_or_insert_with(|| problem.to_owned());
    }
}
