//! Tells a credential in clear from a reference and a placeholder, without keeping it.

use syndic_detect::AiCatalogue;

/// Words that make a name a credential's.
const PARTS: [&str; 9] =
    ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "CREDENTIALS", "PAT", "AUTHORIZATION", "KEY"];

/// Says whether a setting, header or flag of this name holds a credential.
pub(crate) fn is_secret_name(name: &str) -> bool {
    if let Some(known) = AiCatalogue::builtin().env_var(name) {
        return known.is_secret;
    }
    let upper = name.trim_start_matches('-').to_ascii_uppercase().replace(['-', '.', ' '], "_");
    let mut parts = upper.split('_').rev();
    parts.next().is_some_and(|last| PARTS.contains(&last)) && !upper.contains("PUBLIC")
}

/// Says whether a value is a credential itself.
pub(crate) fn is_literal(value: &str) -> bool {
    let value = value.trim();
    let value =
        ["Bearer ", "bearer ", "Basic ", "token "].iter().find_map(|word| value.strip_prefix(word)).unwrap_or(value);
    let lower = value.to_ascii_lowercase();
    let is_placeholder = [
        "your",
        "change",
        "example",
        "placeholder",
        "replace",
        "xxxx",
        "insert",
        "dummy",
        "todo",
        "sample",
        "...",
        "****",
        "here",
        "my-",
        "my_",
        "<",
        "test-key",
    ]
    .iter()
    .any(|word| lower.contains(word));
    let is_reference =
        value.contains(['$', '{', '%', ' ']) || value.starts_with(['/', '~', '.']) || value.contains("://");
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    value.len() >= 12 && has_digit && has_letter && !is_placeholder && !is_reference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_placeholders_are_no_credentials() {
        assert!(is_literal("k83jf02mXq7Lp"));
        for value in ["${env:TOKEN}", "your-token-0123456", "/run/secrets/key01", "<token 12345678>", "short1"] {
            assert!(!is_literal(value), "{value}");
        }
        assert!(is_secret_name("GITHUB_PERSONAL_ACCESS_TOKEN") && is_secret_name("X-Api-Key"));
        assert!(!is_secret_name("LOG_LEVEL") && !is_secret_name("MAX_TOKENS"));
    }
}
