//! `_target_: os.system`: callables that YAML and its like name for a program to call (Hydra, Lightning).
//!
//! The text is not parsed: a key is found wherever it stands, its value behind the colon, on the next line, behind an
//! alias or an interpolation, so that no style of YAML hides it.

use super::config::TARGET_KEYS;
use super::named_code;
use crate::facts::{Facts, ObservationKind};

/// Aliases and interpolations followed from one value.
const MAX_FOLLOWED: u32 = 8;
/// Lines behind a key that are looked at for its value.
const MAX_LINES_BEHIND: usize = 8;

/// Notes the callables that a text names.
pub(super) fn read(text: &str, facts: &mut Facts) {
    let lines: Vec<&str> = text.lines().collect();
    // Functions of Hydra that look up what `path` names.
    let keys = TARGET_KEYS.iter().chain(text.contains("hydra.utils.get_").then_some(&"path"));
    for key in keys {
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
            for rest in line.match_indices(key).filter_map(|(at, _)| behind_key(line, at, key)) {
                let following = lines.get(number + 1..).unwrap_or_default();
                take(key, value(rest, following), text, facts);
            }
        }
    }
}

/// Returns what stands behind the colon or equals sign of a key, if that is what stands here.
fn behind_key<'t>(line: &'t str, at: usize, key: &str) -> Option<&'t str> {
    let before = line.get(..at)?.chars().next_back();
    let is_start = before.is_none_or(|before| before.is_whitespace() || "\"'{,[-?".contains(before));
    let rest = line.get(at + key.len()..)?.trim_start_matches(['"', '\'']).trim_start();
    rest.strip_prefix([':', '=']).filter(|_| is_start)
}

/// Returns a scalar: what stands here, or on the first line behind that says something.
fn value<'t>(rest: &'t str, following: &[&'t str]) -> &'t str {
    let here = scalar(rest);
    let is_elsewhere =
        here.is_empty() || here.starts_with(['|', '>']) || (here.starts_with('&') && !here.contains(' '));
    if !is_elsewhere {
        return here;
    }
    let next = following.iter().take(MAX_LINES_BEHIND).map(|line| line.trim()).find(|line| !line.is_empty());
    scalar(next.unwrap_or_default())
}

/// Returns a scalar without its quotes, anchor, comment and what of a flow stands behind it.
fn scalar(text: &str) -> &str {
    let text = text.trim();
    let text = match text.strip_prefix('&').and_then(|anchored| anchored.split_once(' ')) {
        Some((_, rest)) => rest.trim_start(),
        None => text,
    };
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or_default();
        }
    }
    if text.starts_with("${") {
        return text.split_inclusive('}').next().unwrap_or_default();
    }
    let end = text.find([',', '}', ']']).unwrap_or(text.len());
    let text = text.get(..end).unwrap_or_default();
    text.split(" #").next().unwrap_or_default().trim()
}

fn take<'t>(key: &str, mut name: &'t str, text: &'t str, facts: &mut Facts) {
    for _ in 0..MAX_FOLLOWED {
        let found = if let Some(alias) = name.strip_prefix('*') {
            text.split(&format!("&{alias} ")).nth(1).map(first_line)
        } else if let Some(path) = name.strip_prefix("${").and_then(|path| path.strip_suffix('}')) {
            let last = path.rsplit(['.', ':']).next().unwrap_or_default();
            text.lines().find_map(|line| line.trim_start().strip_prefix(last)?.trim_start().strip_prefix(':'))
        } else {
            return named_code::note_target(name, &format!("key `{key}`"), facts);
        };
        let Some(found) = found.map(scalar).filter(|found| !found.is_empty()) else { break };
        name = found;
    }
    let detail = format!("key `{key}` names what is computed: `{}`", name.chars().take(80).collect::<String>());
    facts.observe(ObservationKind::RemoteCode, key, detail);
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
