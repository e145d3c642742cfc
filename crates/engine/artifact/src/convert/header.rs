//! The header of a safetensors file: what is where, in an order that makes equal content equal bytes.
//!
//! The order is that of the reference writer: by element type, the widest first, so that every tensor is aligned, then
//! by name. Padded with blanks to eight bytes.

use std::fmt::Write as _;

use serde_json::json;

use super::refusal::Refusal;
use super::view::View;

/// What the reference reader takes at most.
const MAX_HEADER_BYTES: usize = 100_000_000;
/// The one name that no tensor may have.
const METADATA: &str = "__metadata__";
/// Where the names of tensors that shared memory stand.
const SHARED: &str = "syndic.shared_memory";

/// Puts tensors in the order they are written in.
pub(super) fn sort(tensors: &mut [(String, View)]) {
    tensors
        .sort_by(|(name, view), (other_name, other)| other.dtype.cmp(&view.dtype).then_with(|| name.cmp(other_name)));
}

/// Returns the header with its length in front, and the size of the data behind it.
///
/// # Errors
/// Two tensors of one name, a name that is reserved, more than readers take.
pub(super) fn encode(
    tensors: &[(String, View)],
    origin: &str,
    shared: &[Vec<&str>],
) -> Result<(Vec<u8>, u64), Refusal> {
    refuse_names(tensors)?;
    let mut metadata = json!({ "format": origin });
    if let Some(object) = metadata.as_object_mut().filter(|_| !shared.is_empty()) {
        object.insert(SHARED.to_owned(), json!(json!(shared).to_string()));
    }
    let mut text = format!("{{\"{METADATA}\":{metadata}");
    let mut end = 0_u64;
    for (name, view) in tensors {
        let start = end;
        end = start.checked_add(view.output_bytes()).ok_or_else(|| Refusal::damaged("the tensors overflow"))?;
        let (name, dtype, shape) = (json!(name), view.dtype.name(), json!(view.sizes));
        // Writing to a string cannot fail.
        let _ = write!(text, ",{name}:{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{start},{end}]}}");
        if text.len() > MAX_HEADER_BYTES {
            let reason = format!("the names and shapes take more than {MAX_HEADER_BYTES} bytes, which readers refuse");
            return Err(Refusal::content(reason, "split the checkpoint"));
        }
    }
    text.push('}');
    while !text.len().is_multiple_of(8) {
        text.push(' ');
    }
    let mut header = (text.len() as u64).to_le_bytes().to_vec();
    header.extend_from_slice(text.as_bytes());
    Ok((header, end))
}

fn refuse_names(tensors: &[(String, View)]) -> Result<(), Refusal> {
    let mut names: Vec<&str> = tensors.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    });
    if let Some(name) = twice {
        let reason = format!("two tensors would be called {name:?}");
        return Err(Refusal::content(reason, "name one of the parts with --part and convert it alone"));
    }
    if names.binary_search(&METADATA).is_ok() {
        let reason = format!("a tensor is called {METADATA}, which safetensors keeps for itself");
        return Err(Refusal::content(reason, "give it another name"));
    }
    Ok(())
}
