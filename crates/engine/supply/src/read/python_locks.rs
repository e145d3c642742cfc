//! Lock files of Poetry, uv, PDM and PEP 751 (`pylock.toml`).

use syndic_detect::document::Node;

use crate::facts::{Facts, Group, Pin, Requirement, Source};
use crate::read::pyproject::table_source;
use crate::read::{MAX_REQUIREMENTS, cut};

/// Reads `[[package]]` of `poetry.lock`, `uv.lock` and `pdm.lock`.
pub(crate) fn read_packages(root: Node<'_>, facts: &mut Facts) {
    for package in root.get("package").into_iter().flat_map(Node::items).take(MAX_REQUIREMENTS + 1) {
        let source = package.get("source").map_or(Source::Index, lock_source);
        // The project itself stands in its own lock file.
        let is_self = source == Source::Path;
        let hashed = ["files", "wheels", "sdist"].iter().any(|key| package.get(key).is_some());
        if !is_self {
            facts.requirements.extend(locked(package, source, hashed));
        }
    }
}

/// Reads `[[packages]]` of `pylock.toml`.
pub(crate) fn read_pylock(root: Node<'_>, facts: &mut Facts) {
    for package in root.get("packages").into_iter().flat_map(Node::items).take(MAX_REQUIREMENTS + 1) {
        let hashed = ["wheels", "sdist", "archive"].iter().any(|key| package.get(key).is_some());
        let source = if package.get("vcs").is_some() {
            Source::Git { address: String::new(), at_commit: true, has_credential: false }
        } else if package.get("directory").is_some() {
            Source::Path
        } else {
            Source::Index
        };
        facts.requirements.extend(locked(package, source, hashed));
    }
}

fn lock_source(source: Node<'_>) -> Source {
    let kind = source.get("type").and_then(Node::as_str).unwrap_or_default();
    let is_local = ["editable", "virtual", "directory", "path"].iter().any(|key| source.get(key).is_some());
    match kind {
        "directory" | "file" => Source::Path,
        // A lock file names the commit it resolved to.
        "git" => Source::Git { address: String::new(), at_commit: true, has_credential: false },
        _ if is_local => Source::Path,
        _ => match table_source(source) {
            Source::Git { address, has_credential, .. } => Source::Git { address, at_commit: true, has_credential },
            other if source.get("registry").is_none() && kind != "legacy" => other,
            _ => Source::Index,
        },
    }
}

fn locked(package: Node<'_>, source: Source, hashed: bool) -> Option<Requirement> {
    let name = package.get("name").and_then(Node::as_str)?;
    let version = package.get("version").and_then(Node::as_str).unwrap_or_default();
    Some(Requirement {
        name: cut(name),
        specifier: cut(version),
        pinned: Pin::Exact,
        hashed,
        source,
        group: Group::Runtime,
        marker: None,
        line: package.line(),
    })
}
