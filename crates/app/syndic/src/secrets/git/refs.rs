//! Everything a repository names: branches, tags, stashes, the current commit.

use std::collections::BTreeSet;
use std::path::Path;

use super::object::Id;

/// Names followed from one to the next.
const MAX_LINKS: usize = 8;
/// Folders below `refs/` looked into.
const MAX_DEPTH: usize = 12;

/// Returns the commit that is checked out.
pub(super) fn head(git_dir: &Path, common: &Path) -> Option<Id> {
    let mut text = std::fs::read(git_dir.join("HEAD")).ok()?;
    for _ in 0..MAX_LINKS {
        let Some(name) = text.strip_prefix(b"ref: ").map(<[u8]>::trim_ascii) else { return Id::from_hex(&text) };
        let name = std::str::from_utf8(name).ok().filter(|name| is_name(name))?.to_owned();
        text = match std::fs::read(git_dir.join(&name)).or_else(|_| std::fs::read(common.join(&name))) {
            Ok(text) => text,
            Err(_) => return packed(common).into_iter().find(|(_, packed)| *packed == name).map(|(id, _)| id),
        };
    }
    None
}

/// A name that leads out of the repository is none.
fn is_name(name: &str) -> bool {
    name.starts_with("refs/") && !name.split('/').any(|part| part == "..")
}

/// Returns every object that has a name.
pub(super) fn all(git_dir: &Path, common: &Path) -> BTreeSet<Id> {
    let mut found: BTreeSet<Id> = packed(common).into_iter().map(|(id, _)| id).collect();
    collect(&common.join("refs"), MAX_DEPTH, &mut found);
    if git_dir != common {
        collect(&git_dir.join("refs"), MAX_DEPTH, &mut found);
    }
    found.extend(head(git_dir, common));
    found
}

fn collect(folder: &Path, depth: usize, found: &mut BTreeSet<Id>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => collect(&entry.path(), depth - 1, found),
            Ok(kind) if kind.is_file() => {
                found.extend(std::fs::read(entry.path()).ok().and_then(|text| Id::from_hex(&text)));
            }
            _ => {}
        }
    }
}

/// The names that were put into one file, with the commits that annotated tags lead to.
fn packed(common: &Path) -> Vec<(Id, String)> {
    let text = std::fs::read_to_string(common.join("packed-refs")).unwrap_or_default();
    let line = |line: &str| {
        if let Some(id) = line.strip_prefix('^') {
            return Some((Id::from_hex(id.as_bytes())?, String::new()));
        }
        let (id, name) = line.split_once(' ')?;
        Some((Id::from_hex(id.as_bytes())?, name.to_owned()))
    };
    text.lines().filter_map(line).collect()
}
