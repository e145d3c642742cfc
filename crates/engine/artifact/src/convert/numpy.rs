//! NumPy arrays: one file is one tensor, an archive one a member.
//!
//! The header is a Python literal; only the form that NumPy writes is read. Source: numpy `lib/format.py`.

use syndic_detect::{ReadAt, read_vec_at};

use super::Found;
use super::dtype::Dtype;
use super::refusal::{ConvertError, Refusal};
use super::storage::{Checksum, Storage};
use super::view::{MAX_DIMENSIONS, View};
use crate::zip::Zip;

/// NumPy itself takes headers up to 10,000 bytes.
const MAX_HEADER_BYTES: usize = 10_000;
/// What `numpy.savez` calls an array that was given no name.
const NAMELESS: &str = "arr_0";

/// Reads a `.npy`.
///
/// # Errors
/// An element type that safetensors does not have; a file that is not as NumPy writes it.
pub(super) fn read(source: &dyn ReadAt) -> Result<Found, ConvertError> {
    let (view, storage) = array(source, NAMELESS, 0, source.len(), 0)?;
    Ok(Found { tensors: vec![(NAMELESS.to_owned(), view)], storages: vec![storage], origin: "np", notes: Vec::new() })
}

/// Reads a `.npz`.
///
/// # Errors
/// As [`read`], and members that are packed or are no arrays.
pub(super) fn read_archive(source: &dyn ReadAt) -> Result<Found, ConvertError> {
    let zip = Zip::read(source).map_err(ConvertError::Source)?;
    if let Some((name, what)) = zip.faults.first() {
        return Err(Refusal::damaged(format!("the archive's member {name:?} {what}")).into());
    }
    let mut found = Found { tensors: Vec::new(), storages: Vec::new(), origin: "np", notes: Vec::new() };
    let mut reached = 0;
    let mut entries = Vec::new();
    for entry in &zip.entries {
        let Some(part) = entry.stored(source).map_err(ConvertError::Source)? else {
            let next_step = "write it again with numpy.savez, which does not compress";
            return Err(Refusal::content("the member is compressed", next_step).in_member(&entry.name).into());
        };
        entries.push((part.range(), entry));
    }
    entries.sort_by_key(|(range, _)| range.start);
    for (range, entry) in entries {
        let Some(name) = entry.name.strip_suffix(".npy") else {
            return Err(Refusal::content("the member is no array", "take it out").in_member(&entry.name).into());
        };
        if range.start < reached {
            return Err(Refusal::damaged("the member lies over another one").in_member(&entry.name).into());
        }
        reached = range.end;
        let length = range.end - range.start;
        let (view, mut storage) = array(source, &entry.name, range.start, length, found.storages.len())?;
        storage.checksum = Some(Checksum { start: range.start, bytes: length, crc32: entry.crc });
        found.tensors.push((name.to_owned(), view));
        found.storages.push(storage);
    }
    Ok(found)
}

fn array(
    source: &dyn ReadAt,
    name: &str,
    start: u64,
    length: u64,
    index: usize,
) -> Result<(View, Storage), ConvertError> {
    let limit = usize::try_from(length).unwrap_or(usize::MAX).min(MAX_HEADER_BYTES + 12);
    let bytes = read_vec_at(source, start, limit).map_err(ConvertError::Source)?;
    let header = Header::read(&bytes).map_err(|refusal| refusal.in_member(name))?;
    let data_bytes = length.saturating_sub(header.data_start);
    let strides = header.strides().ok_or_else(|| Refusal::damaged("the shape overflows").in_member(name))?;
    let view = View::new(index, header.dtype, 0, header.shape, strides, data_bytes);
    let view = view.map_err(|refusal| refusal.in_member(name))?;
    if view.output_bytes() != data_bytes {
        let reason = format!("{data_bytes} bytes follow the header, the array has {}", view.output_bytes());
        return Err(Refusal::damaged(reason).in_member(name).into());
    }
    let storage = Storage {
        name: name.to_owned(),
        start: start.saturating_add(header.data_start),
        bytes: data_bytes,
        checksum: None,
        is_big_endian: header.is_big_endian,
    };
    Ok((view, storage))
}

struct Header {
    dtype: Dtype,
    is_big_endian: bool,
    is_column_major: bool,
    shape: Vec<u64>,
    data_start: u64,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = || Refusal::damaged("the header of the array is not as NumPy writes it");
        let (length, start): (usize, usize) = match bytes.get(..12) {
            Some([0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high, ..]) => {
                (usize::from(u16::from_le_bytes([*low, *high])), 10)
            }
            Some([0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d]) => {
                (usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX), 12)
            }
            _ => return Err(malformed()),
        };
        let text = start.checked_add(length).and_then(|end| bytes.get(start..end)).ok_or_else(malformed)?;
        let mut header = literal(text).ok_or_else(malformed)??;
        header.data_start = (start + length) as u64;
        Ok(header)
    }

    /// Returns the strides in elements.
    fn strides(&self) -> Option<Vec<u64>> {
        let mut strides = vec![0; self.shape.len()];
        let mut next = 1_u64;
        let mut fill = |(stride, size): (&mut u64, &u64)| -> Option<()> {
            *stride = next;
            next = next.checked_mul((*size).max(1))?;
            Some(())
        };
        let mut pairs = strides.iter_mut().zip(&self.shape);
        if self.is_column_major {
            pairs.try_for_each(&mut fill)?;
        } else {
            pairs.rev().try_for_each(&mut fill)?;
        }
        Some(strides)
    }
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`; nothing if it is another literal.
fn literal(text: &[u8]) -> Option<Result<Header, Refusal>> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let rest = text.strip_prefix("{'descr': ")?;
    let Some((code, rest)) = rest.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) else {
        return Some(Err(Refusal::content("the array has fields", "save each field as an array of its own")));
    };
    let rest = rest.strip_prefix(", 'fortran_order': ")?;
    let (is_column_major, rest) = match rest.strip_prefix("True") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("False")?),
    };
    let inner = rest.strip_prefix(", 'shape': (")?.trim_end_matches([',', ' ', '}']).strip_suffix(')')?;
    let sizes = inner.split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape = sizes.map(|size| size.parse().ok()).collect::<Option<Vec<u64>>>()?;
    let (order, kind) = code.split_at_checked(1).filter(|_| shape.len() <= MAX_DIMENSIONS)?;
    let dtype = Dtype::of_numpy(kind).filter(|_| matches!(order, "<" | ">" | "|" | "="));
    Some(dtype.map_or_else(
        || {
            let reason = format!("safetensors has no element type for NumPy's {code:?}");
            Err(Refusal::content(reason, "save it as numbers of one of its types"))
        },
        |dtype| Ok(Header { dtype, is_big_endian: order == ">", is_column_major, shape, data_start: 0 }),
    ))
}
