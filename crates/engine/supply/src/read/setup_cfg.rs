//! `setup.cfg`: the lists under `install_requires`, `setup_requires` and `[options.extras_require]`.

use crate::facts::{Facts, Group};
use crate::read::specifier::parse_requirement;

/// Reads the indented lists; every other key ends one.
pub(crate) fn read(text: &str, facts: &mut Facts) {
    let mut section = "";
    let mut group = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let content = line.split(" #").next().unwrap_or_default().trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (section, group) = (name, None);
            continue;
        }
        let value = if line.starts_with(char::is_whitespace) {
            content
        } else {
            let (key, value) = content.split_once('=').unwrap_or((content, ""));
            group = group_of(section, key.trim());
            value.trim()
        };
        let Some(group) = group else { continue };
        // One line may hold several, separated by semicolons only where no marker is meant: take it as one.
        facts.requirements.extend(parse_requirement(value, number).filter(|_| !value.is_empty()).map(|mut found| {
            found.group = group;
            found
        }));
    }
}

fn group_of(section: &str, key: &str) -> Option<Group> {
    match (section, key) {
        ("options", "install_requires") => Some(Group::Runtime),
        ("options", "setup_requires") => Some(Group::Build),
        ("options", "tests_require") => Some(Group::Development),
        ("options.extras_require", "dev" | "test" | "tests" | "testing" | "docs" | "doc" | "lint") => {
            Some(Group::Development)
        }
        ("options.extras_require", _) => Some(Group::Optional),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManifestKind;

    #[test]
    fn lists_end_where_the_next_key_starts() {
        let mut facts = Facts::new("setup.cfg", ManifestKind::SetupCfg, false);
        read(
            "[options]\ninstall_requires =\n    torch>=2\n    numpy\npackages = find:\n[flake8]\nignore =\n  E501\n",
            &mut facts,
        );
        let names: Vec<_> = facts.requirements.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["torch", "numpy"]);
    }
}
