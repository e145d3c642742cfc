//! Core ML: a protobuf model, and the file of weights beside a model of the newer kind.
//!
//! Source: coremltools `Model.proto`, `MILBlob/Blob/StorageFormat.hpp`.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use crate::Format;
use crate::reader::{Field, Reader};

/// Versions of the specification that are plausible.
const VERSIONS: std::ops::RangeInclusive<u64> = 1..=50;
/// Field numbers of the kinds of model there are.
const KINDS: std::ops::RangeInclusive<u64> = 200..=3000;
/// What each record of the weight file begins with; the first one stands behind a header of 64 bytes.
const SENTINEL: [u8; 4] = 0xdead_beef_u32.to_le_bytes();
const WEIGHT_HEADER: u64 = 64;

/// Returns which file of Core ML this is, if it is one.
pub(super) fn identify(head: &[u8], source: &dyn ReadAt) -> io::Result<Option<Format>> {
    let is_version_2 = head.get(4..8) == Some(&[2, 0, 0, 0]);
    if is_version_2 && read_vec_at(source, WEIGHT_HEADER, 4)? == SENTINEL {
        return Ok(Some(Format::CoreMlWeights));
    }
    let mut reader = Reader::new(source);
    let is_model = is_model(&mut reader, source.len());
    reader.finish()?;
    Ok(is_model.then_some(Format::CoreMl))
}

/// A version, a description and exactly one model, of whatever kind.
fn is_model(reader: &mut Reader<'_>, end: u64) -> bool {
    let (mut version, mut descriptions, mut models) = (None, 0, 0);
    while let Some((number, field)) = reader.field(end) {
        match (number, field) {
            (1, Field::Varint(value)) => version = Some(value),
            (2, Field::Bytes { .. }) => descriptions += 1,
            (10, Field::Varint(_)) => {}
            (number, Field::Bytes { .. }) if KINDS.contains(&number) => models += 1,
            _ => return false,
        }
    }
    reader.position() == end
        && version.is_some_and(|version| VERSIONS.contains(&version))
        && descriptions == 1
        && models == 1
}
