//! `go.mod` and `go.sum`. Minimal version selection makes every requirement one version; `go.sum` holds the hashes.

use std::collections::BTreeSet;

use crate::facts::{Facts, Group, Pin, Requirement, Source};
use crate::read::cut;

/// Reads `require` lines and blocks.
pub(crate) fn read_mod(text: &str, facts: &mut Facts) {
    let mut in_block = false;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let is_indirect = line.contains("// indirect");
        let content = line.split("//").next().unwrap_or_default().trim();
        let entry = match content.strip_prefix("require") {
            Some(rest) if rest.trim_start().starts_with('(') => {
                in_block = true;
                continue;
            }
            Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim(),
            _ if content.starts_with(')') => {
                in_block = false;
                continue;
            }
            _ if in_block => content,
            _ => continue,
        };
        let mut words = entry.split_whitespace();
        if let (Some(module), Some(version)) = (words.next(), words.next()) {
            let group = if is_indirect { Group::Optional } else { Group::Runtime };
            facts.requirements.push(requirement(module, version, group, false, number));
        }
    }
}

/// Reads the modules whose content is hashed.
pub(crate) fn read_sum(text: &str, facts: &mut Facts) {
    let mut seen = BTreeSet::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let mut words = line.split_whitespace();
        let (Some(module), Some(version)) = (words.next(), words.next()) else { continue };
        if !version.ends_with("/go.mod") && seen.insert((module, version)) {
            facts.requirements.push(requirement(module, version, Group::Runtime, true, number));
        }
    }
}

fn requirement(module: &str, version: &str, group: Group, hashed: bool, line: u32) -> Requirement {
    let (name, specifier) = (cut(module), cut(version));
    Requirement { name, specifier, pinned: Pin::Exact, hashed, source: Source::Index, group, marker: None, line }
}
