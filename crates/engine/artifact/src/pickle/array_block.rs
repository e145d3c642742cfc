//! Raw array blocks that joblib writes between the opcodes of a pickle.
//!
//! After the BUILD of a `NumpyArrayWrapper` the array's bytes follow in the stream: shape × item size, behind one
//! length byte and padding in newer versions; an array of objects follows as a pickle of its own.
//! Source: joblib `numpy_pickle.NumpyArrayWrapper.read_array`.

use super::machine::{Limits, MAX_INLINE_DEPTH, Machine, walk};
use super::value::{Node, Value};

/// Keys of the wrapper's state that tell the size of the block.
pub(super) const DESCRIPTION: [&str; 3] = ["shape", "dtype", "numpy_array_alignment_bytes"];

/// Says whether a class is one of joblib's array wrappers.
pub(super) fn is_wrapper(class: &str) -> bool {
    class.ends_with("joblib.numpy_pickle.NumpyArrayWrapper")
}

/// Passes over the block that follows; `false` if its size cannot be told.
pub(super) fn pass(machine: &mut Machine<'_>, state: Value) -> bool {
    machine.walk.array_blocks += 1;
    let Some(block) = describe(machine, state) else { return false };
    let start = machine.tape.position();
    // The block is read past the frames: what is left of one would be opcodes behind the block.
    if machine.frame_end > start {
        machine.note_across_frames(start);
    }
    machine.frame_end = 0;
    let Some(item_bytes) = block.item_bytes else { return inline_pickle(machine, start) };
    let padding = if block.is_padded { machine.tape.next_byte().map_or(0, |length| u64::from(length) + 1) } else { 0 };
    let end = block.elements.checked_mul(item_bytes).and_then(|bytes| bytes.checked_add(start)?.checked_add(padding));
    let Some(end) = end else { return false };
    machine.tape.seek(end);
    true
}

struct Block {
    elements: u64,
    /// Absent for arrays of objects.
    item_bytes: Option<u64>,
    is_padded: bool,
}

fn describe(machine: &Machine<'_>, state: Value) -> Option<Block> {
    let arena = &machine.arena;
    let pairs = arena.pairs(state);
    let entry = |name: &str| {
        pairs.iter().find(|(key, _)| machine.text_of(*key).as_deref() == Some(name)).map(|(_, value)| *value)
    };
    let shape = entry("shape")?;
    let Some(Node::Tuple { .. }) = arena.node(shape) else { return None };
    let mut elements = 1_u64;
    for dimension in arena.elements(shape) {
        elements = elements.checked_mul(u64::try_from(arena.number(*dimension)?).ok()?)?;
    }
    let dtype = entry("dtype")?;
    let Node::Call { arguments, .. } = arena.node(dtype)? else { return None };
    let code = machine.text_of(*arena.elements(arguments).first()?)?;
    let is_padded = entry("numpy_array_alignment_bytes").is_some_and(|bytes| arena.number(bytes).is_some());
    Some(Block { elements, item_bytes: item_bytes(&code)?, is_padded })
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

fn inline_pickle(machine: &mut Machine<'_>, start: u64) -> bool {
    if machine.limits.depth >= MAX_INLINE_DEPTH {
        machine.exhaust("object arrays nest too deep");
        return true;
    }
    let limits = Limits { depth: machine.limits.depth + 1, ..machine.limits };
    let inner = walk(machine.tape.source(), start, limits, machine.tracing);
    machine.tape.seek(inner.end);
    machine.walk.inline.push(inner);
    true
}
