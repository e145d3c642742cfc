//! The roster: which blocks there are, and the key of each. It is sealed by the key store for a subject of the index's own,
//! so that destroying that one key ends every block that ever was, in whatever copy.
//!
//! Sealed: version `u8` 1, then for each block, by index: first record, end, both `u64`, leaf hash of the last record
//! (32), key of the pages (32), key of the terms (32). Integers are big-endian.

use std::sync::Arc;

use aes_gcm::{Aes256Gcm, KeyInit as _};
use syndic_tlog::Hash;
use zeroize::Zeroizing;

use crate::disk::{Disk, Durability, read_file, replace_file};
use crate::error::{LedgerError, Result, while_doing};
use crate::keys::{KeyStore, Pseudonym, slot_of};
use crate::sealer::{Opened, SealError};

/// The folder of the index of contents.
pub(super) const FOLDER: &str = "contents";
const PATH: &str = "contents/roster";
/// The roster's name in the folder.
pub(super) const NAME: &str = "roster";
const BOUND_TO: &[u8] = b"syndic ledger contents index 2: roster";
/// The subject of the key store that the roster is sealed for. Names of people have no control character.
const SUBJECT: &str = "\u{1}index of contents";
const VERSION: u8 = 1;
const LISTED_BYTES: usize = 8 + 8 + 32 + 32 + 32;
/// More blocks than a ledger of 10^10 records has.
const MOST_BYTES: u64 = 64 << 20;

/// A random key.
pub(super) type FileKey = Zeroizing<[u8; 32]>;

/// A block of the roster.
#[derive(Clone)]
pub(super) struct Listed {
    pub(super) first: u64,
    /// The record behind the last.
    pub(super) end: u64,
    /// Leaf hash of the last record: a block of another log, or of another past of this one, is none of this.
    pub(super) last_leaf: Hash,
    /// Encrypts the pages of this one file.
    pub(super) pages: FileKey,
    /// Turns terms into numbers; a block that is written anew without somebody keeps it.
    pub(super) terms: FileKey,
}

impl Listed {
    /// The block's file.
    pub(super) fn path(&self) -> String {
        format!("{FOLDER}/{}", self.name())
    }

    pub(super) fn name(&self) -> String {
        format!("{:020}-{:020}.block", self.first, self.end)
    }

    /// What encrypts the block's pages.
    pub(super) fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.pages).into())
    }

    /// What the block's pages are bound to.
    pub(super) fn bound(&self) -> Vec<u8> {
        [&b"syndic ledger contents index 2: block"[..], &self.first.to_be_bytes(), &self.end.to_be_bytes()].concat()
    }
}

/// The blocks, and the slot of the key store they depend on.
#[derive(Default)]
pub(super) struct Roster {
    pub(super) blocks: Vec<Listed>,
    pub(super) slot: u64,
}

/// Reads the roster; nothing if there is none, or none that this ledger wrote since the index's key was last destroyed.
///
/// # Errors
/// What the disk reports.
pub(super) fn load(disk: &dyn Disk, keys: &KeyStore) -> Result<Option<Roster>> {
    let sealed = match read_file(disk, PATH, MOST_BYTES) {
        Err(problem) if super::sealed::is_damage(&problem) => return Ok(None),
        sealed => sealed.map_err(while_doing("read", PATH))?,
    };
    let Some(sealed) = sealed else { return Ok(None) };
    let Ok(Opened::Plain(plain)) = keys.unseal(BOUND_TO, &sealed) else { return Ok(None) };
    let plain = Zeroizing::new(plain);
    Ok(decode(&plain).zip(slot_of(&sealed)).map(|(blocks, slot)| Roster { blocks, slot }))
}

/// Writes the roster, durably, and returns the slot it depends on; nothing, and nothing is written, if that is no longer
/// the `expected` one: the key was destroyed since, and what these blocks hold must not come back.
///
/// # Errors
/// What key store or disk report.
pub(super) fn save(
    disk: &Arc<dyn Disk>,
    keys: &KeyStore,
    blocks: &[Listed],
    expected: Option<u64>,
) -> Result<Option<u64>> {
    let plain = encode(blocks);
    let sealed = keys.seal(BOUND_TO, &subject(keys), &plain).map_err(key_problem)?;
    let slot = slot_of(&sealed).ok_or(LedgerError::Closed)?;
    if expected.is_some_and(|expected| expected != slot) {
        return Ok(None);
    }
    keys.flush().map_err(key_problem)?;
    disk.create_dir(FOLDER).map_err(while_doing("create", FOLDER))?;
    replace_file(disk.as_ref(), PATH, &sealed, Durability::Now).map_err(while_doing("write", PATH))?;
    Ok(Some(slot))
}

/// Destroys the key of the roster, and with it every block there ever was.
///
/// # Errors
/// What the key store reports.
pub(super) fn destroy(keys: &KeyStore) -> Result<()> {
    keys.erase(&subject(keys), |_| false).map(drop).map_err(key_problem)
}

/// Removes a file of the index; one that is not there is fine.
pub(super) fn remove(disk: &dyn Disk, name: &str) -> Result<()> {
    let path = format!("{FOLDER}/{name}");
    match disk.remove(&path) {
        Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => Err(while_doing("remove", &path)(problem)),
        _ => Ok(()),
    }
}

/// Removes blocks that lie in the folder and are none of these. What is no block is somebody else's, and stays.
///
/// # Errors
/// What the disk reports.
pub(super) fn sweep(disk: &dyn Disk, blocks: &[Listed]) -> Result<()> {
    let names = match disk.list(FOLDER) {
        Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        names => names.map_err(while_doing("list", FOLDER))?,
    };
    let known: std::collections::HashSet<String> = blocks.iter().map(Listed::name).collect();
    let is_block = |name: &&String| name.trim_end_matches(".tmp").ends_with(".block");
    for name in names.iter().filter(|name| is_block(name) && !known.contains(*name)) {
        remove(disk, name)?;
    }
    Ok(())
}

fn subject(keys: &KeyStore) -> Pseudonym {
    keys.pseudonym(SUBJECT)
}

pub(super) fn key_problem(problem: crate::keys::KeyError) -> LedgerError {
    SealError::new(problem).into()
}

fn encode(blocks: &[Listed]) -> Zeroizing<Vec<u8>> {
    // In one piece: a vector that grows leaves copies of keys behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(1 + blocks.len() * LISTED_BYTES));
    bytes.push(VERSION);
    for block in blocks {
        bytes.extend_from_slice(&block.first.to_be_bytes());
        bytes.extend_from_slice(&block.end.to_be_bytes());
        bytes.extend_from_slice(block.last_leaf.as_bytes());
        bytes.extend_from_slice(&*block.pages);
        bytes.extend_from_slice(&*block.terms);
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<Vec<Listed>> {
    let (version, rest) = bytes.split_first()?;
    let (all, []) = rest.as_chunks::<LISTED_BYTES>() else { return None };
    let mut blocks = Vec::with_capacity(all.len());
    let mut end_before = 0;
    for bytes in all {
        let (first, rest) = bytes.split_first_chunk()?;
        let (end, rest) = rest.split_first_chunk()?;
        let (last_leaf, rest) = rest.split_first_chunk()?;
        let (pages, terms) = rest.split_first_chunk()?;
        let (pages, terms) = (Zeroizing::new(*pages), Zeroizing::new(*terms.first_chunk()?));
        let (first, end) = (u64::from_be_bytes(*first), u64::from_be_bytes(*end));
        let block = Listed { first, end, last_leaf: Hash::from_bytes(*last_leaf), pages, terms };
        if block.first < end_before || block.end <= block.first {
            return None;
        }
        end_before = block.end;
        blocks.push(block);
    }
    (*version == VERSION).then_some(blocks)
}
