//! HDF5: the Keras model description is found as text, wherever the attribute is stored.
//!
//! The container's own structure is not followed: the JSON of `model_config` stands in the file as one run of bytes
//! (an attribute or a global heap object), so that looking for it finds it in honest and in broken files alike.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::keras;
use crate::Format;
use crate::facts::{Facts, ObservationKind};

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
