//! Opens the store: one SQLite file, made with mode 0600, migrated, in write-ahead mode.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, SqlStr};

use crate::error::Fault;
use crate::{DEFAULT_KEPT_RUNS, LEAST_KEPT_RUNS, StoreError};

/// How long a statement waits for another process's write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections in the pool: readers do not wait for each other, writers take turns.
const CONNECTION_LIMIT: u32 = 4;

/// The migrations: version, name, text. One file of `migrations/` each, never changed once released.
static MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "foundation", include_str!("../migrations/0001_foundation.sql")),
    (2, "evidence pledge", include_str!("../migrations/0002_evidence_pledge.sql")),
    (3, "retention", include_str!("../migrations/0003_retention.sql")),
    (4, "run record", include_str!("../migrations/0004_run_record.sql")),
    (5, "ledger", include_str!("../migrations/0005_ledger.sql")),
    (6, "control text", include_str!("../migrations/0006_control_text.sql")),
];

/// How long to wait between two attempts at what SQLite refuses at once instead of waiting for.
const RETRY: Duration = Duration::from_millis(50);

/// An open store. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: SqlitePool,
    pub(crate) path: Arc<Path>,
    pub(crate) kept_runs: u32,
}

impl Store {
    /// Opens the store at `url` (a path or `sqlite:PATH`), making the file and its folder if need be. A store that may
    /// not be written is opened for reading; recording then fails.
    ///
    /// # Errors
    /// The address is of another kind, the file cannot be made or is no database, another process holds it, or a newer
    /// version of the program wrote it.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let path = file_of(url)?;
        let error = match Self::open_to_write(&path).await {
            Err(error @ StoreError::Io { .. }) if path.is_file() => error,
            outcome => return outcome,
        };
        // What kept it from being written is what the user needs to hear when it cannot be read either.
        Self::open_to_read(&path)
            .await
            .map_err(|read| if let StoreError::NewerSchema { .. } = read { read } else { error })
    }

    async fn open_to_write(path: &Path) -> Result<Self, StoreError> {
        make_private(path).map_err(|error| StoreError::Io { path: path.to_owned(), problem: error.to_string() })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT);
        let began = Instant::now();
        loop {
            // Two that turn on write-ahead mode at once: SQLite refuses one of them without waiting.
            let outcome = async {
                let store = Self::connect(path, options.clone()).await?;
                store.migrate().await?;
                Ok(store)
            };
            match outcome.await {
                Err(StoreError::Locked { .. }) if began.elapsed() < BUSY_TIMEOUT => tokio::time::sleep(RETRY).await,
                outcome => return outcome,
            }
        }
    }

    async fn connect(path: &Path, options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTION_LIMIT)
            .connect_with(options)
            .await
            .map_err(|error| Fault::from(error).at(path))?;
        Ok(Self { pool, path: path.into(), kept_runs: DEFAULT_KEPT_RUNS })
    }

    /// Opens a store in a place that may not be written.
    async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
        let outcome = async {
            let store = Self::connect(path, options.clone()).await?;
            store.refuse_other_schema().await?;
            Ok(store)
        };
        match outcome.await {
            // Write-ahead mode needs side files, which cannot be made here. Without a log that waits to be folded in,
            // the file alone is the whole store.
            Err(StoreError::Io { .. }) if !has_log(path) => {
                let store = Self::connect(path, options.immutable(true)).await?;
                store.refuse_other_schema().await?;
                Ok(store)
            }
            outcome => outcome,
        }
    }

    /// A store that cannot be migrated is readable only in the schema this version knows.
    async fn refuse_other_schema(&self) -> Result<(), StoreError> {
        let found: Option<i64> = self
            .named(async {
                Ok(sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&self.pool).await?)
            })
            .await?;
        let (path, found, known) = (self.path.to_path_buf(), found.unwrap_or_default(), known_schema());
        match found.cmp(&known) {
            Ordering::Equal => Ok(()),
            Ordering::Greater => Err(StoreError::NewerSchema { path, found, known }),
            Ordering::Less => {
                Err(StoreError::Database { path, problem: format!("schema {found} cannot be brought to {known}") })
            }
        }
    }

    /// Keeps this many runs of a system whole when the next one is recorded, at least [`LEAST_KEPT_RUNS`].
    #[must_use]
    pub fn keeping(mut self, runs: u32) -> Self {
        self.kept_runs = runs.max(LEAST_KEPT_RUNS);
        self
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes the connections, so that the write-ahead log is folded into the file.
    pub async fn close(self) {
        self.pool.close().await;
    }

    async fn has_schema(&self, version: i64) -> bool {
        let found =
            sqlx::query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations WHERE version >= ? AND success = 1")
                .bind(version)
                .fetch_optional(&self.pool);
        matches!(found.await, Ok(Some(_)))
    }

    /// Migrates under the write lock: of several first runs at once one migrates, the others find it done.
    async fn migrate_alone(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        migrator.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let migrations: Vec<Migration> = MIGRATIONS
            .iter()
            .map(|(version, name, text)| {
                let text: SqlStr = (*text).into_sql_str();
                Migration::new(*version, (*name).into(), MigrationType::Simple, text, false)
            })
            .collect();
        let known = known_schema();
        let path = self.path.to_path_buf();
        let migrator = Migrator::with_migrations(migrations);
        let outcome = if self.has_schema(known).await {
            // Checks that what was applied is what this version knows, without waiting for a writer.
            migrator.run(&self.pool).await
        } else {
            self.migrate_alone(&migrator).await
        };
        match outcome {
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

/// The newest schema this version knows.
fn known_schema() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, _, _)| *version)
}

/// Says whether a write-ahead log waits to be folded into the file.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
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
