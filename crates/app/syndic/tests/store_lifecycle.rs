//! Findings over time, through the binary: opened, kept, fixed only where looked, reopened; evidence that verifies.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::Value;
use support::{Syndic, copy_tree, list, repository};
use syndic_evidence::Assessment;
use syndic_store::Store;

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

/// Records what `change` makes of the last run of `from` in a new state folder with the same key.
fn forged(from: &Syndic, change: impl FnOnce(&mut Assessment)) -> Syndic {
    let to = Syndic::new();
    for name in ["signing-key.pem", "signing-key.pub.pem"] {
        fs::copy(from.state.path().join(name), to.state.path().join(name)).unwrap();
    }
    let store =
        async |syndic: &Syndic| Store::open(syndic.state.path().join("syndic.db").to_str().unwrap()).await.unwrap();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let mut assessment = store(from).await.latest(None).await.unwrap().unwrap();
        change(&mut assessment);
        let new = store(&to).await;
        new.record(&assessment).await.unwrap();
        new.close().await;
    });
    to
}

#[test]
fn evidence_that_is_cited_and_gone_is_missed() {
    let honest = Syndic::new();
    honest.assess(&repository().join("examples/acme-support"), &[]);
    let mut gone = String::new();
    let syndic = forged(&honest, |assessment| {
        let cited = assessment.findings[0].evidence[0];
        assessment.evidence.retain(|piece| piece.digest != cited);
        gone = cited.to_string();
    });
    let output = syndic.run(&["evidence", "--verify"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(&format!("BAD  {gone}  missing")), "{text}");
}

#[test]
fn a_row_that_says_something_else_than_its_statement_is_bad() {
    let honest = Syndic::new();
    honest.assess(&repository().join("examples/acme-support"), &[]);
    let syndic = forged(&honest, |assessment| assessment.evidence[0].collector = "somebody".to_owned());
    let output = syndic.run(&["evidence", "--verify"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("the signed statement has another collector\n"), "{text}");
}

#[test]
fn a_run_without_any_evidence_is_never_verified() {
    let honest = Syndic::new();
    honest.assess(&repository().join("examples/acme-support"), &[]);
    let syndic = forged(&honest, |assessment| {
        assessment.evidence.clear();
        assessment.findings.clear();
        assessment.decision.controls.clear();
    });
    assert_eq!(syndic.run(&["evidence", "--verify"]).status.code(), Some(3));
}

#[test]
fn an_empty_or_half_made_store_is_not_clean() {
    let verbs =
        [&["findings"][..], &["assets"], &["diff"], &["evidence"], &["evidence", "--verify"], &["findings", "ab"]];
    let check = |syndic: &Syndic, what: &str| {
        for args in verbs {
            let output = syndic.run(args);
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(3), "{what} {args:?}: {told}");
            assert!(output.stdout.is_empty() && told.contains("syndic assess PATH"), "{what} {args:?}: {told}");
        }
    };
    let syndic = Syndic::new();
    fs::write(syndic.state.path().join("syndic.db"), "").unwrap();
    check(&syndic, "empty file");
    // A first run that was stopped between making the store and recording.
    let (honest, path) = (Syndic::new(), syndic.state.path().join("syndic.db"));
    honest.assess(&repository().join("examples/acme-support/prompts"), &[]);
    for name in ["signing-key.pem", "signing-key.pub.pem"] {
        fs::copy(honest.state.path().join(name), syndic.state.path().join(name)).unwrap();
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        Store::open(path.to_str().unwrap()).await.unwrap().close().await;
    });
    check(&syndic, "no run");
}

#[test]
fn a_rule_or_system_that_never_was_is_a_mistake() {
    let syndic = Syndic::new();
    syndic.assess(&repository().join("examples/acme-support"), &[]);
    for args in [
        &["findings", "--rule", "nope"][..],
        &["findings", "--rule", "supply.nope"],
        &["findings", "--rule", "suppl"],
        &["findings", "--system", "nope"],
        &["assets", "--system", "nope"],
        &["diff", "--system", "nope"],
    ] {
        let output = syndic.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for args in [&["findings", "--rule", "supply"][..], &["findings", "--system", "acme-support"]] {
        assert_eq!(syndic.run(args).status.code(), Some(1), "{args:?}");
    }
}

#[test]
fn first_runs_at_once_share_one_key_and_are_all_recorded() {
    let syndic = Syndic::new();
    let tree = repository().join("examples/acme-support/prompts");
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = syndic.command(&["assess", tree.to_str().unwrap()]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!told.contains("error"), "{told}");
    }
    let output = syndic.run(&["evidence", "--verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let left: Vec<_> = fs::read_dir(syndic.state.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".draft")), "{left:?}");
}

#[test]
fn a_lost_public_key_is_derived_again_and_a_strange_one_is_refused() {
    let tree = repository().join("examples/acme-support/prompts");
    let (syndic, other) = (Syndic::new(), Syndic::new());
    syndic.assess(&tree, &[]);
    other.assess(&tree, &[]);
    let public = syndic.state.path().join("signing-key.pub.pem");
    let before = fs::read(&public).unwrap();
    fs::remove_file(&public).unwrap();
    syndic.assess(&tree, &[]);
    assert_eq!(fs::read(&public).unwrap(), before);
    fs::copy(other.state.path().join("signing-key.pub.pem"), &public).unwrap();
    let output = syndic.run(&["assess", tree.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not the public half of"));
}

#[test]
fn a_lost_signing_key_is_not_replaced_silently() {
    let tree = repository().join("examples/acme-support/prompts");
    let syndic = Syndic::new();
    syndic.assess(&tree, &[]);
    let key = syndic.state.path().join("signing-key.pem");
    fs::remove_file(&key).unwrap();
    for more in ["signing-key.pem", "signing-key.pub.pem"] {
        let output = syndic.run(&["assess", tree.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains("restore the key"));
        assert!(!key.exists());
        // Nor when the public half is gone as well.
        let _ = fs::remove_file(syndic.state.path().join(more));
    }
}

#[test]
fn a_signing_key_that_is_open_to_others_is_closed_and_told() {
    let tree = repository().join("examples/acme-support/prompts");
    let syndic = Syndic::new();
    syndic.assess(&tree, &[]);
    let key = syndic.state.path().join("signing-key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let output = syndic.run(&["assess", tree.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("open to others (mode 0644)"));
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_run_that_keeps_nothing_writes_nothing() {
    let tree = repository().join("examples/acme-support/prompts");
    let syndic = Syndic::new();
    let (report, _) = syndic.assess(&tree, &["--no-store"]);
    assert!(!list(&report, "evidence").is_empty());
    assert_eq!(fs::read_dir(syndic.state.path()).unwrap().count(), 0);
    let nowhere = syndic.state.path().join("none");
    let args = ["assess", tree.to_str().unwrap(), "--no-store", "--state", nowhere.to_str().unwrap()];
    assert_ne!(syndic.run(&args).status.code(), Some(3));
    assert!(!nowhere.exists());
}

#[test]
fn evidence_still_verifies_after_old_runs_were_dropped_and_tampering_is_still_found() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("model.pkl"), b"\x80\x04]\x94.").unwrap();
    fs::write(tree.path().join("requirements.txt"), "torch\n").unwrap();
    let syndic = Syndic::new();
    for number in 0..4 {
        // Of equal decisions only the last would keep its evidence.
        fs::write(tree.path().join(format!("model{number}.pkl")), b"\x80\x04]\x94.").unwrap();
        syndic.assess(tree.path(), &["--keep-runs", "2"]);
    }
    let verified = syndic.run(&["evidence", "--verify"]);
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert_eq!(verified.status.code(), Some(0), "{}{said}", String::from_utf8_lossy(&verified.stdout));
    assert!(said.contains("dropped by retention"), "{said}");
    let path = syndic.state.path().join("syndic.db");
    let kept = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let store = Store::open(path.to_str().unwrap()).await.unwrap();
        let first = store.run_evidence().await.unwrap().remove(0);
        assert!(first.dropped_count > 0 && !first.listed.is_empty(), "{first:?}");
        let kept = store.evidence(&first.listed[0]).await.unwrap().unwrap();
        store.close().await;
        kept
    });
    forge_bytes(&path, &kept.envelope);
    let verified = syndic.run(&["evidence", "--verify"]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert_eq!(verified.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("BAD  {}", kept.digest)), "{said}");
}

/// Changes a byte of the signature of an envelope inside the database file.
fn forge_bytes(database: &std::path::Path, envelope: &[u8]) {
    let mut bytes = fs::read(database).unwrap();
    let from = String::from_utf8_lossy(envelope).find("\"sig\"").unwrap() + 12;
    // A page of the file may end inside the signature.
    let place = envelope[from..from + 60].windows(20).find_map(|part| {
        let mut places = bytes.windows(part.len()).enumerate().filter(|(_, found)| *found == part);
        let first = places.next().map(|(at, _)| at);
        first.filter(|_| places.next().is_none())
    });
    let byte = &mut bytes[place.unwrap()];
    *byte = if *byte == b'A' { b'B' } else { b'A' };
    fs::write(database, bytes).unwrap();
}
