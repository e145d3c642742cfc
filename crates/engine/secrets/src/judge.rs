//! Is a literal assigned to a promising name a credential?
//!
//! A token must look random. A password may be one a person chose, so it must mix letters with digits or signs and
//! not read like an identifier; defaults everybody knows count only in configuration, and as weak.

use syndic_detect::AiCatalogue;
use syndic_evidence::Confidence;

use crate::assignment::Assignment;
use crate::engine::Reach;
use crate::facts::Weakness;
use crate::form::FileForm;
use crate::name::{self, NameKind};
use crate::placeholder::{self, is_known_default, is_placeholder, is_reference};
use crate::randomness::{looks_random, reads_like_words, sounds_like_words};

/// Rule for a random value under a name of no known provider.
pub(crate) const ASSIGNED_SECRET: &str = "secrets.assigned-secret";
/// Rule for a password.
pub(crate) const ASSIGNED_PASSWORD: &str = "secrets.assigned-password";
/// Rule for what is mixed into a hash or a cipher and should be new each time.
pub(crate) const FIXED_SALT: &str = "secrets.fixed-salt";
/// Rule for a random value under the variable name of an AI provider.
pub(crate) const PROVIDER_KEY: &str = "secrets.provider-key";

/// Shortest password worth a word, in bytes.
const LEAST_PASSWORD: usize = 6;
/// Shortest token, in bytes.
const LEAST_TOKEN: usize = 16;
/// Shortest password believed wherever it stands, in bytes.
const LEAST_WIDE_PASSWORD: usize = 4;
/// Shortest token believed wherever it stands, in bytes.
const LEAST_WIDE_TOKEN: usize = 8;
/// Literals of languages, and types.
const LITERALS: [&str; 12] =
    ["null", "none", "true", "false", "nil", "undefined", "string", "str", "text", "bytes", "bool", "nullptr"];
/// Abbreviations by which people name the thing instead of giving one.
const ABBREVIATIONS: [&str; 8] = ["pass", "pwd", "psw", "pswd", "token", "secret", "key", "hash"];
/// Longest credential of either kind, in bytes.
const MOST: usize = 256;
/// Starts of values that are public, digests or inline data by their own prefix.
const HARMLESS_STARTS: [&str; 24] = [
    "sha1-", "sha256-", "sha384-", "sha512-", "sha256:", "data:", "pk_", "pk-", "phc_", "pub", "http:", "https:",
    "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$argon2", "$pbkdf2", "{SSHA", "{MD5}", "{SHA", "pbkdf2_",
];

/// What the judge says of an assignment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judgement {
    pub(crate) rule: &'static str,
    pub(crate) weakness: Option<Weakness>,
    pub(crate) confidence: Confidence,
}

/// Judges an assignment; `None` means no credential.
pub(crate) fn judge(assignment: &Assignment<'_>, form: FileForm) -> Option<Judgement> {
    let value = assignment.value;
    if assignment.is_guess
        || value.len() > MOST
        || value.iter().any(|byte| !byte.is_ascii_graphic())
        || is_harmless(value)
    {
        return None;
    }
    let narrow = name::kind(assignment.name).and_then(|kind| match kind {
        NameKind::Password => judge_password(assignment, form),
        NameKind::Token => judge_token(assignment, form),
        NameKind::Key | NameKind::Salt => None,
    });
    narrow.or_else(|| if form.reach == Reach::Everything { judge_widely(assignment) } else { None })
}

/// Believes any literal that is not made of words: a password in a test is one, and people choose short ones.
fn judge_widely(assignment: &Assignment<'_>) -> Option<Judgement> {
    let (value, kind) = (assignment.value, name::wide_kind(assignment.name)?);
    let rule = match kind {
        NameKind::Password => ASSIGNED_PASSWORD,
        NameKind::Token | NameKind::Key => ASSIGNED_SECRET,
        NameKind::Salt => FIXED_SALT,
    };
    let least = match kind {
        NameKind::Password => LEAST_WIDE_PASSWORD,
        NameKind::Token => LEAST_WIDE_TOKEN,
        NameKind::Key | NameKind::Salt if looks_random(value) => LEAST_TOKEN,
        NameKind::Key | NameKind::Salt => return None,
    };
    let repeats_name = placeholder::contains(&assignment.name.to_ascii_lowercase(), &value.to_ascii_lowercase());
    // A UUID is an identifier more often than not: only a name that can mean nothing else makes it a secret.
    let is_identifier = is_uuid(value) && kind == NameKind::Key;
    let is_secret = value.len() >= least && is_unread(value) && !repeats_name && !is_identifier;
    is_secret.then_some(Judgement { rule, weakness: None, confidence: Confidence::Medium })
}

/// What to tell of an assignment if the classifier believes it, though the rules do not.
pub(crate) fn propose(assignment: &Assignment<'_>) -> Option<Judgement> {
    let (value, kind) = (assignment.value, name::promise(assignment.name)?);
    if !may_be_secret(value) || is_harmless(value) || (is_uuid(value) && kind == NameKind::Key) {
        return None;
    }
    let rule = match kind {
        NameKind::Password => ASSIGNED_PASSWORD,
        NameKind::Token | NameKind::Key => ASSIGNED_SECRET,
        NameKind::Salt => FIXED_SALT,
    };
    Some(Judgement { rule, weakness: None, confidence: Confidence::Medium })
}

/// Says whether a literal is worth a question to the classifier: not too short or long, and no reference.
pub(crate) fn may_be_secret(value: &[u8]) -> bool {
    let is_text = value.iter().all(|byte| *byte >= b' ' && *byte != 0x7f);
    let letters = value.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    (LEAST_WIDE_PASSWORD..=MOST).contains(&value.len()) && is_text && letters >= 3 && !is_reference(value)
}

/// Says whether a literal is no placeholder, reference, expression or path, and cannot be read as words.
pub(crate) fn is_unread(value: &[u8]) -> bool {
    let is_expression = value.iter().filter(|byte| b"(){}[]<>\\|,;\"'`".contains(byte)).count() > 1;
    let is_path =
        matches!(value.first(), Some(b'/' | b'.' | b'~' | b'-' | b'$' | b'%' | b':')) || value.ends_with(b":");
    let is_listed = LITERALS.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(value))
        || ABBREVIATIONS.iter().any(|word| placeholder::contains(&value.to_ascii_lowercase(), word.as_bytes()));
    let has_only_digits = value.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    // An object identifier, a version or an address has dots between its numbers.
    let is_dotted = value.split(|byte| *byte == b'.').count() > 2;
    let is_number = has_only_digits && (value.len() < 8 || is_dotted);
    let is_unreadable = !is_placeholder(value) && !is_known_default(value) && !sounds_like_words(value);
    !is_expression && !is_path && !is_listed && !is_number && is_unreadable
}

fn judge_token(assignment: &Assignment<'_>, form: FileForm) -> Option<Judgement> {
    let value = assignment.value;
    if value.len() < LEAST_TOKEN || is_placeholder(value) || is_uuid(value) || !looks_random(value) {
        return None;
    }
    let is_expression = value.iter().filter(|byte| b"(){}[]<>\\|,;$".contains(byte)).count() > 1;
    if is_expression {
        return None;
    }
    let rule = if provider(assignment.name).is_some() { PROVIDER_KEY } else { ASSIGNED_SECRET };
    let confidence = if form.is_configuration || rule == PROVIDER_KEY { Confidence::High } else { Confidence::Medium };
    Some(Judgement { rule, weakness: None, confidence })
}

fn judge_password(assignment: &Assignment<'_>, form: FileForm) -> Option<Judgement> {
    let value = assignment.value;
    if is_known_default(value) {
        // In a form to be filled in, a default is what stands for the password.
        let is_setting = form.is_configuration && !assignment.is_argument && form.has_bare_values && !form.is_template;
        let weak =
            Judgement { rule: ASSIGNED_PASSWORD, weakness: Some(Weakness::Default), confidence: Confidence::Medium };
        return is_setting.then_some(weak);
    }
    let is_chosen = is_chosen_password(value) || (form.has_bare_values && is_set_password(value));
    let is_wanted = looks_random(value) || (!assignment.is_argument && is_chosen);
    let confidence = if looks_random(value) { Confidence::High } else { Confidence::Medium };
    (!is_placeholder(value) && is_wanted).then_some(Judgement { rule: ASSIGNED_PASSWORD, weakness: None, confidence })
}

/// Returns the AI provider whose secret variable `name` is.
pub(crate) fn provider(name: &[u8]) -> Option<&'static str> {
    let name = std::str::from_utf8(name).ok()?.to_ascii_uppercase();
    AiCatalogue::builtin().env_var(&name).filter(|variable| variable.is_secret).map(|variable| variable.provider)
}

/// Says whether a person may have chosen the value as a password: mixed, and no identifier, path or expression.
pub(crate) fn is_chosen_password(value: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| value.iter().any(test);
    let is_sign = |byte: &u8| b"!@#$%^&*+=?~".contains(byte);
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let is_mixed = letters >= 3 && (has(u8::is_ascii_digit) || value.iter().any(is_sign));
    let is_expression = value.iter().filter(|byte| b"(){}[]<>\\|,;:\"'`".contains(byte)).count() > 1;
    let is_path = matches!(value.first(), Some(b'/' | b'.' | b'~' | b'#' | b'-')) || value.contains(&b'/');
    value.len() >= LEAST_PASSWORD
        && is_mixed
        && !is_expression
        && !is_path
        && !is_identifier(value)
        && !is_reference(value)
}

/// In configuration a password may read like words, as long as a digit or sign shows that it is no key or name.
fn is_set_password(value: &[u8]) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let has_mix = value.iter().any(|byte| byte.is_ascii_digit() || b"!@#$%^&*+=?~".contains(byte));
    let is_plain = !value.iter().any(|byte| b"(){}[]<>\\|,;:\"'`/".contains(byte));
    value.len() >= LEAST_PASSWORD && letters >= 3 && has_mix && is_plain && !is_reference(value)
}

/// `user_password_2`, `Password1Field`, `oauth2-proxy`: words with digits, no sign.
fn is_identifier(value: &[u8]) -> bool {
    let is_plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let separators = value.iter().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    is_plain && reads_like_words(value) && (separators > 0 || digits <= 1)
}

fn is_harmless(value: &[u8]) -> bool {
    HARMLESS_STARTS.iter().any(|start| value.starts_with(start.as_bytes()))
}

/// 8-4-4-4-12 hexadecimal digits.
pub(crate) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(path: &str, name: &str, value: &str) -> Option<Judgement> {
        let assignment = Assignment {
            name: name.as_bytes(),
            start: 0,
            value: value.as_bytes(),
            offset: 0,
            is_argument: false,
            is_guess: false,
        };
        judge(&assignment, FileForm::of(path, b"", crate::Reach::Product))
    }

    #[test]
    fn a_random_value_under_a_provider_variable_is_its_key() {
        let found = verdict(".env", "MISTRAL_API_KEY", "kR7tVx2LmQ9sWz4BfYhN6cJd8gPaUe3T").unwrap();
        assert_eq!(found.rule, PROVIDER_KEY);
    }

    #[test]
    fn a_chosen_password_is_one_and_a_known_default_is_weak() {
        assert_eq!(verdict("a.py", "password", "Summer2024!").unwrap().weakness, None);
        assert_eq!(verdict(".env", "DB_PASSWORD", "changeme").unwrap().weakness, Some(Weakness::Default));
        assert_eq!(verdict("a.py", "password", "changeme"), None);
        assert_eq!(verdict(".env.example", "DB_PASSWORD", "changeme"), None);
    }

    #[test]
    fn numbers_with_dots_are_read_and_long_ones_are_not() {
        assert!(["1.3.6.1.5.5.7.3.1", "192.168.10.14", "2024.11.0"].iter().all(|value| !is_unread(value.as_bytes())));
        assert!(is_unread(b"8402917745512093"));
    }

    #[test]
    fn what_is_not_a_literal_secret_is_none() {
        for (name, value) in [
            ("api_key", "api_key"),
            ("password", "Password"),
            ("secret", "my-secret"),
            ("token", "next_token_id_1"),
            ("token", "123e4567-e89b-42d3-a456-426614174000"),
            ("password", "oauth2-password"),
            ("api_key", "OPENAI_API_KEY"),
            ("password", "${DB_PASSWORD}"),
            ("secret", "arn:aws:secretsmanager:eu-west-1:1"),
            ("password", "/run/secrets/db1"),
        ] {
            assert_eq!(verdict("a.py", name, value), None, "{name}={value}");
        }
    }
}
