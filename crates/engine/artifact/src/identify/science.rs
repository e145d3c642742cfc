//! Measurements and tables of other fields, told by their structure: none of them runs code when it is read.
//!
//! Source: NIfTI-1 and NIfTI-2 headers, DICOM PS3.10 section 7, FITS 4.0 section 3, NetCDF classic format,
//! `normalizer.cc` of SentencePiece.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use crate::Format;

/// Bytes of a block of FITS.
const FITS_BLOCK: usize = 2_880;
/// Cards of a FITS header.
const CARD: usize = 80;
/// Largest map of characters: that of Unicode takes 0.3 MB.
const MAX_MAP_BYTES: u64 = 8 * 1024 * 1024;

/// Returns what a file of measurements is, if it is one.
pub(super) fn identify(head: &[u8], source: &dyn ReadAt) -> io::Result<Option<Format>> {
    if is_fits(head, source.len()) {
        return Ok(Some(Format::Fits));
    }
    if is_nifti(head) {
        return Ok(Some(Format::Nifti));
    }
    if is_dicom(head) {
        return Ok(Some(Format::Dicom));
    }
    if is_netcdf(head) {
        return Ok(Some(Format::NetCdf));
    }
    Ok(is_character_map(head, source)?.then_some(Format::CharacterMap))
}

/// Says whether this begins as FITS: cards of 80 printable characters, the first of them `SIMPLE = T`.
fn is_fits(head: &[u8], length: u64) -> bool {
    let Some(first) = head.get(..CARD) else { return false };
    let is_simple = first.starts_with(b"SIMPLE  =") && first.get(29) == Some(&b'T');
    let block = head.get(..FITS_BLOCK).unwrap_or_default();
    is_simple
        && length >= FITS_BLOCK as u64
        && !block.is_empty()
        && block.iter().all(|byte| (b' '..=b'~').contains(byte))
}

/// The size of the header opens it, its magic closes it, and the number of dimensions is one to seven.
fn is_nifti(head: &[u8]) -> bool {
    let size = head.first_chunk::<4>().copied().unwrap_or_default();
    let dimensions = |at: usize, width: usize| {
        let field = head.get(at..at + width).unwrap_or_default();
        let small = field.first().copied().unwrap_or(0).max(field.last().copied().unwrap_or(0));
        (1..=7).contains(&small)
    };
    match (u32::from_le_bytes(size), u32::from_be_bytes(size)) {
        (348, _) | (_, 348) => matches!(head.get(344..348), Some(b"n+1\0" | b"ni1\0")) && dimensions(40, 2),
        (540, _) | (_, 540) => {
            matches!(head.get(4..12), Some(b"n+2\0\r\n\x1a\n" | b"ni2\0\r\n\x1a\n")) && dimensions(16, 8)
        }
        _ => false,
    }
}

/// `DICM` behind 128 bytes for whoever needs them, then the length of the group that describes the file.
fn is_dicom(head: &[u8]) -> bool {
    head.get(128..138) == Some(b"DICM\x02\0\0\0UL")
}

/// `CDF`, a version, the number of records, then a list of dimensions: absent, or tagged 10.
fn is_netcdf(head: &[u8]) -> bool {
    let [b'C', b'D', b'F', version @ (1 | 2 | 5), rest @ ..] = head else { return false };
    let tag = rest.get(if *version == 5 { 8.. } else { 4.. }).and_then(<[u8]>::first_chunk::<4>).copied();
    matches!(tag.map(u32::from_be_bytes), Some(0 | 10))
}

/// A trie of words of four bytes, its size before it, then texts that end with a zero.
fn is_character_map(head: &[u8], source: &dyn ReadAt) -> io::Result<bool> {
    let size = head.first_chunk::<4>().copied().map_or(0, u32::from_le_bytes);
    let start = u64::from(size) + 4;
    if size < 1024 || !size.is_multiple_of(1024) || start >= source.len() || source.len() > MAX_MAP_BYTES {
        return Ok(false);
    }
    let length = usize::try_from(source.len() - start).unwrap_or(0);
    let texts = read_vec_at(source, start, length)?;
    Ok(texts.len() == length && texts.ends_with(&[0]) && std::str::from_utf8(&texts).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Option<Format> {
        identify(bytes, &bytes.to_vec()).unwrap()
    }

    #[test]
    fn measurements_are_known_by_more_than_their_first_bytes() {
        let mut nifti = vec![0_u8; 400];
        nifti[..4].copy_from_slice(&348_u32.to_le_bytes());
        nifti[40] = 4;
        assert_eq!(found(&nifti), None);
        nifti[344..348].copy_from_slice(b"n+1\0");
        assert_eq!(found(&nifti), Some(Format::Nifti));
        let mut fits = format!("{:<80}", "SIMPLE  =                    T").into_bytes();
        fits.resize(2_880, b' ');
        fits.extend([0; 2_880]);
        assert_eq!(found(&fits), Some(Format::Fits));
        fits[2_000] = 1;
        assert_eq!(found(&fits), None);
        let dicom = [[0_u8; 128].as_slice(), b"DICM\x02\0\0\0UL\x04\0"].concat();
        assert_eq!(found(&dicom), Some(Format::Dicom));
        assert_eq!(found(b"CDF\x01\0\0\0\x01\0\0\0\x0a\0\0\0\x04"), Some(Format::NetCdf));
        assert_eq!(found(b"CDF\x01\0\0\0\x01\0\0\x01\x0a\0\0\0\x04"), None);
    }

    #[test]
    fn a_map_of_characters_ends_with_texts() {
        let map = |texts: &[u8]| [&1_024_u32.to_le_bytes(), [7_u8; 1_024].as_slice(), texts].concat();
        assert_eq!(found(&map("é\0ü\0".as_bytes())), Some(Format::CharacterMap));
        assert_eq!(found(&map(b"\xff\0")), None);
        assert_eq!(found(&map(b"a")), None);
    }
}
