//! Whoever changes a stored decision or finding without the key is found out by `syndic evidence --verify`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::PathBuf;

use support::{Syndic, repository};
use syndic_evidence::FindingState;
use syndic_store::{FindingFilter, Store};

/// A store after `runs` runs over the example.
fn assessed(runs: usize, more: &[&str]) -> (Syndic, PathBuf) {
    let syndic = Syndic::new();
    for _ in 0..runs {
        syndic.assess(&repository().join("examples/acme-support"), more);
    }
    let store = syndic.state.path().join("syndic.db");
    (syndic, store)
}

fn verify(syndic: &Syndic) -> (Option<i32>, String) {
    let output = syndic.run(&["evidence", "--verify"]);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}

/// Writes over every place of `from` in a file with text of the same length.
fn write_over(file: &PathBuf, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let mut bytes = fs::read(file).unwrap();
    let places: Vec<usize> =
        (0..bytes.len().saturating_sub(from.len())).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty(), "{from}");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_control_that_is_made_to_pass_is_named_in_the_last_run_and_missed_in_every_older_one() {
    let (syndic, store) = assessed(3, &["--keep-runs", "2"]);
    assert_eq!(verify(&syndic).0, Some(0), "{}", verify(&syndic).1);
    write_over(&store, "\"result\":\"fail\"", "\"result\":\"pass\"");
    let (code, said) = verify(&syndic);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("changed since it was signed: control SEC-01 of "), "{said}");
    assert_eq!(said.matches("changed since it was signed: its decision or a control of it").count(), 2, "{said}");
}

#[test]
fn a_finding_that_is_made_milder_is_named() {
    let (syndic, store) = assessed(1, &[]);
    write_over(&store, "\"severity\":\"high\"", "\"severity\":\"info\"");
    let (code, said) = verify(&syndic);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("changed since it was signed: finding sha256:"), "{said}");
}

#[test]
fn a_finding_whose_state_is_changed_is_the_one_that_is_named() {
    let (syndic, path) = assessed(1, &[]);
    let print = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let store = Store::open(path.to_str().unwrap()).await.unwrap();
        let first = store.findings(&FindingFilter::default()).await.unwrap().remove(0);
        let history = store.finding(&first.fingerprint.hex()).await.unwrap();
        let now = syndic_evidence::Timestamp::UNIX_EPOCH;
        store.judge(&history, FindingState::FalsePositive, "somebody", "", now).await.unwrap();
        store.close().await;
        first.fingerprint
    });
    let (code, said) = verify(&syndic);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(said.matches("changed since it was signed").count(), 1, "{said}");
    assert!(said.contains(&format!("changed since it was signed: finding {print}")), "{said}");
    // The next run speaks for what stands after it.
    syndic.assess(&repository().join("examples/acme-support"), &[]);
    assert_eq!(verify(&syndic).0, Some(0), "{}", verify(&syndic).1);
}

#[test]
fn a_run_that_nobody_signed_is_not_verified() {
    let (syndic, path) = assessed(1, &[]);
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let store = Store::open(path.to_str().unwrap()).await.unwrap();
        let mut again = store.latest(None).await.unwrap().unwrap();
        again.run.id = "01UNSIGNED".to_owned();
        store.record(&again).await.unwrap();
        store.close().await;
    });
    let (code, said) = verify(&syndic);
    assert_ne!(code, Some(0), "{said}");
}
