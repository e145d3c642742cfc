//! Makes blocks from the log, one after another, in bounded memory.

use std::io;
use std::sync::Arc;

use syndic_tlog::leaf_hash;

use super::block::Block;
use super::gather::{Found, Gathered};
use super::reader::Records;
use super::rewrite::rewritten;
use super::roster::{FOLDER, FileKey, Listed, key_problem};
use super::sealed::{is_damage, seal};
use super::term::TermKey;
use crate::disk::{Disk, Durability, replace_file};
use crate::entry::Content;
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::keys::KeyStore;
use crate::ledger::Ledger;

/// Read at once from a segment.
const CHUNK_BYTES: usize = 1 << 20;

/// How large blocks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// A block ends before a multiple of this at the latest.
    pub(super) block_records: u64,
    /// Fewer records at the end of the log are no block of their own.
    pub(super) part_records: u64,
}

impl Shape {
    /// As many records at most are in one block after joining, and share a key for their terms.
    pub(super) fn joined_records(self) -> u64 {
        self.block_records * JOINED.last().copied().unwrap_or(1)
    }
}

/// So many times the records of a block are joined to one when all are there: what an erasure writes anew is in
/// bounds, and nothing is written more than three times.
pub(super) const JOINED: [u64; 3] = [1, 4, 16];
/// Blocks that have more bytes together are not joined: it takes twice as much memory.
const MOST_JOINED_BYTES: u64 = 96 << 20;

/// What blocks are made from.
pub(super) struct Builder<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) keys: &'a KeyStore,
    pub(super) disk: &'a Arc<dyn Disk>,
    pub(super) shape: Shape,
}

impl Builder<'_> {
    /// Begins to read the log.
    pub(super) fn records(&self) -> Result<Records> {
        Records::new(self.disk, CHUNK_BYTES)
    }

    /// Makes the block that starts with record `first` and ends at `end` or before; its file is durable on return. `terms`
    /// is the key of a block it may be joined with.
    pub(super) fn block(&self, records: &mut Records, first: u64, end: u64, terms: Option<FileKey>) -> Result<Listed> {
        let terms = terms.map_or_else(|| self.keys.draw_key(), Ok).map_err(key_problem)?;
        let boundary = (first / self.shape.block_records + 1).saturating_mul(self.shape.block_records);
        let most = u32::try_from(end.min(boundary) - first).unwrap_or(u32::MAX);
        let mut gathered = Gathered::new(first, TermKey::new(&terms), most);
        let mut last_leaf = None;
        while !gathered.is_full() {
            let raw = records.read(gathered.end(), None)?;
            let record = self.ledger.0.record(&raw.record)?;
            let found = match &record.content {
                Content::Plain(plain) => Found::Plain(plain),
                Content::Erased | Content::Retired => Found::Gone,
                Content::Sealed(_) => Found::Closed,
            };
            gathered.push(&record.leaf, raw.mark, &found);
            last_leaf = Some(raw.record.leaf);
        }
        let end = gathered.end();
        let last_leaf = last_leaf.map(|leaf| leaf_hash(&leaf)).ok_or_else(|| too_large(first))?;
        let pages = self.keys.draw_key().map_err(key_problem)?;
        let listed = Listed { first, end, last_leaf, pages, terms };
        let body = gathered.encode().map_err(while_doing("make", &listed.path()))?;
        write(self.disk, &listed, body, Durability::Now)?;
        Ok(listed)
    }

    /// Makes one block of several that follow one another, durable on return; nothing if they are too large or one is
    /// damaged, which is noticed when it is asked.
    pub(super) fn joined(&self, blocks: &[Listed]) -> Result<Option<Listed>> {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(None) };
        let path = first.path();
        let body = match self.join(blocks) {
            Err(problem) if !is_damage(&problem) => return Err(while_doing("join", &path)(problem)),
            body => body.ok().flatten(),
        };
        let Some(body) = body else { return Ok(None) };
        let pages = self.keys.draw_key().map_err(key_problem)?;
        let listed = Listed { end: last.end, last_leaf: last.last_leaf, pages, ..first.clone() };
        write(self.disk, &listed, body, Durability::Now)?;
        Ok(Some(listed))
    }

    fn join(&self, blocks: &[Listed]) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = 0;
        for block in blocks {
            bytes += self.disk.open(&block.path())?.len()?;
        }
        if bytes > MOST_JOINED_BYTES {
            return Ok(None);
        }
        let opened: io::Result<Vec<Block>> =
            blocks.iter().map(|listed| Block::open(self.disk.as_ref(), listed)).collect();
        rewritten(&mut opened?, &[]).map(Some)
    }
}

/// Writes a block.
pub(super) fn write(disk: &Arc<dyn Disk>, listed: &Listed, body: Vec<u8>, durability: Durability) -> Result<()> {
    let path = listed.path();
    let file = seal(&body, &listed.cipher(), &listed.bound()).map_err(while_doing("encrypt", &path))?;
    drop(body);
    disk.create_dir(FOLDER).map_err(while_doing("create", FOLDER))?;
    replace_file(disk.as_ref(), &path, &file, durability).map_err(while_doing("write", &path))
}

fn too_large(index: u64) -> LedgerError {
    let what = "its block of the index of contents cannot be made".to_owned();
    Damage { kind: DamageKind::Tampered, path: FOLDER.to_owned(), offset: 0, index, what }.into()
}
