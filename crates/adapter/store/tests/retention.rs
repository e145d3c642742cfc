//! The laws of retention: what old runs give up, what they keep, and that no loss hides behind it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod world;

use std::path::PathBuf;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use syndic_evidence::{Assessment, Digest, FindingState, SkipReason};
use syndic_store::{RunEvidence, Store, StoreError};
use world::World;

/// A store that keeps `runs` runs whole, and its file.
async fn store(runs: u32) -> (tempfile::TempDir, PathBuf, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db");
    let store = Store::open(path.to_str().unwrap()).await.unwrap().keeping(runs);
    (folder, path, store)
}

/// A run with three statements: one its decision cites, one its findings cite, one nothing cites. No two decide alike.
fn run(world: &World, number: u32) -> Assessment {
    let mut run = run_that_decides_alike(world, number);
    run.decision.controls[0].reasons = vec![format!("reason {number}")];
    run
}

fn run_that_decides_alike(world: &World, number: u32) -> Assessment {
    let mut run = world.run(number);
    let findings = run.evidence[0].clone();
    run.decision.controls[0].evidence = vec![digest(world, number, "decision")];
    for name in ["decision", "nothing"] {
        run.evidence.push(syndic_evidence::Evidence { digest: digest(world, number, name), ..findings.clone() });
    }
    run
}

fn digest(world: &World, number: u32, name: &str) -> Digest {
    Digest::of(format!("{} {number} {name}", world.name).as_bytes())
}

async fn of_run(store: &Store, id: &str) -> RunEvidence {
    store.run_evidence().await.unwrap().into_iter().find(|one| one.run == id).unwrap()
}

async fn raw(path: &PathBuf, sql: &'static str) {
    let mut connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path).foreign_keys(false)).await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn an_old_run_keeps_what_its_decision_cites_and_nothing_else_of_what_was_seen_again() {
    let (_folder, _path, store) = store(2).await;
    let world = World::new("acme");
    for number in 1..=3 {
        store.record(&run(&world, number)).await.unwrap();
    }
    let old = of_run(&store, "acme-run-1").await;
    assert_eq!((old.is_whole(), old.dropped_count), (true, 2));
    assert_eq!(old.listed, [digest(&world, 1, "decision")]);
    assert_eq!(store.evidence_digests().await.unwrap().len(), 1 + 3 + 3);
    for number in [2, 3] {
        assert_eq!(of_run(&store, &format!("acme-run-{number}")).await.dropped_count, 0, "the last runs stay whole");
    }
    let decisions = store.decisions(None, 9).await.unwrap();
    assert_eq!((decisions.len(), &decisions[2].decision), (3, &run(&world, 1).decision), "decisions stay for ever");
}

#[tokio::test]
async fn of_equal_decisions_the_last_keeps_the_evidence_for_all() {
    let (_folder, _path, store) = store(2).await;
    let world = World::new("acme");
    for number in 1..=3 {
        store.record(&run_that_decides_alike(&world, number)).await.unwrap();
    }
    for number in 4..=6 {
        store.record(&run(&world, number)).await.unwrap();
    }
    let kept = |number: u32| {
        let store = store.clone();
        async move { of_run(&store, &format!("acme-run-{number}")).await.listed }
    };
    assert_eq!(kept(1).await, []);
    assert_eq!(kept(2).await, []);
    assert_eq!(kept(3).await, [digest(&world, 3, "decision")], "the run after it decided something else");
    assert_eq!(kept(4).await, [digest(&world, 4, "decision")]);
    assert_eq!(store.decisions(None, 9).await.unwrap().len(), 6, "the decisions themselves stay");
    let there = store.evidence_digests().await.unwrap();
    let cited = store.cited_evidence().await.unwrap();
    assert!(cited.iter().all(|(digest, _)| there.contains(digest)), "nothing that was dropped is asked for");
    assert!(cited.iter().any(|(digest, _)| *digest == self::digest(&world, 3, "decision")));
}

#[tokio::test]
async fn a_decision_that_is_changed_to_differ_from_the_next_asks_for_its_evidence_again() {
    let (_folder, path, store) = store(2).await;
    let world = World::new("acme");
    for number in 1..=4 {
        store.record(&run_that_decides_alike(&world, number)).await.unwrap();
    }
    raw(
        &path,
        "INSERT INTO control_text SELECT x'00', replace(doc, '\"reasons\":[', '\"reasons\":[\"forged\",') \
         FROM control_text LIMIT 1; \
         UPDATE control_status SET text_digest = x'00' WHERE run_id = 'acme-run-1' AND position = 0",
    )
    .await;
    let cited = store.cited_evidence().await.unwrap();
    assert!(cited.iter().any(|(gone, _)| *gone == digest(&world, 1, "decision")));
}

#[tokio::test]
async fn evidence_of_a_finding_that_was_not_looked_at_again_stays_until_it_is_fixed() {
    let (_folder, _path, store) = store(2).await;
    let mut world = World::new("acme");
    let first = run(&world, 1);
    store.record(&first).await.unwrap();
    let unseen = world.findings.remove(0);
    for number in 2..=5 {
        let mut later = run(&world, number);
        world::skip(&mut later, &unseen.location.path, SkipReason::Unreadable);
        store.record(&later).await.unwrap();
    }
    let history = store.finding(&unseen.fingerprint.hex()).await.unwrap();
    assert_eq!(history.finding.state, FindingState::Open);
    assert_eq!(history.evidence, [first.evidence[0].digest]);
    assert!(store.evidence(&first.evidence[0].digest).await.unwrap().is_some());
    let cited = store.cited_evidence().await.unwrap();
    let kept = store.evidence_digests().await.unwrap();
    assert!(cited.iter().all(|(digest, _)| kept.contains(digest)), "nothing cites what was dropped");
}

#[tokio::test]
async fn evidence_of_a_fixed_finding_goes_with_its_run() {
    let (_folder, _path, store) = store(2).await;
    let mut world = World::new("acme");
    let first = run(&world, 1);
    store.record(&first).await.unwrap();
    world.findings.clear();
    for number in 2..=3 {
        store.record(&run(&world, number)).await.unwrap();
    }
    assert_eq!(store.evidence(&first.evidence[0].digest).await.unwrap(), None);
}

#[tokio::test]
async fn each_system_keeps_its_own_last_runs() {
    let (_folder, _path, store) = store(2).await;
    let (acme, beta) = (World::new("acme"), World::new("beta"));
    store.record(&run(&beta, 1)).await.unwrap();
    for number in 2..=6 {
        store.record(&run(&acme, number)).await.unwrap();
    }
    assert_eq!(of_run(&store, "beta-run-1").await.dropped_count, 0);
}

#[tokio::test]
async fn rows_of_what_runs_saw_do_not_grow_with_every_run() {
    let (_folder, path, store) = store(3).await;
    let world = World::new("acme");
    for number in 1..=12 {
        store.record(&run(&world, number)).await.unwrap();
    }
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    for (sql, wanted) in [
        ("SELECT COUNT(*) FROM run_asset", 3 * 3),
        ("SELECT COUNT(*) FROM run_finding", 3 * 2),
        ("SELECT COUNT(*) FROM evidence", 3 * 3 + 9),
        ("SELECT COUNT(*) FROM finding_evidence", 3 * 2),
        ("SELECT COUNT(*) FROM evidence_to_drop", 0),
        ("SELECT COUNT(*) FROM control_text", 12),
    ] {
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
        assert_eq!(count, wanted, "{sql}");
    }
    assert_eq!(store.latest(None).await.unwrap().unwrap().assets.len(), 3);
}

#[tokio::test]
async fn a_kept_statement_that_is_taken_away_from_an_old_run_is_missed() {
    for sql in ["DELETE FROM run_evidence WHERE run_id = 'acme-run-1'", "UPDATE run SET kept_count = 0"] {
        let (_folder, path, store) = store(2).await;
        let world = World::new("acme");
        for number in 1..=3 {
            store.record(&run(&world, number)).await.unwrap();
        }
        raw(&path, sql).await;
        assert!(!of_run(&store, "acme-run-1").await.is_whole(), "{sql}");
        store.record(&run(&world, 4)).await.unwrap();
        assert!(!of_run(&store, "acme-run-1").await.is_whole(), "a later run does not pledge it anew");
    }
}

#[tokio::test]
async fn a_loss_before_its_turn_is_not_hidden_by_dropping_the_rest() {
    for sql in [
        "DELETE FROM run_evidence WHERE run_id = 'acme-run-1' AND position = 1",
        "INSERT INTO evidence_to_drop SELECT digest FROM run_evidence WHERE run_id = 'acme-run-1' AND position = 1; \
         DELETE FROM evidence WHERE digest IN (SELECT digest FROM evidence_to_drop); DELETE FROM evidence_to_drop",
    ] {
        let (_folder, path, store) = store(2).await;
        let world = World::new("acme");
        store.record(&run(&world, 1)).await.unwrap();
        store.record(&run(&world, 2)).await.unwrap();
        raw(&path, sql).await;
        store.record(&run(&world, 3)).await.unwrap();
        let old = of_run(&store, "acme-run-1").await;
        let kept = store.evidence_digests().await.unwrap();
        assert_eq!(old.dropped_count, 0, "{sql}");
        assert!(!old.is_whole() || old.listed.iter().any(|digest| !kept.contains(digest)), "{sql}");
    }
}

#[tokio::test]
async fn runs_that_are_not_kept_whole_cannot_be_compared() {
    let (_folder, _path, store) = store(0).await;
    let world = World::new("acme");
    for number in 1..=3 {
        store.record(&run(&world, number)).await.unwrap();
    }
    let error = store.diff("acme-run-1", "acme-run-3").await.unwrap_err();
    assert!(matches!(error, StoreError::RunShortened { .. }), "{error}");
    assert!(store.latest_diff(None).await.unwrap().unwrap().opened.is_empty(), "at least two runs stay whole");
}

#[tokio::test]
async fn a_control_that_says_the_same_in_every_run_stands_once() {
    let (_folder, path, store) = store(2).await;
    let world = World::new("acme");
    for number in 1..=5 {
        store.record(&run_that_decides_alike(&world, number)).await.unwrap();
    }
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let texts: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM control_text").fetch_one(&mut connection).await.unwrap();
    assert_eq!(texts, 1);
    let decisions = store.decisions(None, 9).await.unwrap();
    for (number, stored) in (1..=5).rev().zip(&decisions) {
        assert_eq!(stored.decision, run_that_decides_alike(&world, number).decision, "each cites its own evidence");
    }
    assert_eq!(store.control_text_faults().await.unwrap(), Vec::<String>::new());
    raw(&path, "UPDATE control_text SET doc = replace(doc, 'fail', 'pass')").await;
    assert_eq!(store.control_text_faults().await.unwrap().len(), 1);
    raw(&path, "DELETE FROM control_text").await;
    let faults = store.control_text_faults().await.unwrap();
    assert!(faults.len() == 1 && faults[0].ends_with("it is gone"), "{faults:?}");
    assert!(matches!(store.decisions(None, 9).await.unwrap_err(), StoreError::Form { .. }));
}
