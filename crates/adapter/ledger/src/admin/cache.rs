//! The file `admin/state`: a derivation kept so that opening need not read the whole log again.
//!
//! It holds size and peaks of the tree it was derived from and the administrative leaves found, sealed under the log's
//! own subject. An older one is as good, only longer to read on from; one that is altered, foreign or missing is not used.

use std::sync::Arc;

use syndic_tlog::{Frontier, HASH_BYTES, Hash};

use super::replay::Replay;
use crate::LedgerError;
use crate::disk::{Disk, Durability, read_file, replace_file};
use crate::error::while_doing;
use crate::keys::KeyStore;
use crate::leaf::Leaf;
use crate::sealer::Opened;

/// The folder of administration.
pub(super) const FOLDER: &str = "admin";
const PATH: &str = "admin/state";
/// What the sealing is bound to, so that no other sealed bytes pass; it is no beginning of a leaf.
const BOUND_TO: &[u8] = b"syndic ledger state 1";
/// A larger file is not used.
const LIMIT_BYTES: u64 = 1 << 28;

/// Reads the kept derivation, if there is one that can be used.
pub(super) fn load(disk: &dyn Disk, keys: &KeyStore) -> Option<Replay> {
    let sealed = read_file(disk, PATH, LIMIT_BYTES).ok()??;
    match keys.unseal(BOUND_TO, &sealed).ok()? {
        Opened::Plain(plain) => decode(&plain),
        Opened::Gone { .. } => None,
    }
}

/// Keeps a derivation.
pub(super) fn save(disk: &Arc<dyn Disk>, keys: &KeyStore, replay: &Replay) -> Result<(), super::AdminError> {
    let sealed = keys.seal(BOUND_TO, &keys.pseudonym(""), &encode(replay))?;
    keys.flush()?;
    let write = disk.create_dir(FOLDER).and_then(|()| replace_file(disk.as_ref(), PATH, &sealed, Durability::Now));
    write.map_err(while_doing("write", PATH)).map_err(|problem: LedgerError| problem.into())
}

fn encode(replay: &Replay) -> Vec<u8> {
    let mut bytes = replay.frontier.size().to_be_bytes().to_vec();
    for peak in replay.frontier.peaks() {
        bytes.extend_from_slice(peak.as_bytes());
    }
    for leaf in &replay.actions {
        bytes.extend_from_slice(&u32::try_from(leaf.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(leaf);
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<Replay> {
    let (size, rest) = bytes.split_first_chunk()?;
    let size = u64::from_be_bytes(*size);
    let count = usize::try_from(size.count_ones()).ok()?;
    let (peaks, mut rest) = rest.split_at_checked(count * HASH_BYTES)?;
    let peaks = peaks.as_chunks::<HASH_BYTES>().0.iter().copied().map(Hash::from_bytes).collect();
    let mut replay = Replay { frontier: Frontier::from_peaks(size, peaks).ok()?, ..Replay::default() };
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (leaf, after) = after.split_at_checked(length)?;
        replay.take(&Leaf::parse(leaf).ok()?).ok()?.then_some(())?;
        replay.actions.push(leaf.to_vec());
        rest = after;
    }
    rest.is_empty().then_some(replay)
}
