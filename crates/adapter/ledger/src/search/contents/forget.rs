//! What an erasure and a retirement do to the index: what it holds of them loses its key for ever.
//!
//! Blocks with records of an erased subject are written anew without them, under a key of their own. Then the key of the
//! roster is destroyed, which ends every block in every copy, and the blocks that stay are put into a new roster, under
//! a new key. A crash in between costs the index, which is made again.

use std::sync::Arc;

use super::block::Block;
use super::build::write;
use super::reader::Records;
use super::rewrite::rewritten;
use super::roster::{self, Listed, key_problem};
use super::sealed::damaged;
use crate::disk::{Disk, Durability};
use crate::error::{Result, while_doing};
use crate::keys::{KeyStore, Pseudonym};
use crate::leaf::Leaf;

/// Read at once from a segment, for one record.
const CHUNK_BYTES: usize = 16 << 10;
/// A block with more records of a subject in a column is not written anew: making it again costs less.
const MOST_RECORDS: usize = 1 << 13;

/// Ends all that the index holds of a subject, to be called before its key is destroyed.
///
/// # Errors
/// What the key store reports; call it again then.
pub(crate) fn forget_subject(disk: &Arc<dyn Disk>, keys: &KeyStore, subject: &Pseudonym) -> Result<()> {
    // A block that cannot be read might hold anything, and is let go of.
    forget(disk, keys, |listed| without(disk, keys, listed, subject).ok().flatten())
}

/// Ends all that the index holds of the records before `before`, to be called before their segments go.
///
/// # Errors
/// As [`forget_subject`].
pub(crate) fn forget_before(disk: &Arc<dyn Disk>, keys: &KeyStore, before: u64) -> Result<()> {
    forget(disk, keys, |listed| (listed.first >= before).then(|| listed.clone()))
}

/// Ends the whole index: keys were put back that had been destroyed, and with them perhaps the index's own.
///
/// # Errors
/// As [`forget_subject`].
pub(crate) fn forget_all(disk: &Arc<dyn Disk>, keys: &KeyStore) -> Result<()> {
    forget(disk, keys, |_| None)
}

fn forget(disk: &Arc<dyn Disk>, keys: &KeyStore, stays: impl Fn(&Listed) -> Option<Listed>) -> Result<()> {
    let blocks = roster::load(disk.as_ref(), keys).unwrap_or_default().unwrap_or_default().blocks;
    let mut blocks: Vec<Listed> = blocks.iter().filter_map(stays).collect();
    roster::destroy(keys)?;
    // The rest only spares making the index again, and a full disk must not keep anybody from being erased.
    let kept = if blocks.is_empty() { None } else { roster::save(disk, keys, &blocks, None).ok().flatten() };
    if kept.is_none() {
        drop(roster::remove(disk.as_ref(), roster::NAME));
        blocks.clear();
    }
    drop(roster::sweep(disk.as_ref(), &blocks));
    Ok(())
}

/// Returns a block that holds nothing of a subject: as it is, or written anew; nothing if it had better be made again.
fn without(disk: &Arc<dyn Disk>, keys: &KeyStore, listed: &Listed, subject: &Pseudonym) -> Result<Option<Listed>> {
    let path = listed.path();
    let mut block = Block::open(disk.as_ref(), listed).map_err(while_doing("read", &path))?;
    let indices = block.about(&subject.0).map_err(while_doing("read", &path))?;
    if indices.is_empty() {
        return Ok(Some(listed.clone()));
    }
    if indices.len() / block.columns().count().max(1) > MOST_RECORDS {
        return Ok(None);
    }
    let mut records = Records::new(disk, CHUNK_BYTES)?;
    for index in indices.iter().copied() {
        let mark = block.mark_near(index).map_err(while_doing("read", &path))?;
        let leaf = Leaf::parse(&records.read(index, mark)?.record.leaf);
        // Somebody else with the same number in the block must stay to be found.
        if !leaf.is_ok_and(|leaf| leaf.subject == Some(subject.0)) {
            return Err(while_doing("read", &path)(damaged()));
        }
    }
    let body = rewritten(&mut [block], &indices).map_err(while_doing("read", &path))?;
    let listed = Listed { pages: keys.draw_key().map_err(key_problem)?, ..listed.clone() };
    // A block that a crash tears or leaves as it was is damaged under its new key, and made again.
    write(disk, &listed, body, Durability::Later)?;
    Ok(Some(listed))
}
