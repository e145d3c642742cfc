//! `Pipfile` and `Pipfile.lock`.

use syndic_detect::document::Node;

use crate::facts::{Facts, Group, Index, IndexKind};
use crate::read::options::index;
use crate::read::pyproject::table_requirement;

/// Reads `[packages]`, `[dev-packages]` and `[[source]]`.
pub(crate) fn read(root: Node<'_>, facts: &mut Facts) {
    table(root.get("packages"), Group::Runtime, facts);
    table(root.get("dev-packages"), Group::Development, facts);
    sources(root.get("source"), facts);
}

/// Reads `default`, `develop` and the sources of the lock file.
pub(crate) fn read_lock(root: Node<'_>, facts: &mut Facts) {
    table(root.get("default"), Group::Runtime, facts);
    table(root.get("develop"), Group::Development, facts);
    sources(root.path(&["_meta", "sources"]), facts);
}

fn table(table: Option<Node<'_>>, group: Group, facts: &mut Facts) {
    for entry in table.map(Node::entries).unwrap_or_default() {
        let mut requirement = table_requirement(entry.key, entry.value, group, entry.line);
        requirement.hashed = entry.value.get("hashes").is_some();
        facts.requirements.push(requirement);
    }
}

/// Pipenv asks each package of the one source it names, so further sources are explicit.
fn sources(list: Option<Node<'_>>, facts: &mut Facts) {
    for (number, source) in list.into_iter().flat_map(Node::items).enumerate() {
        let kind = if number == 0 { IndexKind::Primary } else { IndexKind::Explicit };
        let address = source.get("url").and_then(Node::as_str).unwrap_or_default();
        let verifies_tls = source.get("verify_ssl").and_then(Node::as_bool) != Some(false);
        facts
            .indexes
            .extend(index(kind, "pipenv", address, source.line()).map(|found| Index { verifies_tls, ..found }));
    }
}
