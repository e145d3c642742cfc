//! What a `RUN` or `ADD` step fetches, and which check it leaves out.

use std::sync::LazyLock;

use regex::Regex;

use crate::environment::MAX_SETTINGS;
use crate::facts::{Step, StepKind, Url};

/// Longest text of one step that is looked at, in bytes.
const MAX_STEP: usize = 64 << 10;

static PIPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?:curl|wget)\s[^|;\n]*\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:env\s+)?(?:\w+=\S+\s+)*(?:/\S*/)?(?:(?:ba|z|da|a)?sh|python3?|perl|node)(?:\s|$|["'&;])|(?:sh|bash)\s+(?:-c\s+["']?\$\(|<\()\s*(?:curl|wget)\s[^)\n]*"#,
    )
    .ok()
});

static UNCHECKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"curl\s[^|;&\n]*\s(?P<a>-[a-zA-Z]*k[a-zA-Z]*|--insecure)(?:\s|$)|curl\s+(?P<b>-[a-zA-Z]*k[a-zA-Z]*|--insecure)\s|wget\s[^|;&\n]*(?P<c>--no-check-certificate)|(?P<d>--trusted-host)[ =]\S|(?P<e>http\.sslVerify[= ]\s*.?false)|(?P<f>strict-ssl[ =]false)|(?P<g>NODE_TLS_REJECT_UNAUTHORIZED=.?0)|(?P<h>--allow-unauthenticated)|(?P<i>GIT_SSL_NO_VERIFY=\S+)",
    )
    .ok()
});

static PLAIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?:curl|wget)\s[^|;&\n]*?(http://[^\s"'|;&]+)"#).ok());

static VERIFIED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"sha(?:1|256|384|512)sum|gpg\s+(?:--batch\s+)?--verify|cosign\s+verify|b2sum").ok());

/// Returns what a shell step does that is noteworthy. `line` is where the step starts.
pub(crate) fn of_run(text: &str, line: u32) -> Vec<Step> {
    let text = text.get(..MAX_STEP.min(text.len())).unwrap_or(text);
    if !["curl", "wget", "trusted-host", "sslVerify", "strict-ssl", "TLS_REJECT", "unauthenticated", "SSL_NO_VERIFY"]
        .iter()
        .any(|word| text.contains(word))
    {
        return Vec::new();
    }
    let is_verified = VERIFIED.as_ref().is_some_and(|regex| regex.is_match(text));
    let mut steps = Vec::new();
    for found in PIPED.iter().flat_map(|regex| regex.find_iter(text)).take(MAX_SETTINGS) {
        let url = found.as_str().split(['"', '\'', ' ', ')']).find_map(Url::read);
        let is_encrypted = url.as_ref().is_none_or(|url| url.scheme == "https");
        let what = url.map_or_else(|| "a variable address".to_owned(), |url| url.host);
        steps.push(Step { kind: StepKind::PipedScript, what, is_encrypted, line });
    }
    for found in UNCHECKED.iter().flat_map(|regex| regex.captures_iter(text)).take(MAX_SETTINGS) {
        let option = found.iter().skip(1).flatten().next().map_or("", |option| option.as_str());
        steps.push(Step { kind: StepKind::UncheckedTls, what: option.to_owned(), is_encrypted: false, line });
    }
    for found in PLAIN.iter().flat_map(|regex| regex.captures_iter(text)).take(MAX_SETTINGS) {
        let url = found.get(1).and_then(|url| Url::read(url.as_str()));
        if let Some(url) = url.filter(|url| !url.is_local() && !is_verified) {
            steps.push(Step { kind: StepKind::PlainDownload, what: url.host, is_encrypted: false, line });
        }
    }
    steps
}

/// Returns the remote file an `ADD` takes without checking what it got.
pub(crate) fn of_add(words: &[String], line: u32) -> Option<Step> {
    if words.iter().any(|word| word.starts_with("--checksum")) {
        return None;
    }
    let (_, sources) = words.split_last()?;
    let url = sources.iter().find_map(|word| Url::read(word)).filter(|url| url.scheme.starts_with("http"))?;
    let is_encrypted = url.scheme == "https";
    // A git repository is fetched by BuildKit's git client, at a ref.
    let is_git = sources.iter().any(|word| word.rsplit('.').next() == Some("git") || word.contains(".git#"));
    (!is_git).then_some(Step { kind: StepKind::RemoteAdd, what: url.host, is_encrypted, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<StepKind> {
        of_run(text, 1).into_iter().map(|step| step.kind).collect()
    }

    #[test]
    fn scripts_from_the_network_run_unread_are_seen() {
        for text in [
            "curl -fsSL https://ollama.com/install.sh | sh",
            "apt-get update && wget -qO- https://x.example/i.sh | sudo -E bash - && true",
            "bash -c \"$(curl -fsSL https://x.example/i.sh)\"",
            "curl -sSL https://install.python-poetry.org | POETRY_VERSION=1 python3 -",
        ] {
            assert_eq!(kinds(text), [StepKind::PipedScript], "{text}");
        }
    }

    #[test]
    fn fetching_a_file_or_key_is_no_script() {
        for text in [
            "curl -fsSL https://x.example/a.tgz | tar xz",
            "curl -fsSL https://x.example/key.asc | gpg --dearmor -o /k",
            "curl -fL http://localhost:8080/health",
            "curl -fL http://mirror.example.org/a.tgz -o a && echo 'x a' | sha256sum -c",
            "curl -X POST -o k https://x.example/k",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn checks_turned_off_are_seen() {
        for text in ["curl -kfsSL https://x.example/a -o a", "wget -q --no-check-certificate https://x.example/a"] {
            assert_eq!(kinds(text), [StepKind::UncheckedTls], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_step_is_read(text in "(curl|wget|sh|\\||http://|https://|-k| |\\PC){0,30}") {
            let _ = of_run(&text, 1);
        }
    }
}
