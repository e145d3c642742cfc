//! SARIF 2.1.0 for code-scanning tools.
//!
//! Source: OASIS SARIF 2.1.0; the `security-severity` property is what GitHub ranks by. Fingerprints are ours, so that a
//! finding stays the same alert when lines move. What was not looked at is a notification, so that an empty list of
//! results cannot be mistaken for a clean one.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use syndic_detect::{Rule, Rulebook};
use syndic_evidence::{Assessment, Confidence, Coverage, Finding, FindingState, Severity};

/// Code-scanning services refuse more results in one run.
const MAX_RESULTS: usize = 25_000;

/// Notifications are for people; more than this many say no more.
const MAX_NOTIFICATIONS: usize = 200;

/// Returns the assessment as SARIF 2.1.0, pretty-printed with a final newline.
pub fn sarif(assessment: &Assessment, rules: &Rulebook) -> String {
    let open: Vec<&Finding> = assessment
        .findings
        .iter()
        .filter(|finding| finding.state == FindingState::Open)
        .take(MAX_RESULTS)
        .collect();
    let used: Vec<&Rule> = rules.rules().filter(|rule| open.iter().any(|finding| finding.rule == rule.id)).collect();
    let index: BTreeMap<&str, usize> = used.iter().enumerate().map(|(index, rule)| (rule.id.as_str(), index)).collect();
    let run = json!({
        "tool": {"driver": {
            "name": "Syndic",
            "semanticVersion": assessment.run.tool_version,
            "informationUri": "https://syndic.dev",
            "rules": used.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
        }},
        "automationDetails": {"id": format!("syndic/{}/", assessment.run.system)},
        "invocations": [invocation(assessment)],
        "columnKind": "unicodeCodePoints",
        "results": open.iter().map(|finding| result(finding, index.get(finding.rule.as_str()).copied())).collect::<Vec<_>>(),
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn descriptor(rule: &Rule) -> Value {
    let references = &rule.references;
    let tags: Vec<String> = std::iter::once("security".to_owned())
        .chain(references.cwe.iter().map(|cwe| format!("external/cwe/{}", cwe.to_lowercase())))
        .chain(references.atlas.iter().cloned())
        .chain(references.owasp.iter().cloned())
        .collect();
    let precision = match rule.confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    };
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix, "markdown": format!("**Why** {}\n\n**Fix** {}", rule.why, rule.fix)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": tags, "precision": precision, "security-severity": security_severity(rule.severity)},
    })
}

fn result(finding: &Finding, rule_index: Option<usize>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&finding.location.path), "uriBaseId": "%SRCROOT%"}});
    let region = match (finding.location.line, finding.location.column, finding.location.offset) {
        (Some(line), Some(column), _) => json!({"startLine": line, "startColumn": column}),
        (Some(line), None, _) => json!({"startLine": line}),
        (None, _, Some(offset)) => json!({"byteOffset": offset, "byteLength": 1}),
        (None, _, None) => json!({"startLine": 1}),
    };
    if let Some(object) = physical.as_object_mut() {
        object.insert("region".to_owned(), region);
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": finding.asset.as_str()}]}],
        "partialFingerprints": {"syndicFingerprint/v1": finding.fingerprint.hex()},
        "properties": {
            "confidence": finding.confidence.as_str(),
            "severity": finding.severity.as_str(),
            "security-severity": security_severity(finding.severity),
            "evidence": finding.evidence,
        },
    });
    if let (Some(object), Some(index)) = (result.as_object_mut(), rule_index) {
        object.insert("ruleIndex".to_owned(), json!(index));
    }
    result
}

fn invocation(assessment: &Assessment) -> Value {
    let coverage: &Coverage = &assessment.run.coverage;
    let notifications: Vec<Value> = coverage
        .skipped
        .iter()
        .filter(|skipped| !skipped.reason.is_by_design())
        .take(MAX_NOTIFICATIONS)
        .map(|skipped| {
            json!({
                "level": "warning",
                "message": {"text": format!("not looked at: {} ({})", skipped.detail, skipped.reason.as_str())},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(&skipped.path), "uriBaseId": "%SRCROOT%"}}}],
            })
        })
        .collect();
    json!({
        "executionSuccessful": true,
        "startTimeUtc": assessment.run.started_at,
        "endTimeUtc": assessment.run.finished_at,
        "toolExecutionNotifications": notifications,
        "properties": {
            "filesSeen": coverage.files_seen,
            "filesInspected": coverage.files_inspected,
            "skipped": coverage.skipped_total,
            "complete": coverage.is_complete(),
            "decision": assessment.decision.verdict.as_str(),
        },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

/// Paths already have `%XX` for what is not UTF-8; the rest of what a URI does not take is escaped here.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::with_capacity(path.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,;=@".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
