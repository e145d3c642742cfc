//! The members of a tar archive: blocks of 512 bytes, a header and then the content. Source: POSIX.1-1988 ustar.

use std::io;
use std::ops::Range;

use syndic_detect::{ReadAt, read_vec_at};

const BLOCK: usize = 512;
/// Where a header states its checksum.
const CHECKSUM: Range<usize> = 148..156;

/// One member; its range may end beyond the bytes if they are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) range: Range<usize>,
}

/// Says whether the bytes start with a tar header: its magic, or, before there was one, its checksum.
pub(crate) fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar") || bytes.get(..BLOCK).is_some_and(has_checksum)
}

/// Says whether a header has a name and the checksum it states; the checksum's own field counts as blanks.
fn has_checksum(header: &[u8]) -> bool {
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(at, byte)| if CHECKSUM.contains(&at) { u64::from(b' ') } else { u64::from(*byte) })
        .sum();
    header.first() != Some(&0) && number(header.get(CHECKSUM).unwrap_or_default()) == Some(sum)
}

/// Reads a number as writers state it: octal digits with blanks around, or a binary one of GNU tar.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, binary)) = field.split_first() {
        return binary.iter().try_fold(0_u64, |value, byte| value.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let digits = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let digits = std::str::from_utf8(digits).ok()?.trim();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// A member of an archive that is not in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) name: String,
    pub(crate) start: u64,
    pub(crate) length: u64,
}

impl Placed {
    /// Returns where the next header stands.
    pub(crate) fn next(&self) -> u64 {
        self.start.saturating_add(self.length.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64))
    }
}

/// Returns the member whose header stands at an offset.
///
/// # Errors
/// The source's own error.
pub(crate) fn member_at(source: &dyn ReadAt, offset: u64) -> io::Result<Option<Placed>> {
    let header = read_vec_at(source, offset, BLOCK)?;
    let found = members(&header, 1).pop();
    Ok(found.map(|member| Placed {
        name: member.name,
        start: offset + BLOCK as u64,
        length: (member.range.end - member.range.start) as u64,
    }))
}

/// Returns at most `limit` members whose headers stand in `bytes`.
pub(crate) fn members(bytes: &[u8], limit: usize) -> Vec<Member> {
    let mut members = Vec::new();
    let mut position = 0_usize;
    while members.len() < limit {
        let header = position.checked_add(BLOCK).and_then(|end| bytes.get(position..end));
        let Some(header) = header.filter(|header| header.first() != Some(&0)) else { break };
        let text = |from: usize, to: usize| {
            let field = header.get(from..to).unwrap_or_default();
            String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or_default()).trim().to_owned()
        };
        let size = number(header.get(124..136).unwrap_or_default()).and_then(|size| usize::try_from(size).ok());
        let Some(size) = size else { break };
        let start = position + BLOCK;
        members.push(Member { name: text(0, 100), range: start..start.saturating_add(size) });
        position = start.saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK));
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of the seventh edition, which has no magic.
    fn header(name: &str, size: &[u8]) -> Vec<u8> {
        let mut header = vec![0_u8; BLOCK];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..124 + size.len()].copy_from_slice(size);
        header[CHECKSUM].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }

    #[test]
    fn an_archive_without_magic_is_known_by_its_checksum() {
        let mut bytes = header("a.pkl", b"00000000003\0");
        assert!(is_tar(&bytes));
        bytes[0] = b'b';
        assert!(!is_tar(&bytes));
        assert!(!is_tar(&[0; BLOCK]));
    }

    #[test]
    fn sizes_are_read_in_either_form() {
        for size in [b"00000000003\0".as_slice(), b"         3 ", &[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]] {
            let bytes = [header("a", size), b"abc".to_vec(), vec![0; 509], header("b", b"")].concat();
            let names: Vec<_> =
                members(&bytes, 9).into_iter().map(|member| (member.name, member.range.len())).collect();
            assert_eq!(names, [("a".to_owned(), 3), ("b".to_owned(), 0)]);
        }
    }
}
