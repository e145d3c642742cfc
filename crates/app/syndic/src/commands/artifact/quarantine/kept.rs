//! What is in a quarantine: every manifest held against its signature and its file, and what has no manifest.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use syndic_attest::PublicKey;

use super::manifest::{Kind, Manifest};
use super::vault::{CONTENT, MANIFEST, MOVING};
use crate::commands::UsageError;

/// Longest manifest that is read, in bytes.
const MAX_MANIFEST_BYTES: u64 = 8 << 20;

/// One id of a quarantine.
pub(super) struct Kept {
    pub(super) id: String,
    /// What is remembered, or why that is not to be believed.
    pub(super) manifest: Result<Manifest, String>,
    /// What is wrong with it; nothing if it is as it was moved, as far as that is known without reading it.
    pub(super) fault: Option<String>,
}

/// Returns everything that is there, in the order in which it was moved.
///
/// # Errors
/// The folder cannot be read; one that does not exist is an empty quarantine.
pub(super) fn all(folder: &Path, key: Option<&PublicKey>) -> Result<Vec<Kept>> {
    let what = || format!("cannot look into the quarantine {}", folder.display());
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(what)?,
    };
    let mut ids = BTreeSet::new();
    for entry in entries {
        let path = entry.with_context(what)?.path();
        let is_ours =
            path.extension().is_some_and(|ending| [CONTENT, MANIFEST, MOVING].iter().any(|own| ending == *own));
        if let Some(id) = path.file_stem().and_then(|stem| stem.to_str()).filter(|id| is_ours && !id.starts_with('.')) {
            ids.insert(id.to_owned());
        }
    }
    Ok(ids.into_iter().map(|id| one(folder, id, key)).collect())
}

fn one(folder: &Path, id: String, key: Option<&PublicKey>) -> Kept {
    let manifest = read(folder, &id, key).map_err(|error| format!("{error:#}"));
    let fault = match &manifest {
        Ok(manifest) => fault(&path(folder, &id, CONTENT), manifest).or_else(|| {
            let is_unsettled = path(folder, &id, MOVING).exists();
            is_unsettled.then(|| "the note of its move is still there: a crash came before it was removed".to_owned())
        }),
        Err(why) if path(folder, &id, MANIFEST).exists() => Some(format!("its manifest is not to be believed: {why}")),
        Err(_) => Some(unfinished(folder, &id)),
    };
    Kept { id, manifest, fault }
}

fn path(folder: &Path, id: &str, ending: &str) -> PathBuf {
    folder.join(format!("{id}.{ending}"))
}

fn read(folder: &Path, id: &str, key: Option<&PublicKey>) -> Result<Manifest> {
    let path = path(folder, id, MANIFEST);
    let metadata = fs::symlink_metadata(&path)?;
    if !metadata.is_file() || metadata.len() > MAX_MANIFEST_BYTES {
        bail!("it is no file of a manifest's size");
    }
    let key = key.context("there is no key in the state folder: name it with --state")?;
    Manifest::read(&fs::read(&path)?, key, id)
}

/// A move that a crash interrupted, or a file that somebody put there.
fn unfinished(folder: &Path, id: &str) -> String {
    let is_there = fs::symlink_metadata(path(folder, id, CONTENT)).is_ok();
    let note = fs::read_to_string(path(folder, id, MOVING)).ok();
    let from = note.and_then(|note| serde_json::from_str::<serde_json::Value>(&note).ok());
    let from = from.and_then(|note| Some(note.get("path")?.as_str()?.to_owned()));
    match (from, is_there) {
        (Some(from), true) => format!("its move from {from} was interrupted: move {id}.{CONTENT} back by hand"),
        (Some(from), false) => {
            format!("its move from {from} was interrupted before it began or after it was set aside as .{id}.{MOVING}")
        }
        (None, _) => "it has no manifest: nobody says where it came from".to_owned(),
    }
}

/// Says what can be seen without reading the content.
fn fault(content: &Path, manifest: &Manifest) -> Option<String> {
    let Ok(metadata) = fs::symlink_metadata(content) else { return Some("the file is gone".to_owned()) };
    let is_kind = match manifest.kind {
        Kind::File => metadata.is_file(),
        Kind::Link => metadata.is_symlink(),
    };
    (!is_kind || metadata.len() != manifest.size_bytes).then(|| "the file is not the one that was moved".to_owned())
}

/// Finds one by the beginning of its id.
///
/// # Errors
/// None, or several; a damaged quarantine.
pub(super) fn find(folder: &Path, key: Option<&PublicKey>, beginning: &str) -> Result<Kept> {
    let wanted = beginning.to_ascii_uppercase();
    let mut found: Vec<Kept> = all(folder, key)?.into_iter().filter(|kept| kept.id.starts_with(&wanted)).collect();
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (Some(_), more) => {
            Err(UsageError(format!("{} begin with {beginning:?}: give more of the id", more + 1)).into())
        }
        (None, _) => {
            let why = format!("nothing in quarantine has an id that begins with {beginning:?}: see `quarantine list`");
            Err(UsageError(why).into())
        }
    }
}
