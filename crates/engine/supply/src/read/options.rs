//! The options pip understands in a requirements file, in a command and in the environment.

use crate::facts::{Facts, Include, IncludeKind, Index, IndexKind};
use crate::read::address::Address;
use crate::read::cut;

/// Reads the options among `words`; returns the values of `-e`/`--editable`, which are requirements.
pub(crate) fn read_options<'a>(words: &[&'a str], line: u32, facts: &mut Facts) -> Vec<&'a str> {
    let mut editable = Vec::new();
    let mut words = words.iter().copied().peekable();
    while let Some(word) = words.next() {
        let (option, attached) = split_option(word);
        let needs_value = takes_value(option);
        let value = match attached {
            Some(value) => value,
            None if needs_value => words.next_if(|next| !next.starts_with('-')).unwrap_or_default(),
            None => "",
        };
        match option {
            "-e" | "--editable" => editable.push(value),
            "-r" | "--requirement" => include(facts, IncludeKind::Requirements, value, line),
            "-c" | "--constraint" => include(facts, IncludeKind::Constraints, value, line),
            "--require-hashes" => facts.require_hashes = true,
            "--index-strategy" => facts.mixes_indexes |= value.starts_with("unsafe"),
            _ => {
                if let Some(kind) = index_kind(option) {
                    facts.indexes.extend(index(kind, "pip", value, line));
                }
            }
        }
    }
    editable
}

/// Splits `--option=value` and `-rvalue`.
fn split_option(word: &str) -> (&str, Option<&str>) {
    if let Some((option, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
        return (option, Some(value));
    }
    match word.split_at_checked(2) {
        Some((short @ ("-r" | "-c" | "-e" | "-i" | "-f"), value)) if !value.is_empty() => (short, Some(value)),
        _ => (word, None),
    }
}

fn takes_value(option: &str) -> bool {
    matches!(option, "-e" | "--editable" | "-r" | "--requirement" | "-c" | "--constraint" | "--index-strategy")
        || index_kind(option).is_some()
}

fn index_kind(option: &str) -> Option<IndexKind> {
    match option {
        "-i" | "--index-url" | "--pypi-url" | "--default-index" => Some(IndexKind::Primary),
        "--extra-index-url" | "--extra-index" => Some(IndexKind::Extra),
        "-f" | "--find-links" => Some(IndexKind::FindLinks),
        "--trusted-host" | "--allow-insecure-host" => Some(IndexKind::TrustedHost),
        _ => None,
    }
}

fn include(facts: &mut Facts, kind: IncludeKind, path: &str, line: u32) {
    if !path.is_empty() {
        facts.includes.push(Include { kind, path: cut(path), line });
    }
}

/// Reads one index address; a trusted host is a bare host name, find-links may be a folder.
pub(crate) fn index(kind: IndexKind, tool: &str, value: &str, line: u32) -> Option<Index> {
    let value = value.trim().trim_matches(['"', '\'']);
    if value.is_empty() {
        return None;
    }
    let (scheme, host, has_credential) = match Address::parse(value) {
        Some(address) => (address.scheme, address.host, address.has_credential),
        None if kind == IndexKind::TrustedHost => (String::new(), cut(&value.to_ascii_lowercase()), false),
        None => ("file".to_owned(), String::new(), false),
    };
    let verifies_tls = kind != IndexKind::TrustedHost;
    Some(Index { kind, tool: tool.to_owned(), scheme, host, verifies_tls, has_credential, line })
}
