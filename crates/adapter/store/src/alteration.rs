//! What somebody with the file and without the key can do: read and alter rows behind the back of the store.
//!
//! Only for tests of what finds that, in crates that cannot speak SQL themselves.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Column as _, Connection as _, Row as _};

use crate::StoreError;
use crate::error::Fault;

/// Runs statements on a store's file, foreign keys unchecked. Returns how many rows they changed.
///
/// # Errors
/// The file cannot be opened, or SQLite refuses a statement.
pub async fn alter(path: &Path, sql: &str) -> Result<u64, StoreError> {
    let run = async {
        let mut connection = connect(path).await?;
        let outcome = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
        connection.close().await?;
        Ok::<_, Fault>(outcome.rows_affected())
    };
    run.await.map_err(|fault| fault.at(path))
}

/// Returns the rows of a query, every value as its text; an absent one is empty.
///
/// # Errors
/// As [`alter`].
pub async fn read(path: &Path, sql: &str) -> Result<Vec<Vec<String>>, StoreError> {
    let run = async {
        let mut connection = connect(path).await?;
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await?;
        connection.close().await?;
        let text = |row: &sqlx::sqlite::SqliteRow| {
            let value = |column: &sqlx::sqlite::SqliteColumn| {
                let bytes: Option<Vec<u8>> = row.try_get_unchecked(column.ordinal())?;
                Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
            };
            row.columns().iter().map(value).collect::<Result<Vec<_>, sqlx::Error>>()
        };
        Ok::<_, Fault>(rows.iter().map(text).collect::<Result<_, _>>()?)
    };
    run.await.map_err(|fault| fault.at(path))
}

async fn connect(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path).foreign_keys(false)).await
}
