//! `Cargo.toml` and `Cargo.lock`.

use syndic_detect::document::Node;

use crate::facts::{Facts, Group, Pin, Requirement, Role, Source};
use crate::read::pyproject::table_source;
use crate::read::{MAX_REQUIREMENTS, cut};

/// Reads every dependency table.
pub(crate) fn read(root: Node<'_>, facts: &mut Facts) {
    let is_workspace = root.path(&["workspace", "members"]).is_some();
    if root.get("bin").is_some() || is_workspace {
        facts.role = Role::Application;
    }
    let targets = root.get("target").map(Node::entries).unwrap_or_default();
    let tables =
        [Some(root), root.get("workspace")].into_iter().flatten().chain(targets.iter().map(|entry| entry.value));
    for table in tables {
        for (key, group) in [
            ("dependencies", Group::Runtime),
            ("dev-dependencies", Group::Development),
            ("build-dependencies", Group::Build),
        ] {
            for entry in table.get(key).map(Node::entries).unwrap_or_default() {
                facts.requirements.push(requirement(entry.key, entry.value, group, entry.line));
            }
        }
    }
}

fn requirement(key: &str, value: Node<'_>, group: Group, line: u32) -> Requirement {
    let field = |name: &str| value.get(name).and_then(Node::as_str);
    let specifier = value.as_str().or_else(|| field("version")).unwrap_or_default();
    let pinned = match specifier.trim() {
        "" | "*" => Pin::None,
        exact if exact.starts_with('=') => Pin::Exact,
        open if open.starts_with('>') && !open.contains('<') => Pin::Open,
        _ => Pin::Range,
    };
    let name = cut(field("package").unwrap_or(key));
    Requirement {
        name,
        specifier: cut(specifier),
        pinned,
        hashed: false,
        source: table_source(value),
        group,
        marker: None,
        line,
    }
}

/// Reads `[[package]]`; members of the workspace have no source.
pub(crate) fn read_lock(root: Node<'_>, facts: &mut Facts) {
    for package in root.get("package").into_iter().flat_map(Node::items).take(MAX_REQUIREMENTS + 1) {
        let field = |key: &str| package.get(key).and_then(Node::as_str);
        let (Some(name), Some(source)) = (field("name"), field("source")) else { continue };
        let source = if source.starts_with("git+") {
            Source::Git { address: String::new(), at_commit: true, has_credential: false }
        } else {
            Source::Index
        };
        facts.requirements.push(Requirement {
            name: cut(name),
            specifier: cut(field("version").unwrap_or_default()),
            pinned: Pin::Exact,
            hashed: field("checksum").is_some(),
            source,
            group: Group::Runtime,
            marker: None,
            line: package.line(),
        });
    }
}
