//! What the next commit would add: files of the index that differ from the commit that is checked out.
//!
//! A value that the file's version in that commit already holds is not the new commit's doing and is not told.

use std::collections::HashMap;

use super::index_file;
use super::object::{GitError, Id, Kind};
use super::repository::Repository;
use super::tree::{self, What};
use crate::secrets::outcome::Seen;
use crate::secrets::scanner::{Piece, Scanner};
use crate::secrets::unpack;

/// Looks at what is staged.
///
/// # Errors
/// The index or a tree cannot be read.
pub(crate) fn look(scanner: &Scanner, repository: &Repository, takes: &dyn Fn(&str) -> bool) -> Result<Seen, GitError> {
    let path = repository.git_dir.join("index");
    let staged = match std::fs::read(&path) {
        Ok(bytes) => index_file::read(&bytes)
            .ok_or_else(|| GitError::Unsupported(format!("{} is not of a known form", path.display())))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(GitError::read(&path, error)),
    };
    let committed = committed(repository)?;
    let mut seen = Seen::default();
    for file in staged.iter().filter(|file| takes(&file.path)) {
        let before = committed.get(file.path.as_str()).copied();
        if before != Some(file.id) {
            look_at(scanner, repository, &file.path, file.id, before, &mut seen);
        }
    }
    Ok(seen)
}

fn look_at(scanner: &Scanner, repository: &Repository, path: &str, id: Id, before: Option<Id>, seen: &mut Seen) {
    let content = match repository.objects.read_as(Kind::Blob, id) {
        Ok(content) => content,
        Err(error) => return seen.gap(path, error.to_string()),
    };
    seen.covered.files += 1;
    if unpack::is_archive(&content) {
        return unpack::look_stream(scanner, path, &mut content.as_slice(), seen);
    }
    seen.covered.bytes += content.len() as u64;
    let mut here = Seen::default();
    scanner.look(Piece { path, content: &content, lines_before: 0, told: 0, until: content.len() }, &mut here);
    if !here.secrets.is_empty()
        && let Some(old) = before.and_then(|id| repository.objects.read_as(Kind::Blob, id).ok())
    {
        let is_old = |value: &[u8]| memchr::memmem::find(&old, value).is_some();
        here.secrets.retain(|secret| !content.get(secret.span.0..secret.span.1).is_some_and(is_old));
    }
    seen.add(here);
}

/// The blob of every path of the commit that is checked out.
fn committed(repository: &Repository) -> Result<HashMap<String, Id>, GitError> {
    let mut found = HashMap::new();
    let Some(head) = repository.head() else { return Ok(found) };
    let commit = repository.objects.read_as(Kind::Commit, head)?;
    let root = commit.strip_prefix(b"tree ").and_then(|rest| Id::from_hex(rest.get(..40)?));
    let mut open = vec![(root.ok_or(GitError::Missing(head))?, String::new())];
    while let Some((id, folder)) = open.pop() {
        let content = repository.objects.read_as(Kind::Tree, id)?;
        for entry in tree::entries(&content) {
            let path = format!("{folder}{}", String::from_utf8_lossy(entry.name));
            match entry.what {
                What::Folder => open.push((entry.id, format!("{path}/"))),
                What::Blob => {
                    found.insert(path, entry.id);
                }
                What::Submodule => {}
            }
        }
    }
    Ok(found)
}
