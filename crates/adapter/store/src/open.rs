//! Opens the store: one SQLite file, made with mode 0600, migrated, in write-ahead mode.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, SqlStr};

use crate::StoreError;
use crate::error::Fault;

/// How long a statement waits for another process's write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections in the pool: readers do not wait for each other, writers take turns.
const CONNECTION_LIMIT: u32 = 4;

/// The migrations: version, name, text. One file of `migrations/` each, never changed once released.
static MIGRATIONS: &[(i64, &str, &str)] = &[(1, "foundation", include_str!("../migrations/0001_foundation.sql"))];

/// An open store. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: SqlitePool,
    pub(crate) path: Arc<Path>,
}

impl Store {
    /// Opens the store at `url` (a path or `sqlite:PATH`), making the file and its folder if need be.
    ///
    /// # Errors
    /// The address is of another kind, the file cannot be made or is no database, another process holds it, or a newer
    /// version of the program wrote it.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let path = file_of(url)?;
        make_private(&path).map_err(|error| StoreError::Io { path: path.clone(), problem: error.to_string() })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTION_LIMIT)
            .connect_with(options)
            .await
            .map_err(|error| Fault::from(error).at(&path))?;
        let store = Self { pool, path: path.into() };
        store.migrate().await?;
        Ok(store)
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the connections, so that the write-ahead log is folded into the file.
    pub async fn close(self) {
        self.pool.close().await;
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let migrations: Vec<Migration> = MIGRATIONS
            .iter()
            .map(|(version, name, text)| {
                let text: SqlStr = (*text).into_sql_str();
                Migration::new(*version, (*name).into(), MigrationType::Simple, text, false)
            })
            .collect();
        let known = MIGRATIONS.last().map_or(0, |(version, _, _)| *version);
        let path = self.path.to_path_buf();
        match Migrator::with_migrations(migrations).run(&self.pool).await {
            Ok(()) => Ok(()),
            Err(MigrateError::VersionMissing(found) | MigrateError::VersionTooNew(found, _)) => {
                Err(StoreError::NewerSchema { path, found, known })
            }
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                Err(Fault::from(error).at(&path))
            }
            Err(error) => Err(StoreError::Corrupt { path, problem: error.to_string() }),
        }
    }
}

/// Takes the path out of an address.
fn file_of(url: &str) -> Result<PathBuf, StoreError> {
    let address = || StoreError::Address { url: url.to_owned() };
    let path = match url.strip_prefix("sqlite:") {
        Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
        None if url.contains("://") => return Err(address()),
        None => url,
    };
    if path.is_empty() || path.starts_with(":memory:") { Err(address()) } else { Ok(PathBuf::from(path)) }
}

/// Makes the folder and the empty file, both for the owner only; SQLite gives its side files the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        folder.create(parent)?;
    }
    match file.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_or_sqlite() {
        for (url, path) in [("a/b.db", "a/b.db"), ("sqlite:a.db", "a.db"), ("sqlite:///x/a.db", "/x/a.db")] {
            assert_eq!(file_of(url).unwrap(), PathBuf::from(path));
        }
        for url in ["postgres://h/d", "", "sqlite:", "sqlite::memory:"] {
            assert!(matches!(file_of(url), Err(StoreError::Address { .. })), "{url}");
        }
    }
}
