//! Secrets as SARIF 2.1.0. What was not looked at is a notification of an execution that did not succeed.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};
use syndic_detect::Rulebook;
use syndic_evidence::Severity;

use super::outcome::Outcome;
use super::secret::Secret;

/// Code-scanning services refuse more results in one run.
const MAX_RESULTS: usize = 25_000;
/// Notifications are for people; more than this many say no more.
const MAX_NOTIFICATIONS: usize = 200;

/// Returns the log, pretty-printed.
///
/// # Errors
/// The compiled-in rules cannot be read.
pub(super) fn sarif(outcome: &Outcome) -> Result<String> {
    let book = Rulebook::builtin("secrets")?;
    let titles: BTreeMap<&str, &str> =
        outcome.secrets.iter().map(|secret| (secret.rule.as_str(), secret.title.as_str())).collect();
    let rules: Vec<Value> = titles
        .iter()
        .map(|(id, title)| {
            let mut rule = json!({"id": id, "shortDescription": {"text": title}, "properties": {"tags": ["security"]}});
            if let (Some(known), Some(rule)) = (book.rule(id), rule.as_object_mut()) {
                rule.insert("fullDescription".to_owned(), json!({"text": known.why}));
                rule.insert("help".to_owned(), json!({"text": known.fix}));
            }
            rule
        })
        .collect();
    let notifications: Vec<Value> = outcome
        .not_inspected
        .iter()
        .take(MAX_NOTIFICATIONS)
        .map(|gap| {
            let location = json!({"physicalLocation": {"artifactLocation": {"uri": uri(&gap.path)}}});
            let text = format!("not inspected: {}", gap.problem);
            json!({"level": "error", "message": {"text": text}, "locations": [location]})
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Syndic", "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://syndic.dev", "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": outcome.secrets.iter().take(MAX_RESULTS).map(result).collect::<Vec<_>>(),
        }],
    });
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn result(secret: &Secret) -> Value {
    // No column: readers count characters, and what comes before in the line may hold wider ones.
    let region = json!({"startLine": secret.line});
    let place = json!({"artifactLocation": {"uri": uri(&secret.path)}, "region": region});
    json!({
        "ruleId": secret.rule,
        "level": match secret.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            _ => "note",
        },
        "message": {"text": format!("{}: {}", secret.title, secret.preview)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"syndic/v1": secret.fingerprint},
        "properties": {
            "confidence": secret.confidence, "validated": secret.validated, "commit": secret.commit,
            "lifetime": secret.lifetime,
        },
    })
}

/// A path as a relative URI reference: bytes that mean something in URIs are escaped.
fn uri(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            use std::fmt::Write as _;
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
