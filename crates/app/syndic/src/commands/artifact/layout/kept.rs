//! What a scan said of the files of content stores, kept until all of them are known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::scanned::{Inspector, Scanned};
use super::{hub, store};

/// Folders of which one stands above every file of a content store.
const FOLDERS: [&str; 4] = ["blobs", "snapshots", "refs", "manifests"];
/// Findings and gaps kept of one file.
const MAX_KEPT: usize = 50;

/// The files of content stores below one path, by where they are.
#[derive(Debug)]
pub(crate) struct Layouts {
    /// The path that was scanned, without links.
    root: PathBuf,
    pub(super) files: BTreeMap<PathBuf, Scanned>,
    /// Links that lead nowhere, and other files that were passed by.
    pub(super) passed_by: BTreeMap<PathBuf, String>,
}

impl Layouts {
    /// Begins to scan a path, which has no links in it.
    pub(crate) const fn of(root: PathBuf) -> Self {
        Self { root, files: BTreeMap::new(), passed_by: BTreeMap::new() }
    }

    /// Says whether all of a folder was scanned.
    pub(super) fn covers(&self, folder: &Path) -> bool {
        folder.starts_with(&self.root)
    }

    /// Keeps what was said of a file if it may belong to a store.
    pub(crate) fn note(&mut self, absolute: PathBuf, scanned: &Scanned) {
        if !is_of_a_store(&absolute) {
            return;
        }
        let mut scanned = scanned.clone();
        scanned.findings.truncate(MAX_KEPT);
        scanned.not_inspected.truncate(MAX_KEPT);
        self.files.insert(absolute, scanned);
    }

    /// Keeps that a file was passed by.
    pub(crate) fn note_passed_by(&mut self, absolute: PathBuf, why: &str) {
        if is_of_a_store(&absolute) {
            self.passed_by.insert(absolute, why.to_owned());
        }
    }

    /// Returns an object for each model; `shown` tells a path as the user reaches it.
    pub(crate) fn into_wholes(self, inspector: &Inspector, shown: &dyn Fn(&Path) -> String) -> Vec<Scanned> {
        let mut wholes = hub::snapshots(&self, shown);
        wholes.extend(store::models(&self, inspector, shown));
        wholes
    }
}

fn is_of_a_store(path: &Path) -> bool {
    let names_one = path.components().any(|part| FOLDERS.iter().any(|folder| part.as_os_str() == *folder));
    names_one || path.file_name().is_some_and(|name| name == "oci-layout" || name == "index.json")
}
