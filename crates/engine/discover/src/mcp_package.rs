//! Which package a command fetches and runs, and whether it is always the same one.

use crate::facts::Package;

/// Runners of one ecosystem with the words that may follow before the package.
const NPM: [&str; 6] = ["npx", "bunx", "pnpx", "npx.cmd", "bunx.exe", "npx.exe"];
const PYPI: [&str; 3] = ["uvx", "pipx", "uvx.exe"];

/// Options of `docker run` that stand alone; every other short or long option takes the next word.
const DOCKER_SWITCHES: [&str; 11] =
    ["-i", "-t", "-it", "-ti", "-d", "--rm", "--init", "--interactive", "--tty", "--privileged", "--read-only"];

/// Removes a shell around the program: `cmd /c npx …`, `bash -c "npx …"`, `env A=b npx …`.
pub(crate) fn unwrap_shell(words: Vec<String>) -> Vec<String> {
    let is = |index: usize, names: &[&str]| {
        words.get(index).is_some_and(|word| names.contains(&word.to_ascii_lowercase().as_str()))
    };
    if is(0, &["cmd", "cmd.exe"]) && is(1, &["/c"]) {
        return words.into_iter().skip(2).collect();
    }
    let is_shell =
        words.first().is_some_and(|word| matches!(word.rsplit('/').next(), Some("sh" | "bash" | "zsh" | "dash")));
    if is_shell && is(1, &["-c", "-lc", "-ic"]) {
        let line = words.get(2).cloned().unwrap_or_default();
        // A line that does more than start one program stays a shell's.
        if !line.contains(['|', ';', '&', '$', '`']) {
            return line.split_whitespace().filter(|word| *word != "exec").map(str::to_owned).collect();
        }
    }
    if is(0, &["env", "/usr/bin/env"]) {
        return words.into_iter().skip(1).skip_while(|word| word.contains('=')).collect();
    }
    words
}

/// Returns the package that a command fetches; nothing for a program that is already there.
pub(crate) fn of_words(words: &[String]) -> Option<Package> {
    let program = words.first()?.rsplit(['/', '\\']).next()?;
    let rest = words.get(1..).unwrap_or_default();
    let starts = |names: &[&str]| names.iter().zip(rest).all(|(name, word)| name == word) && rest.len() >= names.len();
    if NPM.contains(&program) {
        return npm(rest);
    }
    if PYPI.contains(&program) {
        return pypi(if starts(&["run"]) { rest.get(1..)? } else { rest });
    }
    match program {
        "pnpm" | "yarn" if starts(&["dlx"]) => npm(rest.get(1..)?),
        "npm" if starts(&["exec"]) => npm(rest.get(1..)?),
        "bun" if starts(&["x"]) => npm(rest.get(1..)?),
        "uv" if starts(&["tool", "run"]) => pypi(rest.get(2..)?),
        "docker" | "podman" | "nerdctl" if starts(&["run"]) => oci(rest.get(1..)?),
        _ => None,
    }
}

fn npm(words: &[String]) -> Option<Package> {
    let by_option =
        words.iter().zip(words.iter().skip(1)).find(|(word, _)| matches!(word.as_str(), "-p" | "--package"));
    let spec = by_option
        .map(|(_, spec)| spec.as_str())
        .or_else(|| words.iter().find_map(|word| word.strip_prefix("--package=")))
        .or_else(|| words.iter().find(|word| !word.starts_with('-')).map(String::as_str))?;
    if is_local(spec) {
        return None;
    }
    if spec.contains("://") || spec.starts_with("github:") {
        return Some(from_git(spec, "npm"));
    }
    let (name, version) = match spec.get(1..)?.rfind('@') {
        Some(at) => (spec.get(..=at)?, spec.get(at + 2..)),
        None => (spec, None),
    };
    let is_pinned = version.is_some_and(is_exact);
    Some(Package { ecosystem: "npm".to_owned(), name: name.to_owned(), version: version.map(str::to_owned), is_pinned })
}

fn pypi(words: &[String]) -> Option<Package> {
    let by_option =
        words.iter().zip(words.iter().skip(1)).find(|(word, _)| matches!(word.as_str(), "--from" | "--spec"));
    let mut plain = words.iter();
    let mut first_plain = || {
        while let Some(word) = plain.next() {
            match word.as_str() {
                "--python" | "-p" | "--with" | "--index-url" | "--index" | "--extra-index-url"
                | "--refresh-package" => {
                    plain.next();
                }
                _ if word.starts_with('-') => {}
                _ => return Some(word.as_str()),
            }
        }
        None
    };
    let spec = by_option.map(|(_, spec)| spec.as_str()).or_else(&mut first_plain)?;
    if is_local(spec) {
        return None;
    }
    if spec.contains("://") {
        return Some(from_git(spec, "pypi"));
    }
    let (name, version) = spec
        .split_once("==")
        .or_else(|| spec.split_once('@'))
        .map_or((spec, None), |(name, version)| (name, Some(version)));
    let name = name.split(['[', '>', '<', '~', '!', '=']).next().unwrap_or(name);
    let is_pinned = version.is_some_and(is_exact);
    Some(Package {
        ecosystem: "pypi".to_owned(),
        name: name.to_owned(),
        version: version.map(str::to_owned),
        is_pinned,
    })
}

fn oci(words: &[String]) -> Option<Package> {
    let mut words = words.iter();
    let image = loop {
        let word = words.next()?;
        if !word.starts_with('-') {
            break word;
        }
        if !DOCKER_SWITCHES.contains(&word.as_str()) && !word.contains('=') {
            words.next();
        }
    };
    let (rest, digest) = image.split_once('@').map_or((image.as_str(), None), |(rest, digest)| (rest, Some(digest)));
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    let is_pinned = digest.is_some() || tag.is_some_and(|tag| !matches!(tag, "latest" | "main" | "edge" | "nightly"));
    let version = digest.or(tag).map(str::to_owned);
    Some(Package { ecosystem: "oci".to_owned(), name: name.to_owned(), version, is_pinned })
}

fn is_local(spec: &str) -> bool {
    spec.starts_with(['.', '/', '~', '$']) || spec.contains('\\')
}

/// One version and no range: `1.2.3`, `v1.2.3`, a date.
fn is_exact(version: &str) -> bool {
    let digits = version.trim_start_matches(['=', 'v']);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.contains('.')
        && !digits.contains(['x', '*', '<', '>', '|', ' '])
}

/// A repository is pinned by a full commit.
fn from_git(spec: &str, ecosystem: &str) -> Package {
    let without_user = spec.rsplit_once("://").map_or(spec, |(_, rest)| rest);
    let (name, version) =
        without_user.rsplit_once(['@', '#']).map_or((without_user, None), |(name, version)| (name, Some(version)));
    let is_commit = |version: &str| version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_pinned = version.is_some_and(is_commit);
    // What stands before an `@` of the host could be a credential.
    let name = name.rsplit_once('@').map_or(name, |(_, host)| host);
    Package {
        ecosystem: ecosystem.to_owned(),
        name: name.to_owned(),
        version: version.filter(|_| is_pinned).map(str::to_owned),
        is_pinned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<(String, bool)> {
        let words = unwrap_shell(line.split(' ').map(str::to_owned).collect());
        of_words(&words).map(|package| (package.name, package.is_pinned))
    }

    #[test]
    fn packages_are_found_behind_their_runners() {
        let cases = [
            ("npx -y @scope/server-files /data", Some(("@scope/server-files", false))),
            ("npx -y @scope/server-files@1.2.3", Some(("@scope/server-files", true))),
            ("npx -y tool@latest", Some(("tool", false))),
            ("cmd /c npx tool@^1.2.0", Some(("tool", false))),
            ("uvx mcp-git==1.0.1", Some(("mcp-git", true))),
            ("uvx --python 3.12 mcp-git", Some(("mcp-git", false))),
            ("uvx --from git+https://h.example/a/b tool", Some(("h.example/a/b", false))),
            ("docker run -i --rm -e TOKEN ghcr.io/a/b", Some(("ghcr.io/a/b", false))),
            ("docker run -i --rm ghcr.io/a/b:1.2", Some(("ghcr.io/a/b", true))),
            ("npx ./server.js", None),
            ("node server.js", None),
            ("uv run server.py", None),
        ];
        for (line, package) in cases {
            assert_eq!(of(line), package.map(|(name, is_pinned)| (name.to_owned(), is_pinned)), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_command_is_read(line in "(npx|uvx|docker|run|-y|-p|--from|@|é|a| |==|://){0,12}") {
            let _ = of(&line);
        }
    }
}
