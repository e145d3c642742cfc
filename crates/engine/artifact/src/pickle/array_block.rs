//! Raw array blocks that joblib writes between the opcodes of a pickle.
//!
//! After the BUILD of a `NumpyArrayWrapper` the array's bytes follow in the stream: shape × item size, behind one
//! length byte and padding in newer versions; an array of objects follows as a pickle of its own.
//! Source: joblib `numpy_pickle.NumpyArrayWrapper.read_array`.

use super::machine::{MAX_INLINE_DEPTH, Machine, walk};
use super::value::{Node, Value};

/// Says whether a class is one of joblib's array wrappers.
pub(super) fn is_wrapper(class: &str) -> bool {
    class.ends_with("joblib.numpy_pickle.NumpyArrayWrapper")
}

/// Says whether a key of the wrapper's state is one that tells the size of the block.
pub(super) fn is_description(key: &str) -> bool {
    matches!(key, "shape" | "dtype" | "numpy_array_alignment_bytes")
}

/// Passes over the block that follows; `false` if its size cannot be told.
pub(super) fn pass(machine: &mut Machine<'_>, state: Value<'_>) -> bool {
    machine.walk.array_blocks += 1;
    let Some(block) = describe(machine, state) else { return false };
    let start = machine.decoder.position();
    let Some(item_bytes) = block.item_bytes else { return inline_pickle(machine, start) };
    let padding = if block.is_padded {
        machine.decoder.data().get(start).map_or(0, |length| usize::from(*length) + 1)
    } else {
        0
    };
    let end = block
        .elements
        .checked_mul(item_bytes)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .and_then(|bytes| bytes.checked_add(start)?.checked_add(padding));
    let Some(end) = end else { return false };
    machine.decoder.seek(end);
    true
}

struct Block {
    elements: u64,
    /// Absent for arrays of objects.
    item_bytes: Option<u64>,
    is_padded: bool,
}

fn describe(machine: &Machine<'_>, state: Value<'_>) -> Option<Block> {
    let arena = &machine.arena;
    // The lifetimes of `state` and the arena agree at the only caller; looking up by handle keeps the borrow short.
    let Value::Node(handle) = state else { return None };
    let Some(Node::Dict(pairs)) = arena.node(Value::Node(handle)) else { return None };
    let entry = |name: &str| pairs.iter().find(|(key, _)| arena.text(*key) == Some(name)).map(|(_, value)| *value);
    let mut elements = 1_u64;
    for dimension in arena.elements(entry("shape")?) {
        let Value::Int(size) = dimension else { return None };
        elements = elements.checked_mul(u64::try_from(*size).ok()?)?;
    }
    let dtype = entry("dtype")?;
    let arguments = match arena.node(dtype)? {
        Node::Call { arguments, .. } => *arguments,
        _ => return None,
    };
    let code = arena.text(*arena.elements(arguments).first()?)?;
    let is_padded = matches!(entry("numpy_array_alignment_bytes"), Some(Value::Int(_)));
    Some(Block { elements, item_bytes: item_bytes(code)?, is_padded })
}

/// Returns the size of one element by its type string, such as `f8` or `U10`; `Some(None)` for objects.
#[expect(clippy::option_option, reason = "unknown, object and sized are three different answers")]
fn item_bytes(code: &str) -> Option<Option<u64>> {
    let code = code.trim_start_matches(['<', '>', '=', '|']);
    let (kind, size) = code.split_at_checked(1)?;
    if kind == "O" {
        return Some(None);
    }
    let size: u64 = if size.is_empty() && kind == "?" { 1 } else { size.parse().ok()? };
    match kind {
        "U" => size.checked_mul(4).map(Some),
        "b" | "i" | "u" | "f" | "c" | "S" | "V" | "m" | "M" | "?" => Some(Some(size)),
        _ => None,
    }
}

fn inline_pickle(machine: &mut Machine<'_>, start: usize) -> bool {
    if machine.depth >= MAX_INLINE_DEPTH {
        machine.exhaust("object arrays nest too deep");
        return true;
    }
    let inner = walk(machine.decoder.data(), start, machine.depth + 1, machine.tracing);
    machine.decoder.seek(inner.end);
    machine.walk.inline.push(inner);
    true
}
