//! `pom.xml` and Gradle build files.
//!
//! Only dependencies written as literals are read; a version left to a parent, a platform or a catalogue is fixed there,
//! so it counts as one version. Names are `group:artifact`.

use std::collections::HashMap;

use crate::facts::{Facts, Group, Pin, Requirement, Source};
use crate::read::{MAX_REQUIREMENTS, cut};

/// Reads every `<dependency>` of a POM outside plugins.
pub(crate) fn read_pom(text: &str, facts: &mut Facts) {
    let properties = properties(text);
    let resolve = |value: &str| match value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => properties.get(name).copied().unwrap_or_default().to_owned(),
        None => value.to_owned(),
    };
    let mut line = 1_u32;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<dependency>") {
        let Some((block, next)) = after.split_once("</dependency>") else { return };
        let start = line.saturating_add(lines(before));
        line = start.saturating_add(lines(block));
        rest = next;
        let (Some(group), Some(artifact)) = (element(block, "groupId"), element(block, "artifactId")) else { continue };
        let version = element(block, "version").map(resolve).unwrap_or_default();
        let shipped = match element(block, "scope") {
            Some("test") => Group::Development,
            Some("provided" | "import") => Group::Build,
            _ => Group::Runtime,
        };
        push(facts, &format!("{group}:{artifact}"), &version, shipped, start);
    }
}

/// Reads `implementation("group:artifact:version")` and its kin, in Groovy and Kotlin.
pub(crate) fn read_gradle(text: &str, facts: &mut Facts) {
    const CONFIGURATIONS: [(&str, Group); 7] = [
        ("implementation", Group::Runtime),
        ("api", Group::Runtime),
        ("runtimeOnly", Group::Runtime),
        ("compile", Group::Runtime),
        ("compileOnly", Group::Build),
        ("testImplementation", Group::Development),
        ("developmentOnly", Group::Development),
    ];
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        let word: String = line.chars().take_while(char::is_ascii_alphanumeric).collect();
        let Some((_, group)) = CONFIGURATIONS.iter().find(|(name, _)| *name == word) else { continue };
        let Some(quoted) = line.split(['"', '\'']).nth(1) else { continue };
        let mut parts = quoted.split(':');
        if let (Some(owner), Some(artifact)) = (parts.next(), parts.next().filter(|part| !part.is_empty())) {
            let version = parts.next().filter(|version| !version.contains('$')).unwrap_or_default();
            push(facts, &format!("{owner}:{artifact}"), version, *group, number);
        }
    }
}

fn push(facts: &mut Facts, name: &str, version: &str, group: Group, line: u32) {
    if facts.requirements.len() > MAX_REQUIREMENTS {
        return;
    }
    let (name, specifier, pinned) = (cut(name), cut(version), pin(version));
    let source = Source::Index;
    facts.requirements.push(Requirement { name, specifier, pinned, hashed: false, source, group, marker: None, line });
}

fn pin(version: &str) -> Pin {
    match version {
        "LATEST" | "RELEASE" | "latest.release" | "latest.integration" | "+" => Pin::None,
        _ if version.ends_with('+') => Pin::Range,
        _ if version.starts_with(['[', '(']) => {
            let is_open = version.trim_end_matches([')', ']']).ends_with(',');
            if is_open { Pin::Open } else { Pin::Range }
        }
        _ => Pin::Exact,
    }
}

fn properties(text: &str) -> HashMap<&str, &str> {
    let Some(block) = element(text, "properties") else { return HashMap::new() };
    let entries = block.split('<').filter_map(|part| part.split_once('>'));
    entries.filter(|(name, _)| !name.starts_with(['/', '!', '?'])).map(|(name, value)| (name, value.trim())).collect()
}

/// Returns the text of the first element of a name.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = after.split_once(&format!("</{name}>"))?;
    Some(value.trim())
}

fn lines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManifestKind;

    fn seen(kind: ManifestKind, text: &str) -> Vec<(String, String, Pin, Group, u32)> {
        let mut facts = Facts::new("x", kind, false);
        match kind {
            ManifestKind::Pom => read_pom(text, &mut facts),
            _ => read_gradle(text, &mut facts),
        }
        facts.requirements.into_iter().map(|r| (r.name, r.specifier, r.pinned, r.group, r.line)).collect()
    }

    #[test]
    fn a_pom_names_group_artifact_and_version() {
        let text = "<project><properties><ai>1.0.0</ai></properties>\n<dependencies>\n<dependency>\n\
            <groupId>a.b</groupId><artifactId>c</artifactId>\n<version>${ai}</version></dependency>\n<dependency>\
            <groupId>d</groupId><artifactId>e</artifactId><scope>test</scope></dependency></dependencies></project>";
        let found = seen(ManifestKind::Pom, text);
        assert_eq!(found[0], ("a.b:c".into(), "1.0.0".into(), Pin::Exact, Group::Runtime, 3));
        assert_eq!(found[1], ("d:e".into(), String::new(), Pin::Exact, Group::Development, 6));
    }

    #[test]
    fn gradle_is_read_in_both_tongues_and_latest_floats() {
        let text = "dependencies {\n  implementation 'a:b:1.0'\n  api(\"c:d:+\")\n  apiVersion \"x:y:1\"\n}\n";
        let found = seen(ManifestKind::Gradle, text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], ("a:b".into(), "1.0".into(), Pin::Exact, Group::Runtime, 2));
        assert_eq!(found[1].2, Pin::None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(<dependency>|</dependency>|<groupId>|</groupId>|<properties>|\\PC|\n){0,60}") {
            let _ = seen(ManifestKind::Pom, &text);
            let _ = seen(ManifestKind::Gradle, &text);
        }
    }
}
