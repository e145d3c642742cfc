//! What a state dict is made of: the few values the strict interpreter keeps, each with the byte that made it.

use super::dtype::Dtype;
use super::globals::Global;
use super::view::View;

/// One value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) what: What<'a>,
    /// Offset of the opcode that made it.
    pub(super) at: usize,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// A value of which only this is known.
    Other(&'static str),
    Int(i64),
    Text(&'a str),
    Global(Global),
    /// Something in the arena.
    Node(u32),
}

/// A value with structure.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Tuple(Vec<Value<'a>>),
    List(Vec<Value<'a>>),
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// A storage, by its index among the claims; an untyped one leaves the type to the tensor.
    Storage {
        claim: usize,
        dtype: Option<Dtype>,
    },
    /// On the heap, so that the other kinds stay small.
    Tensor(Box<View>),
}

/// What the pickle says of a storage that lies elsewhere in the file.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) key: String,
    /// Elements times their size.
    pub(super) bytes: u64,
    /// Size of an element as the storage's class says; 1 for an untyped one.
    pub(super) item_bytes: u64,
    /// Offset of the opcode that first names it.
    pub(super) at: usize,
}

/// A pickle that was read to its STOP.
#[derive(Debug)]
pub(super) struct Loaded<'a> {
    pub(super) root: Value<'a>,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) claims: Vec<Claim>,
    /// Offset after STOP.
    pub(super) end: usize,
}

impl<'a> Loaded<'a> {
    /// Returns the structure of a value that has one.
    pub(super) fn node(&self, value: Value<'a>) -> Option<&Node<'a>> {
        let What::Node(handle) = value.what else { return None };
        self.nodes.get(usize::try_from(handle).ok()?)
    }

    /// Says in words what a value is.
    pub(super) fn describe(&self, value: Value<'a>) -> &'static str {
        match (value.what, self.node(value)) {
            (What::Other(what), _) => what,
            (What::Int(_), _) => "a number",
            (What::Text(_), _) => "a text",
            (What::Global(_), _) => "a class or function",
            (_, Some(Node::Tuple(_))) => "a tuple",
            (_, Some(Node::List(_))) => "a list",
            (_, Some(Node::Dict(_))) => "a dictionary",
            (_, Some(Node::Storage { .. })) => "a bare storage",
            (_, Some(Node::Tensor(_))) => "a tensor",
            (What::Node(_), None) => "nothing known",
        }
    }
}
