//! Findings over time, through the binary: opened, kept, fixed only where looked, reopened; evidence that verifies.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Syndic, copy_tree, list, repository};

fn example() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_tree(&repository().join("examples/acme-support"), &folder.path().join("acme"));
    folder
}

fn findings(syndic: &Syndic, state: &str) -> Vec<Value> {
    let output = syndic.run(&["findings", "--in-state", state, "--json"]);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn has(findings: &[Value], rule: &str) -> bool {
    findings.iter().any(|finding| finding["rule"] == rule)
}

#[test]
fn a_mended_fault_is_fixed_and_a_regression_reopens_the_same_row() {
    let folder = example();
    let tree = folder.path().join("acme");
    let syndic = Syndic::new();
    syndic.assess(&tree, &[]);
    let before = findings(&syndic, "open");
    let extra = before.iter().find(|finding| finding["rule"] == "supply.extra-index").unwrap().clone();

    let requirements = fs::read_to_string(tree.join("requirements.txt")).unwrap();
    fs::write(tree.join("requirements.txt"), requirements.replace("--extra-index-url", "# --extra-index-url")).unwrap();
    syndic.assess(&tree, &[]);
    assert!(!has(&findings(&syndic, "open"), "supply.extra-index"));
    assert!(has(&findings(&syndic, "fixed"), "supply.extra-index"));
    let diff = syndic.run(&["diff"]);
    assert!(String::from_utf8_lossy(&diff.stdout).contains("fixed"), "{}", String::from_utf8_lossy(&diff.stdout));

    // The same fault, further down the file, is the same row.
    fs::write(tree.join("requirements.txt"), format!("\n\n\n{requirements}")).unwrap();
    syndic.assess(&tree, &[]);
    let again = findings(&syndic, "open");
    let back = again.iter().find(|finding| finding["rule"] == "supply.extra-index").unwrap();
    assert_eq!(back["fingerprint"], extra["fingerprint"]);
    assert_eq!(back["first_seen"], extra["first_seen"]);
}

#[test]
fn what_a_run_left_out_stays_open() {
    let folder = example();
    let tree = folder.path().join("acme");
    let syndic = Syndic::new();
    syndic.assess(&tree, &[]);
    syndic.assess(&tree, &["--exclude", "requirements.txt"]);
    assert!(has(&findings(&syndic, "open"), "supply.extra-index"));
    assert!(!has(&findings(&syndic, "fixed"), "supply.extra-index"));
}

#[test]
fn evidence_verifies_and_every_finding_cites_some() {
    let syndic = Syndic::new();
    let (report, _) = syndic.assess(&repository().join("examples/acme-support"), &[]);
    let known: Vec<&Value> = list(&report, "evidence").iter().map(|evidence| &evidence["digest"]).collect();
    for finding in list(&report, "findings") {
        let cited = list(finding, "evidence");
        assert!(!cited.is_empty() && cited.iter().all(|digest| known.contains(&digest)), "{finding}");
    }
    let output = syndic.run(&["evidence", "--verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_changed_byte_of_stored_evidence_is_found() {
    let syndic = Syndic::new();
    syndic.assess(&repository().join("examples/acme-support"), &[]);
    // Another key than the one that signed: every signature must fail.
    let other = Syndic::new();
    other.assess(&repository().join("examples/acme-support/prompts"), &[]);
    fs::copy(other.state.path().join("signing-key.pub.pem"), syndic.state.path().join("signing-key.pub.pem")).unwrap();
    let output = syndic.run(&["evidence", "--verify"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("BAD"));
}

#[test]
fn two_runs_over_equal_input_give_equal_reports() {
    let syndic = Syndic::new();
    let tree = repository().join("examples/acme-support");
    let (mut one, _) = syndic.assess(&tree, &["--no-store"]);
    let (mut two, _) = syndic.assess(&tree, &["--no-store"]);
    for report in [&mut one, &mut two] {
        for name in ["id", "started_at", "finished_at"] {
            report["run"][name] = Value::Null;
        }
        // Evidence carries the time it was collected, and digests follow from it.
        report["evidence"] = Value::Null;
        report["decision"]["input_digest"] = Value::Null;
        strip_evidence(report);
    }
    assert_eq!(one, two);
}

fn strip_evidence(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("evidence");
            map.values_mut().for_each(strip_evidence);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_evidence),
        _ => {}
    }
}
