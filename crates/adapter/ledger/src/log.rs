//! The ledger without threads: one owner appends, publishes and reads. [`crate::Ledger`] shares one among threads; a
//! simulation uses it as it is, because then everything follows from the seed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use syndic_tlog::{Frontier, TreeHead};

use crate::catalogue::{Catalogue, Segment};
use crate::disk::{Disk, DiskLock, Durability, read_file, replace_file};
use crate::entry::{Entry, Receipt};
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::group::commit_group;
use crate::options::{Options, Ports};
use crate::publish::{CHECKPOINT_PATH, Publisher, SignedCheckpoint};
use crate::read::StoredRecords;
use crate::recovery::{Recovery, recover};
use crate::segment::{self, Spare};
use crate::signing::{LogSigner, LogVerifier};
use crate::writer::{Surroundings, Writer};

/// The file that says what the folder is.
pub const DESCRIPTION_PATH: &str = "log.json";
/// The format this build writes.
const FORMAT: u32 = 1;
/// Larger files of text are refused.
pub(crate) const TEXT_BYTES_LIMIT: u64 = 1 << 20;

/// What `log.json` holds; all of it is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Version of the folder's layout; 1.
    pub format: u32,
    /// The log's name.
    pub origin: String,
    /// The log's public key as a line of C2SP signed-note.
    pub key: String,
}

impl Description {
    /// Reads the description of the ledger in a folder.
    ///
    /// # Errors
    /// [`LedgerError::NotALedger`] if there is none or it is of another format; what the disk reports.
    pub fn read(disk: &dyn Disk) -> Result<Self> {
        let wrong = |why: String| LedgerError::NotALedger { path: DESCRIPTION_PATH, why };
        let bytes =
            read_file(disk, DESCRIPTION_PATH, TEXT_BYTES_LIMIT).map_err(while_doing("read", DESCRIPTION_PATH))?;
        let bytes = bytes.ok_or_else(|| wrong("there is none; create the ledger first".to_owned()))?;
        let description: Self = serde_json::from_slice(&bytes).map_err(|problem| wrong(problem.to_string()))?;
        if description.format != FORMAT {
            return Err(wrong(format!("format {} is not {FORMAT}; use the build that wrote it", description.format)));
        }
        Ok(description)
    }
}

/// A ledger used by one owner.
pub struct Log {
    pub(crate) writer: Writer,
    pub(crate) publisher: Publisher,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) spare: Arc<Spare>,
    pub(crate) lock: Box<dyn DiskLock>,
}

impl Log {
    /// Makes a ledger in a folder that holds none, and opens it.
    ///
    /// # Errors
    /// [`LedgerError::NotALedger`] if there is one already; [`LedgerError::InUse`]; what the disk reports.
    pub fn create(ports: &Ports, options: &Options) -> Result<Self> {
        let disk = ports.disk.as_ref();
        let signer = LogSigner::new(options)?;
        for folder in ["", segment::FOLDER, "tile"] {
            disk.create_dir(folder).map_err(while_doing("create", folder))?;
        }
        let lock = lock(disk)?;
        let old = read_file(disk, DESCRIPTION_PATH, TEXT_BYTES_LIMIT).map_err(while_doing("read", DESCRIPTION_PATH))?;
        if old.is_some() {
            let why = "a ledger is here already; open it, or choose another folder".to_owned();
            return Err(LedgerError::NotALedger { path: DESCRIPTION_PATH, why });
        }
        let description = Description { format: FORMAT, origin: options.origin.clone(), key: signer.key_line() };
        let text = serde_json::to_vec(&description)
            .map_err(|problem| LedgerError::NotALedger { path: DESCRIPTION_PATH, why: problem.to_string() })?;
        replace_file(disk, DESCRIPTION_PATH, &text, Durability::Now).map_err(while_doing("write", DESCRIPTION_PATH))?;
        Ok(Self::open_locked(ports, options, lock)?.0)
    }

    /// Opens the ledger of a folder: recovers it from a crash, or says what is damaged.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] with the place; [`LedgerError::NotALedger`]; [`LedgerError::InUse`]; what the disk reports.
    pub fn open(ports: &Ports, options: &Options) -> Result<(Self, Recovery)> {
        let lock = lock(ports.disk.as_ref())?;
        Self::open_locked(ports, options, lock)
    }

    fn open_locked(ports: &Ports, options: &Options, lock: Box<dyn DiskLock>) -> Result<(Self, Recovery)> {
        let disk = &ports.disk;
        let description = Description::read(disk.as_ref())?;
        // Names that are visible need not be durable: the sync that should have made them so may have failed.
        for folder in ["", segment::FOLDER] {
            disk.sync_dir(folder).map_err(while_doing("sync", folder))?;
        }
        let signer = LogSigner::new(options)?;
        if description.origin != options.origin || description.key != signer.key_line() {
            let why =
                format!("it is of {} with key {}, another name or key was given", description.origin, description.key);
            return Err(LedgerError::NotALedger { path: DESCRIPTION_PATH, why });
        }
        let verifier = signer.verifier();
        let newest = newest_checkpoint(disk.as_ref(), &verifier)?;
        let mut known = options.known_heads.clone();
        known.extend(newest.as_ref().map(|newest| newest.head));
        let spare = Arc::new(Spare::new(Arc::clone(disk), options.segment_bytes)?);
        if known.iter().all(|head| head.size == 0) && segment::list(disk.as_ref())?.is_empty() {
            spare.take(0)?;
        }
        let found = recover(disk, &verifier, &known)?;
        let catalogue = Arc::new(catalogue_of(found.end.frontier.clone(), found.segments, &found.end.segment));
        let around = Surroundings {
            clock: Arc::clone(&ports.clock),
            sealer: Arc::clone(&ports.sealer),
            spare: Arc::clone(&spare),
            catalogue: Arc::clone(&catalogue),
        };
        let writer = Writer::new(around, found.end);
        let publisher = Publisher::new(Arc::clone(disk), Arc::clone(&catalogue), signer, newest);
        Ok((Self { writer, publisher, catalogue, spare, lock }, found.recovery))
    }

    /// Appends batches with one write and one sync; each has receipts when it is durable, or an error.
    pub fn append(&mut self, batches: &[&[Entry]]) -> Vec<Result<Vec<Receipt>>> {
        commit_group(&mut self.writer, batches)
    }

    /// Signs a checkpoint over everything durable and writes the tiles that lead to it.
    ///
    /// # Errors
    /// What the disk reports. If only the frame in the log fails, the checkpoint stands in its file.
    pub fn publish(&mut self) -> Result<SignedCheckpoint> {
        let before = self.publisher.published();
        let signed = self.publisher.publish()?;
        if before != Some(signed.head.size) {
            self.writer.add_note(&signed.note)?;
            self.writer.commit()?;
        }
        Ok(signed)
    }

    /// Returns size and root of what is durable.
    pub fn head(&self) -> TreeHead {
        self.writer.head()
    }

    /// Returns index, leaf bytes and stored content of every record from `from` on.
    pub fn stored(&self, from: u64) -> impl Iterator<Item = Result<(u64, Vec<u8>, Vec<u8>)>> + use<> {
        StoredRecords::new(Arc::clone(&self.catalogue), from)
            .map(|record| record.map(|record| (record.index, record.leaf, record.stored)))
    }
}

fn catalogue_of(tree: Frontier, mut segments: Vec<Segment>, active: &Arc<Segment>) -> Catalogue {
    // The writer marks places in its own segment: readers must see the same one.
    segments.retain(|segment| segment.first != active.first);
    let catalogue = Catalogue::new(tree, segments);
    catalogue.add(Arc::clone(active));
    catalogue
}

fn lock(disk: &dyn Disk) -> Result<Box<dyn DiskLock>> {
    disk.lock().map_err(|problem| {
        if problem.kind() == std::io::ErrorKind::WouldBlock {
            return LedgerError::InUse;
        }
        while_doing("lock", "lock")(problem)
    })
}

/// Reads the newest checkpoint; one that is there must hold.
fn newest_checkpoint(disk: &dyn Disk, verifier: &LogVerifier) -> Result<Option<SignedCheckpoint>> {
    let bytes = read_file(disk, CHECKPOINT_PATH, TEXT_BYTES_LIMIT).map_err(while_doing("read", CHECKPOINT_PATH))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let signed = verifier.head_of(&bytes).zip(String::from_utf8(bytes).ok());
    let (head, note) = signed.ok_or_else(|| {
        LedgerError::from(Damage {
            kind: DamageKind::BadSignature,
            path: CHECKPOINT_PATH.to_owned(),
            offset: 0,
            index: 0,
            what: "it is not a checkpoint signed with this log's key".to_owned(),
        })
    })?;
    Ok(Some(SignedCheckpoint { head, note }))
}
