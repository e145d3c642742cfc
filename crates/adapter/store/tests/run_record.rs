//! The laws of the signed record: whatever is changed after a run was recorded differs from what was signed, and is named.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test stops at the first surprise")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod world;

use std::path::PathBuf;
use std::sync::Mutex;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use syndic_evidence::{FindingState, Timestamp};
use syndic_store::{Judgement, Pointed, RunRecord, Standing, Store, StoreError, Tables, Unrecorded};
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
        for table in ["decision", "control_status", "finding_event", "run_asset", "run"] {
            assert_eq!(record.now.tables.table(table), signed.tables.table(table), "{table}");
        }
    }
    assert_eq!(records.iter().map(|record| record.is_last).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(records[2].now.tables, signed[2].tables);
    for table in ["finding", "asset", "relation", "risk", "finding_evidence"] {
        assert_eq!(signed[1].before.table(table), signed[0].tables.table(table), "{table}");
    }
    assert_eq!(records[2].recorded.as_ref(), Some(&signed[2].tables));
    assert_eq!(records[0].recorded, None, "one list a system is kept");
}

/// Names the tables that differ between two readings, with the rows.
fn differing(one: &Tables, two: &Tables) -> Vec<(String, Vec<String>)> {
    let tables = one.iter().map(|(name, rows)| {
        let other = two.table(name).cloned().unwrap_or_default();
        (name.to_owned(), rows.differing(&other))
    });
    tables.filter(|(_, rows)| !rows.is_empty()).collect()
}

#[tokio::test]
async fn a_change_to_what_a_run_left_is_in_its_table_alone() {
    for (sql, table) in [
        ("UPDATE finding SET state = 'fixed' WHERE fingerprint = (SELECT MIN(fingerprint) FROM finding)", "finding"),
        ("UPDATE finding SET severity_rank = 0", "finding"),
        ("UPDATE finding SET doc = replace(doc, '\"severity\":\"', '\"severity\":\"x')", "finding"),
        ("UPDATE finding SET fixed_at = ''", "finding"),
        ("UPDATE finding SET message = CAST(message AS BLOB)", "finding"),
        ("UPDATE finding SET message = message || char(0) || 'hidden'", "finding"),
        ("DELETE FROM finding", "finding"),
        ("DELETE FROM finding_evidence", "finding_evidence"),
        ("UPDATE finding_event SET actor = 'eve'", "finding_event"),
        ("UPDATE asset SET present = 0", "asset"),
        ("UPDATE run SET doc = replace(doc, '\"files_seen\":', '\"files_seen\":1')", "run"),
        ("UPDATE run_asset SET urn = urn || 'x' WHERE position = 1", "run_asset"),
        ("UPDATE decision SET verdict = 'allow'", "decision"),
        ("UPDATE control_status SET result = 'pass'", "control_status"),
        ("DELETE FROM control_status", "control_status"),
    ] {
        let (_folder, path, store) = store().await;
        record(&store, &World::new("acme"), 1..=1).await;
        changed(&path, sql).await;
        let record = last(&store).await;
        let found = differing(&record.recorded.unwrap(), &record.now.tables);
        assert_eq!(found.iter().map(|(table, _)| table.as_str()).collect::<Vec<_>>(), [table], "{sql}");
    }
}

#[tokio::test]
async fn a_change_to_a_decision_of_an_older_run_is_found() {
    for sql in [
        "UPDATE decision SET verdict = 'allow'",
        "UPDATE control_status SET result = 'pass'",
        "UPDATE control_status SET doc = doc || x'00'",
        "UPDATE control_text SET doc = replace(doc, '\"result\":\"', '\"result\":\"x')",
        "DELETE FROM control_status",
    ] {
        let (_folder, path, store) = store().await;
        let signed = record(&store, &World::new("acme"), 1..=2).await;
        changed(&path, sql).await;
        for (record, signed) in store.run_records().await.unwrap().iter().zip(&signed) {
            assert_eq!(differing(&record.now.tables, &signed.tables).len(), 1, "{sql}");
        }
    }
}

#[tokio::test]
async fn what_retention_left_of_a_run_is_signed_with_the_run_that_shortened_it() {
    let (_folder, path, store) = store().await;
    let store = store.keeping(2);
    let signed = record(&store, &World::new("acme"), 1..=3).await;
    let [(run, left)] = &signed[2].pruned[..] else { panic!("{:?}", signed[2].pruned) };
    let records = store.run_records().await.unwrap();
    assert_eq!((run.as_str(), records[0].pruned_by.as_deref()), ("acme-run-1", Some("acme-run-3")));
    assert!(records[0].is_shortened && !records[1].is_shortened);
    for (table, rows) in left.iter() {
        assert_eq!(records[0].now.tables.table(table), Some(rows), "{table}");
    }
    changed(&path, "UPDATE run SET kept_count = 7 WHERE id = 'acme-run-1'").await;
    let now = store.run_records().await.unwrap();
    assert_ne!(now[0].now.tables.table("run"), left.table("run"));
}

#[tokio::test]
async fn a_judgement_speaks_for_what_stands_until_the_next_run() {
    let (_folder, path, store) = store().await;
    let world = World::new("acme");
    record(&store, &world, 1..=1).await;
    let id = judge(&store, &world, FindingState::Accepted, None).await;
    let judgements = store.judgement_records().await.unwrap();
    let [one] = &judgements[..] else { panic!("{judgements:?}") };
    assert_eq!((&one.event, one.now.is_some(), &one.now), (&id, true, &one.recorded));
    assert!(!last(&store).await.is_last, "the run no longer speaks for what stands");
    changed(&path, "UPDATE finding SET state = 'open'").await;
    let [one] = <[_; 1]>::try_from(store.judgement_records().await.unwrap()).unwrap();
    assert_eq!(differing(&one.recorded.unwrap(), &one.now.unwrap()).len(), 1);
    record(&store, &world, 2..=2).await;
    let [one] = <[_; 1]>::try_from(store.judgement_records().await.unwrap()).unwrap();
    assert_eq!((one.now, one.recorded), (None, None));
    assert!(last(&store).await.is_last);
}

#[tokio::test]
async fn a_judgement_that_cannot_be_signed_is_not_recorded() {
    let (_folder, _path, store) = store().await;
    let world = World::new("acme");
    record(&store, &world, 1..=1).await;
    let history = store.finding(&world.findings[0].fingerprint.hex()).await.unwrap();
    let accepted = judgement(FindingState::Accepted, None);
    let refused = store.judge_signed(&history, &accepted, &|_| Err("no key".to_owned())).await;
    assert!(matches!(refused, Err(StoreError::Unsigned { .. })));
    assert_eq!(store.finding(&world.findings[0].fingerprint.hex()).await.unwrap(), history);
}

#[tokio::test]
async fn an_acceptance_ends_at_its_date_whether_the_finding_is_seen_again_or_not() {
    let (_folder, _path, store) = store().await;
    let mut world = World::new("acme");
    record(&store, &world, 1..=1).await;
    let state = async |store: &Store, world: &World| {
        store.finding(&world.findings[0].fingerprint.hex()).await.unwrap().finding.state
    };
    let far = Timestamp::new(32_000_000_000, 0).unwrap();
    judge(&store, &world, FindingState::Accepted, Some(far)).await;
    assert_eq!(state(&store, &world).await, FindingState::Accepted);
    // The end is over for who reads now, and for the run that ends after it.
    let over = world.run(2).run.finished_at;
    judge(&store, &world, FindingState::Accepted, Some(over)).await;
    assert_eq!(over <= Timestamp::now(), state(&store, &world).await == FindingState::Open);
    let sign = |_: &Standing| Ok(Vec::new());
    let changes = store.record_signed(&world.run(3), &sign).await.unwrap();
    assert_eq!((&changes.expired[..], changes.opened.len()), (&[world.findings[0].fingerprint][..], 0));
    assert_eq!(state(&store, &world).await, FindingState::Open);
    let history = store.finding(&world.findings[0].fingerprint.hex()).await.unwrap();
    assert_eq!(history.events.last().unwrap().kind, "expired");
    assert_eq!(history.accepted_until, None);

    judge(&store, &world, FindingState::Accepted, Some(world.run(4).run.finished_at)).await;
    let kept = world.findings.clone();
    let gone = world.findings.remove(0);
    let changes = store.record_signed(&world.run(5), &sign).await.unwrap();
    assert_eq!((&changes.expired[..], &changes.fixed[..]), (&[gone.fingerprint][..], &[gone.fingerprint][..]));
    world.findings = kept;
    assert_eq!(state(&store, &world).await, FindingState::Fixed);
}

fn judgement(state: FindingState, until: Option<Timestamp>) -> Judgement {
    let at = Timestamp::new(1_780_000_070, 0).unwrap();
    Judgement { state, until, actor: "user:ada".to_owned(), reason: "known and wanted".to_owned(), at }
}

async fn judge(store: &Store, world: &World, state: FindingState, until: Option<Timestamp>) -> String {
    let history = store.finding(&world.findings[0].fingerprint.hex()).await.unwrap();
    store
        .judge_signed(&history, &judgement(state, until), &|judged| Ok(judged.event.clone().into_bytes()))
        .await
        .unwrap()
}

#[tokio::test]
async fn what_no_record_of_the_ledger_speaks_for_is_known_until_it_points_there() {
    let (_folder, _path, store) = store().await;
    let world = World::new("acme");
    record(&store, &world, 1..=1).await;
    let event = judge(&store, &world, FindingState::FalsePositive, None).await;
    let waiting = store.unrecorded().await.unwrap();
    let [Unrecorded::Run(run), Unrecorded::Judgement(judged)] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!((run.evidence.len(), run.events.len(), run.is_older), (1, 2, false));
    assert_eq!((&judged.event.id, judged.event.kind.as_str()), (&event, "false_positive"));
    let mut rows =
        vec![Pointed::Run(run.now.run.clone()), Pointed::Decision(run.now.run.clone()), Pointed::Event(event)];
    rows.extend(run.evidence.iter().map(|one| Pointed::Evidence(one.digest.clone())));
    rows.extend(run.events.iter().map(|one| Pointed::Event(one.id.clone())));
    let pointers: Vec<_> = rows.into_iter().zip(5_u64..).collect();
    store.point(&pointers).await.unwrap();
    assert_eq!(store.unrecorded().await.unwrap(), []);
    let pointing = store.pointing_rows().await.unwrap();
    assert_eq!(pointing.len(), pointers.len());
    for (row, index) in pointers {
        let found = pointing.iter().find(|one| one.row == row).unwrap();
        assert_eq!(found.index, i64::try_from(index).ok(), "{row:?}");
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
    assert_eq!(records[0].now.tables, later[0].tables);
    assert_eq!(records[1].now.tables.table("control_status"), signed[0].tables.table("control_status"));
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
