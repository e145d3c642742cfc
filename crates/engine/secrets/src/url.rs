//! Passwords in addresses: `scheme://user:password@host`.

use syndic_evidence::Confidence;

use crate::engine::Reach;
use crate::facts::Weakness;
use crate::form::FileForm;
use crate::judge::{is_chosen_password, is_unread};
use crate::placeholder::{contains, is_known_default, is_placeholder};
use crate::randomness::looks_random;

/// Rule for the address of a database, cache or queue.
pub(crate) const DATABASE_PASSWORD: &str = "secrets.database-password";
/// Rule for any other address.
pub(crate) const URL_PASSWORD: &str = "secrets.url-password";

/// Longest user name and password read, in bytes.
const PART_LIMIT: usize = 160;
/// Shortest password believed in configuration whatever it looks like, in bytes.
const LEAST_SET_PASSWORD: usize = 6;
/// Shortest password believed wherever it stands, in bytes.
const LEAST_WIDE_PASSWORD: usize = 4;
/// Longest scheme read, in bytes.
const SCHEME_LIMIT: usize = 28;
const DATABASES: [&str; 20] = [
    "postgres",
    "mysql",
    "mariadb",
    "mongodb",
    "redis",
    "valkey",
    "amqp",
    "mssql",
    "clickhouse",
    "cockroachdb",
    "snowflake",
    "neo4j",
    "bolt",
    "oracle",
    "sqlserver",
    "cassandra",
    "kafka",
    "trino",
    "duckdb",
    "pgvector",
];
const OTHERS: [&str; 14] =
    ["http", "https", "ftp", "ftps", "sftp", "ssh", "smtp", "smtps", "ldap", "ldaps", "git", "git+https", "ws", "wss"];
const LOCAL_HOSTS: [&str; 9] =
    ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host", "hostname", "host.docker.internal", "server", "my-host"];
/// Words that stand for a password in manuals.
const MANUAL_WORDS: [&str; 12] =
    ["pass", "password", "passwd", "pwd", "pw", "p", "p4ss", "p%40ss", "key", "token", "user_password", "db_password"];
/// User names of manuals.
const MANUAL_USERS: [&str; 8] = ["user", "username", "usr", "myuser", "my_user", "u", "db_user", "name"];

/// An address with a password.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Address<'a> {
    pub(crate) rule: &'static str,
    /// Empty if none is named.
    pub(crate) user: &'a [u8],
    /// The password.
    pub(crate) value: &'a [u8],
    /// Where the password begins.
    pub(crate) offset: usize,
    host: &'a [u8],
}

/// Reads the address around `://` at `at`.
pub(crate) fn read(content: &[u8], at: usize, form: FileForm) -> Option<Address<'_>> {
    let start = at + 3;
    let rest = content.get(start..content.len().min(start + 2 * PART_LIMIT))?;
    let user = rest.get(..rest.iter().position(|byte| ends_part(*byte))?)?;
    let rest = rest.get(user.len()..)?.strip_prefix(b":")?;
    let value = rest.get(..rest.iter().position(|byte| ends_part(*byte) && *byte != b':')?)?;
    let host = rest.get(value.len()..)?.strip_prefix(b"@")?;
    let is_formatted = |byte: u8| form.reach == Reach::Everything && matches!(byte, b'%' | b'{' | b'$' | b'<');
    let is_end = |byte: &u8| !is_host(*byte) && !is_formatted(*byte);
    let host = host.get(..host.iter().position(is_end).unwrap_or(host.len()))?;
    if value.is_empty() || value.len() > PART_LIMIT || host.is_empty() {
        return None;
    }
    let scheme = scheme(content.get(at.saturating_sub(SCHEME_LIMIT)..at)?);
    let is_wide = form.reach == Reach::Everything && scheme.len() >= 2;
    let rule = rule_of(scheme).or_else(|| is_wide.then_some(URL_PASSWORD))?;
    Some(Address { rule, user, value, offset: start + user.len() + 1, host })
}

const fn ends_part(byte: u8) -> bool {
    !byte.is_ascii_graphic()
        || matches!(byte, b':' | b'@' | b'/' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'{' | b'}' | b'\\' | b'|')
}

const fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']')
}

fn scheme(before: &[u8]) -> &[u8] {
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
    let length = before.iter().rev().take_while(|byte| is_scheme(byte)).count();
    before.get(before.len() - length..).unwrap_or_default()
}

fn rule_of(scheme: &[u8]) -> Option<&'static str> {
    let scheme = scheme.to_ascii_lowercase();
    if DATABASES.iter().any(|name| scheme.starts_with(name.as_bytes())) {
        return Some(DATABASE_PASSWORD);
    }
    OTHERS.iter().any(|name| scheme == name.as_bytes()).then_some(URL_PASSWORD)
}

/// Judges the password of an address by rules; `None` means no credential.
pub(crate) fn judge(address: &Address<'_>, form: FileForm) -> Option<(Option<Weakness>, Confidence)> {
    let Address { rule, user, value, host, .. } = *address;
    let is_local = LOCAL_HOSTS.iter().any(|name| host.eq_ignore_ascii_case(name.as_bytes()));
    let is_example = contains(&host.to_ascii_lowercase(), b"example");
    let is_manual = is_example || value.first() == Some(&b'$') || value.contains(&b'%');
    let is_word = MANUAL_WORDS.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(value));
    let is_manual_user = MANUAL_USERS.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(user));
    if is_word && is_manual_user {
        return None;
    }
    let is_default = is_known_default(value) || user.eq_ignore_ascii_case(value);
    if is_default && form.has_bare_values && rule == DATABASE_PASSWORD {
        return Some((Some(Weakness::Default), Confidence::Medium));
    }
    if form.reach == Reach::Everything && !is_example && value.len() >= LEAST_WIDE_PASSWORD && is_unread(value) {
        let is_escaped = value.windows(2).any(|pair| matches!(pair, [b'%', next] if !next.is_ascii_hexdigit()));
        return (!is_escaped).then_some((is_local.then_some(Weakness::LocalHost), Confidence::Medium));
    }
    if is_word || is_default || is_manual || is_placeholder(value) || form.reach == Reach::Everything && is_example {
        return None;
    }
    let is_random = looks_random(value);
    let is_set = form.has_bare_values && value.len() >= LEAST_SET_PASSWORD;
    if !(is_random || is_set || is_chosen_password(value)) {
        return None;
    }
    if is_local && !is_random && rule == URL_PASSWORD {
        return None;
    }
    let confidence = if is_random && !is_local { Confidence::High } else { Confidence::Medium };
    Some((is_local.then_some(Weakness::LocalHost), confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Option<(&'static str, Option<Weakness>)> {
        let at = text.find("://").unwrap();
        let form = FileForm::of(path, b"", crate::Reach::Product);
        let address = read(text.as_bytes(), at, form)?;
        judge(&address, form).map(|(weakness, _)| (address.rule, weakness))
    }

    #[test]
    fn a_password_in_a_database_address_is_found() {
        let text = ["postgresql+psycopg2://app:", "Tz9kLw4Qm2", "@db.internal:5432/x"].concat();
        assert_eq!(found("a.py", &text), Some((DATABASE_PASSWORD, None)));
    }

    #[test]
    fn addresses_of_manuals_are_left_alone() {
        for text in [
            "http://user:pass@localhost",
            "https://username:password@host/x",
            "postgres://user:password@localhost/db",
            "redis://:{password}@h",
            "https://$USER:$TOKEN@github.com",
            "mysql://root:<pw>@h",
            "http://a:b@example.com",
            "https://host:8080/path@2x.png",
            "x: http://proxy:3128, y@z",
        ] {
            assert_eq!(found("a.py", text), None, "{text}");
        }
    }

    #[test]
    fn a_default_password_in_configuration_is_weak() {
        assert_eq!(
            found("docker-compose.yml", "postgres://postgres:postgres@db/app"),
            Some((DATABASE_PASSWORD, Some(Weakness::Default)))
        );
    }
}
