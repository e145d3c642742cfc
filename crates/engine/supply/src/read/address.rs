//! Addresses of indexes, repositories and archives, with every credential left behind.
//!
//! Source: RFC 3986 for the parts; pip's VCS support for `git+https://host/repo@rev#egg=name`.

use crate::facts::Source;

/// An address in its parts; what stood before the `@` is judged and dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `https`, `git+ssh`; empty when the whole address is a variable.
    pub(crate) scheme: String,
    /// Host with port, or the variable the address comes from.
    pub(crate) host: String,
    /// Path without query and fragment.
    pub(crate) path: String,
    /// Fragment: `egg=name`, `sha256=…`.
    pub(crate) fragment: String,
    /// Whether a literal credential stood in it.
    pub(crate) has_credential: bool,
}

impl Address {
    /// Takes an address apart; nothing if the text is no address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches(['"', '\'']);
        if let Some(variable) = as_variable(text) {
            return Some(Self {
                scheme: String::new(),
                host: super::cut(variable),
                path: String::new(),
                fragment: String::new(),
                has_credential: false,
            });
        }
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
            return None;
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
        let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
        let (userinfo, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        Some(Self {
            scheme: scheme.to_ascii_lowercase(),
            host: super::cut(&host.to_ascii_lowercase()),
            path: super::cut(path),
            fragment: super::cut(fragment),
            has_credential: is_literal_credential(userinfo),
        })
    }

    /// Returns the address without credentials, query and fragment.
    pub(crate) fn shown(&self) -> String {
        if self.scheme.is_empty() {
            return self.host.clone();
        }
        format!("{}://{}/{}", self.scheme, self.host, self.path)
    }

    /// Returns where a requirement with this address comes from.
    pub(crate) fn source(&self, hashed: bool) -> Source {
        let is_git = self.scheme.starts_with("git") || self.scheme == "ssh" || path_ends_with(&self.path, ".git");
        let is_other_vcs = ["hg+", "svn+", "bzr+"].iter().any(|vcs| self.scheme.starts_with(vcs));
        if self.scheme == "file" {
            Source::Path
        } else if is_git || is_other_vcs {
            let revision = self.path.rsplit_once('@').map_or("", |(_, revision)| revision);
            let at_commit = is_commit(revision) || is_commit(fragment_revision(&self.fragment));
            Source::Git { address: self.shown(), at_commit, has_credential: self.has_credential }
        } else {
            let names_commit = self.path.split(['/', '.', '-']).any(is_commit);
            let has_digest =
                hashed || names_commit || self.fragment.contains("sha256=") || self.fragment.contains("sha512=");
            Source::Url { address: self.shown(), has_digest, has_credential: self.has_credential }
        }
    }

    /// Returns the package the address names: `#egg=name`, or the first part of a wheel's or archive's file name.
    pub(crate) fn package(&self) -> Option<String> {
        let egg = self.fragment.split('&').find_map(|part| part.strip_prefix("egg="));
        if let Some(egg) = egg {
            return Some(egg.split('[').next().unwrap_or_default().to_owned());
        }
        let file = self.path.rsplit('/').next()?;
        if let Some(wheel) = file.strip_suffix(".whl") {
            return wheel.split('-').next().map(str::to_owned);
        }
        let repository = file.split('@').next()?.trim_end_matches(".git");
        let is_name = self.scheme.starts_with("git") && !repository.is_empty();
        is_name.then(|| repository.to_owned())
    }
}

fn path_ends_with(path: &str, ending: &str) -> bool {
    path.split('@').next().is_some_and(|path| path.ends_with(ending))
}

fn fragment_revision(fragment: &str) -> &str {
    fragment.rsplit(['&', '=']).next().unwrap_or_default()
}

/// Says whether a revision is a full commit id (SHA-1 or SHA-256), which nobody can move.
pub(crate) fn is_commit(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn as_variable(text: &str) -> Option<&str> {
    let is_whole = (text.starts_with("${") && text.find('}') == Some(text.len() - 1))
        || (text.starts_with('$')
            && text.len() > 1
            && text.bytes().skip(1).all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    is_whole.then_some(text)
}

/// Says whether the part before `@` holds a secret as written, rather than a variable, a placeholder or a bare login.
fn is_literal_credential(userinfo: &str) -> bool {
    match userinfo.split_once(':') {
        Some((_, password)) => is_literal_secret(password),
        // A token as user name is long; `git@`, `oauth2@` and `user@` are logins.
        None => userinfo.len() >= 16 && is_literal_secret(userinfo),
    }
}

/// Says whether a value is a secret as written: not empty, not a variable, not a placeholder.
pub(crate) fn is_literal_secret(value: &str) -> bool {
    const PLACEHOLDERS: [&str; 20] = [
        "password",
        "passwd",
        "pass",
        "token",
        "secret",
        "changeme",
        "your",
        "example",
        "placeholder",
        "xxx",
        "***",
        "redacted",
        "todo",
        "x-oauth-basic",
        "<",
        "api_key",
        "apikey",
        "access_key",
        "...",
        "dummy",
    ];
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_ascii_lowercase();
    let is_variable = value.contains('$') || value.contains("{{") || value.contains("%(") || is_windows_variable(value);
    // `{TOKEN}` is how format strings and mask tools write a hole.
    let is_hole = value.starts_with('{') || value.starts_with('[');
    let is_placeholder = PLACEHOLDERS.iter().any(|word| lower == *word || (word.len() < 5 && lower.contains(word)))
        || lower.starts_with("your")
        || lower.starts_with("my-")
        || lower.starts_with("my_")
        || ["password", "token", "secret", "example", "placeholder"].iter().any(|word| {
            lower
                .strip_suffix(word)
                .or_else(|| lower.strip_prefix(word))
                .is_some_and(|rest| rest.len() < 10 && !rest.bytes().any(|b| b.is_ascii_digit()))
        });
    value.len() >= 4 && !is_variable && !is_hole && !is_placeholder
}

fn is_windows_variable(value: &str) -> bool {
    value.len() > 2 && value.starts_with('%') && value.ends_with('%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_noted_and_dropped() {
        let secret = format!("{}{}", "hunter2", "hunter9");
        let address = Address::parse(&format!("https://bob:{secret}@pypi.acme.example/simple")).unwrap();
        assert!(address.has_credential);
        assert!(!format!("{address:?}").contains(&secret));
    }

    #[test]
    fn variables_placeholders_and_logins_are_no_credentials() {
        for userinfo in
            ["bob:${TOKEN}", "bob:$TOKEN", "git", "oauth2:%TOKEN%", "user:password", "bob:<token>", "a:your-token"]
        {
            let address = Address::parse(&format!("https://{userinfo}@host.example/simple")).unwrap();
            assert!(!address.has_credential, "{userinfo}");
        }
    }

    #[test]
    fn only_a_full_commit_id_pins_a_repository() {
        let commit = "a".repeat(40);
        let source = |text: &str| Address::parse(text).unwrap().source(false);
        assert!(matches!(
            source(&format!("git+https://github.com/a/b@{commit}#egg=b")),
            Source::Git { at_commit: true, .. }
        ));
        assert!(matches!(source("git+https://github.com/a/b@v1.0"), Source::Git { at_commit: false, .. }));
        assert!(matches!(
            source("git+ssh://git@github.com/a/b.git"),
            Source::Git { at_commit: false, has_credential: false, .. }
        ));
    }

    #[test]
    fn an_archive_by_commit_or_digest_is_fixed() {
        let source = |text: &str| Address::parse(text).unwrap().source(false);
        let commit = "b".repeat(40);
        assert!(matches!(
            source(&format!("https://github.com/a/b/archive/{commit}.zip")),
            Source::Url { has_digest: true, .. }
        ));
        assert!(matches!(
            source("https://e.example/b-1.0-py3-none-any.whl#sha256=00"),
            Source::Url { has_digest: true, .. }
        ));
        assert!(matches!(source("https://e.example/b-1.0-py3-none-any.whl"), Source::Url { has_digest: false, .. }));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_an_address_or_not(text in "\\PC{0,80}") {
            if let Some(address) = Address::parse(&text) {
                let _ = (address.shown(), address.source(false), address.package());
            }
        }
    }
}
