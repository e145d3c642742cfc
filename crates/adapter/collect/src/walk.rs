//! The walk: every regular file under the roots once, in path order, and everything that was passed by with why.
//!
//! Git-ignore files are not honoured: weights and `.env` files are what people ignore, and what we look for.
//! Links to folders are not followed (the folder is seen where it stands, or is out of scope), so a circle cannot trap
//! the walk; links to files are followed and de-duplicated by device and inode.

mod patterns;

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};
use syndic_evidence::{Coverage, SkipReason, Skipped};

use crate::scope::Root;
use crate::{Scope, display_path};

/// A walk lists at most this many files; the rest is counted as skipped.
const MAX_FILES: usize = 2_000_000;

/// A file is sparse when less than this share of its declared size is stored …
const SPARSE_SHARE: u64 = 8;

/// … and it declares more than this; small preallocated files are read as they are.
const SPARSE_FLOOR_BYTES: u64 = 256 << 20;

/// Folders that hold another program's bookkeeping, not assets of the system.
const OUT_OF_SCOPE: [&str; 4] = [".git", ".hg", ".svn", ".syndic"];

/// One regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where to open it.
    pub absolute: PathBuf,
    /// Its path as reports write it, relative to the root.
    pub path: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Permission bits.
    pub mode: u32,
    /// Other paths of the same inode inside the scope.
    pub aliases: Vec<String>,
    identity: (u64, u64),
}

impl Entry {
    /// Device and inode.
    pub(crate) const fn identity(&self) -> (u64, u64) {
        self.identity
    }
}

/// What a walk saw.
#[derive(Debug, Default)]
pub struct Walk {
    /// Files, by path.
    pub files: Vec<Entry>,
    /// What was seen and passed by.
    pub coverage: Coverage,
}

/// Walks the scope. Never fails as a whole: what cannot be read is in the coverage.
pub fn walk(scope: &Scope) -> Walk {
    let found = Mutex::new(Found::default());
    for root in &scope.roots {
        walk_root(scope, root, &found);
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.skipped.sort();
    found.skipped.dedup();
    let mut coverage = Coverage::default();
    for skipped in found.skipped {
        coverage.skip(skipped);
    }
    let files = once_per_inode(found.files);
    coverage.files_seen = files.len() as u64;
    coverage.bytes_seen = files.iter().map(|file| file.size_bytes).sum();
    Walk { files, coverage }
}

#[derive(Default)]
struct Found {
    files: Vec<Entry>,
    skipped: Vec<Skipped>,
}

fn walk_root(scope: &Scope, root: &Root, found: &Mutex<Found>) {
    let walker = WalkBuilder::new(&root.path).standard_filters(false).follow_links(false).build_parallel();
    walker.run(|| {
        Box::new(|entry| {
            let sight = match &entry {
                Ok(entry) => look(scope, root, entry),
                Err(error) => Sight::Skip(unreadable(root, error)),
            };
            let state = if matches!(sight, Sight::PassFolder(_)) { WalkState::Skip } else { WalkState::Continue };
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            match sight {
                Sight::Folder => {}
                Sight::File(file) if found.files.len() < MAX_FILES => found.files.push(file),
                Sight::File(file) => found.skipped.push(Skipped {
                    path: file.path,
                    reason: SkipReason::Budget,
                    detail: format!("more than {MAX_FILES} files"),
                }),
                Sight::Skip(skipped) | Sight::PassFolder(skipped) => found.skipped.push(skipped),
            }
            state
        })
    });
}

enum Sight {
    Folder,
    File(Entry),
    Skip(Skipped),
    /// A folder that is not entered.
    PassFolder(Skipped),
}

fn look(scope: &Scope, root: &Root, entry: &DirEntry) -> Sight {
    let path = entry.path();
    let shown = relative(root, path);
    let skip = |reason, detail: &str| Skipped { path: shown.clone(), reason, detail: detail.to_owned() };
    let Some(kind) = entry.file_type() else {
        return Sight::Skip(skip(SkipReason::NotRegular, "no file type"));
    };
    if entry.depth() > 0 && scope.is_excluded(path, kind.is_dir()) {
        let skipped = skip(SkipReason::OutOfScope, "excluded by --exclude");
        return if kind.is_dir() { Sight::PassFolder(skipped) } else { Sight::Skip(skipped) };
    }
    if kind.is_dir() {
        let name = entry.file_name().to_str().unwrap_or_default();
        let is_own = scope.own.iter().any(|folder| folder == path);
        let is_bookkeeping = entry.depth() > 0 && (is_own || OUT_OF_SCOPE.contains(&name));
        return if is_bookkeeping {
            Sight::PassFolder(skip(SkipReason::OutOfScope, "version control or Syndic's own state"))
        } else {
            Sight::Folder
        };
    }
    // For a link this is what it leads to; the system refuses circles and dangling links here.
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if kind.is_symlink() => return Sight::Skip(skip(SkipReason::Link, &error.to_string())),
        Err(error) => return Sight::Skip(skip(SkipReason::Unreadable, &error.to_string())),
    };
    if metadata.is_dir() {
        return linked_folder(scope, path, skip);
    }
    if !metadata.is_file() {
        return Sight::Skip(skip(SkipReason::NotRegular, "a FIFO, socket or device: reading it could block for ever"));
    }
    let stored_bytes = metadata.blocks().saturating_mul(512);
    if metadata.len() > SPARSE_FLOOR_BYTES && stored_bytes < metadata.len() / SPARSE_SHARE {
        let detail = format!("declares {} bytes, stores {stored_bytes}", metadata.len());
        return Sight::Skip(skip(SkipReason::Sparse, &detail));
    }
    Sight::File(Entry {
        absolute: path.to_path_buf(),
        path: shown,
        size_bytes: metadata.len(),
        mode: metadata.mode() & 0o7777,
        aliases: Vec::new(),
        identity: (metadata.dev(), metadata.ino()),
    })
}

fn linked_folder(scope: &Scope, path: &Path, skip: impl Fn(SkipReason, &str) -> Skipped) -> Sight {
    match std::fs::canonicalize(path) {
        // The folder itself is walked where it stands, so nothing is missed.
        Ok(target) if scope.contains(&target) => Sight::Folder,
        Ok(_) => Sight::Skip(skip(SkipReason::Link, "leads to a folder outside of the tree")),
        Err(error) => Sight::Skip(skip(SkipReason::Link, &error.to_string())),
    }
}

fn unreadable(root: &Root, error: &ignore::Error) -> Skipped {
    let path = error_path(error).map_or_else(|| root.prefix.clone(), |path| relative(root, path));
    let detail = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    Skipped { path, reason: SkipReason::Unreadable, detail }
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::Partial(errors) => errors.iter().find_map(error_path),
        _ => None,
    }
}

fn relative(root: &Root, path: &Path) -> String {
    let rest = path.strip_prefix(&root.path).unwrap_or(path);
    if rest.as_os_str().is_empty() {
        // The root is itself a file.
        let name = path.file_name().map(Path::new).map(display_path).unwrap_or_default();
        return format!("{}{name}", root.prefix);
    }
    format!("{}{}", root.prefix, display_path(rest))
}

/// Keeps each inode under one path; the other paths become aliases. Files come back by path.
///
/// A content store (Hugging Face cache, Ollama, OCI) holds the bytes under `blobs/<digest>` and links to them by name:
/// the name is what a person knows, so a blob's path is chosen only when there is no other.
fn once_per_inode(mut files: Vec<Entry>) -> Vec<Entry> {
    let is_blob = |path: &str| path.split('/').any(|folder| folder == "blobs");
    files.sort_by(|one, two| (is_blob(&one.path), &one.path).cmp(&(is_blob(&two.path), &two.path)));
    let mut first: HashMap<(u64, u64), usize> = HashMap::with_capacity(files.len());
    let mut kept: Vec<Entry> = Vec::with_capacity(files.len());
    for file in files {
        let known = first.get(&file.identity).and_then(|index| kept.get_mut(*index));
        if let Some(known) = known {
            known.aliases.push(file.path);
        } else {
            first.insert(file.identity, kept.len());
            kept.push(file);
        }
    }
    kept.sort_by(|one, two| one.path.cmp(&two.path));
    kept
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn seen(folder: &Path) -> Walk {
        walk(&Scope::new(&[folder.into()], None, &["skipme/**".to_owned()]).unwrap())
    }

    #[test]
    fn links_and_hard_links_to_one_file_are_one_entry() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("blobs")).unwrap();
        std::fs::write(folder.path().join("blobs/abc"), "x").unwrap();
        std::fs::hard_link(folder.path().join("blobs/abc"), folder.path().join("hard")).unwrap();
        symlink("blobs/abc", folder.path().join("model.bin")).unwrap();
        let walk = seen(folder.path());
        assert_eq!(walk.files.len(), 1);
        assert_eq!(walk.files[0].path, "hard");
        assert_eq!(walk.files[0].aliases, ["model.bin", "blobs/abc"]);
    }

    #[test]
    fn circles_dangling_links_and_fifos_are_reported_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        symlink(".", folder.path().join("loop")).unwrap();
        symlink("self", folder.path().join("self")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("pipe"), rustix::fs::Mode::RUSR).unwrap();
        let walk = seen(folder.path());
        let reasons: Vec<_> = walk.coverage.skipped.iter().map(|skip| (skip.path.as_str(), skip.reason)).collect();
        assert_eq!(
            reasons,
            [("dangling", SkipReason::Link), ("pipe", SkipReason::NotRegular), ("self", SkipReason::Link)]
        );
        assert!(!walk.coverage.is_complete());
    }

    #[test]
    fn a_sparse_terabyte_is_reported_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(folder.path().join("huge.gguf")).unwrap();
        file.set_len(1 << 40).unwrap();
        assert_eq!(seen(folder.path()).coverage.skipped[0].reason, SkipReason::Sparse);
    }

    #[test]
    fn what_was_excluded_on_purpose_leaves_the_run_complete() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("skipme/deep")).unwrap();
        std::fs::write(folder.path().join("skipme/deep/a"), "x").unwrap();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        let walk = seen(folder.path());
        assert!(walk.files.is_empty());
        assert!(walk.coverage.is_complete());
        assert!(walk.coverage.skipped_total > 0);
    }

    #[test]
    fn the_state_folder_inside_the_tree_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        std::fs::create_dir(&state).unwrap();
        std::fs::write(state.join("signing-key.pem"), "x").unwrap();
        let scope = Scope::new(&[folder.path().into()], None, &[]).unwrap().without_own(&state);
        assert!(walk(&scope).files.is_empty());
    }

    #[test]
    fn a_single_file_can_be_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.pkl");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(seen(&file).files[0].path, "model.pkl");
    }
}
