//! What a witness remembers: one file a log, with the log's key and the newest head, replaced as one step and synced.
//!
//! A log whose file is gone is not known any more, rather than new: a witness that forgets would cosign a rollback.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use syndic_attest::note::{KeyUse, NoteKey};
use syndic_tlog::{Hash, TreeHead};

use crate::disk::{Disk, DiskLock, Durability, read_file, replace_file};

/// The folder of a witness's memory.
const FOLDER: &str = "logs";
const FORMAT: u32 = 1;
const BYTES_LIMIT: u64 = 1 << 16;

/// Why a witness cannot be opened, or a log not be added.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WitnessError {
    /// The disk refused.
    #[error("cannot use {path}: {problem}; check the witness's folder")]
    Disk {
        /// The file.
        path: String,
        /// What the system said.
        problem: Arc<std::io::Error>,
    },
    /// A file is not what a witness writes. It must not be removed lightly: it guards against a rollback.
    #[error("{path} is damaged: {why}; restore it, or set it to the newest head you are sure of")]
    Damaged {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// The log's key is none, or for cosignatures.
    #[error("{line:?} is not the key of a log")]
    Key {
        /// What was given.
        line: String,
    },
    /// The log is known already, with this or another key.
    #[error("the log {origin} is known already; what is remembered of it was left as it is")]
    Known {
        /// Its name.
        origin: String,
    },
    /// The witness's own key is not for cosignatures.
    #[error("the witness's key must be one for cosignatures")]
    OwnKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: u32,
    key: String,
    size: u64,
    root: String,
}

/// One log, as a witness remembers it.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    pub(super) key: NoteKey,
    pub(super) head: TreeHead,
}

/// Reads the key of a log.
pub(super) fn log_key(line: &str) -> Result<NoteKey, WitnessError> {
    let key = line.trim().parse::<NoteKey>().ok().filter(|key| key.key_use() == KeyUse::Note);
    key.ok_or_else(|| WitnessError::Key { line: line.to_owned() })
}

/// Takes the memory for this process.
pub(super) fn take(disk: &dyn Disk) -> Result<Box<dyn DiskLock>, WitnessError> {
    disk.create_dir(FOLDER).map_err(refused(FOLDER))?;
    disk.lock().map_err(refused("lock"))
}

/// Reads all logs, and makes what was read durable: the sync that should have may have failed before a restart.
pub(super) fn load(disk: &dyn Disk) -> Result<Vec<Remembered>, WitnessError> {
    let mut logs = Vec::new();
    for name in disk.list(FOLDER).map_err(refused(FOLDER))?.iter().filter(|name| name.ends_with(".json")) {
        let log = read(disk, &format!("{FOLDER}/{name}"))?;
        store(disk, &log)?;
        logs.push(log);
    }
    Ok(logs)
}

fn read(disk: &dyn Disk, path: &str) -> Result<Remembered, WitnessError> {
    let damaged = |why: String| WitnessError::Damaged { path: path.to_owned(), why };
    let bytes = read_file(disk, path, BYTES_LIMIT).map_err(refused(path))?.unwrap_or_default();
    let stored: Stored = serde_json::from_slice(&bytes).map_err(|problem| damaged(problem.to_string()))?;
    if stored.format != FORMAT {
        return Err(damaged(format!("format {} is not {FORMAT}", stored.format)));
    }
    let key = log_key(&stored.key).map_err(|problem| damaged(problem.to_string()))?;
    let root: Hash = stored.root.parse().map_err(|_| damaged("its root is no hash".to_owned()))?;
    let head = TreeHead { size: stored.size, root };
    if path_of(key.name()) != path || !head.is_possible() {
        return Err(damaged("name and content contradict each other".to_owned()));
    }
    Ok(Remembered { key, head })
}

/// Stores one log durably.
pub(super) fn store(disk: &dyn Disk, log: &Remembered) -> Result<(), WitnessError> {
    let path = path_of(log.key.name());
    let TreeHead { size, root } = log.head;
    let stored = Stored { format: FORMAT, key: log.key.to_string(), size, root: root.to_string() };
    let bytes = serde_json::to_vec(&stored)
        .map_err(|problem| WitnessError::Damaged { path: path.clone(), why: problem.to_string() })?;
    replace_file(disk, &path, &bytes, Durability::Now).map_err(refused(&path))
}

/// A log's name may have any character, a file's not.
fn path_of(origin: &str) -> String {
    let name: String = Sha256::digest(origin).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{FOLDER}/{name}.json")
}

fn refused(path: &str) -> impl FnOnce(std::io::Error) -> WitnessError {
    move |problem| WitnessError::Disk { path: path.to_owned(), problem: Arc::new(problem) }
}
