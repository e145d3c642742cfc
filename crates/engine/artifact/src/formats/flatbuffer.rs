//! Models whose weights are one FlatBuffers table: TensorFlow Lite and CatBoost.
//!
//! Neither carries code, so the table is not walked; what is checked is that there is one, whole at its root. A file of
//! a magic number and zeros is no model that anybody has looked at.
//! Source: FlatBuffers internals (root offset, vtable), TensorFlow Lite `schema.fbs`, CatBoost `model.cpp`.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use crate::facts::Facts;

/// Bytes before the table in a CatBoost file: magic number and length.
const CATBOOST_HEAD: u64 = 8;

/// Checks a TensorFlow Lite model.
pub(super) fn tflite(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    facts.property("framework", "tflite");
    if !has_root(source)? {
        facts.skip("tflite: the root table cannot be read, so the file is cut off or no model");
    }
    Ok(())
}

/// Checks a CatBoost model.
pub(super) fn catboost(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    facts.property("framework", "catboost");
    let claimed = number(source, 4)?.unwrap_or(0);
    let held = source.len().saturating_sub(CATBOOST_HEAD);
    if claimed == 0 || claimed > held {
        facts.skip(format!("catboost: the header claims {claimed} bytes of model, the file has {held}"));
    }
    Ok(())
}

/// Says whether the offset at byte 0 leads to a table whose vtable lies in the file and has a field.
fn has_root(source: &dyn ReadAt) -> io::Result<bool> {
    let Some(root) = number(source, 0)? else { return Ok(false) };
    let Some(back) = number(source, root)? else { return Ok(false) };
    // The vtable stands at the table's place minus a signed distance.
    let distance = i64::from(u32::try_from(back).unwrap_or(0).cast_signed());
    let Some(vtable) = root.checked_add_signed(-distance) else { return Ok(false) };
    let Some(sizes) = number(source, vtable)? else { return Ok(false) };
    let (vtable_size, table_size) = (sizes & 0xffff, sizes >> 16);
    let is_in_file = |start: u64, size: u64| start.saturating_add(size) <= source.len();
    Ok(distance != 0
        && vtable_size > 4
        && vtable_size % 2 == 0
        && table_size >= 4
        && is_in_file(vtable, vtable_size)
        && is_in_file(root, table_size))
}

fn number(source: &dyn ReadAt, at: u64) -> io::Result<Option<u64>> {
    let bytes = read_vec_at(source, at, 4)?;
    Ok(bytes.try_into().ok().map(|bytes| u64::from(u32::from_le_bytes(bytes))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest table with one field: vtable at 12, table at 20.
    fn whole() -> Vec<u8> {
        let mut bytes = 20_u32.to_le_bytes().to_vec();
        bytes.extend(b"TFL3");
        bytes.extend([0; 4]);
        bytes.extend([6, 0, 8, 0, 4, 0, 0, 0]);
        bytes.extend(8_u32.to_le_bytes());
        bytes.extend(3_u32.to_le_bytes());
        bytes
    }

    #[test]
    fn a_magic_number_and_zeros_are_no_model() {
        assert!(has_root(&whole()).unwrap());
        let mut hollow = b"\x1c\0\0\0TFL3".to_vec();
        hollow.resize(3_000, 0);
        assert!(!has_root(&hollow).unwrap());
    }

    #[test]
    fn a_root_cut_off_anywhere_is_none() {
        let whole = whole();
        for length in 0..whole.len() {
            assert!(!has_root(&whole[..length].to_vec()).unwrap(), "cut at {length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = has_root(&bytes).unwrap();
        }
    }
}
