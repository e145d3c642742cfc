//! Writes blocks anew, slot by slot, so that memory is needed for the result alone: several that are neighbours as one,
//! or one without some records.

use std::io;

use super::block::Block;
use super::layout::{self, Column, Entries, directory_bits, push_entry, slot_of};
use super::sealed::damaged;

/// Returns the bytes of one block with all columns of these, which follow one another, have the same key for terms, and
/// hold nothing of the `forgotten` records, ascending, any more.
///
/// # Errors
/// `InvalidData` if one is damaged; what the disk reports.
pub(super) fn rewritten(blocks: &mut [Block], forgotten: &[u64]) -> io::Result<Vec<u8>> {
    let (mut columns, mut places): (Vec<Column>, Vec<Vec<u16>>) = (Vec::new(), Vec::new());
    for block in blocks.iter_mut() {
        for (mut column, records) in block.read_columns()?.into_iter().zip(block.columns()) {
            let own = forgotten.iter().filter(|index| records.contains(index));
            let own: Vec<u16> = own.filter_map(|index| u16::try_from(index - records.start).ok()).collect();
            column.forget(&own);
            columns.push(column);
            places.push(own);
        }
    }
    let bits = directory_bits(columns.len());
    layout::encode(&columns, |slot| {
        let (mut parts, mut forgotten) = (Vec::with_capacity(places.len()), places.iter());
        for block in blocks.iter_mut() {
            let (own_bits, columns) = (block.directory_bits(), block.columns().count());
            // A block has no more columns than all together, so its slots hold whole ones of the result.
            let source = block.slot(slot >> bits.checked_sub(own_bits).ok_or_else(damaged)?)?;
            for (column, forgotten) in (0..columns).zip(&mut forgotten) {
                let entries = source.entries(column, own_bits)?;
                parts.push(part(entries, |term| slot_of(term, bits) == slot, forgotten)?);
            }
        }
        Ok(parts)
    })
}

/// Entries of the wanted terms, without the `forgotten` places.
fn part(entries: Entries<'_>, is_wanted: impl Fn(u64) -> bool, forgotten: &[u16]) -> io::Result<Vec<u8>> {
    let mut part = Vec::new();
    for entry in entries {
        let entry = entry?;
        if !is_wanted(entry.term) {
            continue;
        }
        if forgotten.is_empty() {
            part.extend_from_slice(entry.whole);
            continue;
        }
        let mut places = entry.places()?.to_list();
        let before = places.len();
        places.retain(|place| forgotten.binary_search(place).is_err());
        if places.len() == before {
            part.extend_from_slice(entry.whole);
        } else if !places.is_empty() {
            push_entry(entry.term, &places, &mut part)?;
        }
    }
    Ok(part)
}
