//! E-mail addresses that may belong to somebody.
//!
//! Not addresses: `git@host:path`, credentials in URLs, `package@version`, file names (`icon@2x.png`), machine
//! accounts. Hints only: domains reserved for documentation (RFC 2606), shared mailboxes, authors of code.

use syndic_evidence::Confidence;

use super::{Candidate, Verdict};

/// Endings that look like a top-level domain and are none that mail reaches.
const NOT_DOMAINS: [&str; 33] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "ico",
    "js",
    "jsx",
    "ts",
    "tsx",
    "mjs",
    "css",
    "scss",
    "html",
    "htm",
    "json",
    "yaml",
    "yml",
    "toml",
    "lock",
    "txt",
    "xml",
    "sql",
    "csv",
    "ipynb",
    "local",
    "localhost",
    "internal",
    "lan",
    "svc",
    "invalid",
    "whl",
];
/// Local parts of machines.
const MACHINES: [&str; 12] = [
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "git",
    "mailer-daemon",
    "postmaster",
    "root",
    "notifications",
    "bounce",
    "hg",
];
/// Local parts of mailboxes a team reads.
const SHARED: [&str; 26] = [
    "info",
    "support",
    "help",
    "contact",
    "sales",
    "admin",
    "administrator",
    "security",
    "privacy",
    "legal",
    "abuse",
    "billing",
    "hello",
    "team",
    "office",
    "press",
    "webmaster",
    "dev",
    "ops",
    "test",
    "user",
    "username",
    "email",
    "me",
    "you",
    "your",
];
/// Words before an address that make it a byline.
const BYLINES: [&str; 9] =
    ["author", "maintainer", "copyright", "(c)", "signed-off-by", "co-authored-by", "committer", "owner", "license"];
/// Commands whose argument `user@host` is an account on a machine.
const LOGINS: [&str; 4] = ["ssh ", "scp ", "rsync ", "sftp "];

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Verdict> {
    let (local, domain) = candidate.value.split_once('@')?;
    let (local, domain) = (local.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let (_, ending) = domain.rsplit_once('.')?;
    if NOT_DOMAINS.contains(&ending) || local.starts_with('.') || local.contains("..") || domain.contains("..") {
        return None;
    }
    if is_bound(candidate) || MACHINES.contains(&local.split('+').next().unwrap_or_default()) {
        return None;
    }
    if local.len() < 2 && candidate.column.is_none() && !(candidate.in_context)() {
        return None;
    }
    let is_hint = is_documentation(&domain, ending) || SHARED.contains(&local.as_str()) || is_byline(candidate.before);
    candidate.accept(if is_hint { Confidence::Low } else { Confidence::High })
}

/// Says whether the address is part of something else.
fn is_bound(candidate: &Candidate<'_>) -> bool {
    let line = candidate.before.rsplit('\n').next().unwrap_or_default();
    let token = line.rsplit([' ', '"', '\'', '<', '(', ',', '\t']).next().unwrap_or_default();
    let is_in_url = token.contains("://") || token.ends_with('/') || token.ends_with('@');
    let mut after = candidate.after.chars();
    let is_followed = match (after.next(), after.next()) {
        // `user@host:path` and `user@host/path`, but not `… a@b.com: text`.
        (Some(':' | '/'), Some(next)) => next.is_alphanumeric() || matches!(next, '/' | '~'),
        (Some('(' | '[' | '@' | '='), _) => true,
        _ => false,
    };
    let is_login = LOGINS.iter().any(|command| line.contains(command));
    is_in_url || is_followed || is_login
}

fn is_documentation(domain: &str, ending: &str) -> bool {
    let name = domain.rsplit('.').nth(1).unwrap_or_default();
    matches!(ending, "test" | "example")
        || matches!(name, "example" | "yourdomain" | "yourcompany" | "domain" | "mydomain" | "localhost")
        || matches!(domain, "email.com" | "test.com" | "company.com" | "foo.com" | "bar.com" | "acme.com" | "abc.com")
}

fn is_byline(before: &str) -> bool {
    let near = before.to_lowercase();
    BYLINES.iter().any(|word| near.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sureness(before: &str, value: &str, after: &str) -> Option<Confidence> {
        let candidate = Candidate { value, before, after, in_context: &|| false, column: None };
        check(&candidate).map(|verdict| verdict.confidence)
    }

    #[test]
    fn a_person_at_a_company_is_an_address() {
        assert_eq!(sureness("mail ", "jana.novak@kolo-praha.cz", ", please"), Some(Confidence::High));
        assert_eq!(sureness("", "jana@example.com", ""), Some(Confidence::Low));
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        assert_eq!(sureness("clone ", "git@github.com", ":org/repo"), None);
        assert_eq!(sureness("postgres://app:", "pw@db.prod.com", "/x"), None);
        assert_eq!(sureness("", "icon@2x.png", ""), None);
        assert_eq!(sureness("ssh ", "ubuntu@host.acme.io", ""), None);
        assert_eq!(sureness("y = ", "query@key.transpose", "(0, 1)"), None);
        assert_eq!(sureness("", "noreply@acme.io", ""), None);
    }
}
