//! The sorted string table that TensorFlow keeps the index of a checkpoint in, as far as it must be read: blocks without
//! compression, keys left out, values one after another.
//!
//! Source: LevelDB `table_format.md`, which TensorFlow's `core/lib/io/table` follows; `tensor_bundle.proto` and
//! `saved_tensor_slice.proto` for what stands under the empty key.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

/// Bytes of the footer: two block handles with padding, and the magic number.
const FOOTER: usize = 48;
const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
/// Largest block that is read, in bytes.
const LARGEST_BLOCK: u64 = 16 << 20;
/// Blocks and values that are read.
const MOST_BLOCKS: usize = 4_096;
const MOST_VALUES: usize = 1_000_000;

/// Which checkpoint a table is the index of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    /// Values stand in data files beside it.
    Bundle,
    /// Values stand in the same file.
    Slices,
}

/// A place in the file: offset and length in bytes.
#[derive(Debug, Clone, Copy)]
struct Block {
    offset: u64,
    length: u64,
}

/// Says of what checkpoint the source is the index, if it is one.
///
/// # Errors
/// The source's own error.
pub(crate) fn identify(source: &dyn ReadAt) -> io::Result<Option<Index>> {
    let Some(first) = blocks(source)?.and_then(|blocks| blocks.first().copied()) else { return Ok(None) };
    let Some(block) = read_block(source, first)? else { return Ok(None) };
    let mut entries = Entries { block: &block, at: 0 };
    Ok(match entries.next() {
        // Under the empty key: the number of data files, or the description of the slices.
        Some((0, [0x08, ..])) => Some(Index::Bundle),
        Some((0, [0x0a, ..])) => Some(Index::Slices),
        _ => None,
    })
}

/// Hands every value behind the first to `visit`; returns whether all were read.
///
/// # Errors
/// The source's own error.
pub(crate) fn values(source: &dyn ReadAt, mut visit: impl FnMut(&[u8])) -> io::Result<bool> {
    let Some(blocks) = blocks(source)? else { return Ok(false) };
    let mut seen = 0_usize;
    for place in &blocks {
        let Some(block) = read_block(source, *place)? else { return Ok(false) };
        let mut entries = Entries { block: &block, at: 0 };
        while let Some((_, value)) = entries.next() {
            if seen > 0 {
                visit(value);
            }
            seen += 1;
            if seen > MOST_VALUES {
                return Ok(false);
            }
        }
        if entries.at < entries.block.len() {
            return Ok(false);
        }
    }
    Ok(blocks.len() < MOST_BLOCKS)
}

/// The data blocks, in order; nothing if the source does not end as a table does.
fn blocks(source: &dyn ReadAt) -> io::Result<Option<Vec<Block>>> {
    let Some(start) = source.len().checked_sub(FOOTER as u64) else { return Ok(None) };
    let footer = read_vec_at(source, start, FOOTER)?;
    if !footer.ends_with(&MAGIC) {
        return Ok(None);
    }
    let Some((_, rest)) = handle(&footer) else { return Ok(None) };
    let Some((index, _)) = handle(rest) else { return Ok(None) };
    let Some(block) = read_block(source, index)? else { return Ok(None) };
    let mut found = Vec::new();
    let mut entries = Entries { block: &block, at: 0 };
    while let Some((_, value)) = entries.next().filter(|_| found.len() < MOST_BLOCKS) {
        let Some((block, _)) = handle(value) else { return Ok(None) };
        found.push(block);
    }
    Ok(Some(found))
}

fn handle(bytes: &[u8]) -> Option<(Block, &[u8])> {
    let (offset, rest) = varint(bytes)?;
    let (length, rest) = varint(rest)?;
    Some((Block { offset, length }, rest))
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

/// Returns the entries of a block, without the table of restarts at its end; nothing if it is compressed or does not fit.
fn read_block(source: &dyn ReadAt, block: Block) -> io::Result<Option<Vec<u8>>> {
    let Some(end) = block.offset.checked_add(block.length) else { return Ok(None) };
    let Some(length) = usize::try_from(block.length).ok().filter(|_| block.length <= LARGEST_BLOCK) else {
        return Ok(None);
    };
    if end >= source.len() {
        return Ok(None);
    }
    // One byte behind the block says how it is compressed.
    let mut bytes = read_vec_at(source, block.offset, length + 1)?;
    if bytes.len() != length + 1 || bytes.pop() != Some(0) {
        return Ok(None);
    }
    let Some(at) = length.checked_sub(4) else { return Ok(None) };
    let restarts = bytes.get(at..).and_then(|tail| Some(u32::from_le_bytes(tail.try_into().ok()?)));
    let table = restarts.and_then(|count| usize::try_from(count).ok()?.checked_mul(4));
    let Some(entries) = table.and_then(|table| at.checked_sub(table)) else { return Ok(None) };
    bytes.truncate(entries);
    Ok(Some(bytes))
}

/// Walks the entries of a block.
struct Entries<'a> {
    block: &'a [u8],
    at: usize,
}

impl<'a> Entries<'a> {
    /// Returns the length of the next key's own part and the value.
    fn next(&mut self) -> Option<(u64, &'a [u8])> {
        let rest = self.block.get(self.at..)?;
        let (shared, after) = varint(rest)?;
        let (own, after) = varint(after)?;
        let (length, after) = varint(after)?;
        let start = self.block.len() - after.len();
        let start = start.checked_add(usize::try_from(own).ok()?)?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        let value = self.block.get(start..end)?;
        self.at = end;
        Some((shared.saturating_add(own), value))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn entry(key: &[u8], value: &[u8]) -> Vec<u8> {
        let lengths = [0, u8::try_from(key.len()).unwrap(), u8::try_from(value.len()).unwrap()];
        [lengths.as_slice(), key, value].concat()
    }

    fn block(entries: &[Vec<u8>]) -> Vec<u8> {
        [entries.concat(), 0_u32.to_le_bytes().to_vec(), 1_u32.to_le_bytes().to_vec()].concat()
    }

    /// A table of one data block.
    pub(crate) fn table(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let entries: Vec<Vec<u8>> = entries.iter().map(|(key, value)| entry(key.as_bytes(), value)).collect();
        let data = block(&entries);
        let length = u8::try_from(data.len()).unwrap();
        assert!(length < 0x80, "one byte must do for the length");
        let index = block(&[entry(b"\x7f", &[0, length])]);
        let mut footer = vec![0, 0, length + 5, u8::try_from(index.len()).unwrap()];
        footer.resize(FOOTER - MAGIC.len(), 0);
        [data, vec![0; 5], index, vec![0; 5], footer, MAGIC.to_vec()].concat()
    }

    #[test]
    fn the_first_value_tells_the_two_generations_apart() {
        assert_eq!(identify(&table(&[("", &[0x08, 1])])).unwrap(), Some(Index::Bundle));
        assert_eq!(identify(&table(&[("", &[0x0a, 0])])).unwrap(), Some(Index::Slices));
        // The key-value store the layout was taken from has no value under the empty key.
        assert_eq!(identify(&table(&[("user", &[0x08, 1])])).unwrap(), None);
    }

    #[test]
    fn values_are_handed_over_without_the_first() {
        let mut seen = Vec::new();
        let whole = values(&table(&[("", &[8, 1]), ("w", &[1, 2]), ("x", &[3])]), |value| seen.push(value.to_vec()));
        assert!(whole.unwrap());
        assert_eq!(seen, [vec![1, 2], vec![3]]);
    }

    #[test]
    fn every_damage_is_survived() {
        let whole = table(&[("", &[8, 1]), ("w", &[1, 2])]);
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = value;
                identify(&damaged).unwrap();
                values(&damaged, |_| ()).unwrap();
            }
            identify(&whole[..at].to_vec()).unwrap();
        }
    }
}
