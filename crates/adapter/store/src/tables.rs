//! Every table of the store as digests, row by row, so that whatever is altered in the file can be found and named.
//!
//! A table belongs to runs or to systems. Rows of a run never change but for what retention drops; rows of a system
//! change with every run and judgement, so only the newest statement about a system speaks for them.
//!
//! Left out, because they carry nothing of their own: `run_record.decision_rows` and the lists `standing_rows`, which
//! only name what differs and are believed only when their digest is the one recorded; `evidence_to_drop`, which is
//! empty outside of a transaction; pointers into the ledger, which are checked by following them; and
//! `_sqlx_migrations`, which is compared with the program's own migrations whenever the store is opened.
//!
//! Invariant: a row's digest is over every other column, each with its storage class and its length before it, so that
//! no text can flow from one column into the next and a number is not its text.

use std::collections::BTreeMap;
use std::ops::Range;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection, TypeInfo as _, ValueRef as _};
use syndic_evidence::{ControlStatus, Digest};

use crate::control_text::{ControlRow, control_rows as split_controls};
use crate::error::Fault;
use crate::row_digests::RowDigests;
use crate::rows::{doc, read_doc};

/// Whom the rows of a table belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A run, by its id.
    Run,
    /// A system, by its URN.
    System,
}

/// A table, and how its rows are read.
pub(crate) struct Table {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// What a person calls one row.
    pub(crate) noun: &'static str,
    pub(crate) owner: Owner,
    /// What tells a row from the others of the same owner.
    key: &'static str,
    columns: &'static str,
    from: &'static str,
    /// The column that holds the owner.
    group: &'static str,
    order: &'static str,
}

const fn of_run(name: &'static str, noun: &'static str, key: &'static str, columns: &'static str) -> Table {
    Table { name, noun, owner: Owner::Run, key, columns, from: name, group: "run_id", order: key }
}

const fn of_system(name: &'static str, noun: &'static str, key: &'static str, columns: &'static str) -> Table {
    Table { name, noun, owner: Owner::System, key, columns, from: name, group: "system", order: key }
}

const EVIDENCE_COLUMNS: &str = "evidence.digest, predicate_type, asset, subject_digest, collector, tool_version, \
                                collected_at, expires_at, key_id, envelope";
const EVENT_COLUMNS: &str = "id, system, fingerprint, at, actor, kind, note, run_id";
const DECISION_COLUMNS: &str = "run_id, system, subject, at, path, verdict, policy_digest, input_digest";
const RUN_COLUMNS: &str = "id, system, started_at, finished_at, tool_version, doc, evidence_count, evidence_digest, \
                           kept_count, kept_digest, pruned_by";

/// Every table whose rows carry something.
pub(crate) const TABLES: [Table; 14] = [
    Table { group: "id", ..of_run("run", "run", "id", RUN_COLUMNS) },
    of_run("decision", "decision of run", "run_id", DECISION_COLUMNS),
    Table {
        order: "position",
        from: "control_status LEFT JOIN control_text ON control_text.digest = control_status.text_digest",
        ..of_run(
            "control_status",
            "control",
            "control || ' of ' || asset || ' at ' || position",
            "run_id, position, catalogue, control, asset, result, control_status.doc, text_digest, control_text.doc",
        )
    },
    of_run("run_asset", "asset in the list of the run", "position", "run_id, position, urn"),
    of_run("run_finding", "finding in the list of the run", "position", "run_id, position, fingerprint"),
    of_run("run_evidence", "statement in the list of the run", "position", "run_id, position, digest"),
    Table {
        from: "run_evidence JOIN evidence ON evidence.digest = run_evidence.digest",
        order: "position",
        ..of_run("evidence", "evidence", "evidence.digest", EVIDENCE_COLUMNS)
    },
    of_run("finding_event", "event of a finding", "id", EVENT_COLUMNS),
    of_run("run_record", "signed record of run", "run_id", "number, run_id, form, envelope"),
    of_system(
        "finding",
        "finding",
        "fingerprint",
        "system, fingerprint, rule, asset, path, severity_rank, state, first_seen, last_seen, fixed_at, message, doc, \
         accepted_until",
    ),
    of_system("asset", "asset", "urn", "system, urn, kind, name, path, present, first_seen, last_seen, doc"),
    Table {
        order: "src, dst, kind, protocol",
        ..of_system(
            "relation",
            "relation",
            "src || ' ' || kind || ' ' || dst || ' ' || protocol",
            "system, src, dst, kind, protocol, first_seen, last_seen, last_run, position, doc",
        )
    },
    of_system("risk", "risk", "fingerprint", "system, fingerprint, first_seen, last_seen, last_run, position, doc"),
    Table {
        order: "fingerprint, digest",
        ..of_system(
            "finding_evidence",
            "evidence of finding",
            "fingerprint || ' ' || digest",
            "system, fingerprint, digest",
        )
    },
];

/// The signed records of judgements, which belong to nobody but their event.
pub(crate) const JUDGEMENT_RECORD: Table = Table {
    group: "event_id",
    ..of_run(
        "judgement_record",
        "signed record of judgement",
        "event_id",
        "number, event_id, system, after_number, envelope",
    )
};

/// Tables of a run that retention shortens.
pub(crate) const RUN_TABLES_SHORTENED: [&str; 5] = ["run", "run_asset", "run_finding", "run_evidence", "evidence"];

/// Where a pointer of another class than a number points: a text is no pointer that still waits to be written.
const NOWHERE: i64 = -1;

impl Table {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// Reads the digests of the rows that belong to `owner`.
    pub(crate) async fn digests(&self, connection: &mut SqliteConnection, owner: &str) -> Result<RowDigests, Fault> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT CAST(");
        query.push(self.key).push(" AS TEXT), ").push(self.columns).push(" FROM ").push(self.from);
        query.push(" WHERE ").push(self.group).push(" = ").push_bind(owner).push(" ORDER BY ").push(self.order);
        let rows = query.build().fetch_all(connection).await?;
        Ok(RowDigests(rows.iter().map(named_digest).collect::<Result<_, Fault>>()?))
    }

    /// Reads key and digest of every row, whoever owns it, with the value of one more column.
    pub(crate) async fn pointing(
        &self,
        connection: &mut SqliteConnection,
        pointer: &'static str,
    ) -> Result<Vec<(String, Digest, Option<i64>)>, Fault> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT CAST(");
        query.push(self.key).push(" AS TEXT), ").push(self.columns).push(", ").push(pointer);
        query.push(" FROM ").push(self.name).push(" ORDER BY 1");
        let rows = query.build().fetch_all(connection).await?;
        let read = |row: &SqliteRow| {
            let last = row.len().saturating_sub(1);
            let key: Option<String> = row.try_get(0)?;
            let pointed = row.try_get(last).unwrap_or(Some(NOWHERE));
            Ok((key.unwrap_or_default(), digest_row(row, 1..last)?, pointed))
        };
        rows.iter().map(read).collect()
    }

    /// Returns the digest of the row with this key.
    pub(crate) async fn one(&self, connection: &mut SqliteConnection, key: &str) -> Result<Option<Digest>, Fault> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT CAST(");
        query.push(self.key).push(" AS TEXT), ").push(self.columns).push(" FROM ").push(self.name);
        query.push(" WHERE ").push(self.key).push(" = ").push_bind(key);
        let row = query.build().fetch_optional(connection).await?;
        row.as_ref().map(|row| Ok(named_digest(row)?.1)).transpose()
    }

    /// Returns everybody whom rows belong to.
    pub(crate) async fn owners(&self, connection: &mut SqliteConnection) -> Result<Vec<String>, Fault> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT DISTINCT CAST(");
        query.push(self.group).push(" AS TEXT) AS owner FROM ").push(self.from);
        query.push(" WHERE ").push(self.group).push(" IS NOT NULL ORDER BY owner");
        Ok(query.build_query_scalar().fetch_all(connection).await?)
    }
}

/// The key of a row, which is its first column, with the digest of the other columns.
pub(crate) fn named_digest(row: &SqliteRow) -> Result<(String, Digest), Fault> {
    let name: Option<String> = row.try_get(0)?;
    Ok((name.unwrap_or_default(), digest_row(row, 1..row.len())?))
}

/// SHA-256 over some columns: for each its storage class, the value's length, and the value.
fn digest_row(row: &SqliteRow, columns: Range<usize>) -> Result<Digest, Fault> {
    let mut bytes = Vec::new();
    for index in columns {
        let raw = row.try_get_raw(index)?;
        if raw.is_null() {
            push_value(&mut bytes, "NULL", &[]);
            continue;
        }
        let class = raw.type_info().name().to_owned();
        // Whatever its class, SQLite hands out a value's bytes; those of a number are its text.
        push_value(&mut bytes, &class, &row.try_get_unchecked::<Vec<u8>, _>(index)?);
    }
    Ok(Digest::of(&bytes))
}

fn push_value(bytes: &mut Vec<u8>, class: &str, value: &[u8]) {
    bytes.extend_from_slice(class.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
    bytes.extend_from_slice(value);
}

/// Returns the digests that the rows of these controls have in the store, in the order of the decision of `run`.
///
/// # Errors
/// A control cannot be written as JSON, which none is known to cause.
pub fn control_rows(run: &str, controls: &[ControlStatus]) -> Result<RowDigests, serde_json::Error> {
    let row = |row: &ControlRow<'_>| {
        let (status, position) = (row.status, row.position.to_string());
        let mut bytes = Vec::new();
        push_value(&mut bytes, "TEXT", run.as_bytes());
        push_value(&mut bytes, "INTEGER", position.as_bytes());
        for text in [&status.catalogue, &status.control, status.asset.as_str(), status.result.as_str()] {
            push_value(&mut bytes, "TEXT", text.as_bytes());
        }
        push_value(&mut bytes, "BLOB", &row.evidence);
        push_value(&mut bytes, "BLOB", &row.text_digest);
        push_value(&mut bytes, "TEXT", row.text.as_bytes());
        (format!("{} of {} at {position}", status.control, status.asset), Digest::of(&bytes))
    };
    Ok(RowDigests(split_controls(controls)?.iter().map(row).collect()))
}

/// Returns whom the rows of this table belong to.
pub fn row_owner(table: &str) -> Option<Owner> {
    Table::named(table).map(|table| table.owner)
}

/// Returns what a person calls a row of this table.
pub fn row_noun(table: &str) -> &str {
    Table::named(table).map_or(table, |table| table.noun)
}

/// Rows of several tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables(pub(crate) BTreeMap<String, RowDigests>);

impl Tables {
    /// Returns the tables by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RowDigests)> {
        self.0.iter().map(|(name, rows)| (name.as_str(), rows))
    }

    /// Returns the rows of one table.
    pub fn table(&self, name: &str) -> Option<&RowDigests> {
        self.0.get(name)
    }

    /// Returns what is signed of each table, see [`RowDigests::summary`].
    ///
    /// # Errors
    /// As [`RowDigests::digest`].
    pub fn summaries(&self) -> Result<BTreeMap<String, String>, serde_json::Error> {
        self.0.iter().map(|(name, rows)| Ok((name.clone(), rows.summary()?))).collect()
    }

    pub(crate) fn to_text(&self) -> Result<String, Fault> {
        doc("lists of rows", &self.0.iter().map(|(name, rows)| (name, &rows.0)).collect::<BTreeMap<_, _>>())
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, Fault> {
        let lists: BTreeMap<String, Vec<(String, Digest)>> = read_doc("lists of rows", text)?;
        Ok(Self(lists.into_iter().map(|(name, rows)| (name, RowDigests(rows))).collect()))
    }

    /// Reads the tables that `wanted` picks.
    pub(crate) async fn read(
        connection: &mut SqliteConnection,
        owner: &str,
        wanted: impl Fn(&Table) -> bool,
    ) -> Result<Self, Fault> {
        let mut tables = BTreeMap::new();
        for table in TABLES.iter().filter(|table| wanted(table)) {
            tables.insert(table.name.to_owned(), table.digests(connection, owner).await?);
        }
        Ok(Self(tables))
    }

    /// Reads what a run left: its own rows and those of its system. Its signed record cannot sign itself.
    pub(crate) async fn after_run(connection: &mut SqliteConnection, run: &str, system: &str) -> Result<Self, Fault> {
        let mut tables =
            Self::read(connection, run, |table| table.owner == Owner::Run && table.name != "run_record").await?;
        tables.0.append(&mut Self::of_system(connection, system).await?.0);
        Ok(tables)
    }

    /// Reads what stands for a system.
    pub(crate) async fn of_system(connection: &mut SqliteConnection, system: &str) -> Result<Self, Fault> {
        Self::read(connection, system, |table| table.owner == Owner::System).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(&str, &str)]) -> RowDigests {
        RowDigests(pairs.iter().map(|(name, text)| ((*name).to_owned(), Digest::of(text.as_bytes()))).collect())
    }

    #[test]
    fn lists_survive_their_text() {
        let list = rows(&[("a \"name\"\nwith everything", "1"), ("", "2")]);
        let tables = Tables(BTreeMap::from([("finding".to_owned(), list), ("asset".to_owned(), rows(&[]))]));
        assert_eq!(Tables::from_text(&tables.to_text().unwrap()).unwrap(), tables);
    }
}
