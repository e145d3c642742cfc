//! The laws of the signed record: whatever is changed after a run was recorded differs from what was signed, and is named.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod world;

use std::path::PathBuf;
use std::sync::Mutex;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use syndic_store::{RunRecord, Standing, Store, StoreError};
use world::World;

async fn store() -> (tempfile::TempDir, PathBuf, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db");
    let store = Store::open(path.to_str().unwrap()).await.unwrap();
    (folder, path, store)
}

/// Records runs and returns what each was asked to sign.
async fn record(store: &Store, world: &World, numbers: std::ops::RangeInclusive<u32>) -> Vec<Standing> {
    let signed = Mutex::new(Vec::new());
    let sign = |standing: &Standing| {
        signed.lock().unwrap().push(standing.clone());
        Ok(standing.run.clone().into_bytes())
    };
    for number in numbers {
        store.record_signed(&world.run(number), &sign).await.unwrap();
    }
    signed.into_inner().unwrap()
}

async fn changed(path: &PathBuf, sql: &'static str) {
    let mut connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path).foreign_keys(false)).await.unwrap();
    assert!(sqlx::query(sql).execute(&mut connection).await.unwrap().rows_affected() > 0, "{sql}");
}

async fn last(store: &Store) -> RunRecord {
    store.run_records().await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn what_was_signed_is_what_is_there() {
    let (_folder, _path, store) = store().await;
    let signed = record(&store, &World::new("acme"), 1..=3).await;
    let records = store.run_records().await.unwrap();
    for (record, signed) in records.iter().zip(&signed) {
        assert_eq!(record.envelope.as_deref(), Some(signed.run.as_bytes()));
        assert_eq!(record.now.decision, signed.decision);
    }
    assert_eq!(records.iter().map(|record| record.is_last).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(records[2].now, signed[2]);
    assert_eq!(records[2].recorded_rows.as_ref(), Some(&signed[2].rows));
    assert_eq!((&records[0].recorded_rows, &records[0].recorded_decision), (&None, &None), "one list a system is kept");
}

#[tokio::test]
async fn a_change_to_any_column_of_what_stands_is_named() {
    for (sql, named) in [
        ("UPDATE finding SET state = 'fixed' WHERE fingerprint = (SELECT MIN(fingerprint) FROM finding)", "finding "),
        ("UPDATE finding SET severity_rank = 0", "finding "),
        ("UPDATE finding SET doc = replace(doc, '\"severity\":\"', '\"severity\":\"x')", "finding "),
        ("UPDATE finding SET fixed_at = ''", "finding "),
        ("DELETE FROM finding", "finding "),
        ("UPDATE asset SET present = 0", "asset "),
        ("UPDATE run SET doc = replace(doc, '\"files_seen\":', '\"files_seen\":1')", "run "),
    ] {
        let (_folder, path, store) = store().await;
        record(&store, &World::new("acme"), 1..=1).await;
        changed(&path, sql).await;
        let record = last(&store).await;
        let names = record.recorded_rows.unwrap().differing(&record.now.rows);
        assert!(!names.is_empty() && names.iter().all(|name| name.starts_with(named)), "{sql}: {names:?}");
        assert_eq!(record.recorded_decision.unwrap(), record.now.decision, "{sql}");
    }
}

#[tokio::test]
async fn a_change_to_a_decision_old_or_new_is_found() {
    for sql in [
        "UPDATE decision SET verdict = 'allow'",
        "UPDATE control_status SET result = 'pass'",
        "UPDATE control_status SET doc = replace(doc, '\"result\":\"', '\"result\":\"x')",
        "DELETE FROM control_status",
    ] {
        let (_folder, path, store) = store().await;
        let signed = record(&store, &World::new("acme"), 1..=2).await;
        changed(&path, sql).await;
        for (record, signed) in store.run_records().await.unwrap().iter().zip(&signed) {
            assert_ne!(record.now.decision, signed.decision, "{sql}");
        }
        let record = last(&store).await;
        assert!(!record.recorded_decision.unwrap().differing(&record.now.decision).is_empty(), "{sql}");
    }
}

#[tokio::test]
async fn a_run_that_ends_first_and_is_recorded_last_speaks_for_what_stands() {
    let (_folder, _path, store) = store().await;
    let world = World::new("acme");
    let signed = record(&store, &world, 2..=2).await;
    let later = record(&store, &world, 1..=1).await;
    let records = store.run_records().await.unwrap();
    assert!(records[0].is_last && !records[1].is_last);
    assert_eq!(records[0].now, later[0]);
    assert_eq!(records[1].now.decision, signed[0].decision);
}

#[tokio::test]
async fn each_system_has_its_own_last_record_and_an_unsigned_run_has_none() {
    let (_folder, _path, store) = store().await;
    record(&store, &World::new("acme"), 1..=1).await;
    record(&store, &World::new("beta"), 2..=2).await;
    assert!(store.run_records().await.unwrap().iter().all(|record| record.is_last));
    store.record(&World::new("beta").run(3)).await.unwrap();
    assert_eq!(last(&store).await.envelope, None);
}

#[tokio::test]
async fn a_run_that_cannot_be_signed_is_not_recorded() {
    let (_folder, _path, store) = store().await;
    let error = store.record_signed(&World::new("acme").run(1), &|_| Err("no key".to_owned())).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unsigned { problem } if problem == "no key"), "{error}");
    assert!(store.is_empty().await.unwrap());
}
