//! HDF5: the Keras model description is found as text, wherever the attribute is stored.
//!
//! The container's own structure is not followed: the JSON of `model_config` stands in the file as one run of bytes
//! (an attribute or a global heap object), so that looking for it finds it in honest and in broken files alike.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::keras;
use crate::Format;
use crate::facts::{Facts, ObservationKind};

const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Bytes searched.
const MAX_SEARCHED_BYTES: usize = 64 * 1024 * 1024;
/// Longest description parsed.
const MAX_CONFIG_BYTES: usize = 32 * 1024 * 1024;
/// Descriptions parsed of one file.
const MAX_DESCRIPTIONS: usize = 16;

/// Reads an HDF5 file.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let bytes = read_vec_at(source, 0, MAX_SEARCHED_BYTES)?;
    let is_keras = look_for_config(&bytes, facts);
    if let Err(problem) = superblock(&bytes, source.len()) {
        facts.skip(format!("hdf5: {problem}"));
    }
    if facts.format == Format::KerasH5 || is_keras {
        facts.property("framework", "keras");
        if bytes.len() as u64 != source.len() {
            facts
                .skip(format!("hdf5: only the first {MAX_SEARCHED_BYTES} bytes were searched for a model description"));
        }
    } else {
        facts.property("framework", "hdf5");
    }
    Ok(())
}

/// Checks that the file is as long as its superblock says: a signature alone, or a file cut off, holds nothing that was
/// looked at. Source: HDF5 File Format Specification 3.0, section II.A.
fn superblock(bytes: &[u8], size: u64) -> Result<(), &'static str> {
    const UNREADABLE: &str = "the superblock cannot be read";
    let start = memchr::memmem::find(bytes, SIGNATURE).ok_or(UNREADABLE)?;
    let rest = bytes.get(start..).unwrap_or_default();
    let version = *rest.get(SIGNATURE.len()).ok_or(UNREADABLE)?;
    // Where the size of an address stands, and where the first address does; the third is the end of the file.
    let (size_at, first) = match version {
        0 => (13, 24),
        1 => (13, 28),
        2 | 3 => (9, 12),
        _ => return Err("the superblock is of a version this program does not know"),
    };
    let width = match *rest.get(size_at).ok_or(UNREADABLE)? {
        width @ (2 | 4 | 8) => usize::from(width),
        _ => return Err(UNREADABLE),
    };
    let end = rest.get(first + 2 * width..first + 3 * width).ok_or(UNREADABLE)?;
    let end = end.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let is_whole = end > start as u64 && end <= size;
    if is_whole { Ok(()) } else { Err("the file is shorter than its superblock says, so it is cut off") }
}

/// Finds Keras model descriptions in the bytes; says whether there was one.
pub(super) fn look_for_config(bytes: &[u8], facts: &mut Facts) -> bool {
    let mut is_found = false;
    let (mut position, mut attempts) = (0, 0);
    while let Some(at) = memchr::memmem::find(bytes.get(position..).unwrap_or_default(), b"{\"") {
        let start = position + at;
        let rest = bytes.get(start..).unwrap_or_default();
        let near = rest.get(..rest.len().min(4_096)).unwrap_or_default();
        let is_description = near.starts_with(b"{\"class_name\"")
            || near.starts_with(b"{\"module\"")
            || (near.starts_with(b"{\"config\"") && memchr::memmem::find(near, b"class_name").is_some());
        position = start + 2;
        if !is_description {
            continue;
        }
        attempts += 1;
        if attempts > MAX_DESCRIPTIONS {
            facts.skip("hdf5: more model descriptions than the bound");
            break;
        }
        let Some(length) = object_length(rest.get(..rest.len().min(MAX_CONFIG_BYTES)).unwrap_or_default()) else {
            continue;
        };
        is_found = true;
        keras::config(rest.get(..length).unwrap_or_default(), None, facts);
        position = start + length;
    }
    // A description that is cut into pieces still names its layers.
    if !is_found && memchr::memmem::find(bytes, b"\"class_name\": \"Lambda\"").is_some() {
        let detail = "a Lambda layer is named outside of a readable model description".to_owned();
        facts.observe(ObservationKind::KerasLambda, "Lambda", detail);
    }
    is_found
}

/// Returns the length of the JSON object that starts here, by its braces outside of strings.
fn object_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' if !is_text => depth += 1,
            b'}' if !is_text => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A superblock of version 0 whose file ends after `end` bytes.
    fn file(end: u64) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0]);
        bytes.extend([[0; 8], [0xff; 8], end.to_le_bytes(), [0xff; 8]].concat());
        bytes.resize(96, 0);
        bytes
    }

    #[test]
    fn a_file_as_long_as_its_superblock_says_is_whole() {
        assert_eq!(superblock(&file(96), 96), Ok(()));
        assert!(superblock(&file(97), 96).is_err());
    }

    #[test]
    fn a_signature_alone_is_no_file() {
        let mut bytes = SIGNATURE.to_vec();
        assert!(superblock(&bytes, 8).is_err());
        bytes.resize(48, 0);
        assert!(superblock(&bytes, 48).is_err());
    }
}
