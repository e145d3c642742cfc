//! When each secret came and went: the commits whose version of its file holds the value.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use serde::Serialize;

use super::commits::Commit;
use super::forest::Found;
use super::object::{Id, Kind};
use super::repository::Repository;
use super::tree::{self, What};
use crate::secrets::secret::Secret;

/// The life of a secret in a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Lifetime {
    /// The first commit whose version of the file holds it.
    pub(crate) first_commit: String,
    /// What the author's clock showed then, RFC 3339.
    pub(crate) first_authored: String,
    /// The last commit whose version of the file holds it.
    pub(crate) last_commit: String,
    pub(crate) last_authored: String,
    /// Whether the value still stands in any file of the commit that is checked out.
    pub(crate) is_present: bool,
}

/// Adds its life to each secret.
pub(super) fn add(
    repository: &Repository,
    commits: &[Commit],
    found: Vec<(usize, Found)>,
    present: &HashSet<[u8; 32]>,
) -> Vec<Secret> {
    let mut by_path: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, (_, found)) in found.iter().enumerate() {
        by_path.entry(own_path(&found.secret.path).to_owned()).or_default().push(index);
    }
    let paths: Vec<&String> = by_path.keys().collect();
    let mut versions = Versions::new(repository, &paths);
    let mut spans: Vec<(usize, usize)> = found.iter().map(|(commit, _)| (*commit, *commit)).collect();
    let mut holds: HashMap<(usize, Id), Rc<Vec<usize>>> = HashMap::new();
    for (number, commit) in commits.iter().enumerate() {
        for (path, blob) in versions.at(commit.tree).iter() {
            let held = holds.entry((*path, *blob)).or_insert_with(|| {
                let candidates = paths.get(*path).and_then(|path| by_path.get(*path)).map_or(&[][..], Vec::as_slice);
                Rc::new(held(repository, *blob, candidates, &found))
            });
            for index in held.iter() {
                if let Some((first, last)) = spans.get_mut(*index) {
                    *first = (*first).min(number);
                    *last = (*last).max(number);
                }
            }
        }
    }
    let told = found.into_iter().zip(spans).map(|((_, found), (first, last))| {
        let is_present = present.contains(found.secret.value_digest.as_bytes());
        let lifetime = lifetime(commits, first, last, is_present);
        Secret { commit: lifetime.as_ref().map(|life| life.first_commit.clone()), lifetime, ..found.secret }
    });
    told.collect()
}

fn own_path(path: &str) -> &str {
    path.split('!').next().unwrap_or(path)
}

/// Which of the candidates' values the blob holds.
fn held(repository: &Repository, blob: Id, candidates: &[usize], found: &[(usize, Found)]) -> Vec<usize> {
    let content = repository.objects.read_as(Kind::Blob, blob).unwrap_or_default();
    let holds = |index: &usize| {
        found.get(*index).is_some_and(|(_, found)| {
            found.blob == blob || (!found.value.is_empty() && memchr::memmem::find(&content, &found.value).is_some())
        })
    };
    candidates.iter().copied().filter(holds).collect()
}

fn lifetime(commits: &[Commit], first: usize, last: usize, is_present: bool) -> Option<Lifetime> {
    let (first, last) = (commits.get(first)?, commits.get(last)?);
    Some(Lifetime {
        first_commit: first.id.to_string(),
        first_authored: date(first.authored_s),
        last_commit: last.id.to_string(),
        last_authored: date(last.authored_s),
        is_present,
    })
}

fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| "unknown".to_owned(), |time| time.to_string())
}

/// Numbers of paths, with the blob that stands at each.
type Standing = Vec<(usize, Id)>;

/// Finds the versions of chosen paths in trees; each tree is read once.
struct Versions<'a> {
    repository: &'a Repository,
    nodes: Vec<Node>,
    known: HashMap<(Id, usize), Rc<Standing>>,
}

#[derive(Default)]
struct Node {
    /// By name, the number of the node below.
    below: HashMap<Vec<u8>, usize>,
    /// Number of the path that ends here.
    path: Option<usize>,
}

impl<'a> Versions<'a> {
    fn new(repository: &'a Repository, paths: &[&String]) -> Self {
        let mut nodes = vec![Node::default()];
        for (number, path) in paths.iter().enumerate() {
            let mut at = 0;
            for part in path.split('/') {
                let next = nodes.len();
                let Some(node) = nodes.get_mut(at) else { break };
                at = *node.below.entry(part.as_bytes().to_vec()).or_insert(next);
                if at == next {
                    nodes.push(Node::default());
                }
            }
            if let Some(node) = nodes.get_mut(at) {
                node.path = Some(number);
            }
        }
        Self { repository, nodes, known: HashMap::new() }
    }

    /// Returns number of path and blob for those of the paths that are there.
    fn at(&mut self, root: Id) -> Rc<Standing> {
        self.below(root, 0)
    }

    fn below(&mut self, tree: Id, node: usize) -> Rc<Standing> {
        if let Some(known) = self.known.get(&(tree, node)) {
            return Rc::clone(known);
        }
        let content = self.repository.objects.read_as(Kind::Tree, tree).unwrap_or_default();
        let mut found = Vec::new();
        for entry in tree::entries(&content) {
            let Some(below) = self.nodes.get(node).and_then(|node| node.below.get(entry.name)).copied() else {
                continue;
            };
            match entry.what {
                What::Blob => {
                    found.extend(self.nodes.get(below).and_then(|node| node.path).map(|path| (path, entry.id)));
                }
                // The depth is that of the paths looked for.
                What::Folder => found.extend(self.below(entry.id, below).iter()),
                What::Submodule => {}
            }
        }
        let found = Rc::new(found);
        self.known.insert((tree, node), Rc::clone(&found));
        found
    }
}
