//! Brings a ledger's folder back from an archive.
//!
//! Only files are read whose names follow from the archive's checkpoint and the form of a ledger, so that no name in a
//! bucket decides where something is written. What is damaged there is damaged here: verify the folder afterwards.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use syndic_ledger::copying::{SEGMENT_FOLDER, segment_path};
use syndic_ledger::disk::{Disk, folder_of, read_full_at, write_all_at};
use syndic_ledger::{CHECKPOINT_PATH, DESCRIPTION_PATH};

use crate::error::{ArchiveError, Result, on_disk};
use crate::parallel::for_each;
use crate::plan::tiles;
use crate::remote_file::BLOCK_BYTES;
use crate::view::ArchiveDisk;

/// What was brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Records the archive's checkpoint covers.
    pub size: u64,
    /// Files written.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files the archive should have and has not.
    pub missing: u64,
}

/// Writes the log that an archive holds into the empty folder `to`, the checkpoint last.
///
/// # Errors
/// The folder is not empty or cannot be written; the archive cannot be read or holds no checkpoint.
pub fn restore(from: &ArchiveDisk, to: &dyn Disk) -> Result<Restored> {
    let Some(size) = from.claimed_size() else {
        return Err(ArchiveError::Source(
            "the archive's checkpoint is none: nothing says what is to be restored".to_owned(),
        ));
    };
    // The number is not verified yet, and a file is asked for with every 256 records it claims.
    if !from.can_hold(size) {
        let why =
            format!("the archive's checkpoint claims {size} records, more than its segments can hold: it was altered");
        return Err(ArchiveError::Source(why));
    }
    match to.list("") {
        Ok(names) if names.is_empty() => {}
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => {}
        Ok(_) => return Err(ArchiveError::Source("the folder is not empty: name one that is new".to_owned())),
        Err(problem) => return Err(on_disk("look into the folder")(problem)),
    }
    let (files, bytes, missing) = (AtomicU64::default(), AtomicU64::default(), AtomicU64::default());
    let bring = |path: String| -> Result<()> {
        match copy(from, to, &path)? {
            Some(count) => {
                files.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(count, Ordering::Relaxed);
            }
            None => {
                missing.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    };
    to.create_dir(SEGMENT_FOLDER).map_err(on_disk("make the folder"))?;
    bring(DESCRIPTION_PATH.to_owned())?;
    for_each(from.firsts().iter().map(|first| segment_path(*first)), bring)?;
    for_each(tiles(0, size).map(|tile| tile.to_string()), bring)?;
    bring(CHECKPOINT_PATH.to_owned())?;
    to.sync_dir("").map_err(on_disk("write the folder"))?;
    Ok(Restored { size, files: files.into_inner(), bytes: bytes.into_inner(), missing: missing.into_inner() })
}

/// Copies one file and returns its length; nothing if the archive has none.
fn copy(from: &ArchiveDisk, to: &dyn Disk, path: &str) -> Result<Option<u64>> {
    let file = match from.open(path) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(from.failure().unwrap_or_else(|| on_disk(format!("read {path}"))(problem))),
        Ok(file) => file,
    };
    let write = || -> io::Result<u64> {
        to.create_dir(folder_of(path))?;
        let target = to.create(path)?;
        let mut chunk = vec![0; BLOCK_BYTES];
        let mut at = 0;
        loop {
            let read = read_full_at(file.as_ref(), &mut chunk, at)?;
            write_all_at(target.as_ref(), chunk.get(..read).unwrap_or_default(), at)?;
            at += read as u64;
            if read < BLOCK_BYTES {
                target.sync_data()?;
                to.sync_dir(folder_of(path))?;
                return Ok(at);
            }
        }
    };
    let written = write();
    written.map(Some).map_err(|problem| from.failure().unwrap_or_else(|| on_disk(format!("write {path}"))(problem)))
}
