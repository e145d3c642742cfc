//! What the name of a variable, key or option says about the value assigned to it.

/// What kind of credential a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// A password: chosen by a person perhaps.
    Password,
    /// A token, key or secret: made by a machine.
    Token,
    /// A key, but perhaps one of a map or a cache.
    Key,
    /// What is mixed into a hash or a cipher: no credential, but not to be a constant.
    Salt,
}

/// Longest name looked at, in bytes.
pub(crate) const NAME_LIMIT: usize = 80;

/// Words that, before `key`, make it a secret one.
const KEY_KINDS: [&str; 15] = [
    "api",
    "access",
    "secret",
    "auth",
    "private",
    "encryption",
    "signing",
    "master",
    "account",
    "shared",
    "storage",
    "subscription",
    "admin",
    "license",
    "app",
];
/// Words of language models and protocols, beside which a `token` is no credential.
const TOKEN_VOCABULARY: [&str; 56] = [
    "pad",
    "eos",
    "bos",
    "unk",
    "mask",
    "sep",
    "cls",
    "special",
    "next",
    "prev",
    "image",
    "audio",
    "video",
    "start",
    "end",
    "stop",
    "think",
    "thinking",
    "tool",
    "prefix",
    "suffix",
    "fim",
    "page",
    "continuation",
    "cancel",
    "cancellation",
    "boi",
    "eoi",
    "prompt",
    "max",
    "min",
    "num",
    "input",
    "output",
    "cache",
    "per",
    "decoder",
    "forced",
    "begin",
    "first",
    "last",
    "boa",
    "eoa",
    "im",
    "new",
    "cost",
    "price",
    "count",
    "separator",
    "additional",
    "extra",
    "sot",
    "eot",
    "design",
    "color",
    "vision",
];
/// Words that say the value is not the secret itself.
const DISCLAIMERS: [&str; 22] = [
    "hash",
    "hashed",
    "encrypted",
    "public",
    "example",
    "placeholder",
    "dummy",
    "fake",
    "mock",
    "invalid",
    "wrong",
    "no",
    "label",
    "regex",
    "pattern",
    "masked",
    "redacted",
    "expected",
    "csrf",
    "xsrf",
    "bad",
    "forgot",
];

/// Returns the kind a name promises; the word for the credential must stand last.
pub(crate) fn kind(name: &[u8]) -> Option<NameKind> {
    let words = words(name.get(..NAME_LIMIT).unwrap_or(name));
    let (last, before) = words.split_last()?;
    if before.iter().any(|word| DISCLAIMERS.contains(&word.as_str())) {
        return None;
    }
    let previous = before.last().map_or("", String::as_str);
    let ends = |endings: &[&str]| endings.iter().any(|ending| last.ends_with(ending));
    if ends(&["password", "passwd", "pwd", "passphrase"]) || (last == "pass" && !before.is_empty()) {
        return Some(NameKind::Password);
    }
    let is_token = ends(&["token"]) && !before.iter().any(|word| TOKEN_VOCABULARY.contains(&word.as_str()));
    let is_secret = ends(&["secret", "secrets", "credential", "credentials"]);
    let is_key = ends(&["apikey", "accesskey", "secretkey", "authkey", "masterkey", "accountkey", "privatekey"])
        || (last == "key" && KEY_KINDS.contains(&previous));
    (is_token || is_secret || is_key).then_some(NameKind::Token)
}

/// Words that may stand after the word for the credential.
const TAILS: [&str; 8] = ["value", "confirmation", "confirm", "repeat", "again", "old", "new", "string"];

/// Words beside which a `key` opens nothing.
const KEY_VOCABULARY: [&str; 14] = [
    "public",
    "pub",
    "primary",
    "foreign",
    "cache",
    "sort",
    "partition",
    "index",
    "map",
    "object",
    "s3",
    "row",
    "unique",
    "idempotency",
];

/// As [`kind`], with words after the credential's and lists of them.
pub(crate) fn wide_kind(name: &[u8]) -> Option<NameKind> {
    let all = words(name.get(..NAME_LIMIT).unwrap_or(name));
    let mut kept = all.as_slice();
    while let Some((last, before)) = kept.split_last().filter(|(last, _)| TAILS.contains(&last.as_str())) {
        let _ = last;
        kept = before;
    }
    let (last, before) = kept.split_last()?;
    let is_disclaimed =
        before.iter().any(|word| DISCLAIMERS.contains(&word.as_str()) && word != "wrong" && word != "bad");
    let is_vocabulary = before.iter().any(|word| TOKEN_VOCABULARY.contains(&word.as_str()));
    let ends = |endings: &[&str]| endings.iter().any(|ending| last.ends_with(ending));
    if is_disclaimed {
        None
    } else if ends(&["salt", "nonce"]) {
        Some(NameKind::Salt)
    } else if ends(&["password", "passwd", "pwd", "passphrase", "pass", "passcode"]) {
        Some(NameKind::Password)
    } else if last == "auth" || (ends(&["tokens"]) && !is_vocabulary) {
        Some(NameKind::Token)
    } else if ends(&["key"]) && !before.iter().any(|word| KEY_VOCABULARY.contains(&word.as_str())) {
        Some(kind(kept.join("_").as_bytes()).unwrap_or(NameKind::Key))
    } else {
        kind(kept.join("_").as_bytes()).filter(|kind| *kind == NameKind::Token)
    }
}

/// Endings of words that speak of a credential, with what they promise; the first that fits counts.
const PROMISES: [(&str, NameKind); 22] = [
    ("password", NameKind::Password),
    ("passwords", NameKind::Password),
    ("passwd", NameKind::Password),
    ("passphrase", NameKind::Password),
    ("passcode", NameKind::Password),
    ("pass", NameKind::Password),
    ("pwd", NameKind::Password),
    ("secret", NameKind::Token),
    ("secrets", NameKind::Token),
    ("token", NameKind::Token),
    ("tokens", NameKind::Token),
    ("credential", NameKind::Token),
    ("credentials", NameKind::Token),
    ("auth", NameKind::Key),
    ("authorization", NameKind::Key),
    ("ticket", NameKind::Key),
    ("authcode", NameKind::Key),
    ("salt", NameKind::Salt),
    ("nonce", NameKind::Salt),
    ("noncestr", NameKind::Salt),
    ("key", NameKind::Key),
    ("keys", NameKind::Key),
];

/// What a name speaks of, wherever in it: enough to ask, not to believe.
pub(crate) fn promise(name: &[u8]) -> Option<NameKind> {
    wide_kind(name).or_else(|| {
        let words = words(name.get(..NAME_LIMIT).unwrap_or(name));
        let promise = |word: &String| PROMISES.iter().find(|(end, _)| word.ends_with(end)).map(|(_, kind)| *kind);
        words.iter().rev().find_map(promise).map(|kind| if kind == NameKind::Token { NameKind::Key } else { kind })
    })
}

/// Splits `fooBar_baz-QUX` into its words, in small letters.
pub(crate) fn words(name: &[u8]) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous = b' ';
    for byte in name.iter().copied() {
        let starts_word = byte.is_ascii_uppercase() && previous.is_ascii_lowercase();
        if !byte.is_ascii_alphanumeric() || starts_word {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| byte.is_ascii_alphabetic()) {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
        previous = byte;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_end_in_a_credential_promise_one() {
        for name in ["DB_PASSWORD", "dbPassword", "PGPASSWORD", "spring.datasource.password", "DB_PASS"] {
            assert_eq!(kind(name.as_bytes()), Some(NameKind::Password), "{name}");
        }
        for name in ["API_KEY", "apiKey", "x-api-key", "client_secret", "authToken", "MISTRAL_API_KEY", "SECRET_KEY"] {
            assert_eq!(kind(name.as_bytes()), Some(NameKind::Token), "{name}");
        }
    }

    #[test]
    fn names_about_credentials_promise_none() {
        for name in [
            "password_hash",
            "token_url",
            "max_tokens",
            "pad_token",
            "eosToken",
            "tokenizer",
            "secret_name",
            "public_key",
            "primary_key",
            "api_key_header",
            "hashed_password",
            "csrf_token",
            "password_field",
            "keyboard",
        ] {
            assert_eq!(kind(name.as_bytes()), None, "{name}");
        }
    }
}
