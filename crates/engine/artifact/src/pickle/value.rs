//! Abstract values: what an unpickler would have on its stack, as far as anybody needs to know.
//!
//! Values are small and `Copy`; only what has structure lives in the arena, behind a `u32`. There is no recursion
//! over values anywhere, and the arena has a bound.

/// Arena nodes of one pickle.
pub(crate) const MAX_NODES: usize = 1_500_000;

/// Elements kept of one tuple or dictionary; further ones are dropped, which only loses detail in messages.
pub(crate) const MAX_KEPT: usize = 64;

/// One abstract value; texts borrow from the pickle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// Anything nobody asks about.
    Opaque,
    Int(i64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Node(u32),
}

/// A value with structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    /// Text after its escapes were resolved.
    Owned(Box<str>),
    Tuple(Vec<Value<'a>>),
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// An import, by its index in the walk's list.
    Global(u32),
    /// The result of calling something; `arguments` as passed.
    Call {
        callee: Value<'a>,
        arguments: Value<'a>,
    },
    /// An instance of a class.
    Instance {
        class: Value<'a>,
    },
    /// What a persistent id stands for.
    Persistent(Value<'a>),
}

/// The arena.
#[derive(Debug, Default)]
pub(crate) struct Arena<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> Arena<'a> {
    /// Adds a node; beyond the bound the value is opaque.
    pub(crate) fn add(&mut self, node: Node<'a>) -> Value<'a> {
        if self.is_full() {
            return Value::Opaque;
        }
        let handle = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        Value::Node(handle)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.nodes.len() >= MAX_NODES
    }

    pub(crate) fn node(&self, value: Value<'a>) -> Option<&Node<'a>> {
        let Value::Node(handle) = value else { return None };
        self.nodes.get(usize::try_from(handle).ok()?)
    }

    pub(crate) fn node_mut(&mut self, value: Value<'a>) -> Option<&mut Node<'a>> {
        let Value::Node(handle) = value else { return None };
        self.nodes.get_mut(usize::try_from(handle).ok()?)
    }

    /// Returns the text of a text value.
    pub(crate) fn text(&self, value: Value<'a>) -> Option<&str> {
        match value {
            Value::Text(bytes) => std::str::from_utf8(bytes).ok(),
            Value::Node(_) => match self.node(value)? {
                Node::Owned(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the elements of a tuple; of anything else none.
    pub(crate) fn elements(&self, value: Value<'a>) -> &[Value<'a>] {
        match self.node(value) {
            Some(Node::Tuple(elements)) => elements,
            _ => &[],
        }
    }

    /// Returns the index of the import a value is.
    pub(crate) fn global(&self, value: Value<'a>) -> Option<u32> {
        match self.node(value)? {
            Node::Global(index) => Some(*index),
            _ => None,
        }
    }
}
