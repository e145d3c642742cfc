//! A scan as SARIF 2.1.0. What was not looked at is a notification of an execution that did not succeed.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};
use syndic_detect::Rulebook;
use syndic_evidence::Severity;

use super::scanned::{Finding, Scanned};

/// Code-scanning services refuse more results in one run.
const MAX_RESULTS: usize = 25_000;
/// Notifications are for people; more than this many say no more.
const MAX_NOTIFICATIONS: usize = 200;
/// Readers keep offsets in 32 bits; a larger one stands in the properties only.
const MAX_OFFSET: u64 = 2_147_483_647;

/// Returns the log, pretty-printed.
pub(super) fn sarif(all: &[Scanned]) -> Result<String> {
    let book = Rulebook::builtin("artifact")?;
    let found = || all.iter().flat_map(|scanned| scanned.findings.iter().map(move |finding| (scanned, finding)));
    let named: BTreeSet<&str> = found().map(|(_, finding)| finding.rule.as_str()).collect();
    let rules: Vec<Value> = named
        .iter()
        .filter_map(|id| book.rule(id))
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.why},
                "help": {"text": rule.fix},
                "properties": {"tags": ["security"]},
            })
        })
        .collect();
    let unread = all.iter().flat_map(|scanned| scanned.not_inspected.iter().map(move |what| (scanned, what)));
    let notifications: Vec<Value> = unread
        .take(MAX_NOTIFICATIONS)
        .map(|(scanned, what)| {
            let location = json!({"physicalLocation": {"artifactLocation": {"uri": uri(&scanned.path)}}});
            json!({"level": "error", "message": {"text": format!("not inspected: {what}")}, "locations": [location]})
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
            "results": found().take(MAX_RESULTS).map(|(scanned, finding)| result(scanned, finding)).collect::<Vec<_>>(),
        }],
    });
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn result(scanned: &Scanned, finding: &Finding) -> Value {
    let file = json!({"uri": uri(&scanned.path)});
    let place = match finding.offset.filter(|offset| *offset <= MAX_OFFSET && finding.member.is_none()) {
        Some(offset) => json!({"artifactLocation": file, "region": {"byteOffset": offset, "byteLength": 0}}),
        None => json!({"artifactLocation": file}),
    };
    json!({
        "ruleId": finding.rule,
        "level": match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            _ => "note",
        },
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "properties": {"verdict": scanned.verdict, "member": finding.member, "offset": finding.offset},
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
