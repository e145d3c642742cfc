//! Files and folders of this machine: walked, scanned in parallel, handed over in path order, and after them what they come
//! to together.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rayon::prelude::*;
use syndic_collect::{Entry, Scope, walk};
use syndic_evidence::{SkipReason, Skipped};

use super::folder;
use super::layout::Layouts;
use super::scanned::{Inspector, Scanned};

/// Files scanned before their results are handed over.
const BATCH: usize = 512;

/// Hands over every file in path order, then the folders and stores that are models; `false` if nobody reads any more.
pub(super) fn each(
    given: &Path,
    excludes: &[String],
    inspector: &Inspector,
    take: &mut dyn FnMut(Scanned) -> Result<bool>,
) -> Result<bool> {
    let walked = walk(&Scope::new(&[given.to_path_buf()], None, excludes)?);
    let root = fs::canonicalize(given)?;
    let mut models = folder::Models::default();
    let mut layouts = Layouts::of(root.clone());
    for batch in walked.files.chunks(BATCH) {
        let scanned: Vec<_> = batch.par_iter().map(|entry| scan(inspector, given, entry)).collect();
        for (path, scanned) in scanned.into_iter().flatten() {
            models.note(&scanned);
            layouts.note(within(&root, &path), &scanned);
            if !take(scanned)? {
                return Ok(false);
            }
        }
    }
    let gaps: Vec<Skipped> = walked.coverage.skipped.into_iter().filter(is_gap).collect();
    for gap in &gaps {
        layouts.note_passed_by(within(&root, &gap.path), &gap.detail);
    }
    let passed_by = gaps.into_iter().map(|gap| Scanned::unread(shown(given, &gap.path), gap.detail));
    let wholes = layouts.into_wholes(inspector, &|path| reached(given, &root, path));
    let folders = models.into_folders(&wholes);
    for scanned in passed_by.chain(folders).chain(wholes) {
        if !take(scanned)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One object for each name of the file, with that name.
fn scan(inspector: &Inspector, given: &Path, entry: &Entry) -> Vec<(String, Scanned)> {
    let first = inspector.file(entry, shown(given, &entry.path));
    let name = |alias: &String| (alias.clone(), Scanned { path: shown(given, alias), ..first.clone() });
    let others: Vec<_> = entry.aliases.iter().map(name).collect();
    std::iter::once((entry.path.clone(), first)).chain(others).collect()
}

/// What the walk passed by: what the user left out is no gap.
pub(super) fn is_gap(skipped: &Skipped) -> bool {
    !matches!(skipped.reason, SkipReason::OutOfScope | SkipReason::NotRegular)
}

/// Returns where a file that the walk saw is.
fn within(root: &Path, path: &str) -> PathBuf {
    if root.is_dir() { root.join(path) } else { root.to_path_buf() }
}

/// Returns a path as the user reaches it: what was given, and the rest of the way.
fn shown(given: &Path, path: &str) -> String {
    let joined: PathBuf = if given.is_dir() { given.join(path) } else { given.to_owned() };
    joined.to_string_lossy().into_owned()
}

/// Returns an absolute path as the user reaches it.
fn reached(given: &Path, root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).ok().filter(|_| given.is_dir());
    let reached = match inside {
        Some(inside) if inside.as_os_str().is_empty() => given.to_path_buf(),
        Some(inside) => given.join(inside),
        None => path.to_path_buf(),
    };
    reached.to_string_lossy().into_owned()
}
