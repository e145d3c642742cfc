//! Makes what is durable provable: writes the tiles, signs the root, replaces the checkpoint.
//!
//! The signed checkpoint is durable in its file before its frame goes into the log, so the file is never behind the
//! frames: a smaller one is a rollback.

use std::sync::Arc;

use syndic_attest::note::{Note, NoteKey, NoteSignature};
use syndic_tlog::{Checkpoint, TileEdge, TreeHead};

use crate::admin::Leaves;
use crate::catalogue::Catalogue;
use crate::disk::{Disk, Durability, replace_file};
use crate::error::{Damage, DamageKind, LedgerError, Result, while_doing};
use crate::read::StoredRecords;
use crate::signing::{LogSigner, read_head};
use crate::tiles::{StoredTiles, TileWriter};

/// The newest signed checkpoint.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// A checkpoint and the signed note that states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// Size and root.
    pub head: TreeHead,
    /// The signed note's text, as C2SP tlog-checkpoint has it.
    pub note: String,
}

impl SignedCheckpoint {
    /// Reads the note of a checkpoint that was kept elsewhere; nothing if `log` is not the key of the log that signed it.
    pub fn read(note: &str, log: &NoteKey) -> Option<Self> {
        read_head(note.as_bytes(), log).map(|head| Self { head, note: note.to_owned() })
    }

    /// Says whether a signature by this key is under it, and holds.
    pub fn is_signed_by(&self, key: &NoteKey) -> bool {
        Note::parse(&self.note).is_ok_and(|note| note.verify(std::slice::from_ref(key)).is_ok())
    }

    /// Returns it with cosignatures, each in the place of an older one of its key.
    pub(crate) fn with(&self, cosignatures: Vec<NoteSignature>) -> Result<Self> {
        let wrong = |why: String| LedgerError::NotALedger { path: CHECKPOINT_PATH, why };
        let mut note = Note::parse(&self.note).map_err(|problem| wrong(problem.to_string()))?;
        for cosignature in cosignatures {
            note.add(cosignature).map_err(|problem| wrong(problem.to_string()))?;
        }
        Ok(Self { head: self.head, note: note.to_string() })
    }
}

/// Writes tiles and checkpoints.
pub(crate) struct Publisher {
    disk: Arc<dyn Disk>,
    catalogue: Arc<Catalogue>,
    signer: LogSigner,
    /// Nothing until the first publication, and after an error: what is on the disk is read again then.
    tiles: Option<TileWriter>,
    newest: Option<SignedCheckpoint>,
}

impl Publisher {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        catalogue: Arc<Catalogue>,
        signer: LogSigner,
        newest: Option<SignedCheckpoint>,
    ) -> Self {
        Self { disk, catalogue, signer, tiles: None, newest }
    }

    /// Size of the newest checkpoint; nothing if there is none.
    pub(crate) fn published(&self) -> Option<u64> {
        self.newest.as_ref().map(|newest| newest.head.size)
    }

    /// The head of the newest checkpoint; the empty one if there is none.
    pub(crate) fn newest_head(&self) -> TreeHead {
        self.newest.as_ref().map_or(TreeHead::EMPTY, |newest| newest.head)
    }

    /// Publishes a checkpoint over everything durable; returns the newest one if nothing was added since.
    pub(crate) fn publish(&mut self) -> Result<SignedCheckpoint> {
        let head = self.catalogue.head();
        if let Some(newest) = self.newest.clone().filter(|newest| newest.head == head) {
            if self.tiles.is_none() {
                // Its partial tiles were not synced: a crash may have lost them.
                self.write_tiles(head)?;
            }
            return Ok(newest);
        }
        self.write_tiles(head)?;
        let checkpoint = Checkpoint::new(self.signer.origin(), head, &[])
            .map_err(|problem| LedgerError::NotALedger { path: CHECKPOINT_PATH, why: problem.to_string() })?;
        let signed = SignedCheckpoint { head, note: self.signer.sign(&checkpoint)? };
        replace_file(self.disk.as_ref(), CHECKPOINT_PATH, signed.note.as_bytes(), Durability::Now)
            .map_err(while_doing("replace", CHECKPOINT_PATH))?;
        self.newest = Some(signed.clone());
        Ok(signed)
    }

    /// Puts cosignatures beside the log's own signature in the newest checkpoint, durably, each in the place of an older
    /// one of its key. Nothing if the newest checkpoint is another one than `of` by now.
    pub(crate) fn add_cosignatures(
        &mut self,
        of: &SignedCheckpoint,
        cosignatures: Vec<NoteSignature>,
    ) -> Result<Option<SignedCheckpoint>> {
        let Some(newest) = self.newest.as_ref().filter(|newest| newest.head == of.head) else { return Ok(None) };
        let cosigned = newest.with(cosignatures)?;
        if self.signer.verifier().head_of(cosigned.note.as_bytes()) != Some(cosigned.head) {
            let why = "a cosignature took the place of the log's own signature".to_owned();
            return Err(LedgerError::NotALedger { path: CHECKPOINT_PATH, why });
        }
        replace_file(self.disk.as_ref(), CHECKPOINT_PATH, cosigned.note.as_bytes(), Durability::Now)
            .map_err(while_doing("replace", CHECKPOINT_PATH))?;
        self.newest = Some(cosigned.clone());
        Ok(Some(cosigned))
    }

    /// Makes all tiles again from the segments.
    pub(crate) fn rebuild(&mut self) -> Result<()> {
        let head = self.catalogue.head();
        self.tiles = Some(TileWriter::new(Arc::clone(&self.disk), TileEdge::new(), Vec::new()));
        self.write_tiles(head)
    }

    /// Writes the tiles of everything up to `head`, and checks that they lead to its root.
    fn write_tiles(&mut self, head: TreeHead) -> Result<()> {
        let mut tiles = match self.tiles.take() {
            Some(tiles) => tiles,
            None => self.resume(head.size),
        };
        let mut root = extend(&mut tiles, &self.catalogue, head)?;
        if root != head {
            // What was on the disk was torn or altered; segments, and bundles of retired ones, have it all.
            tiles = TileWriter::new(Arc::clone(&self.disk), TileEdge::new(), Vec::new());
            root = extend(&mut tiles, &self.catalogue, head)?;
        }
        if root != head {
            return Err(LedgerError::from(Damage {
                kind: DamageKind::Tampered,
                path: "tile".to_owned(),
                offset: 0,
                index: head.size,
                what: format!("the segments lead to root {}, {} was appended", root.root, head.root),
            }));
        }
        self.tiles = Some(tiles);
        Ok(())
    }

    /// Goes on behind the last full bundle of the newest checkpoint, or from the start.
    fn resume(&self, size: u64) -> TileWriter {
        let published = self.published().unwrap_or(0).min(size);
        let full = published - published % u64::from(syndic_tlog::TILE_WIDTH);
        let stored = StoredTiles(Arc::clone(&self.disk));
        let edge = TileEdge::read(&stored.reader(full), full).unwrap_or_default();
        TileWriter::new(Arc::clone(&self.disk), edge, Vec::new())
    }
}

/// Appends the leaves the tiles do not have yet; returns the head they lead to.
fn extend(tiles: &mut TileWriter, catalogue: &Arc<Catalogue>, head: TreeHead) -> Result<TreeHead> {
    let kept = catalogue.first().min(head.size);
    if tiles.edge().frontier().size() < kept {
        let mut retired = Leaves::new(tiles.disk(), tiles.edge().frontier().size(), kept)?;
        while let Some(leaf) = retired.step()? {
            tiles.push(leaf)?;
        }
    }
    let mut records = StoredRecords::new(Arc::clone(catalogue), tiles.edge().frontier().size());
    while tiles.edge().frontier().size() < head.size {
        let Some(record) = records.step()? else { break };
        tiles.push(record.leaf)?;
    }
    tiles.write_partials()?;
    Ok(tiles.edge().frontier().head())
}
