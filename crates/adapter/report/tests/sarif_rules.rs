//! SARIF holds to the OASIS schema and to what code-scanning services ask beyond it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{acme, faults, nothing, sarif_schema};
use syndic_detect::Rulebook;
use syndic_evidence::{Assessment, FindingState, Location, Severity, Verdict};

fn log(assessment: &Assessment) -> Value {
    serde_json::from_str(&syndic_report::sarif(assessment, &Rulebook::all().unwrap())).unwrap()
}

#[test]
fn it_holds_to_the_oasis_schema() {
    for assessment in [acme(), nothing()] {
        assert_eq!(faults(&sarif_schema(), &log(&assessment)), "");
    }
}

#[test]
fn every_rule_has_what_code_scanning_shows() {
    let mut assessment = acme();
    let book = Rulebook::all().unwrap();
    assessment.findings = book
        .rules()
        .map(|rule| support::finding(&rule.id, &rule.title, rule.severity, Location::file("a.py"), "message"))
        .collect();
    let log = log(&assessment);
    assert_eq!(faults(&sarif_schema(), &log), "");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), assessment.findings.len());
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        assert!(rule["help"]["text"].as_str().unwrap().len() > 40, "{id}");
        assert!(rule["shortDescription"]["text"].as_str().unwrap().len() <= 1024, "{id}");
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 20, "{id}");
        let score: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.0..=10.0).contains(&score), "{id}");
    }
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[test]
fn a_place_is_a_relative_escaped_uri_with_a_line() {
    let log = log(&acme());
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "models/%E6%84%8F%E5%9B%B3%20intent.pkl");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    assert_eq!(place["region"]["startLine"], 1);
    assert!(log["runs"][0]["originalUriBaseIds"]["%SRCROOT%"].is_object());
}

#[test]
fn what_was_not_looked_at_is_a_failed_execution() {
    let log = log(&acme());
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notes = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert!(notes.iter().any(
        |note| note["level"] == "error" && note["message"]["text"].as_str().unwrap().contains("permission denied")
    ));
    assert!(
        !notes.iter().any(|note| note.to_string().contains(".git\"")),
        "what is out of scope by design is no fault"
    );
}

#[test]
fn a_clean_run_succeeds_without_a_word() {
    let log = log(&nothing());
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);
    assert_eq!(log["runs"][0]["invocations"][0]["toolExecutionNotifications"], serde_json::json!([]));
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn an_undecided_run_says_so() {
    let mut assessment = nothing();
    assessment.decision.verdict = Verdict::Unknown;
    let log = log(&assessment);
    let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notes.len(), 1);
}

#[test]
fn accepted_findings_are_suppressed_and_fixed_ones_absent() {
    let assessment = acme();
    let log = log(&assessment);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let present = assessment.findings.iter().filter(|finding| finding.state != FindingState::Fixed).count();
    assert_eq!(results.len(), present);
    let suppressed: Vec<&Value> = results.iter().filter(|result| result["suppressions"].is_array()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["ruleId"], "code.pickle-load");
}

#[test]
fn too_many_findings_keep_the_worst_and_say_what_was_left_out() {
    let mut assessment = acme();
    assessment.findings = (0..26_000)
        .map(|number| {
            let place = Location::line(format!("src/{number}.py"), 1);
            support::finding("code.pickle-load", "Loader that runs code", Severity::Medium, place, "message")
        })
        .collect();
    let log = log(&assessment);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    let prints: BTreeSet<&str> = results
        .iter()
        .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap())
        .collect();
    assert_eq!(prints.len(), 25_000, "two findings must never be one alert");
    assert!(log["runs"][0]["invocations"][0].to_string().contains("1000 further findings"));
}
