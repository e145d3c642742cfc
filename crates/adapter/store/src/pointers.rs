//! Pointers from rows to the records of the ledger that speak for them.

use std::collections::{BTreeMap, HashSet};

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use syndic_evidence::Digest;

use crate::error::Fault;
use crate::row_digests::RowDigests;
use crate::tables::{JUDGEMENT_RECORD, Owner, TABLES, Table, Tables};
use crate::write::BIND_LIMIT;
use crate::{Store, StoreError};

/// A row that points into the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pointed {
    /// A run, by its id.
    Run(String),
    /// What retention left of a run, by its id.
    Remains(String),
    /// The decision of a run, by its id.
    Decision(String),
    /// A statement, by its digest.
    Evidence(String),
    /// An event of a finding, by its id; the signed record of a judgement is found through it.
    Event(String),
}

/// A pointer as it stands in a row, with the digest of that row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointingRow {
    /// The row.
    pub row: Pointed,
    /// Digest over its other columns.
    pub digest: Digest,
    /// Where it points, if anywhere.
    pub index: Option<i64>,
}

/// A column that points, with the table it stands in and what tells the rows apart.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    table: &'static str,
    key: &'static str,
    name: &'static str,
    /// Whether a row that points already is left alone: a statement may be part of several runs.
    is_kept: bool,
}

const RUN: Column = Column { table: "run", key: "id", name: "ledger_index", is_kept: false };
const REMAINS: Column = Column { table: "run", key: "id", name: "pruned_index", is_kept: false };
const DECISION: Column = Column { table: "decision", key: "run_id", name: "ledger_index", is_kept: false };
const EVIDENCE: Column = Column { table: "evidence", key: "digest", name: "ledger_index", is_kept: true };
const EVENT: Column = Column { table: "finding_event", key: "id", name: "ledger_index", is_kept: false };

/// Returns where a row keeps its pointer, and its key.
fn column_of(row: &Pointed) -> (&'static Column, &str) {
    match row {
        Pointed::Run(id) => (&RUN, id),
        Pointed::Remains(id) => (&REMAINS, id),
        Pointed::Decision(run) => (&DECISION, run),
        Pointed::Evidence(digest) => (&EVIDENCE, digest),
        Pointed::Event(id) => (&EVENT, id),
    }
}

/// Writes the pointers of one column, many rows to a statement. Of several pointers of one row the first stays where
/// rows that point are left alone, else the last.
async fn write_pointers(connection: &mut SqliteConnection, column: &Column, rows: &[(&str, i64)]) -> Result<(), Fault> {
    let mut by_key: BTreeMap<&str, i64> = BTreeMap::new();
    for (key, index) in rows {
        if !(column.is_kept && by_key.contains_key(key)) {
            by_key.insert(key, *index);
        }
    }
    let by_key: Vec<_> = by_key.into_iter().collect();
    for chunk in by_key.chunks(BIND_LIMIT / 2) {
        let mut query = QueryBuilder::<Sqlite>::new("WITH pointer (row_key, row_index) AS (");
        query.push_values(chunk, |mut values, (key, index)| {
            values.push_bind(*key).push_bind(*index);
        });
        query.push(") UPDATE ").push(column.table).push(" SET ").push(column.name).push(" = row_index FROM pointer");
        query.push(" WHERE ").push(column.key).push(" = row_key");
        if column.is_kept {
            query.push(" AND ").push(column.name).push(" IS NULL");
        }
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// A table, the column that points, and what such a row is called.
type Kind = (&'static str, &'static str, fn(String) -> Pointed);

impl Store {
    /// Writes where the ledger holds what these rows say, all or none.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn point(&self, pointers: &[(Pointed, u64)]) -> Result<(), StoreError> {
        let write = async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            let mut by_kind: BTreeMap<&'static Column, Vec<(&str, i64)>> = BTreeMap::new();
            for (row, index) in pointers {
                let index = i64::try_from(*index).map_err(|error| Fault::form("a ledger index", error))?;
                let (column, key) = column_of(row);
                by_kind.entry(column).or_default().push((key, index));
            }
            for (column, rows) in by_kind {
                write_pointers(&mut transaction, column, &rows).await?;
            }
            transaction.commit().await?;
            Ok(())
        };
        self.named(write).await
    }

    /// Returns every row that should point into the ledger.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn pointing_rows(&self) -> Result<Vec<PointingRow>, StoreError> {
        let kinds: [Kind; 5] = [
            ("run", "ledger_index", Pointed::Run),
            ("run", "pruned_index", Pointed::Remains),
            ("decision", "ledger_index", Pointed::Decision),
            ("evidence", "ledger_index", Pointed::Evidence),
            ("finding_event", "ledger_index", Pointed::Event),
        ];
        let read = async {
            let mut connection = self.pool.acquire().await?;
            // A run that is whole has no remains to speak for.
            let whole: Vec<String> = sqlx::query_scalar(
                "SELECT id FROM run WHERE kept_digest IS NULL AND pruned_by IS NULL AND pruned_index IS NULL",
            )
            .fetch_all(&mut *connection)
            .await?;
            let whole: HashSet<Pointed> = whole.into_iter().map(Pointed::Remains).collect();
            let mut rows = Vec::new();
            for (table, pointer, row) in kinds {
                let Some(table) = Table::named(table) else { continue };
                for (key, digest, index) in table.pointing(&mut connection, pointer).await? {
                    let row = row(key);
                    if !whole.contains(&row) {
                        rows.push(PointingRow { row, digest, index });
                    }
                }
            }
            Ok(rows)
        };
        self.named(read).await
    }

    /// Returns the signed records of judgements: the event and the digest of the row.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn judgement_rows(&self) -> Result<Vec<(String, Digest)>, StoreError> {
        let read = async {
            let mut connection = self.pool.acquire().await?;
            let rows = JUDGEMENT_RECORD.pointing(&mut connection, "number").await?;
            Ok(rows.into_iter().map(|(event, digest, _)| (event, digest)).collect())
        };
        self.named(read).await
    }

    /// Returns whom the rows of a table belong to, for every table that carries something.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn owners(&self) -> Result<Vec<(&'static str, Owner, String)>, StoreError> {
        let read = async {
            let mut connection = self.pool.acquire().await?;
            let mut owners = Vec::new();
            for table in &TABLES {
                let all = table.owners(&mut connection).await?;
                owners.extend(all.into_iter().map(|owner| (table.name, table.owner, owner)));
            }
            Ok(owners)
        };
        self.named(read).await
    }

    /// Returns the digests of the rows of one table that belong to one owner.
    ///
    /// # Errors
    /// There is no such table, or the store cannot be read.
    pub async fn rows_of(&self, table: &str, owner: &str) -> Result<RowDigests, StoreError> {
        let read = async {
            let table = Table::named(table).ok_or_else(|| Fault::form("a table", "there is no such table"))?;
            let mut connection = self.pool.acquire().await?;
            table.digests(&mut connection, owner).await
        };
        self.named(read).await
    }

    /// Returns the system of every run and of every judgement, by their ids.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn systems_by_cause(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let read = async {
            let rows = sqlx::query_as::<_, (String, String)>(
                "SELECT CAST(id AS TEXT), CAST(system AS TEXT) FROM run UNION ALL \
                 SELECT CAST(event_id AS TEXT), CAST(system AS TEXT) FROM judgement_record",
            );
            Ok(rows.fetch_all(&self.pool).await?.into_iter().collect())
        };
        self.named(read).await
    }

    /// Returns the lists of rows that the newest records of a system were made with. They name what differs, and are
    /// to be believed only where their digest is the one recorded.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn recorded_lists(&self, system: &str) -> Result<Vec<Tables>, StoreError> {
        let read = async {
            let texts: Vec<String> = sqlx::query_scalar(
                "SELECT standing_rows FROM run_record JOIN run ON run.id = run_record.run_id \
                 WHERE run.system = ? AND standing_rows IS NOT NULL \
                 UNION ALL SELECT standing_rows FROM judgement_record WHERE system = ? AND standing_rows IS NOT NULL",
            )
            .bind(system)
            .bind(system)
            .fetch_all(&self.pool)
            .await?;
            // What cannot be read names nothing.
            Ok(texts.iter().filter_map(|text| Tables::from_text(text).ok()).collect())
        };
        self.named(read).await
    }

    /// Returns the statements that no run lists, and what waits in the list of what retention drops.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn unlisted(&self) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let read = async {
            let listed: Vec<String> =
                sqlx::query_scalar("SELECT DISTINCT digest FROM run_evidence").fetch_all(&self.pool).await?;
            let listed: HashSet<String> = listed.into_iter().collect();
            let all: Vec<String> =
                sqlx::query_scalar("SELECT digest FROM evidence ORDER BY digest").fetch_all(&self.pool).await?;
            let to_drop = sqlx::query_scalar("SELECT CAST(digest AS TEXT) FROM evidence_to_drop");
            let to_drop = to_drop.fetch_all(&self.pool).await?;
            Ok((all.into_iter().filter(|digest| !listed.contains(digest)).collect(), to_drop))
        };
        self.named(read).await
    }
}
