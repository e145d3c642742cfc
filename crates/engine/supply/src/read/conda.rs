//! Conda environments: `dependencies` with MatchSpecs and a nested `pip` list.

use syndic_detect::document::Node;

use crate::facts::{Facts, Group, Pin, Requirement, Source};
use crate::read::requirements::parse_any;
use crate::read::specifier::pin_of;
use crate::read::{cut, options};

/// Reads the environment.
pub(crate) fn read(root: Node<'_>, facts: &mut Facts) {
    for item in root.get("dependencies").into_iter().flat_map(Node::items) {
        if let Some(text) = item.as_str() {
            facts.requirements.extend(match_spec(text, item.line()));
        }
        for line in item.get("pip").into_iter().flat_map(Node::items) {
            read_pip(line, facts);
        }
    }
}

fn read_pip(node: Node<'_>, facts: &mut Facts) {
    let Some(text) = node.as_str() else { return };
    if text.starts_with('-') {
        let words: Vec<&str> = text.split_whitespace().collect();
        for editable in options::read_options(&words, node.line(), facts) {
            facts.requirements.extend(parse_any(editable, node.line()));
        }
    } else {
        facts.requirements.extend(parse_any(text, node.line()));
    }
}

/// Reads `channel::name=version=build`; the interpreter and the installer themselves are not counted.
fn match_spec(text: &str, line: u32) -> Option<Requirement> {
    let text = text.rsplit("::").next().unwrap_or_default().trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
    let (name, specifier) = text.split_at_checked(end)?;
    if name.is_empty() || matches!(name, "python" | "pip" | "setuptools" | "wheel") {
        return None;
    }
    let specifier = specifier.trim();
    Some(Requirement {
        name: cut(name),
        specifier: cut(specifier),
        pinned: conda_pin(specifier),
        hashed: false,
        source: Source::Channel,
        group: Group::Runtime,
        marker: None,
        line,
    })
}

/// `=1.2` means 1.2.*, three parts or a build name mean one version.
fn conda_pin(specifier: &str) -> Pin {
    match specifier.strip_prefix('=').filter(|rest| !rest.starts_with('=')) {
        Some(version) if version.contains('*') => Pin::Range,
        Some(version) if version.contains('=') || version.matches('.').count() >= 2 => Pin::Exact,
        Some(_) => Pin::Range,
        None => pin_of(specifier).unwrap_or(Pin::Range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conda_versions_are_as_firm_as_conda_takes_them() {
        for (text, expected) in
            [("=1.2", Pin::Range), ("=1.2.3", Pin::Exact), ("==1.2", Pin::Exact), ("", Pin::None), (">=2", Pin::Open)]
        {
            assert_eq!(conda_pin(text), expected, "{text}");
        }
        assert!(match_spec("python=3.11", 1).is_none());
        assert_eq!(match_spec("conda-forge::pytorch=2.4.0=py311", 1).unwrap().name, "pytorch");
    }
}
