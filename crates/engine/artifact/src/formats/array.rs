//! NumPy arrays: the header is a Python literal; an array of objects is a pickle behind it.
//!
//! Source: numpy `lib/format.py`, format versions 1 to 3.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::container;
use super::pickled::{take_source, take_stream};
use crate::facts::{Facts, ObservationKind};
use crate::zip::{Entry, Part};

/// Bytes of a packed object array that are walked.
const MAX_OBJECT_BYTES: usize = 16 * 1024 * 1024;
/// Longest header numpy itself would take is 10,000; longer ones are cut.
const MAX_HEADER_BYTES: usize = 1 << 20;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Arrays saved one behind another in one file.
const MAX_SAVED: u32 = 10_000;

/// Reads an `.npy` file: one array, or several behind one another, as `numpy.load` of an open file takes them.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    facts.property("framework", "numpy");
    let mut position = 0;
    for _ in 0..MAX_SAVED {
        let start = read_vec_at(source, position, MAX_HEADER_BYTES)?;
        let Some(header) = Header::read(&start) else {
            facts.skip("npy header: malformed");
            return Ok(());
        };
        facts.property("dtype", header.dtype.clone());
        facts.property("shape", header.shape.clone());
        let data = position.saturating_add(header.data_start as u64);
        if header.is_object {
            note(facts, None, &header);
            return take_source(source, data, true, None, facts);
        }
        let Some(end) = header.data_bytes().and_then(|bytes| data.checked_add(bytes)) else { return Ok(()) };
        if end >= source.len() {
            return Ok(());
        }
        if !read_vec_at(source, end, MAGIC.len())?.starts_with(MAGIC) {
            return take_rest(source, end, facts);
        }
        position = end;
    }
    facts.skip(format!("arrays after the first {MAX_SAVED}: bound of one file"));
    Ok(())
}

/// Reads what stands behind an array as a file of its own.
fn take_rest(source: &dyn ReadAt, start: u64, facts: &mut Facts) -> io::Result<()> {
    let rest = Part::new(source, start, source.len() - start);
    container::take("behind the array", &rest, true, facts)
}

/// Reads an array inside an npz.
pub(super) fn read_member(entry: &Entry, source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let (start, _) = entry.content(source, 4 * 1024)?;
    let Some(header) = Header::read(&start) else {
        facts.skip(format!("{}: no npy header", entry.name));
        // numpy hands out such a member as bytes.
        let (bytes, is_whole) = entry.content(source, MAX_OBJECT_BYTES)?;
        return container::take(&entry.name, &bytes, is_whole, facts);
    };
    if !header.is_object {
        return Ok(());
    }
    note(facts, Some(&entry.name), &header);
    if let Some(stored) = entry.stored(source)? {
        return take_source(&stored, header.data_start as u64, true, Some(&entry.name), facts);
    }
    let (bytes, is_whole) = entry.content(source, MAX_OBJECT_BYTES)?;
    take_stream(bytes.get(header.data_start..).unwrap_or_default(), is_whole, Some(&entry.name), facts)
}

fn note(facts: &mut Facts, member: Option<&str>, header: &Header) {
    let detail = format!("an array of Python objects, dtype {}", header.dtype);
    facts.observe_at(ObservationKind::NpyObject, member.unwrap_or_default(), detail, member, None);
}

struct Header {
    dtype: String,
    shape: String,
    is_object: bool,
    data_start: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (length, start) = match *bytes.get(..12)? {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high, ..] => {
                (usize::from(u16::from_le_bytes([low, high])), 10)
            }
            [0x93, b'N', b'U', b'M', b'P', b'Y', _, _, a, b, c, d] => {
                (usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?, 12)
            }
            _ => return None,
        };
        let data_start = length.checked_add(start)?;
        let text = String::from_utf8_lossy(bytes.get(start..data_start)?).into_owned();
        let dtype: String = value_after(&text, "'descr'")?.chars().take(200).collect();
        let shape: String = value_after(&text, "'shape'").unwrap_or_default().chars().take(200).collect();
        // 'O' is the object code; in structured types it stands behind a quote as well.
        let is_object =
            dtype.contains("'|O") || dtype.contains("'O") || dtype.contains("\"|O") || dtype.contains("\"O");
        Some(Self { dtype, shape, is_object, data_start })
    }

    /// Returns how many bytes the numbers take, where the type is a plain one such as `<f8`.
    fn data_bytes(&self) -> Option<u64> {
        let code = self.dtype.trim().trim_matches(['\'', '"']);
        let width: u64 = code.trim_start_matches(['<', '>', '|', '=']).get(1..)?.parse().ok()?;
        // Characters of text take four bytes each.
        let width = if code.contains('U') { width.checked_mul(4)? } else { width };
        let sizes =
            self.shape.trim().trim_matches(['(', ')']).split(',').map(str::trim).filter(|size| !size.is_empty());
        sizes.map(|size| size.parse::<u64>().ok()).try_fold(width, |bytes, size| bytes.checked_mul(size?))
    }
}

/// Returns the literal behind a key: up to the comma that ends it, brackets respected.
fn value_after<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let rest = text.get(text.find(key)? + key.len()..)?.trim_start().strip_prefix(':')?.trim_start();
    let mut depth = 0_i32;
    for (index, character) in rest.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' | '}' if depth <= 0 => return rest.get(..index),
            _ => {}
        }
    }
    Some(rest)
}
