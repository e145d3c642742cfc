//! `pyproject.toml` and `uv.toml`: PEP 621 and 735 tables, and the tables of Poetry, PDM and uv.

use syndic_detect::document::Node;

use crate::facts::{Facts, Group, IndexKind, Pin, Requirement, Role, Source};
use crate::read::address::{Address, is_commit};
use crate::read::cut;
use crate::read::options::index;
use crate::read::specifier::{parse_requirement, pin_of};

/// Reads the whole project file.
pub(crate) fn read(root: Node<'_>, facts: &mut Facts) {
    facts.role = role(root);
    if let Some(project) = root.get("project") {
        list(project.get("dependencies"), Group::Runtime, facts);
        groups(project.get("optional-dependencies"), |_| Group::Optional, facts);
    }
    groups(root.get("dependency-groups"), |_| Group::Development, facts);
    list(root.path(&["build-system", "requires"]), Group::Build, facts);
    if let Some(poetry) = root.path(&["tool", "poetry"]) {
        read_poetry(poetry, facts);
    }
    if let Some(pdm) = root.path(&["tool", "pdm"]) {
        groups(pdm.get("dev-dependencies"), |_| Group::Development, facts);
        read_sources(pdm, "pdm", facts);
    }
    if let Some(uv) = root.path(&["tool", "uv"]) {
        list(uv.get("dev-dependencies"), Group::Development, facts);
        read_uv(uv, facts);
    }
}

/// A project that is built and published is a library; one that says it is no package, or cannot be built, runs.
fn role(root: Node<'_>) -> Role {
    let says_no = |path: &[&str]| root.path(path).and_then(Node::as_bool) == Some(false);
    let is_packaged = root.get("build-system").is_some();
    let is_private = root
        .path(&["project", "classifiers"])
        .is_some_and(|list| list.items().any(|item| item.as_str().is_some_and(|text| text.starts_with("Private ::"))));
    if !is_packaged || is_private || says_no(&["tool", "uv", "package"]) || says_no(&["tool", "poetry", "package-mode"])
    {
        Role::Application
    } else {
        Role::Library
    }
}

fn list(node: Option<Node<'_>>, group: Group, facts: &mut Facts) {
    let items = node.into_iter().flat_map(Node::items);
    let found = items.filter_map(|item| parse_requirement(item.as_str()?, item.line()));
    facts.requirements.extend(found.map(|requirement| Requirement { group, ..requirement }));
}

fn groups(node: Option<Node<'_>>, group: impl Fn(&str) -> Group, facts: &mut Facts) {
    for entry in node.map(Node::entries).unwrap_or_default() {
        list(Some(entry.value), group(entry.key), facts);
    }
}

fn read_poetry(poetry: Node<'_>, facts: &mut Facts) {
    poetry_table(poetry.get("dependencies"), Group::Runtime, facts);
    poetry_table(poetry.get("dev-dependencies"), Group::Development, facts);
    for entry in poetry.get("group").map(Node::entries).unwrap_or_default() {
        let group = if entry.key == "main" { Group::Runtime } else { Group::Development };
        poetry_table(entry.value.get("dependencies"), group, facts);
    }
    read_sources(poetry, "poetry", facts);
}

fn poetry_table(table: Option<Node<'_>>, group: Group, facts: &mut Facts) {
    for entry in table.map(Node::entries).unwrap_or_default().into_iter().filter(|entry| entry.key != "python") {
        // Several constraints for one package stand in a list; the first tells enough.
        let value =
            if entry.value.is_sequence() { entry.value.items().next().unwrap_or(entry.value) } else { entry.value };
        facts.requirements.push(table_requirement(entry.key, value, group, entry.line));
    }
}

/// Reads one requirement of a `name = "version"` or `name = { version, git, rev, url, path }` table.
pub(crate) fn table_requirement(name: &str, value: Node<'_>, group: Group, line: u32) -> Requirement {
    let field = |key: &str| value.get(key).and_then(Node::as_str);
    let specifier = value.as_str().or_else(|| field("version")).unwrap_or_default();
    Requirement {
        name: cut(name),
        specifier: cut(specifier),
        pinned: poetry_pin(specifier),
        hashed: false,
        source: table_source(value),
        group,
        marker: field("markers").or_else(|| field("marker")).map(cut),
        line,
    }
}

/// Reads where a table requirement comes from: `git` with `rev`, `url`, `path`, `workspace`.
pub(crate) fn table_source(value: Node<'_>) -> Source {
    let field = |key: &str| value.get(key).and_then(Node::as_str);
    if let Some(git) = field("git") {
        let parsed = Address::parse(git);
        let has_credential = parsed.as_ref().is_some_and(|address| address.has_credential);
        // `git@host:owner/repo` is no address of RFC 3986, and holds a login only.
        let address = parsed.map_or_else(|| cut(git), |address| address.shown());
        let at_commit = field("rev").or_else(|| field("ref")).is_some_and(is_commit);
        return Source::Git { address, at_commit, has_credential };
    }
    if let Some(url) = field("url").or_else(|| field("file").filter(|file| file.contains("://"))) {
        return Address::parse(url).map_or(Source::Path, |address| address.source(false));
    }
    let is_local = ["path", "workspace", "file", "editable"].iter().any(|key| value.get(key).is_some());
    if is_local { Source::Path } else { Source::Index }
}

/// Reads a Poetry constraint: carets and tildes beside PEP 440, a bare version is one version.
fn poetry_pin(specifier: &str) -> Pin {
    let specifier = specifier.trim();
    if specifier.is_empty() || specifier == "*" {
        return Pin::None;
    }
    if specifier.starts_with(['^', '~']) || specifier.contains("||") {
        return Pin::Range;
    }
    match pin_of(specifier) {
        Some(pin) => pin,
        None if specifier.contains('*') || specifier.contains(',') || specifier.contains(' ') => Pin::Range,
        None if specifier.starts_with('=') || specifier.starts_with(|c: char| c.is_ascii_digit()) => Pin::Exact,
        None => Pin::Range,
    }
}

/// Reads `[[tool.poetry.source]]` and `[[tool.pdm.source]]`.
fn read_sources(table: Node<'_>, tool: &str, facts: &mut Facts) {
    for source in table.get("source").into_iter().flat_map(Node::items) {
        let field = |key: &str| source.get(key).and_then(Node::as_str).unwrap_or_default();
        let kind = match field("priority") {
            "explicit" => IndexKind::Explicit,
            "supplemental" | "secondary" => IndexKind::Extra,
            _ if tool == "pdm" && field("name") != "pypi" => IndexKind::Extra,
            _ => IndexKind::Primary,
        };
        let found = index(kind, tool, field("url"), source.line());
        let checks = source.get("verify_ssl").and_then(Node::as_bool) != Some(false);
        facts.indexes.extend(found.map(|index| crate::facts::Index { verifies_tls: checks, ..index }));
    }
}

/// Reads uv's settings: the table `[tool.uv]`, or a whole `uv.toml`.
pub(crate) fn read_uv(uv: Node<'_>, facts: &mut Facts) {
    for table in uv.get("index").into_iter().flat_map(Node::items) {
        let truth = |key: &str| table.get(key).and_then(Node::as_bool) == Some(true);
        let kind = match (truth("explicit"), truth("default")) {
            (true, _) => IndexKind::Explicit,
            (_, true) => IndexKind::Primary,
            _ => IndexKind::Ordered,
        };
        let address = table.get("url").and_then(Node::as_str).unwrap_or_default();
        facts.indexes.extend(index(kind, "uv", address, table.line()));
    }
    // Settings of the pip interface stand in a sub-table of the same form.
    for settings in [Some(uv), uv.get("pip")].into_iter().flatten() {
        for (key, kind) in [
            ("index-url", IndexKind::Primary),
            ("extra-index-url", IndexKind::Ordered),
            ("find-links", IndexKind::FindLinks),
            ("allow-insecure-host", IndexKind::TrustedHost),
        ] {
            let Some(value) = settings.get(key) else { continue };
            for node in std::iter::once(value).chain(value.items()) {
                facts.indexes.extend(node.as_str().and_then(|text| index(kind, "uv", text, node.line())));
            }
        }
        let strategy = settings.get("index-strategy").and_then(Node::as_str);
        facts.mixes_indexes |= strategy.is_some_and(|strategy| strategy.starts_with("unsafe"));
    }
    for entry in uv.get("sources").map(Node::entries).unwrap_or_default() {
        let value =
            if entry.value.is_sequence() { entry.value.items().next().unwrap_or(entry.value) } else { entry.value };
        let source = table_source(value);
        for requirement in facts.requirements.iter_mut().filter(|found| same_name(&found.name, entry.key)) {
            requirement.source = source.clone();
        }
    }
}

/// Compares Python package names as PEP 503 says.
fn same_name(left: &str, right: &str) -> bool {
    let plain = |byte: u8| if matches!(byte, b'_' | b'.') { b'-' } else { byte.to_ascii_lowercase() };
    left.len() == right.len() && left.bytes().map(plain).eq(right.bytes().map(plain))
}

#[cfg(test)]
mod tests {
    use syndic_detect::document::parse_toml;

    use super::*;
    use crate::ManifestKind;

    fn facts(text: &str) -> Facts {
        let mut facts = Facts::new("pyproject.toml", ManifestKind::Pyproject, false);
        read(parse_toml(text).unwrap().root(), &mut facts);
        facts
    }

    #[test]
    fn every_table_with_requirements_is_read() {
        let found = facts(
            "[build-system]\nrequires = ['hatchling']\n[project]\ndependencies = ['torch>=2']\n\
             [project.optional-dependencies]\nx = ['numpy']\n[dependency-groups]\ntest = ['pytest', {include-group = 'x'}]\n",
        );
        let groups: Vec<_> = found.requirements.iter().map(|r| (r.name.as_str(), r.group)).collect();
        assert_eq!(
            groups,
            [
                ("torch", Group::Runtime),
                ("numpy", Group::Optional),
                ("pytest", Group::Development),
                ("hatchling", Group::Build)
            ]
        );
        assert_eq!(found.role, Role::Library);
    }

    #[test]
    fn poetry_constraints_have_their_own_firmness() {
        let found = facts(
            "[tool.poetry.dependencies]\npython = '^3.10'\na = '^1.2'\nb = '1.2.3'\nc = '*'\nd = {git = 'https://h.example/d.git', branch = 'main'}\n",
        );
        let pins: Vec<_> = found.requirements.iter().map(|r| r.pinned).collect();
        assert_eq!(pins, [Pin::Range, Pin::Exact, Pin::None, Pin::None]);
        assert!(matches!(found.requirements[3].source, Source::Git { at_commit: false, .. }));
    }

    #[test]
    fn uv_sources_move_a_requirement_off_the_index() {
        let found = facts(
            "[project]\ndependencies = ['my_lib', 'torch']\n[tool.uv.sources]\nmy-lib = {workspace = true}\ntorch = {index = 'p'}\n\
             [[tool.uv.index]]\nname = 'p'\nurl = 'https://download.pytorch.org/whl/cpu'\nexplicit = true\n",
        );
        assert_eq!(found.requirements[0].source, Source::Path);
        assert_eq!(found.requirements[1].source, Source::Index);
        assert_eq!(found.indexes[0].kind, IndexKind::Explicit);
    }
}
