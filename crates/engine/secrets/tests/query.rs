//! Credentials among the parameters of an address.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use syndic_secrets::SecretsEngine;

fn rules(path: &str, text: &str) -> Vec<String> {
    let engine = SecretsEngine::builtin().unwrap();
    engine.scan(path, text.as_bytes()).hits.into_iter().map(|hit| hit.rule).collect()
}

/// A random value, never written whole in this file.
fn key() -> String {
    ["y0lgWaHDLmaugErQ", "LLARqM2OYslDM8Dh"].concat()
}

#[test]
fn a_random_key_in_a_query_is_a_secret_in_code_configuration_and_environment() {
    let key = key();
    for (path, text) in [
        ("a.py", format!("requests.get(\"https://h.acme.net/v1?api_key={key}\")")),
        ("a.ts", format!("fetch(`https://h.acme.net/v1?x=1&access_token={key}#top`)")),
        (".mcp.json", format!("{{\"mcpServers\": {{\"h\": {{\"url\": \"https://h.acme.net/?token={key}\"}}}}}}")),
        (".env", format!("HOOK=https://h.acme.net/hook?token={key}&channel=ops\n")),
        ("conf.yaml", format!("url: https://h.acme.net/hook?client_secret={key}\n")),
    ] {
        assert_eq!(rules(path, &text), ["secrets.assigned-secret"], "{path}");
    }
}

#[test]
fn placeholders_templates_cursors_and_words_in_a_query_are_none() {
    let key = key();
    for text in [
        "https://h/v1?api_key=YOUR_API_KEY".to_owned(),
        "https://h/v1?api_key={api_key}&token=${TOKEN}&secret=<secret>".to_owned(),
        "https://h/v1?token=password-reset-confirmation".to_owned(),
        format!("https://h/v1?page_token={key}"),
        format!("https://h/v1?next_token={key}&csrf_token={key}"),
        format!("https://h/v1?id={key}"),
        "https://h/v1?token=%s&api_key=%(key)s".to_owned(),
    ] {
        for path in ["a.py", ".env", "a.md"] {
            assert!(rules(path, &text).is_empty(), "{path}: {text}");
        }
    }
}
