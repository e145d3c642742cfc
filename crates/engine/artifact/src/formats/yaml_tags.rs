//! YAML tags that build Python objects: `!!python/object/apply:os.system`, however the tag is spelled.
//!
//! Tags are found where a node can begin, without parsing the document: `!!` and named handles are resolved by the
//! `%TAG` directives of the file, `%NN` is undone, verbatim tags are taken as they are. Source: YAML 1.2, section 6.9.1;
//! PyYAML `constructor.py`.

use std::collections::HashMap;

use super::named_code;
use crate::facts::Facts;

/// Tags of PyYAML that import or call what they name.
const KINDS: [&str; 4] = ["object/apply:", "object/new:", "object:", "name:"];
const PYTHON: &str = "tag:yaml.org,2002:python/";
/// Longest tag looked at.
const MAX_TAG: usize = 1_024;

/// Notes what the tags of a text build.
pub(super) fn read(text: &str, facts: &mut Facts) {
    if !text.contains('!') {
        return;
    }
    let handles = directives(text);
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (at, _) in line.match_indices('!') {
            let before = line.get(..at).and_then(|before| before.chars().next_back());
            let can_begin = before.is_none_or(|before| before.is_whitespace() || "[{,:-?(".contains(before));
            if can_begin && let Some(tag) = resolved(line.get(at..).unwrap_or_default(), &handles) {
                note(&tag, facts);
            }
        }
    }
}

/// Reads `%TAG !handle! prefix` lines.
fn directives(text: &str) -> HashMap<&str, &str> {
    let mut handles = HashMap::from([("!!", "tag:yaml.org,2002:")]);
    for line in text.lines() {
        let Some(rest) = line.trim_start().strip_prefix("%TAG") else { continue };
        let mut words = rest.split_whitespace();
        if let (Some(handle), Some(prefix)) = (words.next(), words.next()) {
            handles.insert(handle, prefix);
        }
    }
    handles
}

/// Returns the whole tag that starts here.
fn resolved(text: &str, handles: &HashMap<&str, &str>) -> Option<String> {
    if let Some(verbatim) = text.strip_prefix("!<") {
        return verbatim.split('>').next().filter(|tag| tag.len() <= MAX_TAG).map(undone);
    }
    let tag = text.split(|end: char| end.is_whitespace() || ",]}\"'".contains(end)).next()?;
    let handle = match tag.get(1..)?.find('!') {
        Some(second) => tag.get(..second + 2)?,
        None => "!",
    };
    let prefix = handles.get(handle).copied().unwrap_or(handle);
    let rest = tag.strip_prefix(handle).filter(|rest| rest.len() <= MAX_TAG)?;
    Some(undone(&format!("{prefix}{rest}")))
}

/// Undoes `%NN`.
fn undone(tag: &str) -> String {
    let mut bytes = Vec::with_capacity(tag.len());
    let mut rest = tag.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn note(tag: &str, facts: &mut Facts) {
    let Some(built) = tag.strip_prefix(PYTHON) else { return };
    let Some(name) = KINDS.iter().find_map(|kind| built.strip_prefix(kind)) else { return };
    // A name without a module is one of the builtins.
    let name = if name.contains('.') { name.to_owned() } else { format!("builtins.{name}") };
    named_code::note_built(&name, "a YAML tag", facts);
}

#[cfg(test)]
mod tests {
    use crate::{Scanner, Verdict};

    fn verdict(text: &str) -> Verdict {
        Scanner::builtin().unwrap().scan("c.yaml", &text.as_bytes().to_vec()).unwrap().verdict
    }

    #[test]
    fn a_tag_is_the_same_however_it_is_spelled() {
        for text in [
            "a: !!python/object/apply:os.system ['x']",
            "{a: [1, !!python/object/apply:os.system ['x']]}",
            "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['x']",
            "%TAG !p! tag:yaml.org,2002:python/object/apply:\n---\na: !p!os.system ['x']",
            "%TAG ! tag:yaml.org,2002:python/\n---\na: !object/apply:os.system ['x']",
            "a: !!python/object/%61pply:o%73.system ['x']",
            "a: {extend: !!python/name:exec }",
            "- !!python/object/new:os.system ['x']",
        ] {
            assert_eq!(verdict(text), Verdict::Malicious, "{text}");
        }
    }

    #[test]
    fn tags_of_data_and_talk_of_tags_are_harmless() {
        for text in [
            "a: !!python/tuple [1, 2]\nb: !env HOME\nc: !Ref X\nd: hello! world",
            "# a: !!python/object/apply:os.system",
            "a: !!set {x, y}\nb: !!binary aGk=\nc: 'wow!!'",
        ] {
            assert_eq!(verdict(text), Verdict::Clean, "{text}");
        }
        assert_eq!(verdict("a: !!python/object:acme.Thing {x: 1}"), Verdict::Unreviewed);
    }
}
