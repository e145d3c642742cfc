//! What only a SQLite file can do wrong: modes, damage, locks, schema versions.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod world;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use syndic_store::{Store, StoreError};

async fn raw(path: &std::path::Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_side_files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/syndic.db");
    let _store = Store::open(path.to_str().unwrap()).await.unwrap();
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
}

#[tokio::test]
async fn opening_twice_keeps_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db");
    for _ in 0..2 {
        Store::open(path.to_str().unwrap()).await.unwrap().close().await;
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db");
    Store::open(path.to_str().unwrap()).await.unwrap().close().await;
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
               VALUES (99, 'future', 1, x'00', 0)";
    sqlx::query(sql).execute(&mut raw(&path).await).await.unwrap();
    let error = Store::open(path.to_str().unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, known: 6, .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db");
    std::fs::write(&path, b"this is a text file and no database at all, is it not? ".repeat(50)).unwrap();
    let error = Store::open(path.to_str().unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_io_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"").unwrap();
    let error = Store::open(folder.path().join("file/syndic.db").to_str().unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_delete_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db");
    Store::open(path.to_str().unwrap()).await.unwrap().close().await;
    let mut connection = raw(&path).await;
    sqlx::query(
        "INSERT INTO evidence (digest, predicate_type, asset, subject_digest, collector, tool_version, collected_at, \
         key_id, envelope) VALUES ('d', 'p', 'a', 's', 'c', 't', 'w', 'k', x'00')",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    for sql in ["UPDATE evidence SET asset = 'b'", "DELETE FROM evidence"] {
        let error = sqlx::query(sql).execute(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stores_that_open_at_once_on_nothing_migrate_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db").to_str().unwrap().to_owned();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { Store::open(&path).await.unwrap().is_empty().await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
}

#[tokio::test]
async fn evidence_taken_away_behind_the_back_of_the_store_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db");
    let store = Store::open(path.to_str().unwrap()).await.unwrap();
    store.record(&world::World::new("acme").run(1)).await.unwrap();
    assert!(store.run_evidence().await.unwrap().iter().all(syndic_store::RunEvidence::is_whole));
    sqlx::query("DELETE FROM run_evidence").execute(&mut raw(&path).await).await.unwrap();
    assert!(!store.run_evidence().await.unwrap().iter().any(syndic_store::RunEvidence::is_whole));
    assert_eq!(store.evidence_digests().await.unwrap().len(), 1, "the statement is there, and no run lists it");
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_may_not_be_written_is_read_but_not_recorded_in() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syndic.db");
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let world = world::World::new("acme");
    let store = Store::open(path.to_str().unwrap()).await.unwrap();
    store.record(&world.run(1)).await.unwrap();
    store.close().await;
    mode(&path, 0o400);
    mode(folder.path(), 0o500);
    if std::fs::write(folder.path().join("probe"), "").is_ok() {
        // The superuser may write anywhere.
        return;
    }
    let store = Store::open(path.to_str().unwrap()).await.unwrap();
    assert_eq!(store.latest(None).await.unwrap().unwrap().run, world.run(1).run);
    let error = store.record(&world.run(2)).await.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    mode(folder.path(), 0o700);
}
