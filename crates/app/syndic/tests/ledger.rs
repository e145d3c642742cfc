//! The ledger beside the store, through the binary: everything is recorded, and what was altered later is found.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::process::Output;

use serde_json::Value;
use support::Syndic;

/// A small system with one fault.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), "import openai\nopenai.OpenAI().responses.create(model='gpt-4o')\n")
        .unwrap();
    fs::write(folder.path().join("requirements.txt"), "openai\n").unwrap();
    folder
}

fn records(syndic: &Syndic, kind: &str) -> Vec<Value> {
    let output = syndic.run(&["ledger", "export", "--kind", kind]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_run_is_recorded_with_its_evidence_findings_and_decision() {
    let (tree, syndic) = (tree(), Syndic::new());
    let (report, _) = syndic.assess(tree.path(), &[]);
    let decisions = records(&syndic, "assessment.decision");
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0]["tags"]["verdict"], report["decision"]["verdict"]);
    let content: Value = serde_json::from_str(decisions[0]["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["subject"], report["decision"]["subject"]);
    assert_eq!(records(&syndic, "assessment.evidence").len(), report["evidence"].as_array().unwrap().len());
    assert_eq!(records(&syndic, "finding.opened").len(), report["findings"].as_array().unwrap().len());

    fs::write(tree.path().join("requirements.txt"), "openai==2.1.0\n").unwrap();
    syndic.assess(tree.path(), &[]);
    assert!(!records(&syndic, "finding.fixed").is_empty());
    let verified = syndic.run(&["ledger", "verify", "--store"]);
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
}

#[test]
fn a_proof_names_its_record_and_carries_the_signed_checkpoint() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let checkpoint = said(&syndic.run(&["ledger", "checkpoint"]));
    let proof = said(&syndic.run(&["ledger", "prove", "1"]));
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\nindex 1\n"), "{proof}");
    assert!(proof.contains(checkpoint.trim_end()), "{proof}\n{checkpoint}");
    let beyond = syndic.run(&["ledger", "prove", "999999"]);
    assert_eq!(beyond.status.code(), Some(3), "{}", said(&beyond));
}

#[test]
fn a_store_put_back_to_an_earlier_state_is_found() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let store = syndic.state.path().join("syndic.db");
    let earlier = fs::read(&store).unwrap();
    syndic.assess(tree.path(), &[]);
    fs::write(&store, earlier).unwrap();
    let verified = syndic.run(&["ledger", "verify", "--store"]);
    assert_eq!(verified.status.code(), Some(1), "{}", said(&verified));
    assert!(said(&verified).contains("and not in the store"), "{}", said(&verified));
}

#[test]
fn runs_at_the_same_time_are_all_recorded() {
    let (tree, syndic) = (tree(), Syndic::new());
    let path = tree.path().to_str().unwrap();
    let running: Vec<_> = (0..4)
        .map(|_| syndic.command(&["assess", path, "--plain"]).stdout(std::process::Stdio::null()).spawn().unwrap())
        .collect();
    for mut child in running {
        assert!(child.wait().unwrap().code().is_some_and(|code| code < 2));
    }
    assert_eq!(records(&syndic, "assessment.run").len(), 4);
}

#[test]
fn without_a_run_there_is_no_ledger_to_ask() {
    let syndic = Syndic::new();
    let output = syndic.run(&["ledger", "verify"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("run `syndic assess PATH` first"), "{}", said(&output));
}

#[test]
fn an_altered_log_is_found_in_a_copy_with_nothing_but_the_public_key() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let log = syndic.state.path().join("ledger");
    let kept = syndic.state.path().join("kept-checkpoint");
    fs::write(&kept, syndic.run(&["ledger", "checkpoint"]).stdout).unwrap();
    let description: Value = serde_json::from_slice(&fs::read(log.join("log.json")).unwrap()).unwrap();
    let key = description["key"].as_str().unwrap();

    let copy = tempfile::tempdir().unwrap();
    support::copy_tree(&log, copy.path());
    let elsewhere = Syndic::new();
    let folder = copy.path().to_str().unwrap();
    let ask = || elsewhere.run(&["ledger", "verify", folder, "--key", key, "--known", kept.to_str().unwrap()]);
    let whole = ask();
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));

    let segment = fs::read_dir(copy.path().join("segments")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[600] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let altered = ask();
    assert_eq!(altered.status.code(), Some(1), "{}", said(&altered));
    assert!(said(&altered).contains("tampered: segments/"), "{}", said(&altered));
    assert!(said(&altered).contains("NOT intact"), "{}", said(&altered));
}
