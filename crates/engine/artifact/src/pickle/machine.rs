//! The abstract pickle machine: walks the opcodes, keeps a stack and a memo of abstract values, records what is
//! resolved and called.
//!
//! It never stops at a fault a loader might survive: an empty stack gives an opaque value, the first fault is noted
//! and the walk goes on to STOP, an unknown opcode or the end. One step costs constant amortised time; stack, memo,
//! arena and lists have bounds, and reaching one ends the walk as "budget", never as clean.

use std::collections::{BTreeMap, HashMap};

use super::array_block;
use super::memo::Memo;
use super::names::{canonical, is_dotted_name, unescape};
use super::opcode::{DecodeError, Decoder, Op};
use super::tables::{Judgement, judge};
use super::value::{Arena, MAX_KEPT, Node, Value};
use crate::facts::{Import, PickleEnd, PickleFacts, Standing};

/// Values on the stack at once.
const MAX_STACK: usize = 4_000_000;
/// Distinct names resolved by one pickle.
const MAX_IMPORTS: usize = 2_000;
/// Constants kept for a look inside.
const MAX_NESTED: usize = 256;
/// Longest text that can be a name.
const MAX_NAME_BYTES: usize = 512;
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
    /// Whether the data ended inside the pickle, with nothing wrong before.
    pub(crate) is_cut: bool,
}

/// The machine.
pub(super) struct Machine<'a> {
    pub(super) decoder: Decoder<'a>,
    pub(super) arena: Arena<'a>,
    stack: Vec<Value<'a>>,
    marks: Vec<usize>,
    memo: Memo<'a>,
    known: HashMap<String, u32>,
    /// Reused to look up `module\0name` without allocating.
    key: String,
    pub(super) walk: Walk,
    pub(super) depth: u8,
    problem: Option<String>,
    budget: Option<String>,
    start: usize,
}

/// Walks one pickle that starts at `start`.
pub(crate) fn walk(data: &[u8], start: usize, depth: u8) -> Walk {
    let mut machine = Machine::new(data, start, depth);
    let end = machine.run();
    machine.finish(end)
}

impl<'a> Machine<'a> {
    fn new(data: &'a [u8], start: usize, depth: u8) -> Self {
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
                is_cut: false,
            },
            depth,
            problem: None,
            budget: None,
            start,
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

    #[expect(clippy::too_many_lines, reason = "one arm an opcode: the semantics of the format in one table")]
    fn step(&mut self, op: Op<'a>, at: usize) {
        match op {
            Op::Proto(version) => self.walk.facts.protocol = self.walk.facts.protocol.max(version),
            Op::Frame | Op::Stop | Op::ReadonlyBuffer => {}
            Op::Mark => self.marks.push(self.stack.len()),
            Op::Pop => {
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    self.pop("POP");
                }
            }
            Op::PopMark => self.drop_to_mark("POP_MARK"),
            Op::Dup => {
                let top = self.top("DUP");
                self.push(top);
            }
            Op::Scalar | Op::NextBuffer | Op::EmptyList | Op::EmptySet => self.push(Value::Opaque),
            Op::Int(value) => self.push(Value::Int(value)),
            Op::Text(bytes) => self.text(bytes),
            Op::Escaped(raw) => {
                let value = if raw.len() <= MAX_NAME_BYTES {
                    self.arena.add(Node::Owned(unescape(raw).into()))
                } else {
                    Value::Opaque
                };
                self.push(value);
            }
            Op::Bytes(bytes) => {
                self.keep_nested(bytes);
                self.push(Value::Bytes(bytes));
            }
            Op::EmptyTuple => self.tuple(Vec::new()),
            Op::Tuple => {
                let elements = self.since_mark("TUPLE");
                self.tuple(elements);
            }
            Op::TupleOf(count) => {
                let mut elements: Vec<_> = (0..count).map(|_| self.pop("TUPLE")).collect();
                elements.reverse();
                self.tuple(elements);
            }
            Op::List | Op::FrozenSet => {
                self.drop_to_mark("LIST");
                self.push(Value::Opaque);
            }
            Op::Append => drop(self.pop("APPEND")),
            Op::Appends | Op::AddItems => self.drop_to_mark("APPENDS"),
            Op::EmptyDict => {
                let value = self.arena.add(Node::Dict(Vec::new()));
                self.push(value);
            }
            Op::Dict => {
                let mark = self.mark("DICT");
                let target = self.arena.add(Node::Dict(Vec::new()));
                self.set_items(mark, target);
                self.push(target);
            }
            Op::SetItem => {
                let mark = self.stack.len().saturating_sub(2).max(self.floor());
                self.set_items_of_top(mark, "SETITEM");
            }
            Op::SetItems => {
                let mark = self.mark("SETITEMS");
                self.set_items_of_top(mark, "SETITEMS");
            }
            Op::Global(module, name) => {
                let value = self.resolve_bytes(module, name, at);
                self.push(value);
            }
            Op::Inst(module, name) => {
                let arguments = self.since_mark("INST");
                let class = self.resolve_bytes(module, name, at);
                self.instantiate(class, arguments, at);
            }
            Op::StackGlobal => self.stack_global(at),
            Op::Obj => {
                let mut arguments = self.since_mark("OBJ");
                let class = if arguments.is_empty() { Value::Opaque } else { arguments.remove(0) };
                self.instantiate(class, arguments, at);
            }
            Op::NewObj => {
                let arguments = self.pop("NEWOBJ");
                let class = self.pop("NEWOBJ");
                self.new_object(class, arguments, at);
            }
            Op::NewObjEx => {
                self.pop("NEWOBJ_EX");
                let arguments = self.pop("NEWOBJ_EX");
                let class = self.pop("NEWOBJ_EX");
                self.new_object(class, arguments, at);
            }
            Op::Reduce => {
                let arguments = self.pop("REDUCE");
                let callee = self.pop("REDUCE");
                let value = self.call(callee, arguments, at);
                self.push(value);
            }
            Op::Build => {
                let state = self.pop("BUILD");
                let target = self.top("BUILD");
                self.build(target, state, at);
            }
            Op::Get(index) => {
                if self.memo.get(index).is_none() {
                    self.problem.get_or_insert_with(|| format!("memo slot {index} is read at byte {at} but never set"));
                }
                self.push(self.memo.get(index).unwrap_or(Value::Opaque));
            }
            Op::Put(index) => self.put(index),
            Op::Memoize => self.put(self.memo.len() as u64),
            Op::PersId => {
                let value = self.arena.add(Node::Persistent(Value::Opaque));
                self.push(value);
            }
            Op::BinPersId => {
                let id = self.pop("BINPERSID");
                let value = self.arena.add(Node::Persistent(id));
                self.push(value);
            }
            Op::Ext(code) => {
                let reason = "resolved through the copyreg extension registry, which hides its name";
                let value = self.note(format!("copyreg.extension[{code}]"), Standing::Suspicious, reason, at);
                self.push(value);
            }
        }
    }

    fn text(&mut self, bytes: &'a [u8]) {
        // Protocol 2 writes bytes as Latin-1 text: 0x80 becomes C2 80.
        if let [0xc2, 0x80, 0..=5, ..] = bytes
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            let latin1: Vec<u8> = text.chars().map_while(|character| u8::try_from(u32::from(character)).ok()).collect();
            self.keep_nested(&latin1);
        }
        self.push(Value::Text(bytes));
    }

    fn keep_nested(&mut self, bytes: &[u8]) {
        if matches!(bytes, [0x80, 0..=5, _, ..] | [b'P', b'K', 3, 4, ..]) {
            if self.walk.nested.len() < MAX_NESTED {
                self.walk.nested.push(bytes.to_vec());
            } else {
                self.budget.get_or_insert_with(|| format!("more than {MAX_NESTED} constants look like pickles"));
            }
        }
    }

    fn push(&mut self, value: Value<'a>) {
        if self.stack.len() >= MAX_STACK || self.arena.is_full() {
            self.budget.get_or_insert_with(|| "more values at once than the interpreter keeps".to_owned());
            return;
        }
        self.stack.push(value);
    }

    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self, opcode: &str) -> Value<'a> {
        if self.stack.len() <= self.floor() {
            self.fault(opcode, 1);
            return Value::Opaque;
        }
        self.stack.pop().unwrap_or(Value::Opaque)
    }

    fn top(&mut self, opcode: &str) -> Value<'a> {
        if self.stack.len() <= self.floor() {
            self.fault(opcode, 1);
            return Value::Opaque;
        }
        self.stack.last().copied().unwrap_or(Value::Opaque)
    }

    /// Takes the mark: where the values since it start. Without a mark that is the end of the stack.
    fn mark(&mut self, opcode: &str) -> usize {
        if let Some(mark) = self.marks.pop() {
            return mark.min(self.stack.len());
        }
        let at = self.decoder.position();
        self.problem.get_or_insert_with(|| format!("pickle opcode {opcode} before byte {at} finds no mark"));
        self.stack.len()
    }

    fn since_mark(&mut self, opcode: &str) -> Vec<Value<'a>> {
        let mark = self.mark(opcode);
        self.stack.split_off(mark)
    }

    fn drop_to_mark(&mut self, opcode: &str) {
        let mark = self.mark(opcode);
        self.stack.truncate(mark);
    }

    fn fault(&mut self, opcode: &str, needed: usize) {
        let at = self.decoder.position();
        let found = self.stack.len().saturating_sub(self.floor());
        self.problem.get_or_insert_with(|| {
            format!("pickle opcode {opcode} before byte {at} needs {needed} stack item, found {found}")
        });
    }

    fn tuple(&mut self, mut elements: Vec<Value<'a>>) {
        elements.truncate(MAX_KEPT);
        elements.shrink_to_fit();
        let value = self.arena.add(Node::Tuple(elements));
        self.push(value);
    }

    fn put(&mut self, index: u64) {
        let value = self.top("PUT");
        if !self.memo.put(index, value) {
            self.exhaust("more memo slots than the interpreter keeps");
        }
    }

    fn set_items_of_top(&mut self, mark: usize, opcode: &str) {
        if mark <= self.floor() {
            self.fault(opcode, 1);
        }
        let target = mark.checked_sub(1).and_then(|top| self.stack.get(top)).copied().unwrap_or(Value::Opaque);
        self.set_items(mark, target);
    }

    /// Moves the pairs from `mark` on into a dictionary. Only the keys that matter are kept: an array wrapper's
    /// description and library versions; everything else would cost memory for nothing.
    fn set_items(&mut self, mark: usize, target: Value<'a>) {
        let mut at = mark;
        while let (Some(key), Some(value)) = (self.stack.get(at).copied(), self.stack.get(at + 1).copied()) {
            at += 2;
            if self.arena.text(key).is_some_and(array_block::is_description) {
                if let Some(Node::Dict(pairs)) = self.arena.node_mut(target)
                    && pairs.len() < MAX_KEPT
                {
                    pairs.push((key, value));
                }
            } else {
                self.note_version(key, value);
            }
        }
        self.stack.truncate(mark);
    }

    /// Keeps the library version that sklearn and others put into the state.
    fn note_version(&mut self, key: Value<'a>, value: Value<'a>) {
        let Value::Text(key) = key else { return };
        if !key.ends_with(b"_version") || key.len() > 40 || self.walk.versions.len() >= MAX_KEPT {
            return;
        }
        if let (Ok(key), Some(version)) = (std::str::from_utf8(key), self.arena.text(value))
            && version.len() <= 40
        {
            let (key, version) = (key.to_owned(), version.to_owned());
            self.walk.versions.entry(key).or_insert(version);
        }
    }

    fn resolve_bytes(&mut self, module: &[u8], name: &[u8], at: usize) -> Value<'a> {
        if !is_dotted_name(module) || !is_dotted_name(name) {
            self.problem.get_or_insert_with(|| format!("the name imported at byte {at} is no Python name"));
        }
        let (module, name) = (String::from_utf8_lossy(module), String::from_utf8_lossy(name));
        self.resolve(module.trim_end_matches('\r'), name.trim_end_matches('\r'), at)
    }

    fn stack_global(&mut self, at: usize) {
        let name = self.pop("STACK_GLOBAL");
        let module = self.pop("STACK_GLOBAL");
        let names = self.arena.text(module).zip(self.arena.text(name));
        let value = if let Some((module, name)) = names.map(|(module, name)| (module.to_owned(), name.to_owned())) {
            self.resolve(&module, &name, at)
        } else {
            let reason = "the imported name is computed while loading";
            self.note("<computed>".to_owned(), Standing::Suspicious, reason, at)
        };
        self.push(value);
    }

    /// Resolves an import: judges it once, records it, gives its value.
    pub(super) fn resolve(&mut self, module: &str, name: &str, at: usize) -> Value<'a> {
        self.walk.structural += 1;
        let (module, name) = canonical(module, name);
        self.key.clear();
        self.key.push_str(module);
        self.key.push('\0');
        self.key.push_str(name);
        if let Some(index) = self.known.get(self.key.as_str()) {
            return self.arena.add(Node::Global(*index));
        }
        let Judgement { standing, reason, weights_only } = judge(module, name);
        self.walk.facts.weights_only_loadable &= weights_only;
        let shortened: String = format!("{module}.{name}").chars().take(MAX_NAME_BYTES).collect();
        let value = self.note(shortened, standing, reason, at);
        if let Some(index) = self.arena.global(value) {
            self.known.insert(self.key.clone(), index);
        }
        value
    }

    /// Records an import under a name of its own.
    pub(super) fn note(&mut self, name: String, standing: Standing, reason: &str, at: usize) -> Value<'a> {
        if standing >= Standing::Suspicious {
            self.walk.facts.weights_only_loadable = false;
        }
        let imports = &mut self.walk.facts.imports;
        if let Some(index) = imports.iter().position(|import| import.name == name && import.standing == standing) {
            return self.arena.add(Node::Global(u32::try_from(index).unwrap_or(u32::MAX)));
        }
        if imports.len() >= MAX_IMPORTS {
            self.budget.get_or_insert_with(|| format!("more than {MAX_IMPORTS} distinct imports"));
            return Value::Opaque;
        }
        let offset = at.saturating_sub(self.start) as u64;
        let index = u32::try_from(imports.len()).unwrap_or(u32::MAX);
        imports.push(Import { name, standing, reason: reason.to_owned(), offset, calls: 0, arguments: None });
        self.arena.add(Node::Global(index))
    }

    fn instantiate(&mut self, class: Value<'a>, mut arguments: Vec<Value<'a>>, at: usize) {
        arguments.truncate(MAX_KEPT);
        let arguments = self.arena.add(Node::Tuple(arguments));
        let result = self.call(class, arguments, at);
        let is_plain_call = matches!(self.arena.node(result), Some(Node::Call { .. }));
        let value = if is_plain_call { self.arena.add(Node::Instance { class }) } else { result };
        self.push(value);
    }

    fn new_object(&mut self, class: Value<'a>, arguments: Value<'a>, at: usize) {
        self.walk.structural += 1;
        if self.arena.global(class).is_none() {
            self.call(class, arguments, at);
        } else {
            self.count_call(class, arguments);
        }
        let value = self.arena.add(Node::Instance { class });
        self.push(value);
    }

    fn build(&mut self, target: Value<'a>, state: Value<'a>, at: usize) {
        self.walk.structural += 1;
        if self.arena.global(target).is_some() {
            let reason = "state is set on an imported object itself, which plants attributes on it";
            self.note("<state of an import>".to_owned(), Standing::Suspicious, reason, at);
        }
        let is_wrapper = self.class_name(target).is_some_and(|name| array_block::is_wrapper(&name));
        if is_wrapper && !array_block::pass(self, state) {
            self.budget.get_or_insert_with(|| "a raw array block of unknown size".to_owned());
        }
    }

    /// Stops the walk for a bound reached elsewhere.
    pub(super) fn exhaust(&mut self, problem: &str) {
        self.budget.get_or_insert_with(|| problem.to_owned());
    }
}
