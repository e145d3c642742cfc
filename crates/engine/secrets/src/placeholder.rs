//! Values that stand where a secret will be: examples, templates, references, masks.

use crate::randomness::is_patterned;

/// Words that no issued credential holds except by rare chance, in small letters.
const DUMMY_WORDS: [&str; 40] = [
    "example",
    "placeholder",
    "dummy",
    "sample",
    "replace",
    "insert",
    "changeme",
    "change_me",
    "change-me",
    "redacted",
    "xxxx",
    "****",
    "....",
    "your_",
    "your-",
    "yourkey",
    "yourtoken",
    "yourpass",
    "yoursecret",
    "my-secret",
    "my_secret",
    "mysecret",
    "my-api",
    "my_api",
    "myapi",
    "mytoken",
    "fake",
    "mock",
    "notreal",
    "not-real",
    "not_a_",
    "not-a-",
    "invalid",
    "foobar",
    "foo-bar",
    "goes-here",
    "_here",
    "-here",
    "lorem",
    "1234567890",
];
/// Longer words of a test, searched only in values short enough that chance does not spell them.
const TEST_WORDS: [&str; 10] =
    ["test", "todo", "none", "null", "undefined", "secret-key", "super-secret", "supersecret", "api-key", "api_key"];
/// Starts and parts of an expression, a template or a reference rather than a literal.
const REFERENCES: [&str; 17] = [
    "${",
    "$(",
    "{{",
    "}}",
    "<%",
    "%(",
    "os.environ",
    "os.getenv",
    "process.env",
    "getenv(",
    "secrets.",
    "env.",
    "vault:",
    "ref+",
    "arn:",
    "{%",
    "#{",
];
/// Passwords everybody tries first.
const KNOWN_DEFAULTS: [&str; 44] = [
    "admin",
    "administrator",
    "changeme",
    "changeit",
    "change_me",
    "change-me",
    "changeme123",
    "default",
    "guest",
    "letmein",
    "minioadmin",
    "minio123",
    "mysql",
    "pass",
    "pass123",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "password1234",
    "postgres",
    "qwerty",
    "rabbitmq",
    "redis",
    "root",
    "rootpassword",
    "secret",
    "secret123",
    "sa",
    "test",
    "test123",
    "testpassword",
    "toor",
    "user",
    "welcome",
    "12345",
    "123456",
    "12345678",
    "123456789",
    "1234",
    "admin123",
    "hunter2",
    "rootpass",
    "postgrespassword",
];

/// Says whether the value names no secret but the place of one.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |word: &str| contains(&lower, word.as_bytes());
    is_masked(&lower)
        || is_reference(value)
        || DUMMY_WORDS.iter().any(|word| has(word))
        || (value.len() <= 40 && TEST_WORDS.iter().any(|word| has(word)))
        || is_patterned(value)
}

/// Says whether the value is an expression, a template or a reference.
pub(crate) fn is_reference(value: &[u8]) -> bool {
    let Some((first, rest)) = value.split_first() else { return false };
    let is_name =
        !rest.is_empty() && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'));
    let closes = |with: u8| value.last() == Some(&with);
    let is_marked = match first {
        b'$' | b'&' | b'!' | b'@' | b'%' => is_name || closes(b'%') || closes(b')') || closes(b'}'),
        b'<' => closes(b'>'),
        b'{' => closes(b'}'),
        b'[' => closes(b']'),
        b'(' => closes(b')'),
        _ => false,
    };
    // `###PASSWORD###`, `@@TOKEN@@`, `__KEY__`: filled in by a tool.
    let is_framed = ["##", "@@", "__", "%%"].iter().any(|frame| value.starts_with(frame.as_bytes()));
    // SOPS writes what it encrypted as `ENC[AES256_GCM,data:…]`, eyaml as `ENC[PKCS7,…]`.
    let is_encrypted = value.starts_with(b"ENC[") || value.starts_with(b"$ANSIBLE_VAULT");
    let lower = value.to_ascii_lowercase();
    is_marked || is_framed || is_encrypted || REFERENCES.iter().any(|part| contains(&lower, part.as_bytes()))
}

/// Says whether the value is a default password that everybody knows.
pub(crate) fn is_known_default(value: &[u8]) -> bool {
    KNOWN_DEFAULTS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(value))
}

fn is_masked(value: &[u8]) -> bool {
    let masks = value.iter().filter(|byte| matches!(byte, b'*' | b'x' | b'.' | b'#' | b'?')).count();
    masks * 2 > value.len() || value.windows(3).any(|run| run == b"..." || run == b"***")
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_secret_is_none() {
        for value in [
            "sk-xxxxxxxxxxxxxxxxxxxx",
            "<your-api-key>",
            "${API_KEY}",
            "{{ token }}",
            "AKIAIOSFODNN7EXAMPLE",
            "your_token",
            "%(password)s",
            "abcdef1234567890",
            "hf_****",
            "sk-...",
            "process.env.KEY",
            "$OPENAI_API_KEY",
            "ENC[AES256_GCM,data:p673w==,iv:YY=,tag:Zw==,type:str]",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn an_issued_looking_value_is_no_placeholder() {
        assert!(!is_placeholder(b"8fK2mQ9xLz7RtV3bNw5Y"));
        assert!(!is_placeholder(b"$uperStr0ng&Pw9"));
    }
}
