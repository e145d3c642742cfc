//! Abstract values: what an unpickler would have on its stack, as far as anybody needs to know.
//!
//! A value takes eight bytes; only what has structure lives in the arena, behind a `u32`. There is no recursion over
//! values anywhere, and everything has a bound.

use super::tape::Payload;

/// Nodes of one pickle.
const MAX_NODES: usize = 1 << 20;
/// Nodes from which on constants get none: calls and tuples need them more.
const MAX_CONSTANTS: usize = MAX_NODES / 2;
/// Elements of all tuples of one pickle.
const MAX_ELEMENTS: usize = 1 << 21;

/// Mappings of which pairs are kept.
const MAX_DICTS: usize = 1 << 18;

/// Elements kept of one tuple or dictionary; further ones are dropped, which only loses detail in messages.
pub(crate) const MAX_KEPT: usize = 64;

/// One abstract value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// Anything nobody asks about.
    Opaque,
    /// A mapping of which nothing is known that matters.
    Dict,
    /// A text that could not be kept.
    LostText,
    /// Bytes that could not be kept.
    LostBytes,
    /// A tuple of constants that could not be kept.
    LostTuple,
    Int(i32),
    /// A text that may be a name, by its number.
    Name(u32),
    Node(u32),
}

/// A value with structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    /// A text longer than a name, or one too many.
    Text(Span),
    Bytes(Span),
    /// A number of more than 32 bits, by its index.
    Wide(u32),
    Tuple {
        start: u32,
        count: u32,
    },
    /// A mapping of which some pairs are kept, by its index.
    Dict(u32),
    /// An import, by its index in the walk's list.
    Global(u32),
    /// The result of calling something; `arguments` as passed.
    Call {
        callee: Value,
        arguments: Value,
    },
    /// An instance of a class.
    Instance {
        class: Value,
    },
    /// What a persistent id stands for.
    Persistent(Value),
}

/// Where a constant stands, in twelve bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    high: u32,
    low: u32,
    length: u32,
}

impl Span {
    fn new(payload: Payload) -> Option<Self> {
        let high = u32::try_from(payload.start >> 32).ok()?;
        let low = u32::try_from(payload.start & u64::from(u32::MAX)).ok()?;
        Some(Self { high, low, length: u32::try_from(payload.length).ok()? })
    }

    pub(crate) fn payload(self) -> Payload {
        Payload { start: u64::from(self.high) << 32 | u64::from(self.low), length: u64::from(self.length) }
    }
}

/// The arena.
#[derive(Debug)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    elements: Vec<Value>,
    wide: Vec<i64>,
    dicts: Vec<Vec<(Value, Value)>>,
    is_full: bool,
}

/// The node every arena starts with: the empty tuple.
const EMPTY_TUPLE: Node = Node::Tuple { start: 0, count: 0 };

impl Arena {
    pub(crate) fn new() -> Self {
        Self { nodes: vec![EMPTY_TUPLE], elements: Vec::new(), wide: Vec::new(), dicts: Vec::new(), is_full: false }
    }

    /// Adds a node; beyond the bound the value is opaque and the arena says that it is full.
    pub(crate) fn add(&mut self, node: Node) -> Value {
        let Ok(handle) = u32::try_from(self.nodes.len()) else { return Value::Opaque };
        if self.nodes.len() >= MAX_NODES {
            self.is_full = true;
            return Value::Opaque;
        }
        self.nodes.push(node);
        Value::Node(handle)
    }

    /// Says whether something found no room any more.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Returns the empty tuple.
    pub(crate) fn empty_tuple() -> Value {
        Value::Node(0)
    }

    /// Adds a tuple, its first elements at least.
    pub(crate) fn tuple(&mut self, elements: &[Value]) -> Value {
        let kept = elements.get(..elements.len().min(MAX_KEPT)).unwrap_or_default();
        if kept.is_empty() {
            return Self::empty_tuple();
        }
        let (start, count) = (u32::try_from(self.elements.len()), u32::try_from(kept.len()));
        let (Ok(start), Ok(count)) = (start, count) else { return Value::Opaque };
        let is_plain = || !kept.iter().any(|element| matches!(element, Value::Node(_)));
        if self.nodes.len() >= MAX_CONSTANTS && is_plain() {
            return Value::LostTuple;
        }
        if self.elements.len() + kept.len() > MAX_ELEMENTS {
            self.is_full = true;
            return Value::Opaque;
        }
        self.elements.extend_from_slice(kept);
        self.add(Node::Tuple { start, count })
    }

    /// Adds a number.
    pub(crate) fn int(&mut self, number: i64) -> Value {
        if let Ok(small) = i32::try_from(number) {
            return Value::Int(small);
        }
        let Ok(index) = u32::try_from(self.wide.len()) else { return Value::Opaque };
        if self.nodes.len() >= MAX_CONSTANTS {
            return Value::Opaque;
        }
        self.wide.push(number);
        self.add(Node::Wide(index))
    }

    /// Adds a constant by where it stands.
    pub(crate) fn text(&mut self, payload: Payload) -> Value {
        self.constant(payload, Node::Text, Value::LostText)
    }

    /// Adds bytes by where they stand.
    pub(crate) fn bytes(&mut self, payload: Payload) -> Value {
        self.constant(payload, Node::Bytes, Value::LostBytes)
    }

    fn constant(&mut self, payload: Payload, node: impl Fn(Span) -> Node, lost: Value) -> Value {
        match Span::new(payload) {
            Some(span) if self.nodes.len() < MAX_CONSTANTS => self.add(node(span)),
            _ => lost,
        }
    }

    /// Adds a mapping with one pair.
    pub(crate) fn dict(&mut self, key: Value, value: Value) -> Value {
        let Ok(index) = u32::try_from(self.dicts.len()) else { return Value::Dict };
        if self.dicts.len() >= MAX_DICTS {
            self.is_full = true;
            return Value::Dict;
        }
        let made = self.add(Node::Dict(index));
        self.dicts.push(vec![(key, value)]);
        made
    }

    /// Puts a pair into a mapping that has some.
    pub(crate) fn put(&mut self, index: u32, key: Value, value: Value) {
        let dict = usize::try_from(index).ok().and_then(|index| self.dicts.get_mut(index));
        if let Some(pairs) = dict.filter(|pairs| pairs.len() < MAX_KEPT) {
            pairs.push((key, value));
        }
    }

    #[inline]
    pub(crate) fn node(&self, value: Value) -> Option<Node> {
        let Value::Node(handle) = value else { return None };
        self.nodes.get(usize::try_from(handle).ok()?).copied()
    }

    /// Returns the elements of a tuple; of anything else none.
    pub(crate) fn elements(&self, value: Value) -> &[Value] {
        let Some(Node::Tuple { start, count }) = self.node(value) else { return &[] };
        let (Ok(start), Ok(count)) = (usize::try_from(start), usize::try_from(count)) else { return &[] };
        self.elements.get(start..start + count).unwrap_or_default()
    }

    /// Returns the pairs kept of a mapping.
    pub(crate) fn pairs(&self, value: Value) -> &[(Value, Value)] {
        let Some(Node::Dict(index)) = self.node(value) else { return &[] };
        usize::try_from(index).ok().and_then(|index| self.dicts.get(index)).map_or(&[], Vec::as_slice)
    }

    /// Returns the number a value is.
    pub(crate) fn number(&self, value: Value) -> Option<i64> {
        match (value, self.node(value)) {
            (Value::Int(number), _) => Some(i64::from(number)),
            (_, Some(Node::Wide(index))) => self.wide.get(usize::try_from(index).ok()?).copied(),
            _ => None,
        }
    }

    /// Returns the index of the import a value is.
    #[inline]
    pub(crate) fn global(&self, value: Value) -> Option<u32> {
        match self.node(value)? {
            Node::Global(index) => Some(index),
            _ => None,
        }
    }
}
