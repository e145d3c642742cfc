//! pip requirements and constraints files.
//!
//! Logical lines are joined over a trailing backslash; a comment starts at `#` after white space or line start.
//! Source: pip documentation, "Requirements File Format".

use crate::facts::{Facts, Group, Pin, Requirement, Source};
use crate::read::MAX_REQUIREMENTS;
use crate::read::address::Address;
use crate::read::options::read_options;
use crate::read::specifier::parse_requirement;

/// A logical line longer than this is cut, in bytes: hashes of many wheels are long, but not this long.
const MAX_LOGICAL_LINE: usize = 256 * 1024;

/// Lines looked at to tell whether a text is a requirements file.
const SAMPLE: usize = 200;

/// Lines that are no requirements are named up to here; more are counted.
const MAX_NAMED: usize = 20;

/// Reads every line.
pub(crate) fn read(text: &str, facts: &mut Facts) {
    for (line, content) in logical_lines(text) {
        if facts.requirements.len() > MAX_REQUIREMENTS {
            return;
        }
        read_line(&content, line, facts);
    }
}

fn read_line(content: &str, line: u32, facts: &mut Facts) {
    if content.starts_with('-') {
        let words: Vec<&str> = content.split_whitespace().collect();
        for editable in read_options(&words, line, facts) {
            facts.requirements.extend(parse_any(editable, line));
        }
        return;
    }
    let (requirement, options) = content.split_once(" --").unwrap_or((content, ""));
    if let Some(mut requirement) = parse_any(requirement, line) {
        requirement.hashed |= options.contains("hash=") || options.starts_with("hash ");
        if let Source::Url { has_digest, .. } = &mut requirement.source {
            *has_digest |= requirement.hashed;
        }
        facts.requirements.push(requirement);
    }
}

/// Reads a requirement in any form pip takes: by name, by address, by path.
pub(crate) fn parse_any(text: &str, line: u32) -> Option<Requirement> {
    let text = text.trim().trim_matches(['"', '\'']);
    if let Some(requirement) = parse_requirement(text, line).filter(|found| !is_archive(&found.name)) {
        return Some(requirement);
    }
    let bare = text.split(" ;").next().unwrap_or_default();
    let (name, source) = match Address::parse(bare) {
        Some(address) if !address.scheme.is_empty() => (address.package().unwrap_or_default(), address.source(false)),
        _ if is_path(bare) => (String::new(), Source::Path),
        _ => return None,
    };
    let group = Group::Runtime;
    let specifier = String::new();
    Some(Requirement { name, specifier, pinned: Pin::None, hashed: false, source, group, marker: None, line })
}

fn is_archive(name: &str) -> bool {
    [".whl", ".zip", ".tar.gz", ".tgz"].iter().any(|ending| name.to_ascii_lowercase().ends_with(ending))
}

fn is_path(text: &str) -> bool {
    let is_one_word = !text.is_empty() && !text.contains(char::is_whitespace);
    is_one_word && (text.starts_with('.') || text.starts_with('/') || is_archive(text))
}

/// A path below the folder, as pip takes it where such a folder is.
fn is_folder(text: &str) -> bool {
    let is_part = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    text.contains('/') && text.split('/').all(is_part)
}

/// An environment variable stands for what only the installer knows, alone or as part of an address.
fn has_variable(text: &str) -> bool {
    text.contains("${") && !text.contains(char::is_whitespace)
}

/// Returns the lines that are neither a requirement nor an option; an installer refuses the file for them.
pub(crate) fn unread(text: &str) -> Option<String> {
    let is_known = |content: &str, line: u32| {
        let requirement = content.split(" --").next().unwrap_or_default();
        content.starts_with('-')
            || is_folder(requirement)
            || has_variable(requirement)
            || parse_any(requirement, line).is_some()
    };
    let lines = logical_lines(text);
    let unknown = lines.iter().filter(|(line, content)| !is_known(content, *line));
    let numbers: Vec<String> = unknown.map(|(line, _)| line.to_string()).collect();
    let named = numbers.get(..MAX_NAMED.min(numbers.len())).unwrap_or_default().join(", ");
    match numbers.len() {
        0 => None,
        1 => Some(format!("line {named} is no requirement")),
        count if count > MAX_NAMED => Some(format!("{count} lines are no requirements: {named} and more")),
        _ => Some(format!("lines {named} are no requirements")),
    }
}

/// Joins continued lines and drops comments; each with the line it starts on, from 1.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (number, raw) in (1_u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let content = without_comment(raw);
        let (content, continues) = match content.trim_end().strip_suffix('\\') {
            Some(content) => (content.trim(), true),
            None => (content.trim(), false),
        };
        match lines.last_mut().filter(|_| open) {
            Some((_, joined)) if joined.len() < MAX_LOGICAL_LINE => {
                joined.push(' ');
                joined.push_str(content);
            }
            Some(_) => {}
            None => lines.push((number, content.to_owned())),
        }
        open = continues;
    }
    lines.retain(|(_, content)| !content.trim().is_empty());
    lines
}

fn without_comment(line: &str) -> &str {
    let start = line.match_indices('#').find(|(at, _)| {
        line.get(..*at).is_none_or(|before| before.is_empty() || before.ends_with(char::is_whitespace))
    });
    start.and_then(|(at, _)| line.get(..at)).unwrap_or(line)
}

/// Says whether a text holds more than comments.
pub(crate) fn has_content(text: &str) -> bool {
    !logical_lines(text).is_empty()
}

/// Says whether a text holds a requirement that prose would not: one with a version or an address, or a name in a text
/// that is not mostly sentences.
pub(crate) fn has_requirement(text: &str) -> bool {
    let (firm, all) =
        count_fitting(text, |requirement| requirement.pinned != Pin::None || !requirement.source.is_index());
    let (fitting, _) = count_fitting(text, |_| true);
    let is_sentence = |content: &str| {
        let is_word = |word: &&str| word.chars().all(|c| c.is_alphabetic() || ",.'".contains(c));
        content.split_whitespace().filter(is_word).count() >= 4
    };
    let lines = logical_lines(text);
    let sentences = lines.iter().take(SAMPLE).filter(|(_, content)| is_sentence(content)).count();
    firm > 0 || (fitting > 0 && sentences * 2 < all)
}

/// Says whether most lines are requirements or options.
pub(crate) fn looks_like_requirements(text: &str) -> bool {
    let (fitting, all) = count_fitting(text, |requirement| {
        requirement.pinned != Pin::None || !requirement.source.is_index() || !requirement.name.contains(' ')
    });
    fitting > 0 && fitting * 10 >= all * 7
}

/// Says whether every line is a requirement with a version, as `pip freeze` prints them.
pub(crate) fn looks_pinned(text: &str) -> bool {
    let (fitting, all) = count_fitting(text, |requirement| requirement.pinned != Pin::None);
    all >= 2 && fitting == all
}

fn count_fitting(text: &str, fits: impl Fn(&Requirement) -> bool) -> (usize, usize) {
    // A head cut from a larger text may end inside a line; the last of many is not counted.
    let lines = logical_lines(text);
    let sample = lines.iter().take(SAMPLE.min(lines.len().max(2) - usize::from(lines.len() > SAMPLE)));
    sample.fold((0, 0), |(fitting, all), (line, content)| {
        let requirement = content.split(" --").next().unwrap_or_default();
        let is_option = content.starts_with("--") || content.starts_with('-') && content.get(2..3) == Some(" ");
        let is_fitting =
            is_option && !content.starts_with("- ") || parse_any(requirement, *line).as_ref().is_some_and(&fits);
        (fitting + usize::from(is_fitting), all + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManifestKind;
    use crate::facts::{IncludeKind, IndexKind};

    fn facts(text: &str) -> Facts {
        let mut facts = Facts::new("requirements.txt", ManifestKind::Requirements, false);
        read(text, &mut facts);
        facts
    }

    #[test]
    fn continued_lines_carry_their_hashes() {
        let found = facts("torch==2.4.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nnumpy==1.0\n");
        let hashed: Vec<_> = found.requirements.iter().map(|r| (r.name.as_str(), r.hashed, r.line)).collect();
        assert_eq!(hashed, [("torch", true, 1), ("numpy", false, 4)]);
    }

    #[test]
    fn comments_are_dropped_and_fragments_kept() {
        let found = facts("itsdangerous # required\nb @ git+https://h.example/a/b#egg=b\n# all\n");
        assert_eq!(found.requirements.len(), 2);
        assert_eq!(found.requirements[0].name, "itsdangerous");
    }

    #[test]
    fn options_are_read_in_every_spelling() {
        let found = facts(
            "-r base.txt\n-cconstraints.txt\n--index-url https://a.example/s --extra-index-url=https://b.example/s\n\
             --trusted-host a.example\n-e git+https://h.example/a/b@main#egg=b\n-e .\n--require-hashes\n",
        );
        let kinds: Vec<_> = found.indexes.iter().map(|index| index.kind).collect();
        assert_eq!(kinds, [IndexKind::Primary, IndexKind::Extra, IndexKind::TrustedHost]);
        assert_eq!(
            found.includes.iter().map(|i| i.kind).collect::<Vec<_>>(),
            [IncludeKind::Requirements, IncludeKind::Constraints]
        );
        assert_eq!(found.requirements.len(), 2);
        assert!(found.require_hashes);
    }

    #[test]
    fn an_index_from_a_variable_keeps_the_variable_only() {
        let found = facts("--extra-index-url ${PRIVATE_INDEX}\n");
        assert_eq!((found.indexes[0].scheme.as_str(), found.indexes[0].host.as_str()), ("", "${PRIVATE_INDEX}"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[-a-z=.<>#@ \\\\\n:/\\[\\];é]{0,200}") {
            let _ = facts(&text);
            let _ = (looks_like_requirements(&text), looks_pinned(&text));
        }
    }
}
