//! The contents of a store on a disk, by their digest.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use syndic_collect::{Scope, walk};

use super::super::scanned::{Inspector, Scanned};
use super::descriptor::Descriptor;
use super::judge::{Blob, Blobs};
use super::kept::Layouts;

/// A manifest is not longer.
pub(super) const MAX_MANIFEST_BYTES: u64 = 4 << 20;

/// A folder of contents.
pub(super) struct DiskBlobs<'a> {
    pub(super) layouts: &'a Layouts,
    pub(super) inspector: &'a Inspector,
    /// The folder of the layout: nothing in it may be a link to elsewhere.
    pub(super) root: PathBuf,
    /// The folder of the contents, and what stands between the algorithm and the digest in their names.
    pub(super) folder: PathBuf,
    pub(super) separators: &'static [&'static str],
    /// Contents that are links out of the layout, by what they are called.
    pub(super) outside: Vec<(String, PathBuf)>,
}

impl DiskBlobs<'_> {
    fn path(&self, descriptor: &Descriptor) -> Option<PathBuf> {
        let hex = descriptor.sha256()?;
        let paths = self.separators.iter().map(|separator| self.folder.join(format!("sha256{separator}{hex}")));
        paths.into_iter().find(|path| fs::symlink_metadata(path).is_ok())
    }

    /// What is not below the path that was given is scanned now.
    fn scan(&self, path: &Path) -> Result<Scanned, String> {
        let scope = Scope::new(&[path.to_path_buf()], None, &[]).map_err(|error| error.to_string())?;
        let walked = walk(&scope);
        let shown = path.to_string_lossy().into_owned();
        match walked.files.first() {
            Some(entry) => Ok(self.inspector.file(entry, shown)),
            None => Err(walked.coverage.skipped.first().map_or_else(|| "no file".to_owned(), |it| it.detail.clone())),
        }
    }
}

impl Blobs for DiskBlobs<'_> {
    fn manifest(&mut self, descriptor: &Descriptor) -> Result<Option<Vec<u8>>, String> {
        if descriptor.sha256().is_none() {
            return Err("its digest is no SHA-256".to_owned());
        }
        self.path(descriptor).map(|path| read_manifest(&path)).transpose()
    }

    fn blob(&mut self, descriptor: &Descriptor, name: &str) -> Blob {
        let Some(path) = self.path(descriptor) else { return Blob::Missing };
        let (Ok(real), Ok(root)) = (fs::canonicalize(&path), fs::canonicalize(&self.root)) else {
            return Blob::Missing;
        };
        if !real.starts_with(&root) {
            self.outside.push((name.to_owned(), real.clone()));
        }
        let part = match self.layouts.files.get(&path) {
            Some(part) => part.clone(),
            None => match self.scan(&path) {
                Ok(part) => part,
                Err(why) => return Blob::Unread(why),
            },
        };
        match fs::metadata(&real) {
            Ok(data) => Blob::Scanned { part, size_bytes: data.len() },
            Err(error) => Blob::Unread(error.to_string()),
        }
    }
}

/// Reads a manifest of a bounded length.
///
/// # Errors
/// Why not, for a person.
pub(super) fn read_manifest(path: &Path) -> Result<Vec<u8>, String> {
    let is_file = fs::metadata(path).is_ok_and(|data| data.is_file());
    if !is_file {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_MANIFEST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_MANIFEST_BYTES {
        return Err(format!("it has more than {MAX_MANIFEST_BYTES} bytes, which no manifest has"));
    }
    Ok(bytes)
}
