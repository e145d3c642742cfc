//! Checkpoints of torch before 1.6: five pickles in a row, then the storages, each behind its number of elements.
//!
//! Numbers and elements are little-endian whatever machine wrote them.

use std::collections::HashMap;

use syndic_detect::{ReadAt, read_vec_at};

use super::refusal::{ConvertError, Refusal};
use super::storage::Storage;
use super::value::{Claim, Loaded, Node, What};
use super::{ConvertOptions, Found, flatten, machine};
use crate::tar;

/// Bytes in which the pickles must end.
const MAX_PICKLE_BYTES: usize = 16 * 1024 * 1024;
/// The pickles before the state dict: the magic number, the protocol, what the machine was like.
const PREAMBLE: usize = 3;
/// The only version of the stream there ever was.
const PROTOCOL: i64 = 1001;
/// Bytes of the number of elements before each storage.
const COUNT_BYTES: u64 = 8;

/// Reads names, views and places of a checkpoint.
///
/// # Errors
/// Whatever is not as torch writes it.
pub(super) fn read(source: &dyn ReadAt, options: &ConvertOptions) -> Result<Found, ConvertError> {
    let bytes = read_vec_at(source, 0, MAX_PICKLE_BYTES).map_err(ConvertError::Source)?;
    if tar::is_tar(&bytes) {
        let next_step = "load and save it once with torch 1.6 or later, where it is trusted";
        return Err(Refusal::content("it is a tar archive of torch before 0.2", next_step).into());
    }
    let loaded = state_dict(&bytes)?;
    let list = machine::load(&bytes, loaded.end)?;
    let keys = texts(&list).ok_or_else(|| Refusal::damaged("the list of storages is none").at(loaded.end))?;
    let tensors = flatten::tensors(&loaded, options.part.as_deref())?;
    let (storages, rest) = storages(&keys, &loaded.claims, list.end as u64, source)?;
    let mut notes = Vec::new();
    if rest > 0 {
        notes.push(format!("{rest} bytes after the last storage belong to nothing and were left out"));
    }
    Ok(Found { tensors, storages, origin: "pt", notes })
}

/// Passes over the preamble and reads the pickle behind it.
fn state_dict(bytes: &[u8]) -> Result<Loaded<'_>, Refusal> {
    let mut start = 0;
    for index in 0..PREAMBLE {
        let loaded = machine::load(bytes, start)?;
        if index == 1 && !matches!(loaded.root.what, What::Int(PROTOCOL)) {
            return Err(Refusal::damaged(format!("it is not of protocol {PROTOCOL}")).at(start));
        }
        start = loaded.end;
    }
    machine::load(bytes, start)
}

fn texts<'a>(loaded: &Loaded<'a>) -> Option<Vec<&'a str>> {
    let Node::List(values) = loaded.node(loaded.root)? else { return None };
    let text = |what| if let What::Text(text) = what { Some(text) } else { None };
    values.iter().map(|value| text(value.what)).collect()
}

/// Returns the storages in the order of the claims, and how many bytes follow the last one.
fn storages(
    keys: &[&str],
    claims: &[Claim],
    start: u64,
    source: &dyn ReadAt,
) -> Result<(Vec<Storage>, u64), ConvertError> {
    let by_key: HashMap<&str, &Claim> = claims.iter().map(|claim| (claim.key.as_str(), claim)).collect();
    let mut placed: HashMap<&str, u64> = HashMap::new();
    let mut position = start;
    for key in keys {
        let claim = by_key.get(key).ok_or_else(|| Refusal::damaged(format!("no tensor uses storage {key:?}")))?;
        let count = read_vec_at(source, position, 8).map_err(ConvertError::Source)?;
        let count = <[u8; 8]>::try_from(count.as_slice()).map(u64::from_le_bytes).ok();
        let bytes = count.and_then(|count| count.checked_mul(claim.item_bytes));
        let begin = position.saturating_add(COUNT_BYTES);
        let end = begin.saturating_add(claim.bytes);
        if bytes != Some(claim.bytes) || end > source.len() || placed.insert(key, begin).is_some() {
            let reason = format!("storage {key:?} is not there as the pickle says: {} bytes", claim.bytes);
            let mut refusal = Refusal::damaged(reason);
            refusal.offset = Some(position);
            return Err(refusal.into());
        }
        position = end;
    }
    let mut storages = Vec::with_capacity(claims.len());
    for claim in claims {
        let missing = || Refusal::damaged(format!("storage {:?} is not in the file", claim.key)).at(claim.at);
        let start = *placed.get(claim.key.as_str()).ok_or_else(missing)?;
        let name = format!("storage {}", claim.key);
        storages.push(Storage { name, start, bytes: claim.bytes, checksum: None, is_big_endian: false });
    }
    Ok((storages, source.len().saturating_sub(position)))
}
