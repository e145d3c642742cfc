//! One file into quarantine: a note that it is being moved, the move, the hash and the scan of what was moved, the
//! signed manifest.

use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use serde_json::json;
use syndic_evidence::Digest;
use syndic_ledger::admin::Cause;

use super::super::scanned::Inspector;
use super::anchored::Anchored;
use super::manifest::{Kind, Manifest, NamedPath};
use super::moving::{Opened, copy, rename, set_mode, sync_folder};
use super::vault::{CONTENT, MANIFEST, MOVING, Vault};
use crate::cli::QuarantineAt;

/// Nobody writes to what is in quarantine, and only its owner reads it.
const MODE: u32 = 0o400;

impl Vault {
    /// Moves one file or link away.
    ///
    /// `at` is what the scan that led here found; a file that is better now was exchanged since.
    ///
    /// # Errors
    /// It is neither; somebody exchanges or writes it meanwhile; the disk refuses. Then it is where it was, or the note
    /// in the quarantine says where.
    pub(crate) fn take(
        &self,
        inspector: &Inspector,
        path: &Path,
        who: &Cause,
        at: Option<QuarantineAt>,
    ) -> Result<Manifest> {
        let path = absolute(path)?;
        if path.starts_with(&self.folder) {
            bail!("it is in the quarantine already");
        }
        let place = Anchored::of(&path)?;
        let before = fs::symlink_metadata(place.path())?;
        let id = ulid::Ulid::new().to_string();
        let taken = if before.is_symlink() {
            self.take_link(&id, &place)
        } else if before.is_file() {
            self.take_file(&id, &place, inspector)
        } else {
            bail!("it is neither a file nor a link");
        };
        let still = taken.and_then(|manifest| match (at, manifest.verdict) {
            (Some(at), Some(verdict)) if !at.takes(verdict) => bail!("it is not the file that was scanned any more"),
            _ => Ok(manifest),
        });
        let sealed = still.and_then(|manifest| self.seal(manifest, &before, who));
        let manifest = sealed.or_else(|error| self.undo(&id, &place, &before).and(Err(error)))?;
        self.settle(&id)?;
        Ok(manifest)
    }

    /// Writes the signed manifest of what was moved.
    fn seal(&self, manifest: Manifest, before: &Metadata, who: &Cause) -> Result<Manifest> {
        let manifest = Manifest {
            by: who.actor.clone(),
            reason: who.reason.clone(),
            modified: modified(before),
            mode: before.mode() & 0o7777,
            uid: before.uid(),
            gid: before.gid(),
            ..manifest
        };
        self.write(&manifest.id, MANIFEST, &manifest.signed(&self.key)?)?;
        Ok(manifest)
    }

    /// Puts back what was moved and could not be sealed. Where that fails, the note of the move stays and says where it is.
    fn undo(&self, id: &str, place: &Anchored, before: &Metadata) -> Result<()> {
        let kept = self.path(id, CONTENT);
        if fs::symlink_metadata(&kept).is_err() {
            return Ok(());
        }
        if before.is_file() {
            fs::set_permissions(&kept, before.permissions())?;
        }
        if rename(&kept, &place.path())? {
            self.settle(id)
        } else {
            bail!("it is in quarantine without a manifest: see `quarantine list`")
        }
    }

    fn take_file(&self, id: &str, place: &Anchored, inspector: &Inspector) -> Result<Manifest> {
        let opened = Opened::open(&place.path())?;
        let names = opened.file.metadata()?.nlink();
        self.announce(id, place, Kind::File)?;
        let opened = self.move_file(id, place, opened)?;
        let content = opened.hash()?;
        let opened = Opened { size_bytes: content.size_bytes, ..opened };
        let named = NamedPath::of(place.shown());
        let scanned = inspector.opened(&opened, named.0.clone());
        if scanned.sha256.as_ref().is_some_and(|sha256| *sha256 != content.sha256.hex()) {
            bail!("somebody writes to it: end that program and try again");
        }
        let mut manifest = Manifest::new(id, Kind::File, named, content.sha256).judged(scanned);
        manifest.size_bytes = content.size_bytes;
        if names > 1 {
            let note = format!("it has {} other name(s), which still lead to it, now with mode 0400", names - 1);
            manifest.notes.push(note);
        }
        Ok(manifest)
    }

    /// Moves what was opened, and nothing that was put in its place. Returns what is in quarantine, open.
    fn move_file(&self, id: &str, place: &Anchored, opened: Opened) -> Result<Opened> {
        let (kept, path) = (self.path(id, CONTENT), place.path());
        let undo = |from: &Path| -> Result<()> {
            rename(from, &path)?;
            self.settle(id)
        };
        if rename(&path, &kept).or_else(|error| self.settle(id).and(Err(error)))? {
            if !opened.is_at(&kept)? {
                undo(&kept)?;
                bail!("it was exchanged for another one while it was being moved");
            }
            set_mode(&opened.file, MODE)?;
            place.sync()?;
            return Ok(opened);
        }
        // Another file system: the original is set aside under a name of ours, so that what is removed is what was copied.
        let aside = place.beside(&format!(".{id}.{MOVING}"));
        rename(&path, &aside)?;
        let copied = if opened.is_at(&aside)? {
            copy(&opened, &kept, None)
        } else {
            Err(anyhow::anyhow!("it was exchanged for another one while it was being moved"))
        };
        let copied = copied.or_else(|error| undo(&aside).and(Err(error)))?;
        copied.file.set_modified(opened.file.metadata()?.modified()?)?;
        set_mode(&copied.file, MODE)?;
        sync_folder(&self.folder)?;
        fs::remove_file(&aside).with_context(|| format!("cannot remove .{id}.{MOVING} beside it"))?;
        place.sync()?;
        Ok(copied)
    }

    /// A link is moved as it is; what it leads to stays.
    fn take_link(&self, id: &str, place: &Anchored) -> Result<Manifest> {
        self.announce(id, place, Kind::Link)?;
        let (kept, path) = (self.path(id, CONTENT), place.path());
        let target = if rename(&path, &kept).or_else(|error| self.settle(id).and(Err(error)))? {
            fs::read_link(&kept)?
        } else {
            let aside = place.beside(&format!(".{id}.{MOVING}"));
            rename(&path, &aside)?;
            let target = fs::read_link(&aside)?;
            symlink(&target, &kept)?;
            sync_folder(&self.folder)?;
            fs::remove_file(&aside)?;
            target
        };
        let written = target.as_os_str().as_bytes();
        let mut manifest = Manifest::new(id, Kind::Link, NamedPath::of(place.shown()), Digest::of(written));
        manifest.size_bytes = written.len() as u64;
        manifest.notes.push(format!("a link was moved; what it leads to stays where it is: {}", target.display()));
        Ok(manifest)
    }

    /// Leaves a note of what is about to be moved, for who finds it after a crash.
    fn announce(&self, id: &str, place: &Anchored, kind: Kind) -> Result<()> {
        let NamedPath(path, path_base64) = NamedPath::of(place.shown());
        let note = json!({ "id": id, "path": path, "path_base64": path_base64, "kind": kind, "at": Timestamp::now() });
        self.write(id, MOVING, note.to_string().as_bytes())
    }
}

/// Resolves the folder a path stands in, but not the path itself, which may be a link.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().context("it has no name")?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(fs::canonicalize(folder)?.join(name))
}

fn modified(metadata: &Metadata) -> Timestamp {
    let nanoseconds = i32::try_from(metadata.mtime_nsec()).unwrap_or(0);
    Timestamp::new(metadata.mtime(), nanoseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
