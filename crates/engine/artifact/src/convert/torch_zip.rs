//! Checkpoints of torch since 1.6: a zip of `data.pkl`, one stored member a storage, and the byte order.

use std::collections::HashMap;

use syndic_detect::{ReadAt, read_vec_at};

use super::refusal::{ConvertError, Refusal};
use super::storage::{Checksum, Storage};
use super::value::Claim;
use super::{ConvertOptions, Found, flatten, machine};
use crate::zip::{Entry, Zip};

/// Bytes of `data.pkl`; a tensor takes about two hundred.
const MAX_PICKLE_BYTES: u64 = 16 * 1024 * 1024;
/// Longest member that says one word.
const MAX_WORD_BYTES: usize = 64;
const PICKLE: &str = "data.pkl";

/// Reads names, views and places of a checkpoint.
///
/// # Errors
/// Whatever is not as torch writes it.
pub(super) fn read(source: &dyn ReadAt, options: &ConvertOptions) -> Result<Found, ConvertError> {
    let zip = Zip::read(source).map_err(ConvertError::Source)?;
    if let Some((name, what)) = zip.faults.first() {
        return Err(Refusal::damaged(format!("the archive's member {name:?} {what}")).into());
    }
    let members: HashMap<&str, &Entry> = zip.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let folder = folder_of_pickle(&zip)?;
    let is_big_endian = is_big_endian(&members, folder, source)?;
    let pickle_name = format!("{folder}{PICKLE}");
    let bytes = pickle(&members, &pickle_name, source)?;
    let loaded = machine::load(&bytes, 0).map_err(|refusal| refusal.in_member(&pickle_name))?;
    if loaded.end != bytes.len() {
        let refusal = Refusal::damaged("bytes follow the pickle").at(loaded.end);
        return Err(refusal.in_member(&pickle_name).into());
    }
    let part = options.part.as_deref();
    let tensors = flatten::tensors(&loaded, part).map_err(|refusal| refusal.in_member(&pickle_name))?;
    let mut storages = Vec::with_capacity(loaded.claims.len());
    for claim in &loaded.claims {
        storages.push(storage(claim, &members, folder, source, is_big_endian)?);
    }
    let (start, bytes) = place(&members, &pickle_name, source)?;
    let pickle = Storage { name: pickle_name, start, bytes, checksum: None, is_big_endian };
    refuse_overlaps(&storages, &pickle)?;
    Ok(Found { tensors, storages, origin: "pt", notes: Vec::new() })
}

/// The folder all members stand in; torch names it after the file.
fn folder_of_pickle(zip: &Zip) -> Result<&str, Refusal> {
    let mut folders = zip.entries.iter().filter_map(|entry| {
        entry.name.strip_suffix(PICKLE).filter(|folder| folder.is_empty() || folder.ends_with('/'))
    });
    match (folders.next(), folders.next()) {
        (Some(folder), None) => Ok(folder),
        (Some(_), Some(_)) => Err(Refusal::damaged("there is more than one data.pkl")),
        (None, _) => Err(Refusal::damaged("there is no data.pkl")),
    }
}

fn pickle(members: &HashMap<&str, &Entry>, name: &str, source: &dyn ReadAt) -> Result<Vec<u8>, ConvertError> {
    let (start, bytes) = place(members, name, source)?;
    if bytes > MAX_PICKLE_BYTES {
        let reason = format!("its pickle has {bytes} bytes, over the bound of {MAX_PICKLE_BYTES}");
        return Err(Refusal::content(reason, "split the checkpoint").in_member(name).into());
    }
    read_vec_at(source, start, usize::try_from(bytes).unwrap_or(0)).map_err(ConvertError::Source)
}

/// Since torch 2.1 a member says which byte comes first; before, it was the least significant one.
fn is_big_endian(members: &HashMap<&str, &Entry>, folder: &str, source: &dyn ReadAt) -> Result<bool, ConvertError> {
    let name = format!("{folder}byteorder");
    if !members.contains_key(name.as_str()) {
        return Ok(false);
    }
    let (start, _) = place(members, &name, source)?;
    let word = read_vec_at(source, start, MAX_WORD_BYTES).map_err(ConvertError::Source)?;
    match word {
        word if word.starts_with(b"little") => Ok(false),
        word if word.starts_with(b"big") => Ok(true),
        _ => Err(Refusal::damaged("the byte order is neither little nor big").in_member(&name).into()),
    }
}

fn storage(
    claim: &Claim,
    members: &HashMap<&str, &Entry>,
    folder: &str,
    source: &dyn ReadAt,
    is_big_endian: bool,
) -> Result<Storage, ConvertError> {
    let name = format!("{folder}data/{}", claim.key);
    let (start, bytes) = place(members, &name, source)?;
    if bytes != claim.bytes {
        let reason = format!("the storage has {bytes} bytes, and the pickle says {}", claim.bytes);
        return Err(Refusal::damaged(reason).in_member(&name).into());
    }
    let checksum = members.get(name.as_str()).map(|entry| Checksum { start, bytes, crc32: entry.crc });
    Ok(Storage { name, start, bytes, checksum, is_big_endian })
}

/// Returns where the bytes of a stored member are: the first, and how many.
fn place(members: &HashMap<&str, &Entry>, name: &str, source: &dyn ReadAt) -> Result<(u64, u64), ConvertError> {
    let missing = || Refusal::damaged("the archive has no such member").in_member(name);
    let entry = members.get(name).ok_or_else(missing)?;
    let Some(part) = entry.stored(source).map_err(ConvertError::Source)? else {
        let next_step = "torch stores its members as they are: have the file saved again with torch.save";
        return Err(Refusal::content("the member is compressed or encrypted", next_step).in_member(name).into());
    };
    let range = part.range();
    if range.end - range.start != entry.uncompressed {
        return Err(Refusal::damaged("the member is cut").in_member(name).into());
    }
    Ok((range.start, entry.uncompressed))
}

/// Two members over the same bytes would make a small file hold much.
fn refuse_overlaps(storages: &[Storage], pickle: &Storage) -> Result<(), Refusal> {
    let all = storages.iter().chain([pickle]);
    let mut sorted: Vec<&Storage> = all.filter(|storage| storage.bytes > 0).collect();
    sorted.sort_unstable_by_key(|storage| storage.start);
    let overlap = sorted.windows(2).find_map(|pair| match pair {
        [one, other] if one.start.saturating_add(one.bytes) > other.start => Some((one, other)),
        _ => None,
    });
    let Some((one, other)) = overlap else { return Ok(()) };
    Err(Refusal::damaged(format!("the members {} and {} lie over one another", one.name, other.name)))
}
