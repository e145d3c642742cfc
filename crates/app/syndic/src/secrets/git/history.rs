//! A whole history: every blob that any name leads to, once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::commits::{self, Commit};
use super::forest::{self, Found};
use super::lifetime;
use super::object::{Id, Kind};
use super::repository::Repository;
use super::tree::{self, What};
use crate::secrets::outcome::Seen;
use crate::secrets::scanner::{Piece, Scanner};

/// Folders inside of each other that are followed.
const MAX_DEPTH: usize = 256;

/// A blob, as it was first seen.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub(super) path: String,
    /// Number of the commit, parents before children.
    pub(super) commit: usize,
}

/// Looks at the history.
pub(crate) fn look(scanner: &Scanner, repository: &Repository, takes: &dyn Fn(&str) -> bool) -> Seen {
    let commits = commits::read(repository);
    let mut seen = Seen::default();
    seen.covered.commits = commits.ordered.len() as u64;
    commits.problems.iter().for_each(|problem| seen.gap(".git", problem.to_string()));
    let blobs = blobs(repository, &commits.ordered, takes, &mut seen);
    let looked = forest::look(scanner, &repository.objects, &blobs);
    seen.add(looked.seen);
    let found = earliest(looked.found, &blobs);
    let present = present(scanner, repository, &commits.ordered, takes);
    seen.secrets = lifetime::add(repository, &commits.ordered, found, &present);
    seen
}

/// Every blob with the path and the commit it was first seen at.
fn blobs(
    repository: &Repository,
    commits: &[Commit],
    takes: &dyn Fn(&str) -> bool,
    seen: &mut Seen,
) -> HashMap<Id, Blob> {
    let mut blobs: HashMap<Id, Blob> = HashMap::new();
    let mut trees: HashSet<Id> = HashSet::new();
    for (number, commit) in commits.iter().enumerate() {
        let mut open = vec![(commit.tree, String::new(), 0)];
        while let Some((id, folder, depth)) = open.pop() {
            if !trees.insert(id) {
                continue;
            }
            let content = match repository.objects.read_as(Kind::Tree, id) {
                Ok(content) => content,
                Err(error) => {
                    seen.gap(&folder, error.to_string());
                    continue;
                }
            };
            for entry in tree::entries(&content) {
                let is_known = match entry.what {
                    What::Folder => trees.contains(&entry.id),
                    What::Blob => blobs.contains_key(&entry.id),
                    What::Submodule => true,
                };
                if is_known {
                    continue;
                }
                let path = format!("{folder}{}", String::from_utf8_lossy(entry.name));
                if !takes(&path) {
                    continue;
                }
                if entry.what == What::Blob {
                    blobs.insert(entry.id, Blob { path, commit: number });
                } else if depth < MAX_DEPTH {
                    open.push((entry.id, format!("{path}/"), depth + 1));
                } else {
                    seen.gap(&path, format!("folders more than {MAX_DEPTH} deep in each other"));
                }
            }
        }
    }
    blobs
}

/// Of one secret in several versions of a file, the earliest.
fn earliest(found: Vec<Found>, blobs: &HashMap<Id, Blob>) -> Vec<(usize, Found)> {
    let mut by_fingerprint: BTreeMap<String, (usize, Found)> = BTreeMap::new();
    for found in found {
        let commit = blobs.get(&found.blob).map_or(usize::MAX, |blob| blob.commit);
        let rank = |commit: usize, found: &Found| (commit, found.secret.line, found.secret.column);
        match by_fingerprint.get_mut(&found.secret.fingerprint) {
            Some(kept) if rank(kept.0, &kept.1) <= rank(commit, &found) => {}
            Some(kept) => *kept = (commit, found),
            None => {
                by_fingerprint.insert(found.secret.fingerprint.clone(), (commit, found));
            }
        }
    }
    by_fingerprint.into_values().collect()
}

/// The digests of all values in the files that are checked out.
fn present(
    scanner: &Scanner,
    repository: &Repository,
    commits: &[Commit],
    takes: &dyn Fn(&str) -> bool,
) -> HashSet<[u8; 32]> {
    let mut digests = HashSet::new();
    let Some(head) = repository.head().and_then(|id| commits.iter().find(|commit| commit.id == id)) else {
        return digests;
    };
    let mut gaps = Seen::default();
    for (id, blob) in blobs(repository, std::slice::from_ref(head), takes, &mut gaps) {
        let Ok(content) = repository.objects.read_as(Kind::Blob, id) else { continue };
        let mut seen = Seen::default();
        let (content, path) = (content.as_slice(), blob.path.as_str());
        scanner.look(Piece { path, content, lines_before: 0, told: 0, until: content.len() }, &mut seen);
        digests.extend(seen.secrets.iter().map(|secret| *secret.value_digest.as_bytes()));
    }
    digests
}
