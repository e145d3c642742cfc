//! What a witness remembers: one file a log, with the log's key and the newest head, replaced as one step and synced.
//!
//! A log whose file is gone is not known any more, rather than new: a witness that forgets would cosign a rollback.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use syndic_attest::note::{KeyUse, Note, NoteKey};
use syndic_tlog::{Checkpoint, Hash, TreeHead};

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
    #[error("{line:?} is not the key of a log: {why}; give `name+id+key`, or `origin=name+id+key` if the names differ")]
    Key {
        /// What was given.
        line: String,
        /// Why.
        why: String,
    },
    /// The log is known already, with another key.
    #[error("the log {origin} is known with another key; what is remembered of it was left as it is")]
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
    /// Absent where it is the key's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    key: String,
    size: u64,
    root: String,
    /// Absent before the first cosignature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

/// One log, as a witness remembers it.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    /// First line of its checkpoints; what it is known by.
    pub(super) origin: String,
    pub(super) key: NoteKey,
    pub(super) head: TreeHead,
    /// The newest cosigned checkpoint, with the log's signature and the witness's.
    pub(super) note: Option<String>,
}

impl Remembered {
    /// Reads origin and key of a log nothing is known of yet: `name+id+key`, or `origin=name+id+key`.
    pub(super) fn new(line: &str) -> Result<Self, WitnessError> {
        let wrong = |why: String| WitnessError::Key { line: line.to_owned(), why };
        let line = line.trim();
        // The material of such a key has no `=`, so the last one ends the origin.
        let (origin, key) = match (line.parse::<NoteKey>(), line.rsplit_once('=')) {
            (Ok(key), _) => (key.name().to_owned(), key),
            (Err(_), Some((origin, key))) => {
                (origin.to_owned(), key.parse::<NoteKey>().map_err(|why| wrong(why.to_string()))?)
            }
            (Err(why), None) => return Err(wrong(why.to_string())),
        };
        if key.key_use() != KeyUse::Note {
            return Err(wrong("it is a witness's".to_owned()));
        }
        Checkpoint::new(&origin, TreeHead::EMPTY, &[]).map_err(|why| wrong(why.to_string()))?;
        Ok(Self { origin, key, head: TreeHead::EMPTY, note: None })
    }

    /// Says whether it has this origin hash, which names it towards monitors. Source: C2SP tlog-witness.
    pub(super) fn has_hash(&self, hash: &str) -> bool {
        origin_hash(&self.origin) == hash
    }
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
    let line = stored.origin.map_or(stored.key.clone(), |origin| format!("{origin}={}", stored.key));
    let log = Remembered::new(&line).map_err(|problem| damaged(problem.to_string()))?;
    let root: Hash = stored.root.parse().map_err(|_| damaged("its root is no hash".to_owned()))?;
    let head = TreeHead { size: stored.size, root };
    if path_of(&log.origin) != path || !head.is_possible() {
        return Err(damaged("name and content contradict each other".to_owned()));
    }
    if stored.checkpoint.as_ref().is_some_and(|note| head_of(note, &log) != Some(head)) {
        return Err(damaged("its checkpoint is not the one it remembers".to_owned()));
    }
    Ok(Remembered { head, note: stored.checkpoint, ..log })
}

/// Stores one log durably.
pub(super) fn store(disk: &dyn Disk, log: &Remembered) -> Result<(), WitnessError> {
    let path = path_of(&log.origin);
    let TreeHead { size, root } = log.head;
    let origin = (log.origin != log.key.name()).then(|| log.origin.clone());
    let stored = Stored {
        format: FORMAT,
        origin,
        key: log.key.to_string(),
        size,
        root: root.to_string(),
        checkpoint: log.note.clone(),
    };
    let bytes = serde_json::to_vec(&stored)
        .map_err(|problem| WitnessError::Damaged { path: path.clone(), why: problem.to_string() })?;
    replace_file(disk, &path, &bytes, Durability::Now).map_err(refused(&path))
}

/// The head a checkpoint of this log states, if the log signed it.
fn head_of(note: &str, log: &Remembered) -> Option<TreeHead> {
    let note = Note::parse(note).ok()?;
    note.verify(std::slice::from_ref(&log.key)).ok()?;
    let checkpoint = Checkpoint::parse(note.text()).ok()?;
    (checkpoint.origin() == log.origin).then(|| checkpoint.head())
}

/// A log's name may have any character, a file's not.
fn path_of(origin: &str) -> String {
    format!("{FOLDER}/{}.json", origin_hash(origin))
}

fn origin_hash(origin: &str) -> String {
    Sha256::digest(origin).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn refused(path: &str) -> impl FnOnce(std::io::Error) -> WitnessError {
    move |problem| WitnessError::Disk { path: path.to_owned(), problem: Arc::new(problem) }
}
