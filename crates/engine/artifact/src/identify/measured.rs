//! Files of numbers as MATLAB and IDL save them: told by a walk over all of their records.
//!
//! Neither runs code when Python reads it. MATLAB files may hold function handles and objects, which only MATLAB builds.
//! Source: MathWorks MAT-File Format (levels 4 and 5), C. Marqwardt's description of IDL save files.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use crate::Format;
use crate::reader::Reader;

/// Records walked.
const MAX_RECORDS: u32 = 1_000_000;
/// Element types that stand at the top of a file of level 5: a matrix and a compressed one.
const TOP_TYPES: [u32; 2] = [14, 15];
/// Bytes of the header of level 5.
const LEVEL_5_HEADER: u64 = 128;
/// The record that ends an IDL file.
const IDL_END: u32 = 6;

/// Returns which kind of file of numbers this is, if it is one.
pub(super) fn identify(head: &[u8], source: &dyn ReadAt) -> io::Result<Option<Format>> {
    if head.starts_with(b"SR\0\x04") || head.starts_with(b"SR\0\x06") {
        let mut reader = Reader::new(source);
        let is_whole = idl(&mut reader).is_some();
        return reader.finish().map(|()| is_whole.then_some(Format::IdlSave));
    }
    let is_matlab = match head.get(126..128) {
        Some(b"IM" | b"MI") if head.starts_with(b"MATLAB") => level_5(head.get(126) == Some(&b'I'), source)?,
        _ => level_4(source)?,
    };
    Ok(is_matlab.then_some(Format::Matlab))
}

fn u32_at(source: &dyn ReadAt, at: u64, is_little: bool) -> io::Result<Option<u32>> {
    let bytes = read_vec_at(source, at, 4)?;
    Ok(bytes.try_into().ok().map(|bytes| if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }))
}

/// Level 5: elements of a type, a size and so many bytes, after the header to the end.
fn level_5(is_little: bool, source: &dyn ReadAt) -> io::Result<bool> {
    let mut position = LEVEL_5_HEADER;
    for _ in 0..MAX_RECORDS {
        if position == source.len() {
            return Ok(true);
        }
        let kind = u32_at(source, position, is_little)?;
        let size = u32_at(source, position + 4, is_little)?;
        let (Some(kind), Some(size)) = (kind, size) else { return Ok(false) };
        if !TOP_TYPES.contains(&kind) {
            return Ok(false);
        }
        position = position.saturating_add(8 + u64::from(size));
        if position > source.len() {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Level 4: matrices of a type, rows, columns, an imaginary part or none, a name, numbers.
fn level_4(source: &dyn ReadAt) -> io::Result<bool> {
    let (mut position, mut count) = (0, 0_u32);
    while position < source.len() && count < MAX_RECORDS {
        let header = read_vec_at(source, position, 20)?;
        let Some(size) = level_4_size(&header) else { return Ok(false) };
        let Some(next) = position.checked_add(size).filter(|next| *next <= source.len()) else { return Ok(false) };
        position = next;
        count += 1;
    }
    Ok(count > 0 && position == source.len())
}

/// Returns how long the matrix is whose header this is, header included.
fn level_4_size(header: &[u8]) -> Option<u64> {
    let words: Vec<[u8; 4]> = header.as_chunks::<4>().0.to_vec();
    let [kind, rows, columns, imaginary, name] = <[[u8; 4]; 5]>::try_from(words).ok()?;
    let is_little = u32::from_le_bytes(kind) < 5_000;
    let number =
        |bytes: [u8; 4]| u64::from(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) });
    let kind = number(kind);
    let (machine, precision, matrix) = (kind / 1_000, kind / 10 % 10, kind % 10);
    let element_bytes = [8_u64, 4, 4, 2, 2, 1].get(usize::try_from(precision).ok()?)?;
    let is_known = machine <= 4 && kind / 100 % 10 == 0 && matrix <= 2 && number(imaginary) <= 1;
    let is_named = (2..=256).contains(&number(name));
    let numbers = number(rows).checked_mul(number(columns))?.checked_mul(*element_bytes)?;
    let numbers = numbers.checked_mul(1 + number(imaginary))?;
    (is_known && is_named).then_some(())?;
    numbers.checked_add(20 + number(name))
}

/// Records of a type and the place of the next one, up to the one that ends the file.
fn idl(reader: &mut Reader<'_>) -> Option<()> {
    reader.seek(4);
    for _ in 0..MAX_RECORDS {
        let start = reader.position();
        let kind = reader.u32_le()?.swap_bytes();
        if kind == IDL_END {
            return Some(());
        }
        let low = u64::from(reader.u32_le()?.swap_bytes());
        let high = u64::from(reader.u32_le()?.swap_bytes());
        let next = high.checked_shl(32)? | low;
        if kind > 20 || next <= start {
            return None;
        }
        reader.seek(next);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Option<Format> {
        identify(bytes, &bytes.to_vec()).unwrap()
    }

    fn matrix(name: &[u8]) -> Vec<u8> {
        let length = u32::try_from(name.len()).unwrap();
        [0_u32, 2, 1, 0, length]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .chain(name.iter().copied())
            .chain([0; 16])
            .collect()
    }

    #[test]
    fn matlab_files_are_known_if_their_records_fill_them() {
        assert_eq!(found(&matrix(b"a\0")), Some(Format::Matlab));
        assert_eq!(found(&[matrix(b"a\0"), matrix(b"bc\0")].concat()), Some(Format::Matlab));
        assert_eq!(found(&[matrix(b"a\0"), vec![0]].concat()), None);
        let mut level_5 = b"MATLAB 5.0 MAT-file".to_vec();
        level_5.resize(124, b' ');
        level_5.extend(b"\0\x01IM\x0e\0\0\0\x02\0\0\0ab");
        assert_eq!(found(&level_5), Some(Format::Matlab));
        level_5.pop();
        assert_eq!(found(&level_5), None);
    }

    #[test]
    fn an_idl_file_ends_with_its_last_record() {
        let record =
            |kind: u32, next: u32| [kind, next, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        let whole = [b"SR\0\x04".to_vec(), record(2, 20), record(6, 0)].concat();
        assert_eq!(found(&whole), Some(Format::IdlSave));
        assert_eq!(found(&whole[..20]), None);
        assert_eq!(found(&[b"SR\0\x04".to_vec(), record(2, 4)].concat()), None, "a record that leads back");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = found(&bytes);
            let _ = found(&[b"SR\0\x04".as_slice(), &bytes].concat());
        }
    }
}
