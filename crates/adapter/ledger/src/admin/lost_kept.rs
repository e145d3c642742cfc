//! The file `admin/lost`: which keys were found to be lost, so that the next opening reads only what was appended since.
//!
//! It is sealed like `admin/state`, and holds for just the slots without a key and the erasures it was made with: any
//! other makes it stale. It can be made again, and verifying never reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::cache::FOLDER;
use super::erasures::Erasures;
use crate::disk::{Disk, Durability, read_file, replace_file};
use crate::keys::KeyStore;
use crate::sealer::Opened;

pub(super) const PATH: &str = "admin/lost";
/// What the sealing is bound to; it is no beginning of a leaf.
const BOUND_TO: &[u8] = b"syndic ledger lost keys 1";
/// A larger file is not used.
const LIMIT_BYTES: u64 = 1 << 28;

/// What a finding depends on besides the records.
pub(super) struct Asked<'a> {
    /// Slots without a key and without an erasure that lists them.
    pub(super) without: &'a BTreeSet<u64>,
    pub(super) erasures: &'a Erasures,
}

/// What the records of a stretch of the log come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Kept {
    /// The first record that was not retired then.
    pub(super) first: u64,
    /// The first record that was not looked at.
    pub(super) size: u64,
    /// Hash of the leaf before it.
    pub(super) last_leaf: [u8; 32],
    /// How many records each lost key seals.
    pub(super) lost: BTreeMap<u64, u64>,
}

impl Asked<'_> {
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update((self.without.len() as u64).to_be_bytes());
        for slot in self.without {
            hash.update(slot.to_be_bytes());
        }
        for (subject, slot, record) in self.erasures.listed() {
            hash.update(subject.0);
            hash.update(slot.to_be_bytes());
            hash.update(record.to_be_bytes());
        }
        for (subject, record) in self.erasures.all_unlisted() {
            hash.update(subject.0);
            hash.update(record.to_be_bytes());
        }
        hash.finalize().into()
    }
}

/// Reads the finding, if there is one made for just this.
pub(super) fn load(disk: &dyn Disk, keys: &KeyStore, asked: &Asked<'_>) -> Option<Kept> {
    let sealed = read_file(disk, PATH, LIMIT_BYTES).ok()??;
    let Opened::Plain(plain) = keys.unseal(BOUND_TO, &sealed).ok()? else { return None };
    let (digest, rest) = plain.split_first_chunk::<32>()?;
    if *digest != asked.digest() {
        return None;
    }
    let (last_leaf, rest) = rest.split_first_chunk()?;
    let (numbers, []) = rest.as_chunks::<8>() else { return None };
    let mut numbers = numbers.iter().map(|bytes| u64::from_be_bytes(*bytes));
    let mut kept = Kept { first: numbers.next()?, size: numbers.next()?, last_leaf: *last_leaf, ..Kept::default() };
    while let Some(slot) = numbers.next() {
        kept.lost.insert(slot, numbers.next()?);
    }
    Some(kept)
}

/// Keeps a finding. Without it the next opening only reads longer, so that a failure does not matter here.
pub(super) fn save(disk: &Arc<dyn Disk>, keys: &KeyStore, asked: &Asked<'_>, kept: &Kept) {
    let mut plain = [asked.digest(), kept.last_leaf].concat();
    let numbers = [kept.first, kept.size].into_iter().chain(kept.lost.iter().flat_map(|(slot, count)| [*slot, *count]));
    plain.extend(numbers.flat_map(u64::to_be_bytes));
    let Ok(sealed) = keys.seal(BOUND_TO, &keys.pseudonym(""), &plain) else { return };
    // A key that is not durable yet must seal nothing that is.
    if keys.flush().is_ok() && disk.create_dir(FOLDER).is_ok() {
        drop(replace_file(disk.as_ref(), PATH, &sealed, Durability::Later));
    }
}
