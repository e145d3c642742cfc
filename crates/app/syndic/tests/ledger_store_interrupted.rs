//! What lies between the store and the ledger: crashes, judgements, retention, and stores older than both. Nothing is
//! mended silently, and nothing that nobody signed is taken over.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;
use support::{Syndic, repository};
use syndic_store::Store;
use syndic_store::alteration::{alter, read};

/// Takes every pointer of a run away, as if the machine had failed before they were written.
const LOSE_POINTERS: &str = "DROP TRIGGER evidence_is_never_changed; \
     UPDATE run SET ledger_index = NULL WHERE id = (SELECT MAX(id) FROM run); \
     UPDATE decision SET ledger_index = NULL WHERE run_id = (SELECT MAX(id) FROM run); \
     UPDATE finding_event SET ledger_index = NULL WHERE run_id = (SELECT MAX(id) FROM run); \
     UPDATE evidence SET ledger_index = NULL WHERE digest IN \
     (SELECT digest FROM run_evidence WHERE run_id = (SELECT MAX(id) FROM run))";

struct Installation {
    tree: tempfile::TempDir,
    syndic: Syndic,
    store: PathBuf,
}

impl Installation {
    fn new() -> Self {
        let (tree, syndic) = (tempfile::tempdir().unwrap(), Syndic::new());
        fs::write(tree.path().join("requirements.txt"), "openai\ntorch\n").unwrap();
        let app = "import openai\nopenai.OpenAI().responses.create(model='gpt-4o', input=input())\n";
        fs::write(tree.path().join("app.py"), app).unwrap();
        let store = syndic.state.path().join("syndic.db");
        Self { tree, syndic, store }
    }

    fn assess(&self) -> (Option<i32>, String) {
        self.run(&["assess", self.tree.path().to_str().unwrap(), "--plain", "--keep-runs", "2"])
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String) {
        let output = self.syndic.run(args);
        (output.status.code(), text(&output))
    }

    fn verify(&self) -> (Option<i32>, String) {
        self.run(&["ledger", "verify", "--store"])
    }

    /// A run that is stored while the ledger cannot be opened.
    fn assess_without_ledger(&self) {
        let (key, away) = (self.syndic.state.path().join("ledger-master.key"), self.syndic.state.path().join("away"));
        fs::rename(&key, &away).unwrap();
        let (code, said) = self.assess();
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains("the result is stored but not recorded in the ledger"), "{said}");
        fs::rename(&away, &key).unwrap();
    }

    fn alter(&self, sql: &str) {
        assert!(block_on(alter(&self.store, sql)).unwrap() > 0, "{sql}");
    }

    fn first(&self, sql: &str) -> String {
        block_on(read(&self.store, sql)).unwrap()[0][0].clone()
    }

    fn records(&self, kind: &str) -> Vec<Value> {
        let output = self.syndic.run(&["ledger", "export", "--kind", kind]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(future)
}

#[test]
fn a_run_that_was_stored_and_not_appended_is_recorded_late_by_the_next() {
    let one = Installation::new();
    one.assess();
    one.assess_without_ledger();
    let (code, said) = one.verify();
    assert_eq!(code, Some(3), "{said}");
    let waiting = one.first("SELECT MAX(id) FROM run");
    assert!(said.contains(&format!("run {waiting} is stored and signed, and not in the ledger yet")), "{said}");

    let (_, told) = one.assess();
    assert!(told.contains(&format!("warning: run {waiting} was stored but not recorded")), "{told}");
    let (code, said) = one.verify();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("recorded late") && said.contains(&waiting), "{said}");
    let runs = one.records("assessment.run");
    let late: Vec<bool> = runs.iter().map(|run| run["tags"]["late"] == "true").collect();
    assert_eq!(late, [false, true, false]);
    assert_eq!(runs[1]["tags"]["run"].as_str(), Some(waiting.as_str()));
    assert_eq!(one.run(&["evidence", "--verify"]).0, Some(0));
}

#[test]
fn what_is_altered_while_it_waits_is_found_and_never_recorded_as_good() {
    for (sql, table) in [
        (
            "DROP TRIGGER evidence_is_never_changed; UPDATE evidence SET collector = 'x' WHERE ledger_index IS NULL",
            "evidence",
        ),
        ("UPDATE finding SET state = 'fixed'", "finding"),
        ("UPDATE decision SET verdict = 'deny' WHERE ledger_index IS NULL", "decision"),
    ] {
        let one = Installation::new();
        one.assess();
        one.assess_without_ledger();
        one.alter(sql);
        let (code, said) = one.verify();
        assert_eq!(code, Some(1), "{sql}: {said}");
        assert!(said.lines().any(|line| line.starts_with(&format!("{table} "))), "{sql}: {said}");
        let (_, told) = one.assess();
        if table == "finding" {
            // The next run states anew what stands; that it did not find what the one before left stays on record.
            let (code, said) = one.verify();
            assert_eq!(code, Some(1), "{sql}: {said}");
            assert!(said.contains("were altered outside between"), "{sql}: {said}");
            continue;
        }
        assert!(told.contains("not or not wholly recorded in the ledger"), "{sql}: {told}");
        let (code, said) = one.verify();
        assert_eq!(code, Some(1), "{sql}: {said}");
        assert!(said.lines().any(|line| line.starts_with(&format!("{table} "))), "{sql}: {said}");
    }
}

#[test]
fn a_run_that_was_appended_and_does_not_point_there_is_not_appended_again() {
    let one = Installation::new();
    one.assess();
    one.assess();
    one.alter(LOSE_POINTERS);
    let (code, said) = one.verify();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("but its rows do not point there yet"), "{said}");
    let evidence = one.records("assessment.evidence").len();
    one.assess();
    let (code, said) = one.verify();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(one.records("assessment.run").len(), 3);
    assert_eq!(one.records("assessment.evidence").len(), evidence * 3 / 2, "nothing stands there twice");
}

#[test]
fn a_run_that_nobody_signed_is_not_taken_over() {
    let one = Installation::new();
    one.assess();
    one.alter(
        "INSERT INTO run (id, system, started_at, finished_at, tool_version, doc) \
         SELECT '00FORGED', system, started_at, started_at, tool_version, doc FROM run LIMIT 1; \
         INSERT INTO decision (run_id, system, subject, at, path, verdict, policy_digest, input_digest) \
         SELECT '00FORGED', system, subject, at, path, 'allow', policy_digest, input_digest FROM decision LIMIT 1",
    );
    for _ in 0..2 {
        let (code, said) = one.verify();
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("run 00FORGED: it is not in the ledger, and nothing signed speaks for it"), "{said}");
        let (_, told) = one.assess();
        assert!(told.contains("run 00FORGED is not or not wholly recorded"), "{told}");
    }
}

#[test]
fn a_judgement_is_recorded_with_who_why_before_and_after_and_holds_until_it_ends() {
    let one = Installation::new();
    one.assess();
    let print =
        one.first("SELECT substr(fingerprint, 8) FROM finding WHERE state = 'open' ORDER BY fingerprint LIMIT 1");
    let judge = |more: &[&str]| one.run(&[&["findings", "judge", &print, "--actor", "user:ada"], more].concat());
    let (code, said) = judge(&["--as", "accepted", "--reason", "a test system", "--until", "2099-12-31"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("is accepted until 2100-01-01T00:00:00Z (was open)"), "{said}");

    let judged = one.records("finding.judged");
    let content: Value = serde_json::from_str(judged[0]["content"].as_str().unwrap()).unwrap();
    assert_eq!((judged.len(), &judged[0]["actor"]), (1, &Value::from("user:ada")));
    assert_eq!((&content["before"], &content["after"]), (&Value::from("open"), &Value::from("accepted")));
    assert!(content["reason"].as_str().unwrap().ends_with("a test system"), "{content}");
    for command in [&["ledger", "verify", "--store"][..], &["evidence", "--verify"]] {
        let (code, said) = one.run(command);
        assert_eq!(code, Some(0), "{said}");
    }
    let listed = one.run(&["findings", "--in-state", "accepted"]);
    assert!(listed.1.contains(&print[..12]), "{}", listed.1);

    one.assess();
    assert_eq!(one.verify().0, Some(0), "{}", one.verify().1);
    assert!(one.run(&["findings", "--in-state", "accepted"]).1.contains(&print[..12]), "it survives the next run");
    let (code, said) = judge(&["--as", "open", "--reason", "not any more"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((one.verify().0, one.run(&["evidence", "--verify"]).0), (Some(0), Some(0)));

    one.alter("UPDATE finding_event SET note = 'forged' WHERE actor = 'user:ada'");
    let (code, said) = one.run(&["evidence", "--verify"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("what was said is not what was signed"), "{said}");
}

#[test]
fn a_judgement_needs_a_reason_a_state_that_changes_something_and_a_day_that_is_not_over() {
    let one = Installation::new();
    one.assess();
    let print = one.first("SELECT substr(fingerprint, 8) FROM finding WHERE state = 'open' LIMIT 1");
    for more in [
        &["--as", "accepted"][..],
        &["--as", "accepted", "--reason", ""],
        &["--as", "fixed", "--reason", "x"],
        &["--as", "open", "--reason", "x"],
        &["--as", "accepted", "--reason", "x", "--until", "2020-01-01"],
        &["--as", "accepted", "--reason", "x", "--until", "soon"],
        &["--as", "false-positive", "--reason", "x", "--until", "2099-01-01"],
    ] {
        let (code, said) = one.run(&[&["findings", "judge", &print], more].concat());
        assert_eq!(code, Some(2), "{more:?}: {said}");
    }
    assert_eq!(one.run(&["findings", "judge", "ffffffff", "--as", "accepted", "--reason", "x"]).0, Some(3));
    assert_eq!(one.records("finding.judged").len(), 0);
    assert_eq!(one.verify().0, Some(0));
}

#[test]
fn what_retention_drops_is_recorded() {
    let one = Installation::new();
    for _ in 0..4 {
        one.assess();
    }
    let pruned = one.records("store.pruned");
    let runs: Vec<String> = block_on(read(&one.store, "SELECT id FROM run ORDER BY id")).unwrap().concat();
    assert_eq!(pruned.len(), 2);
    for (at, record) in pruned.iter().enumerate() {
        assert_eq!(record["tags"]["run"].as_str(), Some(runs[at].as_str()));
        assert_eq!(record["tags"]["by"].as_str(), Some(runs[at + 2].as_str()));
        assert!(record["content"].as_str().unwrap().contains("--keep-runs"), "{record}");
    }
    let (code, said) = one.verify();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn runs_from_before_the_ledger_are_taken_over_once_as_they_are_found() {
    let (source, one) = (Installation::new(), Installation::new());
    source.assess();
    for key in ["signing-key.pem", "signing-key.pub.pem"] {
        fs::copy(source.syndic.state.path().join(key), one.syndic.state.path().join(key)).unwrap();
    }
    block_on(async {
        let older = Store::open(source.store.to_str().unwrap()).await.unwrap().latest(None).await.unwrap().unwrap();
        let store = Store::open(one.store.to_str().unwrap()).await.unwrap();
        store.record(&older).await.unwrap();
        store.close().await;
    });
    let (_, told) = one.assess();
    assert!(told.contains("is older than the ledger; it is recorded as it was found now"), "{told}");
    assert_eq!(one.records("store.adopted").len(), 1);
    let (code, said) = one.verify();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("what they were before that is not known"), "{said}");
    one.alter("UPDATE run_asset SET urn = urn || 'x' WHERE run_id = (SELECT MIN(id) FROM run)");
    let (code, said) = one.verify();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("run_asset of "), "{said}");
}

#[test]
fn a_store_that_an_older_version_signed_still_verifies_and_is_still_watched() {
    let state = tempfile::tempdir().unwrap();
    let fixture = repository().join("crates/app/syndic/tests/older_store");
    let store = state.path().join("syndic.db");
    fs::write(&store, "").unwrap();
    block_on(alter(&store, &fs::read_to_string(fixture.join("store.sql")).unwrap())).unwrap();
    fs::copy(fixture.join("signing-key.pub.pem"), state.path().join("signing-key.pub.pem")).unwrap();
    let syndic = Syndic { state };
    let output = syndic.run(&["evidence", "--verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("1 of 1 runs are as they were signed"), "{}", text(&output));
    block_on(alter(&store, "UPDATE finding SET state = 'fixed'")).unwrap();
    let output = syndic.run(&["evidence", "--verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("changed since it was signed: finding sha256:"), "{}", text(&output));
}

#[test]
fn no_new_ledger_begins_beside_a_store_or_segments_of_another() {
    let one = Installation::new();
    one.assess();
    let (ledger, away) = (one.syndic.state.path().join("ledger"), one.syndic.state.path().join("away"));
    fs::rename(&ledger, &away).unwrap();
    let (code, said) = one.assess();
    assert!(code == Some(3) && said.contains("is gone, and the store points to its records"), "{code:?} {said}");
    assert!(!ledger.join("log.json").exists());
    let _ = fs::remove_dir_all(&ledger);
    fs::rename(&away, &ledger).unwrap();

    let (log, kept) = (ledger.join("log.json"), one.syndic.state.path().join("kept"));
    fs::rename(&log, &kept).unwrap();
    let (code, said) = one.assess();
    assert!(code == Some(3) && said.contains("log.json") && !log.exists(), "{code:?} {said}");
    fs::rename(&kept, &log).unwrap();
    let (_, said) = one.assess();
    assert_eq!(one.verify().0, Some(0), "{said}");
}
