//! SARIF 2.1.0 for code-scanning tools.
//!
//! What was not looked at is a notification and an execution that did not succeed, so that an empty list of results
//! cannot be mistaken for a clean one. Fingerprints are ours, so that a finding stays the same alert when lines move.
//! Source: OASIS SARIF 2.1.0; GitHub's "SARIF support for code scanning" for its limits and for `security-severity`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use syndic_detect::{Rule, Rulebook};
use syndic_evidence::{
    Assessment, Confidence, ControlResult, Finding, FindingState, Location, Severity, SkipReason, Skipped, Verdict,
};

/// Code-scanning services refuse more results in one run. Findings come worst first, so the mildest are left out.
const MAX_RESULTS: usize = 25_000;

/// Notifications are for people; more than this many say no more.
const MAX_NOTIFICATIONS: usize = 200;

/// Code-scanning services refuse more tags on one rule.
const MAX_TAGS: usize = 20;

/// Readers keep offsets in 32 bits; a larger one stands in the properties only.
const MAX_OFFSET: u64 = 2_147_483_647;

/// Returns the assessment as SARIF 2.1.0, pretty-printed with a final newline.
pub fn sarif(assessment: &Assessment, rules: &Rulebook) -> String {
    let present = || assessment.findings.iter().filter(|finding| finding.state != FindingState::Fixed);
    let shown: Vec<&Finding> = present().take(MAX_RESULTS).collect();
    let left_out = present().count() - shown.len();
    let named: BTreeSet<&str> = shown.iter().map(|finding| finding.rule.as_str()).collect();
    let used: Vec<&Rule> = rules.rules().filter(|rule| named.contains(rule.id.as_str())).collect();
    let index: BTreeMap<&str, usize> = used.iter().enumerate().map(|(index, rule)| (rule.id.as_str(), index)).collect();
    let run = json!({
        "tool": {"driver": {
            "name": "Syndic",
            "semanticVersion": assessment.run.tool_version,
            "informationUri": "https://syndic.dev",
            "rules": used.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
        }},
        "automationDetails": {"id": format!("syndic/{}/", assessment.run.system)},
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder Syndic was started in, else the one it assessed."}}},
        "invocations": [invocation(assessment, left_out)],
        "columnKind": "unicodeCodePoints",
        "results": shown.iter().map(|finding| result(finding, index.get(finding.rule.as_str()).copied())).collect::<Vec<_>>(),
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
    let tags: BTreeSet<String> = std::iter::once("security".to_owned())
        .chain(references.cwe.iter().map(|cwe| format!("external/cwe/{}", cwe.to_lowercase())))
        .chain(references.atlas.iter().cloned())
        .chain(references.owasp.iter().cloned())
        .take(MAX_TAGS)
        .collect();
    let precision = match rule.confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    };
    let (why, fix) = (rule.why.trim(), rule.fix.trim());
    let mut descriptor = json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": why},
        "help": {"text": format!("{why}\n\n{fix}"), "markdown": format!("**Why** {why}\n\n**Fix** {fix}")},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": tags, "precision": precision, "security-severity": security_severity(rule.severity)},
    });
    if let Some(url) = references.urls.iter().find(|url| url.starts_with("https://")) {
        insert(&mut descriptor, "helpUri", json!(url));
    }
    descriptor
}

fn result(finding: &Finding, rule_index: Option<usize>) -> Value {
    let hex = finding.fingerprint.hex();
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": {"text": without_links(&finding.message)},
        "locations": [{
            "physicalLocation": {"artifactLocation": artifact(&finding.location.path), "region": region(&finding.location)},
            "logicalLocations": [{"fullyQualifiedName": finding.asset.as_str()}],
        }],
        "fingerprints": {"syndic/v1": hex},
        // The one fingerprint GitHub matches alerts by: without it two findings of a rule in one binary file are one alert.
        "partialFingerprints": {"primaryLocationLineHash": format!("{hex}:1"), "syndicFingerprint/v1": hex},
        "properties": {
            "confidence": finding.confidence.as_str(),
            "severity": finding.severity.as_str(),
            "security-severity": security_severity(finding.severity),
            "evidence": finding.evidence,
        },
    });
    if let Some(index) = rule_index {
        insert(&mut result, "ruleIndex", json!(index));
    }
    if let Some(properties) = result.get_mut("properties") {
        for (name, value) in
            [("member", json!(finding.location.member)), ("byteOffset", json!(finding.location.offset))]
        {
            if !value.is_null() {
                insert(properties, name, value);
            }
        }
    }
    if let Some(why) = suppressed(finding.state) {
        insert(&mut result, "suppressions", json!([{"kind": "external", "status": "accepted", "justification": why}]));
    }
    result
}

/// What a person decided about a finding that is still there.
const fn suppressed(state: FindingState) -> Option<&'static str> {
    match state {
        FindingState::Open | FindingState::Fixed => None,
        FindingState::Accepted => Some("the risk was accepted"),
        FindingState::FalsePositive => Some("marked as a false positive"),
    }
}

/// Code-scanning services need a line even in a binary file, so that line is 1 and the byte stands beside it.
fn region(location: &Location) -> Value {
    let line = location.line.filter(|line| *line > 0);
    let column = location.column.filter(|column| *column > 0);
    match (line, column, location.offset.filter(|offset| *offset <= MAX_OFFSET)) {
        (Some(line), Some(column), _) => json!({"startLine": line, "startColumn": column}),
        (Some(line), None, _) => json!({"startLine": line}),
        (None, _, Some(offset)) => json!({"startLine": 1, "byteOffset": offset, "byteLength": 1}),
        (None, _, None) => json!({"startLine": 1}),
    }
}

fn artifact(path: &str) -> Value {
    json!({"uri": uri(path), "uriBaseId": "%SRCROOT%"})
}

fn invocation(assessment: &Assessment, left_out: usize) -> Value {
    let coverage = &assessment.run.coverage;
    let faults = coverage.skipped.iter().filter(|skipped| !skipped.reason.is_by_design());
    let mut notifications: Vec<Value> = undecided(assessment).into_iter().collect();
    if left_out > 0 {
        let text =
            format!("{left_out} further findings, none worse, were left out: services take {MAX_RESULTS} results");
        notifications.push(json!({"level": "warning", "message": {"text": text}}));
    }
    notifications.extend(faults.take(MAX_NOTIFICATIONS).map(not_looked_at));
    if coverage.faults > MAX_NOTIFICATIONS as u64 {
        let text =
            format!("{} places were not looked at in all; the first {MAX_NOTIFICATIONS} are listed", coverage.faults);
        notifications.push(json!({"level": "error", "message": {"text": text}}));
    }
    json!({
        "executionSuccessful": coverage.is_complete(),
        "startTimeUtc": milliseconds(assessment.run.started_at),
        "endTimeUtc": milliseconds(assessment.run.finished_at),
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

/// Readers of SARIF take milliseconds at most (section 3.9).
fn milliseconds(time: syndic_evidence::Timestamp) -> String {
    format!("{time:.3}")
}

/// A decision that could not be made is told even when no place was skipped.
fn undecided(assessment: &Assessment) -> Option<Value> {
    let controls = assessment.decision.controls.iter();
    let unknown: BTreeSet<&str> = controls
        .filter(|status| status.blocking && status.result == ControlResult::Unknown)
        .map(|status| status.control.as_str())
        .collect();
    let is_open = assessment.decision.verdict == Verdict::Unknown || !unknown.is_empty();
    is_open.then(|| {
        let named = unknown.into_iter().collect::<Vec<_>>().join(", ");
        json!({"level": "warning", "message": {"text": format!("controls that could not be decided: {named}")}})
    })
}

fn not_looked_at(skipped: &Skipped) -> Value {
    // A link or a device has no content of its own to miss; for the rest the results are incomplete.
    let level = match skipped.reason {
        SkipReason::Link | SkipReason::NotRegular | SkipReason::Unsupported | SkipReason::OutOfScope => "warning",
        _ => "error",
    };
    let text = format!("not looked at: {} ({})", skipped.detail, skipped.reason.as_str());
    json!({
        "level": level,
        "message": {"text": without_links(&text)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact(&skipped.path)}}],
    })
}

fn insert(value: &mut Value, name: &str, member: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), member);
    }
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

/// A name in a message must not become a link (section 3.11.6: `[text](target)`).
fn without_links(text: &str) -> String {
    text.replace("](", "] (")
}

/// Paths already have `%XX` for what is not UTF-8; the rest of what a URI does not take is escaped here.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let is_escape = *byte == b'%' && after.get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
        if is_escape || byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        rest = after;
    }
    // An empty reference would mean nothing at all: the assessed folder itself is meant.
    if text.is_empty() { ".".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_relative_uri_reference() {
        assert_eq!(uri("models/my model#1.pkl"), "models/my%20model%231.pkl");
        assert_eq!(uri("c:/a?b"), "c%3A/a%3Fb");
        assert_eq!(uri("mod%FF.pkl"), "mod%FF.pkl", "what is not UTF-8 is escaped already");
        assert_eq!(uri("100%.csv"), "100%25.csv");
        assert_eq!(uri("模.pkl"), "%E6%A8%A1.pkl");
        assert_eq!(uri(""), ".");
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let location = Location { line: Some(0), column: Some(0), ..Location::file("a") };
        assert_eq!(region(&location), json!({"startLine": 1}));
        assert_eq!(region(&Location::offset("a", 7)), json!({"startLine": 1, "byteOffset": 7, "byteLength": 1}));
        assert_eq!(region(&Location::offset("a", 1 << 40)), json!({"startLine": 1}));
    }

    #[test]
    fn a_name_cannot_become_a_link() {
        assert_eq!(without_links("loads [here](https://evil.example)"), "loads [here] (https://evil.example)");
    }
}
