//! Why the store could not be opened, read or written; named by cause, each with the next step.

use std::path::{Path, PathBuf};

/// The world, the file or the caller is at fault; the text says which and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is not of a kind this store can open.
    #[error("store address `{url}` is not supported: give a path or sqlite:PATH")]
    Address {
        /// The address.
        url: String,
    },
    /// The file or its folder could not be made, opened or written.
    #[error("store {path}: {problem}: check that the folder exists, is writable and has room")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// Another process holds the write lock.
    #[error("store {path} is locked by another process: wait until it ends, or give this run its own --state folder")]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file is no SQLite database, or a damaged one.
    #[error("store {path} is not a usable database ({problem}): move it away and assess again, or restore a copy")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        problem: String,
    },
    /// The file was written by a newer version of the program.
    #[error(
        "store {path} has schema {found}, this version knows up to {known}: use the newer syndic, or another --state folder"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The schema version it has.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A run with this id is in the store already.
    #[error("run {run} is recorded already")]
    Recorded {
        /// The run.
        run: String,
    },
    /// No row, or more than one, begins with the given text.
    #[error("{count} findings begin with `{prefix}`: give {}", if *.count == 0 { "the start of a fingerprint that `syndic findings` lists" } else { "more characters" })]
    NoSuchFinding {
        /// What was asked for.
        prefix: String,
        /// How many rows begin with it.
        count: usize,
    },
    /// There is no such run.
    #[error("there is no run {run} in the store")]
    NoSuchRun {
        /// The run.
        run: String,
    },
    /// The run is older than those the store keeps whole.
    #[error("what run {run} saw is no longer kept: only the last runs of a system are, see --keep-runs")]
    RunShortened {
        /// The run.
        run: String,
    },
    /// The caller could not sign what the run leaves behind.
    #[error("the record of the run could not be signed: {problem}")]
    Unsigned {
        /// Why.
        problem: String,
    },
    /// A row does not hold what the program wrote.
    #[error("store {path}: {what} is not of the form: {problem}")]
    Form {
        /// The file.
        path: PathBuf,
        /// Which thing.
        what: &'static str,
        /// What the reader said.
        problem: String,
    },
    /// The database refused a statement for another reason.
    #[error("store {path}: {problem}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What it said.
        problem: String,
    },
}

/// What goes wrong inside, before it is known which file it is about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    #[error("{what}: {problem}")]
    Form { what: &'static str, problem: String },
    #[error("{0}")]
    Unsigned(String),
}

impl Fault {
    /// Makes a fault about a thing that cannot be written or read back.
    pub(crate) fn form(what: &'static str, problem: impl std::fmt::Display) -> Self {
        Self::Form { what, problem: problem.to_string() }
    }

    /// Names the cause and the file.
    pub(crate) fn at(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Form { what, problem } => StoreError::Form { path, what, problem },
            Self::Unsigned(problem) => StoreError::Unsigned { problem },
            Self::Sql(error) => by_cause(&error, path),
        }
    }
}

/// Sorts SQLite's primary result codes (the low byte of the extended ones).
fn by_cause(error: &sqlx::Error, path: PathBuf) -> StoreError {
    let problem = error.to_string();
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::Io(_) => StoreError::Io { path, problem },
            sqlx::Error::PoolTimedOut => StoreError::Locked { path },
            _ => StoreError::Database { path, problem },
        };
    };
    let code = database.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
    match code {
        Some(5 | 6) => StoreError::Locked { path },
        Some(11 | 26) => StoreError::Corrupt { path, problem },
        Some(8 | 10 | 13 | 14) => StoreError::Io { path, problem },
        _ => StoreError::Database { path, problem },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::Connection as _;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn a_write_lock_that_another_process_holds_is_named_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("syndic.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).busy_timeout(Duration::ZERO);
        let mut holder = SqliteConnection::connect_with(&options).await.unwrap();
        let mut other = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
        let error = sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap_err();
        let error = Fault::from(error).at(&path);
        assert!(matches!(&error, StoreError::Locked { path: named } if *named == path), "{error}");
        assert!(error.to_string().contains("--state"), "the next step is told: {error}");
    }
}
