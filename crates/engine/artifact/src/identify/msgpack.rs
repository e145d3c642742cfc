//! MessagePack: told by a walk over all of it, because it has no magic number. One array or map must be the whole file.
//!
//! Source: MessagePack specification, section "Formats".

use std::io;

use syndic_detect::ReadAt;

use crate::Format;
use crate::reader::Reader;

/// Values walked.
const MAX_VALUES: u64 = 200_000_000;
/// A shorter one says nothing.
const FEWEST_BYTES: u64 = 16;

/// Says whether the file is one array or map of MessagePack.
pub(super) fn identify(head: &[u8], source: &dyn ReadAt) -> io::Result<Option<Format>> {
    if !matches!(head, [0x80..=0x9f | 0xdc..=0xdf, ..]) || source.len() < FEWEST_BYTES {
        return Ok(None);
    }
    let mut reader = Reader::new(source);
    let is_whole = walk(&mut reader).is_some() && reader.remaining() == 0;
    reader.finish().map(|()| is_whole.then_some(Format::Msgpack))
}

/// Walks one value; `None` if it breaks the format, ends early or is beyond the bound.
fn walk(reader: &mut Reader<'_>) -> Option<()> {
    let mut left = 1_u64;
    for _ in 0..MAX_VALUES {
        left = left.checked_sub(1)?.checked_add(value(reader)?)?;
        if left == 0 {
            return Some(());
        }
        // Every value takes a byte.
        (left <= reader.remaining()).then_some(())?;
    }
    None
}

/// Passes over one value and returns how many stand inside of it.
fn value(reader: &mut Reader<'_>) -> Option<u64> {
    let code = reader.byte()?;
    let low = |bits: u8| u64::from(code & bits);
    let (passed, inside) = match code {
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => (0, 0),
        0x80..=0x8f => (0, 2 * low(15)),
        0x90..=0x9f => (0, low(15)),
        0xa0..=0xbf => (low(31), 0),
        0xcc | 0xd0 => (1, 0),
        0xcd | 0xd1 | 0xd4 => (2, 0),
        0xd5 => (3, 0),
        0xca | 0xce | 0xd2 => (4, 0),
        0xd6 => (5, 0),
        0xcb | 0xcf | 0xd3 => (8, 0),
        0xd7 => (9, 0),
        0xd8 => (17, 0),
        0xc4 | 0xd9 => (number(reader, 1)?, 0),
        0xc5 | 0xda => (number(reader, 2)?, 0),
        0xc6 | 0xdb => (number(reader, 4)?, 0),
        0xc7 => (number(reader, 1)? + 1, 0),
        0xc8 => (number(reader, 2)? + 1, 0),
        0xc9 => (number(reader, 4)? + 1, 0),
        0xdc => (0, number(reader, 2)?),
        0xdd => (0, number(reader, 4)?),
        0xde => (0, 2 * number(reader, 2)?),
        0xdf => (0, 2 * number(reader, 4)?),
        0xc1 => return None,
    };
    reader.skip(passed).map(|()| inside)
}

/// Reads a length, its most significant byte first.
fn number(reader: &mut Reader<'_>, width: u8) -> Option<u64> {
    (0..width).try_fold(0_u64, |number, _| Some(number << 8 | u64::from(reader.byte()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(bytes: &[u8]) -> bool {
        identify(bytes, &bytes.to_vec()).unwrap().is_some()
    }

    #[test]
    fn one_array_or_map_to_the_end_is_one() {
        // ["a" times 16 bytes, [], {1: 2.0}, nil]
        let whole = [b"\x94\xb0aaaaaaaaaaaaaaaa\x90\x81\x01\xca\x40\0\0\0\xc0".as_slice()].concat();
        assert!(is_found(&whole));
        assert!(!is_found(&whole[..whole.len() - 1]));
        assert!(!is_found(&[whole.as_slice(), b"\0"].concat()));
        assert!(!is_found(&[b"\x91\xc1".as_slice(), &[0; 20]].concat()));
        assert!(!is_found(&[0xdd, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    }
}
