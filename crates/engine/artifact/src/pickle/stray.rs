//! Pickles inside files of another format: in the attributes and objects of HDF5, in the metadata of Arrow.
//!
//! Nothing tells where one starts, so every place is tried that could be one: `PROTO` and a known version, or `GLOBAL` with
//! a name on two lines. A binary one must walk to its end and resolve something; a text one must call what no honest
//! file calls, because two lines of words are found in any text.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::names::is_dotted_name;
use super::probe::{is_harmful_at, probe_at};

/// Bytes searched at a time, and how much of a block is looked at again with the next one.
const BLOCK_BYTES: usize = 256 * 1024;
const OVERLAP_BYTES: usize = 1_024;
/// Bytes of one file searched.
const MAX_SEARCHED: u64 = 4 * 1024 * 1024 * 1024;
/// Starts tried; each costs a short walk.
const MAX_TRIED: u32 = 100_000;
/// Pickles kept of one file.
const MAX_FOUND: usize = 256;
/// Longest line of a name.
const MAX_LINE: usize = 128;

/// Where pickles start, and whether all of the file was searched.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Strays {
    pub(crate) starts: Vec<u64>,
    pub(crate) is_all: bool,
}

/// Searches a source for pickles.
///
/// # Errors
/// The source's own error.
pub(crate) fn stray_pickles(source: &dyn ReadAt) -> io::Result<Strays> {
    let mut strays = Strays { starts: Vec::new(), is_all: true };
    let (mut position, mut seen, mut tried) = (0_u64, 0_u64, 0_u32);
    while position < source.len() {
        let block = read_vec_at(source, position, BLOCK_BYTES)?;
        for at in memchr::memchr2_iter(0x80, b'\n', &block) {
            for start in starts(&block, at) {
                let place = position + start as u64;
                if place < seen || (at + MAX_LINE >= block.len() && position + (block.len() as u64) < source.len()) {
                    continue;
                }
                tried += 1;
                if tried > MAX_TRIED || strays.starts.len() >= MAX_FOUND {
                    return Ok(Strays { is_all: false, ..strays });
                }
                if let Some(end) = pickle_at(source, place, block.get(start) == Some(&0x80)) {
                    strays.starts.push(place);
                    seen = end.max(place + 1);
                }
            }
        }
        if block.len() < BLOCK_BYTES {
            break;
        }
        position += (block.len() - OVERLAP_BYTES) as u64;
        seen = seen.max(position);
        if position > MAX_SEARCHED {
            return Ok(Strays { is_all: false, ..strays });
        }
    }
    Ok(strays)
}

/// Returns where a pickle may start that has this byte: the byte itself, or every `c` of the line that it ends.
fn starts(block: &[u8], at: usize) -> Vec<usize> {
    if block.get(at) == Some(&0x80) {
        return if matches!(block.get(at + 1), Some(2..=5)) { vec![at] } else { Vec::new() };
    }
    let behind = block.get(at + 1..).unwrap_or_default();
    let behind = behind.get(..behind.len().min(MAX_LINE)).unwrap_or_default();
    let is_name = memchr::memchr(b'\n', behind).is_some_and(|end| behind.get(..end).is_some_and(is_dotted_name));
    if !is_name {
        return Vec::new();
    }
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let before = block.get(at.saturating_sub(MAX_LINE)..at).unwrap_or_default();
    let length = before.iter().rev().take_while(|byte| is_of_name(**byte)).count();
    (at - length..at).filter(|start| block.get(*start) == Some(&b'c')).collect()
}

/// Returns where the pickle ends that starts here, if one does.
fn pickle_at(source: &dyn ReadAt, start: u64, is_binary: bool) -> Option<u64> {
    if is_harmful_at(source, start) {
        return Some(start);
    }
    let probed = is_binary.then(|| probe_at(source, start))?;
    (probed.is_complete && probed.structural > 0).then_some(probed.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"cposix\nsystem\np0\n(Vtrue\ntR.";
    const BINARY: &[u8] = b"\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R.";

    fn found(bytes: &[u8]) -> Vec<u64> {
        stray_pickles(&bytes.to_vec()).unwrap().starts
    }

    #[test]
    fn pickles_are_found_wherever_they_stand() {
        for before in [0, 7, BLOCK_BYTES - 9, BLOCK_BYTES - OVERLAP_BYTES - 3, 3 * BLOCK_BYTES + 1] {
            for pickle in [TEXT, BINARY] {
                let bytes = [&vec![0_u8; before], pickle, &[0; 600]].concat();
                assert_eq!(found(&bytes), [before as u64], "{before}");
            }
        }
    }

    #[test]
    fn several_are_found_and_text_is_not_one() {
        let bytes = [b"\0(lp0\na".as_slice(), TEXT, b"\0\0", BINARY, BINARY].concat();
        assert_eq!(found(&bytes).len(), 3);
        assert!(found(b"a list of words\ncat\ndog\ncosmos\nsystem\n\x80\x02\x80\x03").is_empty());
    }

    #[test]
    fn a_flood_of_starts_is_said_not_passed_over() {
        let bytes = b"\x80\x02\0\0".repeat(usize::try_from(MAX_TRIED).unwrap() + 10);
        assert!(!stray_pickles(&bytes).unwrap().is_all);
    }
}
