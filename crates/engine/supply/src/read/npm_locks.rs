//! Lock files of npm, pnpm, Yarn and Bun.

use syndic_detect::document::{Entry, Node};

use crate::facts::{Facts, Group, Pin, Requirement, Source};
use crate::read::{MAX_REQUIREMENTS, cut};

fn locked(name: &str, version: &str, hashed: bool, line: u32) -> Requirement {
    let (name, specifier) = (cut(name), cut(version));
    let group = Group::Runtime;
    Requirement { name, specifier, pinned: Pin::Exact, hashed, source: Source::Index, group, marker: None, line }
}

/// Reads `package-lock.json`: the flat `packages` of version 2 and 3, or the nested `dependencies` of version 1.
pub(crate) fn read_npm(root: Node<'_>, facts: &mut Facts) {
    if let Some(packages) = root.get("packages") {
        for entry in packages.entries() {
            let Some((_, name)) = entry.key.rsplit_once("node_modules/") else { continue };
            if entry.value.get("link").is_none() {
                facts.requirements.push(from_entry(name, entry));
            }
        }
        return;
    }
    let mut open: Vec<Entry<'_>> = root.get("dependencies").map(Node::entries).unwrap_or_default();
    open.reverse();
    while let Some(entry) = open.pop().filter(|_| facts.requirements.len() <= MAX_REQUIREMENTS) {
        facts.requirements.push(from_entry(entry.key, entry));
        open.extend(entry.value.get("dependencies").map(Node::entries).unwrap_or_default());
    }
}

fn from_entry(name: &str, entry: Entry<'_>) -> Requirement {
    let version = entry.value.get("version").and_then(Node::as_str).unwrap_or_default();
    locked(name, version, entry.value.get("integrity").is_some(), entry.line)
}

/// Reads `pnpm-lock.yaml`: keys `name@version(peers)`, `/name@version`, `/name/version`.
pub(crate) fn read_pnpm(root: Node<'_>, facts: &mut Facts) {
    for entry in root.get("packages").map(Node::entries).unwrap_or_default() {
        let key = entry.key.trim_start_matches('/').split('(').next().unwrap_or_default();
        let split = key.rsplit_once('@').filter(|(name, _)| !name.is_empty()).or_else(|| key.rsplit_once('/'));
        let Some((name, version)) = split else { continue };
        let hashed = entry.value.path(&["resolution", "integrity"]).is_some();
        facts.requirements.push(locked(name, version, hashed, entry.line));
    }
}

/// Reads `bun.lock`: `packages` maps a name to a list that starts with `name@version`.
pub(crate) fn read_bun(root: Node<'_>, facts: &mut Facts) {
    for entry in root.get("packages").map(Node::entries).unwrap_or_default() {
        let first = entry.value.items().next().and_then(Node::as_str).unwrap_or_default();
        if let Some((name, version)) = first.rsplit_once('@').filter(|(_, version)| !version.starts_with("workspace:"))
        {
            facts.requirements.push(locked(name, version, true, entry.line));
        }
    }
}

/// Reads `yarn.lock` of both generations: a key line, then `version` and `integrity` or `checksum` below it.
pub(crate) fn read_yarn(text: &str, facts: &mut Facts) {
    let mut open: Option<Requirement> = None;
    for (number, line) in (1_u32..).zip(text.lines().take(MAX_REQUIREMENTS * 20)) {
        if !line.starts_with(char::is_whitespace) && line.ends_with(':') && !line.starts_with(['#', '_']) {
            facts.requirements.extend(open.take());
            let key = line.trim_matches(['"', ':']).split(',').next().unwrap_or_default().trim().trim_matches('"');
            let at = key.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
            let name = at.and_then(|at| key.get(..at)).unwrap_or_default();
            let is_own = key.contains("@workspace:") || name.is_empty();
            open = (!is_own).then(|| locked(name, "", false, number));
        } else if let Some(requirement) = &mut open {
            let content = line.trim();
            if let Some(version) = content.strip_prefix("version") {
                requirement.specifier = cut(version.trim_matches([':', ' ', '"']));
            }
            requirement.hashed |= content.starts_with("integrity") || content.starts_with("checksum");
        }
    }
    facts.requirements.extend(open);
}

#[cfg(test)]
mod tests {
    use syndic_detect::document::{parse_json, parse_yaml};

    use super::*;
    use crate::ManifestKind;

    fn names(kind: ManifestKind, read: impl FnOnce(&mut Facts)) -> Vec<String> {
        let mut facts = Facts::new("lock", kind, true);
        read(&mut facts);
        facts.requirements.iter().map(|found| format!("{}@{}", found.name, found.specifier)).collect()
    }

    #[test]
    fn every_lock_tells_names_and_versions() {
        let json = parse_json(r#"{"packages": {"": {}, "node_modules/@a/b": {"version": "1.0.0", "integrity": "x"}}}"#)
            .unwrap();
        assert_eq!(names(ManifestKind::PackageLock, |facts| read_npm(json.root(), facts)), ["@a/b@1.0.0"]);
        let old =
            parse_json(r#"{"dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}}}"#)
                .unwrap();
        assert_eq!(names(ManifestKind::PackageLock, |facts| read_npm(old.root(), facts)), ["a@1.0.0", "b@2.0.0"]);
        let yaml = parse_yaml("packages:\n  '@a/b@1.0.0(c@2.0.0)':\n    resolution: {integrity: x}\n").unwrap();
        assert_eq!(names(ManifestKind::PnpmLock, |facts| read_pnpm(yaml[0].root(), facts)), ["@a/b@1.0.0"]);
        let yarn =
            "# yarn lockfile v1\n\n\"@a/b@^1.0.0\", \"@a/b@^1.1.0\":\n  version \"1.1.0\"\n  integrity sha512-x\n";
        assert_eq!(names(ManifestKind::YarnLock, |facts| read_yarn(yarn, facts)), ["@a/b@1.1.0"]);
    }
}
