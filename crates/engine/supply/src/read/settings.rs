//! Installer settings (`pip.conf`, `.npmrc`) and commands that call installers (Dockerfile, scripts, CI, `.env`).

use crate::facts::{Facts, Index, IndexKind};
use crate::read::address::is_literal_secret;
use crate::read::options::{index, read_options};
use crate::read::requirements::parse_any;

/// Words after one command line are read up to here.
const MAX_WORDS: usize = 2_000;

/// Reads `pip.conf`: `key = value`, values may go on in indented lines.
pub(crate) fn read_pip_conf(text: &str, facts: &mut Facts) {
    let mut kind = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';', '[']) {
            continue;
        }
        let values = if line.starts_with(char::is_whitespace) && kind.is_some() {
            content
        } else {
            let (key, value) = content.split_once('=').unwrap_or((content, ""));
            kind = conf_kind(key.trim());
            value
        };
        let Some(kind) = kind else { continue };
        facts.indexes.extend(values.split_whitespace().filter_map(|value| index(kind, "pip", value, number)));
    }
}

fn conf_kind(key: &str) -> Option<IndexKind> {
    match key.replace('_', "-").to_ascii_lowercase().as_str() {
        "index-url" | "index" => Some(IndexKind::Primary),
        "extra-index-url" => Some(IndexKind::Extra),
        "find-links" => Some(IndexKind::FindLinks),
        "trusted-host" => Some(IndexKind::TrustedHost),
        _ => None,
    }
}

/// Reads `.npmrc`: registries, literal tokens, and whether certificates are checked.
pub(crate) fn read_npmrc(text: &str, facts: &mut Facts) {
    for (number, line) in (1_u32..).zip(text.lines()) {
        let content = line.trim();
        let Some((key, value)) = content.split_once(['=', ' ']).filter(|_| !content.starts_with(['#', ';'])) else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
        if key == "registry" || key.ends_with(":registry") {
            let kind = if key == "registry" { IndexKind::Primary } else { IndexKind::Explicit };
            facts.indexes.extend(index(kind, "npm", value, number));
        } else if key == "strict-ssl" && value == "false" {
            facts.indexes.push(bare("", false, false, number));
        } else if let Some(host) = token_host(key).filter(|_| is_literal_secret(value)) {
            facts.indexes.push(bare(host, true, true, number));
        }
    }
}

fn token_host(key: &str) -> Option<&str> {
    let (host, name) = key.rsplit_once(':').unwrap_or(("", key));
    let host = host.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(name, "_authToken" | "_auth" | "_password").then_some(host)
}

fn bare(host: &str, verifies_tls: bool, has_credential: bool, line: u32) -> Index {
    let (tool, scheme) = ("npm".to_owned(), "https".to_owned());
    let host = crate::read::cut(host);
    Index { kind: IndexKind::Explicit, tool, scheme, host, verifies_tls, has_credential, line }
}

/// Reads installer options in commands and the environment variables that stand for them.
pub(crate) fn read_commands(text: &str, facts: &mut Facts) {
    let mut in_command = false;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let content = line.trim();
        // A comment or the help text of a script names options without using them.
        if content.starts_with('#') {
            continue;
        }
        in_command |= ["pip", "uv ", "poetry", "pdm"].iter().any(|tool| content.contains(tool));
        if in_command {
            read_command(content, number, facts);
        }
        read_variables(content, number, facts);
        in_command &= content.ends_with('\\');
    }
}

/// Reads the long options of one line of a command, and the repositories it installs from.
fn read_command(content: &str, line: u32, facts: &mut Facts) {
    let words = content.split(|c: char| c.is_whitespace() || c == '\\').filter(|word| !word.is_empty()).take(MAX_WORDS);
    let words: Vec<&str> = words.map(|word| word.trim_matches(['"', '\'', '`', ',', '[', ']'])).collect();
    // Short options mean other things to other programs on the line.
    let long: Vec<&str> =
        words.iter().copied().filter(|word| !matches!(*word, "-f" | "-i" | "-e" | "-r" | "-c")).collect();
    read_options(&long, line, facts);
    let repositories = words.iter().filter(|word| word.starts_with("git+") && word.contains("://"));
    facts.requirements.extend(repositories.filter_map(|word| parse_any(word, line)));
}

fn read_variables(content: &str, line: u32, facts: &mut Facts) {
    for (name, kind) in [
        ("PIP_EXTRA_INDEX_URL", IndexKind::Extra),
        ("PIP_INDEX_URL", IndexKind::Primary),
        ("PIP_TRUSTED_HOST", IndexKind::TrustedHost),
        ("PIP_FIND_LINKS", IndexKind::FindLinks),
        ("UV_EXTRA_INDEX_URL", IndexKind::Ordered),
        ("UV_INDEX_URL", IndexKind::Primary),
        ("UV_DEFAULT_INDEX", IndexKind::Primary),
    ] {
        let Some((before, after)) = content.split_once(name) else { continue };
        let starts_word = before.is_empty() || before.ends_with([' ', '"', '\'', '\t', '-']);
        let Some(value) = after.strip_prefix(['=', ' ', ':']).map(str::trim_start).filter(|_| starts_word) else {
            continue;
        };
        let quoted = value.trim_start_matches(['"', '\'']);
        let value = quoted.split(['"', '\'']).next().unwrap_or_default();
        let tool = if name.starts_with("UV") { "uv" } else { "pip" };
        let values =
            value.split_whitespace().take(8).filter(|value| kind == IndexKind::TrustedHost || value.contains("://"));
        facts.indexes.extend(values.filter_map(|value| index(kind, tool, value, line)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManifestKind;

    fn commands(text: &str) -> Vec<(IndexKind, String)> {
        let mut facts = Facts::new("Dockerfile", ManifestKind::InstallCommands, false);
        read_commands(text, &mut facts);
        facts.indexes.into_iter().map(|index| (index.kind, index.host)).collect()
    }

    #[test]
    fn options_of_commands_and_variables_are_read() {
        let found = commands(
            "FROM python\nENV PIP_EXTRA_INDEX_URL=https://a.example/simple\nRUN pip install \\\n  --extra-index-url https://b.example/simple \\\n  x\n",
        );
        assert_eq!(found, [(IndexKind::Extra, "a.example".to_owned()), (IndexKind::Extra, "b.example".to_owned())]);
    }

    #[test]
    fn comments_and_other_programs_options_are_left_alone() {
        assert!(commands("# pip install --extra-index-url https://a.example\ncurl --trusted-host x\n").is_empty());
    }

    #[test]
    fn repositories_in_commands_are_read() {
        let mut facts = Facts::new("Dockerfile", ManifestKind::InstallCommands, false);
        read_commands("RUN pip install -U \"git+https://github.com/acme/models@main\"\n", &mut facts);
        assert_eq!(facts.requirements.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["models"]);
    }

    #[test]
    fn a_literal_npm_token_is_noted_without_its_value() {
        let token = format!("{}_{}", "npm", "a1b2c3d4e5f6a1b2");
        let mut facts = Facts::new(".npmrc", ManifestKind::Npmrc, false);
        read_npmrc(
            &format!("//r.example/:_authToken={token}\n//q.example/:_authToken=${{NPM_TOKEN}}\nstrict-ssl=false\n"),
            &mut facts,
        );
        assert_eq!(facts.indexes.iter().filter(|index| index.has_credential).count(), 1);
        assert!(!format!("{facts:?}").contains(&token));
        assert!(facts.indexes.iter().any(|index| !index.verifies_tls));
    }
}
