//! Many rows in few statements: SQLite is fast when asked seldom.

use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::Fault;

/// Bound values in one statement; SQLite takes 32,766, PostgreSQL 65,535.
pub(crate) const BIND_LIMIT: usize = 12_000;

/// A statement that inserts rows: what stands before and after `VALUES (…), (…)`.
pub(crate) struct Insert {
    /// `INSERT INTO table (columns)`.
    pub(crate) head: &'static str,
    /// How many columns there are.
    pub(crate) columns: usize,
    /// What to do with a row that is there already: `ON CONFLICT …`, or nothing.
    pub(crate) tail: &'static str,
}

/// Writes `rows` with as few statements as the bound on values allows.
pub(crate) async fn insert<T>(
    connection: &mut SqliteConnection,
    statement: &Insert,
    rows: &[T],
    mut bind: impl FnMut(&mut Separated<'_, Sqlite, &'static str>, &T),
) -> Result<(), Fault> {
    let rows_at_once = BIND_LIMIT.checked_div(statement.columns).unwrap_or(1).max(1);
    for chunk in rows.chunks(rows_at_once) {
        let mut builder = QueryBuilder::<Sqlite>::new(statement.head);
        builder.push(" ");
        builder.push_values(chunk, |mut values, row| bind(&mut values, row));
        builder.push(" ");
        builder.push(statement.tail);
        builder.build().execute(&mut *connection).await?;
    }
    Ok(())
}
