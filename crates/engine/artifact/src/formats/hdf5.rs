//! HDF5: the Keras model description is found as text, wherever the attribute is stored.
//!
//! The container's own structure is not followed: the JSON of `model_config` stands in the file as one run of bytes
//! (an attribute or a global heap object), so that looking for it finds it in honest and in broken files alike. So are
//! the pickles that PyTables and pandas write as attributes and as objects, and load when they are read.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::keras;
use super::pickled::take_strays;
use crate::Format;
use crate::facts::{Facts, ObservationKind};

const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Bytes searched at a time, and how many of them are looked at again with the next ones.
const WINDOW_BYTES: usize = 4 * 1024 * 1024;
const OVERLAP_BYTES: usize = 8 * 1024;
/// Bytes of one file searched.
const MAX_SEARCHED_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes in which the signature stands.
const HEAD_BYTES: usize = 64 * 1024;
/// Descriptions read of one file.
const MAX_DESCRIPTIONS: usize = 16;

/// Reads an HDF5 file.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let is_keras = look_for_config(source, facts)?;
    if let Err(problem) = superblock(&read_vec_at(source, 0, HEAD_BYTES)?, source.len()) {
        facts.skip(format!("hdf5: {problem}"));
    }
    take_strays(source, None, facts)?;
    let is_keras = is_keras || facts.format == Format::KerasH5;
    facts.property("framework", if is_keras { "keras" } else { "hdf5" });
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

/// Finds Keras model descriptions in a file; says whether there was one.
pub(super) fn look_for_config(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<bool> {
    let (mut position, mut attempts, mut is_found, mut is_named) = (0_u64, 0, false, false);
    let mut looked_at = 0_u64;
    while position < source.len() && position < MAX_SEARCHED_BYTES {
        let window = read_vec_at(source, position, WINDOW_BYTES)?;
        is_named |= memchr::memmem::find(&window, b"\"class_name\": \"Lambda\"").is_some();
        for at in memchr::memmem::find_iter(&window, b"{\"") {
            let place = position + at as u64;
            if place < looked_at || !is_description(window.get(at..).unwrap_or_default()) {
                continue;
            }
            looked_at = place + 1;
            attempts += 1;
            if attempts > MAX_DESCRIPTIONS {
                facts.skip("hdf5: more model descriptions than the bound");
                return Ok(true);
            }
            if let Some(end) = keras::config(source, place, None, facts) {
                is_found = true;
                looked_at = end;
            }
        }
        if window.len() < WINDOW_BYTES {
            break;
        }
        position += (WINDOW_BYTES - OVERLAP_BYTES) as u64;
    }
    if source.len() > MAX_SEARCHED_BYTES {
        facts.skip(format!("hdf5: only the first {MAX_SEARCHED_BYTES} bytes were searched for a model description"));
    }
    // A description that is cut into pieces still names its layers.
    if !is_found && is_named {
        let detail = "a Lambda layer is named outside of a readable model description".to_owned();
        facts.observe(ObservationKind::KerasLambda, "Lambda", detail);
    }
    Ok(is_found)
}

/// Says whether this is the beginning of a model description; those of its layers are part of it.
fn is_description(text: &[u8]) -> bool {
    let near = text.get(..text.len().min(4_096)).unwrap_or_default();
    near.starts_with(b"{\"class_name\"")
        || near.starts_with(b"{\"module\"")
        || (near.starts_with(b"{\"config\"") && memchr::memmem::find(near, b"class_name").is_some())
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
