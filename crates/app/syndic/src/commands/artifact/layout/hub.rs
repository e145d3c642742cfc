//! The cache of Hugging Face: `models--ORG--NAME/snapshots/REVISION/FILE`, a link to `blobs/ID`; `refs/NAME` holds a
//! revision. The id is the SHA-256 of a large file and git's id of a small one. Source: huggingface_hub, "Understand
//! caching".

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use sha1::{Digest as _, Sha1};

use super::super::scanned::Scanned;
use super::kept::Layouts;
use super::whole::{Fault, Whole};

/// What names of repositories begin with, by what they hold.
const KINDS: [&str; 3] = ["models--", "datasets--", "spaces--"];
/// Name of the format of a revision.
const FORMAT: &str = "hf_cache_snapshot";
/// Longest revision.
const MAX_REVISION_CHARS: usize = 256;

/// A revision of a repository in a cache.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Snapshot {
    repository: PathBuf,
    revision: String,
}

impl Snapshot {
    fn folder(&self) -> PathBuf {
        self.repository.join("snapshots").join(&self.revision)
    }

    /// `ORG/NAME@REVISION`, and for others than models with what they are before it.
    fn model(&self) -> String {
        let name = self.repository.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = name.strip_prefix("models--").unwrap_or(&name).replace("--", "/");
        format!("{name}@{}", self.revision)
    }
}

/// Returns an object for every revision that was scanned whole, and for every one that a name leads to and is not there.
pub(super) fn snapshots(layouts: &Layouts, shown: &dyn Fn(&Path) -> String) -> Vec<Scanned> {
    let mut wholes: BTreeMap<Snapshot, Whole> = BTreeMap::new();
    let begin = |snapshot: &Snapshot| Whole::new(shown(&snapshot.folder()), FORMAT, Some(snapshot.model()));
    for (path, scanned) in &layouts.files {
        let Some((snapshot, name)) = part_of(path).filter(|(snapshot, _)| layouts.covers(&snapshot.folder())) else {
            continue;
        };
        let whole = wholes.entry(snapshot.clone()).or_insert_with(|| begin(&snapshot));
        hold_against_blob(whole, &snapshot.repository, path, &name, scanned);
        whole.holds(&name, scanned);
    }
    for (path, why) in &layouts.passed_by {
        let Some((snapshot, name)) = part_of(path).filter(|(snapshot, _)| layouts.covers(&snapshot.folder())) else {
            continue;
        };
        let whole = wholes.entry(snapshot.clone()).or_insert_with(|| begin(&snapshot));
        whole.finds(Fault::Missing, &name, format!("{name} leads to nothing that can be read: {why}"));
    }
    for (name, snapshot) in named_revisions(layouts) {
        if !snapshot.folder().is_dir() {
            let whole = wholes.entry(snapshot.clone()).or_insert_with(|| begin(&snapshot));
            whole.finds(Fault::Missing, "", format!("{name} names this revision, and it is not there"));
        }
    }
    wholes.into_values().map(Whole::done).collect()
}

/// Returns the revision a file belongs to, and its name in there.
fn part_of(path: &Path) -> Option<(Snapshot, String)> {
    let (repository, rest) = split(path, "snapshots")?;
    let mut rest = rest.components();
    let revision = rest.next()?.as_os_str().to_str()?.to_owned();
    let name = rest.as_path();
    (!name.as_os_str().is_empty()).then(|| (Snapshot { repository, revision }, name.to_string_lossy().into_owned()))
}

/// Returns the repository above a path and what comes after one of its own folders.
fn split(path: &Path, folder: &str) -> Option<(PathBuf, PathBuf)> {
    let parts: Vec<Component<'_>> = path.components().collect();
    let at = parts.windows(2).rposition(|pair| {
        let name = |index: usize| pair.get(index).and_then(|part| part.as_os_str().to_str()).unwrap_or_default();
        KINDS.iter().any(|kind| name(0).starts_with(kind)) && name(1) == folder
    })?;
    let repository = parts.iter().take(at + 1).collect();
    Some((repository, parts.iter().skip(at + 2).collect()))
}

/// Returns the revisions that `refs/` names.
fn named_revisions(layouts: &Layouts) -> Vec<(String, Snapshot)> {
    let named = layouts.files.keys().filter_map(|path| {
        let (repository, name) = split(path, "refs")?;
        let revision = fs::read_to_string(path).ok()?.trim().to_owned();
        let is_one = !revision.is_empty()
            && revision.len() <= MAX_REVISION_CHARS
            && revision.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        is_one.then(|| (format!("refs/{}", name.display()), Snapshot { repository, revision }))
    });
    named.collect()
}

/// A link must lead to a blob of its own repository, and the blob must be what its name says.
fn hold_against_blob(whole: &mut Whole, repository: &Path, path: &Path, name: &str, scanned: &Scanned) {
    // On systems without links the cache holds the file itself.
    if !fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink()) {
        return;
    }
    let (Ok(target), Ok(blobs)) = (fs::canonicalize(path), fs::canonicalize(repository.join("blobs"))) else {
        return whole.finds(Fault::Missing, name, format!("{name} leads to no blob of this repository"));
    };
    if !target.starts_with(&blobs) {
        let why = format!("{name} is a link to {}, outside of the repository's blobs", target.display());
        return whole.finds(Fault::Outside, name, why);
    }
    let id = target.file_name().map(|id| id.to_string_lossy().into_owned()).unwrap_or_default();
    let is_hex = id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some(sha256) = scanned.sha256.as_deref().filter(|_| is_hex) else { return };
    let found = match id.len() {
        64 => sha256.to_owned(),
        40 => match git_id(&target) {
            Ok(found) => found,
            Err(error) => return whole.lacks(format!("{name}: its blob cannot be read: {error}")),
        },
        _ => return,
    };
    if !found.eq_ignore_ascii_case(&id) {
        whole.finds(Fault::Digest, name, format!("the content of {name} is {found}, its blob is called {id}"));
    }
}

/// Returns git's id of a file: the SHA-1 of `blob`, its length, a zero and its content.
fn git_id(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", file.metadata()?.len()));
    let mut block = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut block)?;
        if count == 0 {
            break;
        }
        hasher.update(block.get(..count).unwrap_or_default());
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_its_repository_and_revision() {
        let (snapshot, name) = part_of(Path::new("/c/hub/models--acme--tiny/snapshots/ab12/onnx/m.onnx")).unwrap();
        assert_eq!((snapshot.model().as_str(), name.as_str()), ("acme/tiny@ab12", "onnx/m.onnx"));
        assert_eq!(snapshot.folder(), Path::new("/c/hub/models--acme--tiny/snapshots/ab12"));
        for other in ["/c/models--a--b/snapshots/ab12", "/c/snapshots/ab12/m", "/c/models--a--b/blobs/x"] {
            assert_eq!(part_of(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn the_id_of_git_is_the_one_that_git_computes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        // `printf 'hello\n' | git hash-object --stdin`
        fs::write(&path, "hello\n").unwrap();
        assert_eq!(git_id(&path).unwrap(), "ce013625030ba8dba906f756967f9e9ca394464a");
    }
}
