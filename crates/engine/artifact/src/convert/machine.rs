//! The strict interpreter: the opcodes torch writes for a state dict, and no others.
//!
//! Where the scanner is as permissive as the loosest loader, this one is stricter than the strictest: a fault, an
//! opcode or a name outside its table ends it with a refusal. Nothing is called; the few callables are data to it.

use std::collections::HashMap;

use super::globals::{self, Global};
use super::memo::Memo;
use super::refusal::Refusal;
use super::value::{Claim, Loaded, Node, Value, What};
use crate::pickle::{DecodeError, Decoder, Op};

/// Values with structure; a tensor takes about four.
const MAX_NODES: usize = 1_000_000;
/// Values on the stack, in the memo, and in containers at once.
const MAX_VALUES: usize = 1_000_000;

/// The interpreter.
pub(super) struct Machine<'a> {
    decoder: Decoder<'a>,
    stack: Vec<Value<'a>>,
    marks: Vec<usize>,
    memo: Memo<'a>,
    kept: usize,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) claims: Vec<Claim>,
    /// Index of each claim by its key.
    pub(super) by_key: HashMap<&'a str, usize>,
}

/// Reads the pickle that starts at `start`.
///
/// # Errors
/// Whatever a state dict does not have, with its offset.
pub(super) fn load(data: &[u8], start: usize) -> Result<Loaded<'_>, Refusal> {
    let mut machine = Machine {
        decoder: Decoder::new(data, start),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Memo::default(),
        kept: 0,
        nodes: Vec::new(),
        claims: Vec::new(),
        by_key: HashMap::new(),
    };
    loop {
        let at = machine.decoder.position();
        let op = machine.next(at)?;
        if matches!(op, Op::Stop) {
            let root = machine.pop(at)?;
            if !machine.stack.is_empty() || !machine.marks.is_empty() {
                return Err(Refusal::damaged("the pickle leaves values behind at its end").at(at));
            }
            let end = machine.decoder.position();
            return Ok(Loaded { root, nodes: machine.nodes, claims: machine.claims, end });
        }
        machine.step(op, at).map_err(|refusal| refusal.at(at))?;
    }
}

impl<'a> Machine<'a> {
    /// Decodes one opcode; those of protocol 0, which say everything in text, are not among them.
    fn next(&mut self, at: usize) -> Result<Op<'a>, Refusal> {
        let code = self.decoder.data().get(at).copied();
        if let Some(b'I' | b'L' | b'F' | b'S' | b'V' | b'g' | b'p' | b'P' | b'd' | b'l') = code {
            let next_step = "save it with the default pickle_protocol of torch.save";
            return Err(Refusal::content("the pickle is of protocol 0 or 1", next_step).at(at));
        }
        self.decoder.next().map_err(|error| match error {
            DecodeError::Truncated => Refusal::damaged("the pickle is cut").at(at),
            DecodeError::Unknown(code) => Refusal::damaged(format!("byte {code:#04x} is no pickle opcode")).at(at),
        })
    }

    fn step(&mut self, op: Op<'a>, at: usize) -> Result<(), Refusal> {
        match op {
            Op::Proto(_) | Op::Frame => Ok(()),
            Op::Mark => {
                self.marks.push(self.stack.len());
                self.room(self.marks.len())
            }
            Op::Scalar => self.push(What::Other("a number, a truth value or None"), at),
            Op::Int(value) => self.push(What::Int(value), at),
            Op::Text(bytes) => self.text(bytes, at),
            Op::Bytes(_) => self.push(What::Other("bytes"), at),
            Op::EmptyTuple => self.add(Node::Tuple(Vec::new()), at),
            Op::Tuple => self.since_mark().and_then(|values| self.add(Node::Tuple(values), at)),
            Op::TupleOf(count) => self.top(usize::from(count)).and_then(|values| self.add(Node::Tuple(values), at)),
            Op::EmptyList => self.add(Node::List(Vec::new()), at),
            Op::Append => self.top(1).and_then(|values| self.extend_list(&values)),
            Op::Appends => self.since_mark().and_then(|values| self.extend_list(&values)),
            Op::EmptyDict => self.add(Node::Dict(Vec::new()), at),
            Op::SetItem => self.top(2).and_then(|values| self.extend_dict(&values)),
            Op::SetItems => self.since_mark().and_then(|values| self.extend_dict(&values)),
            Op::Global(module, name) => self.global(module, name, at),
            Op::StackGlobal => self.stack_global(at),
            Op::Reduce => self.reduce(at),
            Op::Build => self.build(at),
            Op::BinPersId => self.persistent(at),
            Op::Get(index) => self.get(index, at),
            Op::Put(index) => self.put(index, at),
            Op::Memoize => self.put(self.memo.len() as u64, at),
            other => Err(unsupported(&other)),
        }
    }

    /// Refuses what would take more memory than a state dict needs.
    fn room(&self, count: usize) -> Result<(), Refusal> {
        if count < MAX_VALUES && self.kept < MAX_VALUES && self.nodes.len() < MAX_NODES {
            return Ok(());
        }
        Err(Refusal::content("the pickle holds more values than the converter keeps", "split the checkpoint"))
    }

    pub(super) fn push(&mut self, what: What<'a>, at: usize) -> Result<(), Refusal> {
        self.room(self.stack.len())?;
        self.stack.push(Value { what, at });
        Ok(())
    }

    pub(super) fn add(&mut self, node: Node<'a>, at: usize) -> Result<(), Refusal> {
        let handle = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Node::Tuple(values) | Node::List(values) = &node {
            self.kept += values.len();
        }
        self.nodes.push(node);
        self.push(What::Node(handle), at)
    }

    pub(super) fn pop(&mut self, at: usize) -> Result<Value<'a>, Refusal> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let value = if self.stack.len() > floor { self.stack.pop() } else { None };
        value.ok_or_else(|| Refusal::damaged("an opcode finds nothing on the stack").at(at))
    }

    fn top(&mut self, count: usize) -> Result<Vec<Value<'a>>, Refusal> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let start = self.stack.len().checked_sub(count).filter(|start| *start >= floor);
        let start = start.ok_or_else(|| Refusal::damaged("an opcode finds too little on the stack"))?;
        Ok(self.stack.split_off(start))
    }

    fn since_mark(&mut self) -> Result<Vec<Value<'a>>, Refusal> {
        let mark = self.marks.pop().ok_or_else(|| Refusal::damaged("an opcode finds no mark"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn text(&mut self, bytes: &'a [u8], at: usize) -> Result<(), Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refusal::damaged("a text that is not UTF-8"))?;
        self.push(What::Text(text), at)
    }

    pub(super) fn node(&self, value: Value<'a>) -> Option<&Node<'a>> {
        let What::Node(handle) = value.what else { return None };
        self.nodes.get(usize::try_from(handle).ok()?)
    }

    fn under(&mut self) -> Option<&mut Node<'a>> {
        let What::Node(handle) = self.stack.last()?.what else { return None };
        self.nodes.get_mut(usize::try_from(handle).ok()?)
    }

    fn extend_list(&mut self, values: &[Value<'a>]) -> Result<(), Refusal> {
        self.kept += values.len();
        self.room(0)?;
        let Some(Node::List(list)) = self.under() else {
            return Err(Refusal::damaged("values are appended to what is no list"));
        };
        list.extend_from_slice(values);
        Ok(())
    }

    pub(super) fn extend_dict(&mut self, values: &[Value<'a>]) -> Result<(), Refusal> {
        self.kept += values.len();
        self.room(0)?;
        let (pairs, rest) = values.as_chunks::<2>();
        match self.under() {
            Some(Node::Dict(entries)) if rest.is_empty() => {
                entries.extend(pairs.iter().map(|[key, value]| (*key, *value)));
                Ok(())
            }
            _ => Err(Refusal::damaged("entries are set in what is no dictionary")),
        }
    }

    fn global(&mut self, module: &[u8], name: &[u8], at: usize) -> Result<(), Refusal> {
        let found = globals::find(&String::from_utf8_lossy(module), &String::from_utf8_lossy(name))?;
        self.push(What::Global(found), at)
    }

    fn stack_global(&mut self, at: usize) -> Result<(), Refusal> {
        let operands = self.top(2)?;
        let [Value { what: What::Text(module), .. }, Value { what: What::Text(name), .. }] = operands.as_slice() else {
            return Err(Refusal::damaged("a class is named by what is no text"));
        };
        let found: Global = globals::find(module, name)?;
        self.push(What::Global(found), at)
    }

    fn get(&mut self, index: u64, at: usize) -> Result<(), Refusal> {
        let value = self.memo.get(index);
        let value = value.ok_or_else(|| Refusal::damaged(format!("memo slot {index} is empty")))?;
        self.push(value.what, at)
    }

    fn put(&mut self, index: u64, at: usize) -> Result<(), Refusal> {
        self.room(self.memo.len())?;
        let value = self.pop(at)?;
        self.stack.push(value);
        self.memo.put(index, value);
        Ok(())
    }
}

fn unsupported(op: &Op<'_>) -> Refusal {
    let name = match op {
        Op::Pop | Op::PopMark | Op::Dup => "throws values away or doubles them",
        Op::NewObj | Op::NewObjEx | Op::Obj | Op::Inst(..) => "builds an object of a class",
        Op::Ext(_) => "resolves a name through the extension registry",
        Op::NextBuffer | Op::ReadonlyBuffer => "takes a buffer from outside of the file",
        Op::EmptySet | Op::AddItems | Op::FrozenSet => "builds a set",
        _ => "is not one that a state dict needs",
    };
    Refusal::content(
        format!("a pickle opcode {name}"),
        "save model.state_dict() with plain tensors in it, nothing else",
    )
}
