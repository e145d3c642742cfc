//! What only a SQLite file can do wrong: modes, damage, locks, schema versions.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

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
    assert!(matches!(error, StoreError::NewerSchema { found: 99, known: 1, .. }), "{error}");
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
