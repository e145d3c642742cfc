//! The commits of a repository, parents before children.

use std::collections::{HashMap, HashSet};

use super::object::{GitError, Id, Kind};
use super::repository::Repository;

/// One commit.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub(super) id: Id,
    pub(super) tree: Id,
    pub(super) parents: Vec<Id>,
    /// Seconds since 1970 that the author's clock showed.
    pub(super) authored_s: i64,
    committed_s: i64,
}

/// The commits, and what of them could not be read.
#[derive(Debug, Default)]
pub(super) struct Commits {
    /// Parents before children, else the older first.
    pub(super) ordered: Vec<Commit>,
    pub(super) problems: Vec<GitError>,
    /// The commits that names lead to.
    pub(super) tips: HashSet<Id>,
}

/// Reads every commit that a name leads to.
pub(super) fn read(repository: &Repository) -> Commits {
    let mut found: HashMap<Id, Commit> = HashMap::new();
    let mut commits = Commits::default();
    let shallow = std::fs::read_to_string(repository.common.join("shallow")).unwrap_or_default();
    let borders: HashSet<Id> = shallow.lines().filter_map(|line| Id::from_hex(line.as_bytes())).collect();
    let mut open: Vec<(Id, bool)> = repository.names().into_iter().map(|id| (id, true)).collect();
    while let Some((id, is_named)) = open.pop() {
        if found.contains_key(&id) {
            commits.tips.extend(is_named.then_some(id));
            continue;
        }
        match repository.objects.read(id) {
            Ok((Kind::Commit, bytes)) => {
                let Some(mut commit) = parse(id, &bytes) else {
                    commits.problems.push(GitError::malformed(format!("commit {id} cannot be read")));
                    continue;
                };
                if borders.contains(&id) {
                    commit.parents.clear();
                }
                commits.tips.extend(is_named.then_some(id));
                open.extend(commit.parents.iter().map(|parent| (*parent, false)));
                found.insert(id, commit);
            }
            Ok((Kind::Tag, bytes)) => open.extend(tagged(&bytes).map(|id| (id, is_named))),
            // A name may lead to a single file or folder.
            Ok(_) => {}
            Err(error) => commits.problems.push(error),
        }
    }
    commits.ordered = order(&found);
    commits
}

fn order(found: &HashMap<Id, Commit>) -> Vec<Commit> {
    let mut waiting: HashMap<Id, usize> = HashMap::new();
    let mut children: HashMap<Id, Vec<Id>> = HashMap::new();
    for commit in found.values() {
        let known = commit.parents.iter().filter(|parent| found.contains_key(parent));
        waiting.insert(commit.id, known.clone().count());
        known.for_each(|parent| children.entry(*parent).or_default().push(commit.id));
    }
    let key = |id: &Id| std::cmp::Reverse((found.get(id).map_or(0, |commit| commit.committed_s), *id));
    let free = waiting.iter().filter(|(_, parents)| **parents == 0);
    let mut ready: std::collections::BinaryHeap<_> = free.map(|(id, _)| key(id)).collect();
    let mut ordered = Vec::with_capacity(found.len());
    while let Some(std::cmp::Reverse((_, id))) = ready.pop() {
        ordered.extend(found.get(&id).cloned());
        for child in children.get(&id).into_iter().flatten() {
            let Some(left) = waiting.get_mut(child) else { continue };
            *left -= 1;
            if *left == 0 {
                ready.push(key(child));
            }
        }
    }
    ordered
}

fn parse(id: Id, bytes: &[u8]) -> Option<Commit> {
    let head_end = memchr::memmem::find(bytes, b"\n\n").unwrap_or(bytes.len());
    let head = bytes.get(..head_end)?;
    let lines = || head.split(|byte| *byte == b'\n');
    let tree = lines().find_map(|line| line.strip_prefix(b"tree ")).and_then(Id::from_hex)?;
    let parents = lines().filter_map(|line| line.strip_prefix(b"parent ")).filter_map(Id::from_hex).collect();
    let time = |name: &[u8]| lines().find_map(|line| line.strip_prefix(name)).and_then(seconds).unwrap_or(0);
    Some(Commit { id, tree, parents, authored_s: time(b"author "), committed_s: time(b"committer ") })
}

/// `Name <address> seconds zone`.
fn seconds(line: &[u8]) -> Option<i64> {
    let tail = line.get(line.iter().rposition(|byte| *byte == b'>')? + 1..)?;
    std::str::from_utf8(tail).ok()?.split_whitespace().next()?.parse().ok()
}

fn tagged(bytes: &[u8]) -> Option<Id> {
    bytes.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"object ")).and_then(Id::from_hex)
}
