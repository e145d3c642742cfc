//! What the few callables of a state dict come to: dictionaries, storages, tensors.

use super::dtype::Dtype;
use super::globals::Global;
use super::machine::Machine;
use super::refusal::Refusal;
use super::value::{Claim, Node, Value, What};
use super::view::{MAX_DIMENSIONS, View};

/// The attribute torch hangs on a state dict: versions of its modules, of no use without them.
const METADATA: &str = "_metadata";

impl<'a> Machine<'a> {
    /// REDUCE: callable and arguments.
    pub(super) fn reduce(&mut self, at: usize) -> Result<(), Refusal> {
        let arguments = self.pop(at)?;
        let callee = self.pop(at)?;
        let What::Global(callee) = callee.what else { return Err(Refusal::damaged("what is no callable is called")) };
        let Some(Node::Tuple(arguments)) = self.node(arguments) else {
            return Err(Refusal::damaged("a call has no tuple of arguments"));
        };
        let arguments = arguments.clone();
        match (callee, arguments.as_slice()) {
            (Global::OrderedDict, []) => self.add(Node::Dict(Vec::new()), at),
            (Global::OrderedDict, [items]) => self.ordered(*items, at),
            (Global::RebuildTensor, [storage, offset, sizes, strides]) => {
                self.tensor(*storage, [*offset, *sizes, *strides], None, at)
            }
            (Global::RebuildTensorV2, [storage, offset, sizes, strides, _, hooks, rest @ ..]) => {
                self.refuse_extras(*hooks, rest)?;
                self.tensor(*storage, [*offset, *sizes, *strides], None, at)
            }
            (Global::RebuildTensorV3, [storage, offset, sizes, strides, _, hooks, dtype, rest @ ..]) => {
                self.refuse_extras(*hooks, rest)?;
                let What::Global(Global::Dtype(dtype)) = dtype.what else {
                    return Err(Refusal::damaged("a tensor's element type is none"));
                };
                self.tensor(*storage, [*offset, *sizes, *strides], Some(dtype), at)
            }
            (Global::RebuildParameter, [tensor, _, hooks]) => {
                self.refuse_extras(*hooks, &[])?;
                match self.node(*tensor) {
                    Some(Node::Tensor(_)) => self.push(tensor.what, at),
                    _ => Err(Refusal::damaged("a parameter is made of what is no tensor")),
                }
            }
            (Global::Size, [_]) => self.push(What::Other("a torch.Size"), at),
            _ => Err(Refusal::damaged(format!("{callee:?} is called with {} arguments", arguments.len()))),
        }
    }

    /// The form of Python 2: a list of pairs.
    fn ordered(&mut self, items: Value<'a>, at: usize) -> Result<(), Refusal> {
        let Some(Node::List(items)) = self.node(items) else {
            return Err(Refusal::damaged("a dictionary is made of what is no list"));
        };
        let mut flat = Vec::new();
        for item in items {
            match self.node(*item) {
                Some(Node::List(pair) | Node::Tuple(pair)) if pair.len() == 2 => flat.extend_from_slice(pair),
                _ => return Err(Refusal::damaged("a dictionary is made of what are no pairs")),
            }
        }
        self.add(Node::Dict(Vec::new()), at)?;
        self.extend_dict(&flat)
    }

    /// Hooks are code, and the last argument changes what the numbers mean (conjugate and negative views).
    fn refuse_extras(&self, hooks: Value<'a>, rest: &[Value<'a>]) -> Result<(), Refusal> {
        let is_nothing = |value: &Value<'a>| match (value.what, self.node(*value)) {
            (What::Other(_), _) => true,
            (_, Some(Node::Dict(entries))) => entries.is_empty(),
            _ => false,
        };
        if !is_nothing(&hooks) {
            return Err(Refusal::content("a tensor has backward hooks", "save plain tensors"));
        }
        if rest.len() > 1 || !rest.iter().all(is_nothing) {
            let reason = "a tensor is a conjugate or negative view, or has attributes";
            return Err(Refusal::content(reason, "save its resolve_conj().resolve_neg()"));
        }
        Ok(())
    }

    fn tensor(
        &mut self,
        storage: Value<'a>,
        [offset, sizes, strides]: [Value<'a>; 3],
        dtype: Option<Dtype>,
        at: usize,
    ) -> Result<(), Refusal> {
        let Some(Node::Storage { claim, dtype: of_storage }) = self.node(storage) else {
            return Err(Refusal::damaged("a tensor has no storage"));
        };
        let (claim, of_storage) = (*claim, *of_storage);
        let dtype = dtype.or(of_storage).ok_or_else(|| Refusal::damaged("a tensor's element type is not told"))?;
        let offset = number(offset).ok_or_else(|| Refusal::damaged("a tensor's storage offset is no number"))?;
        let sizes = self.numbers(sizes).ok_or_else(|| Refusal::damaged("a tensor's sizes are no numbers"))?;
        let strides = self.numbers(strides).ok_or_else(|| Refusal::damaged("a tensor's strides are no numbers"))?;
        let bytes = self.claims.get(claim).map_or(0, |claim| claim.bytes);
        let view = View::new(claim, dtype, offset, sizes, strides, bytes)?;
        self.add(Node::Tensor(Box::new(view)), at)
    }

    fn numbers(&self, value: Value<'a>) -> Option<Vec<u64>> {
        let Some(Node::Tuple(values)) = self.node(value) else { return None };
        if values.len() > MAX_DIMENSIONS {
            return None;
        }
        values.iter().map(|value| number(*value)).collect()
    }

    /// BINPERSID: ("storage", class, key, device, elements), in older files with a view of the storage behind it.
    pub(super) fn persistent(&mut self, at: usize) -> Result<(), Refusal> {
        let id = self.pop(at)?;
        let Some(Node::Tuple(parts)) = self.node(id) else {
            return Err(Refusal::damaged("a persistent id is no tuple"));
        };
        let [kind, class, key, device, elements, rest @ ..] = parts.as_slice() else {
            return Err(Refusal::damaged("a persistent id is not one of a storage"));
        };
        let (What::Text("storage"), What::Text(key), What::Text(_)) = (kind.what, key.what, device.what) else {
            return Err(Refusal::damaged("a persistent id is not one of a storage"));
        };
        if !matches!(rest, [] | [Value { what: What::Other(_), .. }]) {
            return Err(Refusal::content(
                "a storage is a view of another one",
                "save it again with torch 0.4 or later",
            ));
        }
        let dtype = match class.what {
            What::Global(Global::Storage(dtype)) => Some(dtype),
            What::Global(Global::UntypedStorage) => None,
            _ => return Err(Refusal::damaged("a storage is of no known class")),
        };
        let item_bytes = dtype.map_or(1, |dtype| dtype.bytes() as u64);
        let bytes = number(*elements).and_then(|count| count.checked_mul(item_bytes));
        let bytes = bytes.ok_or_else(|| Refusal::damaged("the size of a storage is no size"))?;
        let claim = self.claim(key, bytes, item_bytes, at)?;
        self.add(Node::Storage { claim, dtype }, at)
    }

    /// Takes note of a storage; one that was named before must be the same.
    fn claim(&mut self, key: &'a str, bytes: u64, item_bytes: u64, at: usize) -> Result<usize, Refusal> {
        if let Some((index, known)) = self.by_key.get(key).and_then(|index| Some((*index, self.claims.get(*index)?))) {
            if known.bytes == bytes {
                return Ok(index);
            }
            return Err(Refusal::damaged(format!("storage {key:?} has {} bytes and {bytes}", known.bytes)));
        }
        let index = self.claims.len();
        self.claims.push(Claim { key: key.to_owned(), bytes, item_bytes, at });
        self.by_key.insert(key, index);
        Ok(index)
    }

    /// BUILD: only the attribute that torch gives a state dict, which is left out.
    pub(super) fn build(&mut self, at: usize) -> Result<(), Refusal> {
        let state = self.pop(at)?;
        let target = self.pop(at)?;
        let is_metadata = |(key, _): &(Value<'a>, Value<'a>)| matches!(key.what, What::Text(METADATA));
        let is_known = matches!(self.node(target), Some(Node::Dict(_)))
            && matches!(self.node(state), Some(Node::Dict(entries)) if entries.iter().all(is_metadata));
        if !is_known {
            let next_step = "save model.state_dict() with plain tensors in it, nothing else";
            return Err(Refusal::content("an object is given a state of its own", next_step));
        }
        self.push(target.what, target.at)
    }
}

fn number(value: Value<'_>) -> Option<u64> {
    let What::Int(number) = value.what else { return None };
    u64::try_from(number).ok()
}
