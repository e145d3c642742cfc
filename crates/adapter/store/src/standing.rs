//! What a run leaves behind, digested row by row, so that one signature holds all of it and a change can be named.
//!
//! The decision of a run never changes. What else stands after it (the run's own row, findings, assets, relations,
//! risks) changes with every later run, so only the record of the run that was recorded last speaks for it.
//!
//! Invariant: a row's digest is over every column as it stands in the file, each with its length before it, so that
//! neither a column nor a document can be changed alone and no text can flow from one column into the next.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::{Digest, Timestamp, Urn};

use crate::Pledge;
use crate::error::Fault;
use crate::rows::{doc, read_doc, read_name, read_time};

/// Rows of the store, each by name and digest, in a fixed order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowDigests(Vec<(String, Digest)>);

impl RowDigests {
    /// Returns how many rows there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the SHA-256 over the list as the store writes it.
    ///
    /// # Errors
    /// The list cannot be written as JSON, which no list is known to cause.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Ok(Digest::of(serde_json::to_string(&self.0)?.as_bytes()))
    }

    /// Returns the names of rows that are in one list only or have another digest, in order.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        let (one, two) = (self.by_name(), other.by_name());
        let names: std::collections::BTreeSet<_> = one.keys().chain(two.keys()).collect();
        names.into_iter().filter(|name| one.get(*name) != two.get(*name)).map(|name| (*name).to_owned()).collect()
    }

    fn by_name(&self) -> BTreeMap<&str, &Digest> {
        self.0.iter().map(|(name, digest)| (name.as_str(), digest)).collect()
    }

    pub(crate) fn to_text(&self) -> Result<String, Fault> {
        doc("a list of rows", &self.0)
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, Fault> {
        read_doc("a list of rows", text).map(Self)
    }
}

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The run.
    pub run: String,
    /// Its system.
    pub system: Urn,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Version of the program that recorded it.
    pub tool_version: String,
    /// What was decided, by its public name.
    pub verdict: String,
    /// The evidence that is listed for it.
    pub evidence: Pledge,
    /// Its decision and every control of it.
    pub decision: RowDigests,
    /// The run, findings, assets, relations and risks of its system as they stand.
    pub rows: RowDigests,
}

/// A sort of row: what it is called, and a query for its key and its columns; the key names it.
struct Sort {
    name: &'static str,
    sql: &'static str,
}

const DECISION: [Sort; 2] = [
    Sort {
        name: "decision of run",
        sql: "SELECT CAST(run_id AS TEXT), CAST(system AS TEXT), CAST(subject AS TEXT), CAST(at AS TEXT), \
              CAST(path AS TEXT), CAST(verdict AS TEXT), CAST(policy_digest AS TEXT), CAST(input_digest AS TEXT) \
              FROM decision WHERE run_id = ?",
    },
    Sort {
        name: "control",
        sql: "SELECT CAST(control || ' of ' || asset || ' at ' || position AS TEXT), CAST(catalogue AS TEXT), \
              CAST(control AS TEXT), CAST(asset AS TEXT), CAST(result AS TEXT), CAST(doc AS TEXT) \
              FROM control_status WHERE run_id = ? ORDER BY position",
    },
];

const RUN: Sort = Sort {
    name: "run",
    sql: "SELECT CAST(id AS TEXT), CAST(system AS TEXT), CAST(started_at AS TEXT), CAST(finished_at AS TEXT), \
          CAST(tool_version AS TEXT), CAST(doc AS TEXT) FROM run WHERE id = ?",
};

const OF_SYSTEM: [Sort; 4] = [
    Sort {
        name: "finding",
        sql: "SELECT CAST(fingerprint AS TEXT), CAST(rule AS TEXT), CAST(asset AS TEXT), CAST(path AS TEXT), \
              CAST(severity_rank AS TEXT), CAST(state AS TEXT), CAST(first_seen AS TEXT), CAST(last_seen AS TEXT), \
              CAST(fixed_at AS TEXT), CAST(message AS TEXT), CAST(doc AS TEXT) FROM finding WHERE system = ? \
              ORDER BY fingerprint",
    },
    Sort {
        name: "asset",
        sql: "SELECT CAST(urn AS TEXT), CAST(kind AS TEXT), CAST(name AS TEXT), CAST(path AS TEXT), \
              CAST(present AS TEXT), CAST(first_seen AS TEXT), CAST(last_seen AS TEXT), CAST(doc AS TEXT) \
              FROM asset WHERE system = ? ORDER BY urn",
    },
    Sort {
        name: "relation",
        sql: "SELECT CAST(src || ' ' || kind || ' ' || dst || ' ' || protocol AS TEXT), CAST(src AS TEXT), \
              CAST(dst AS TEXT), CAST(kind AS TEXT), CAST(protocol AS TEXT), CAST(first_seen AS TEXT), \
              CAST(last_seen AS TEXT), CAST(last_run AS TEXT), CAST(position AS TEXT), CAST(doc AS TEXT) \
              FROM relation WHERE system = ? ORDER BY src, dst, kind, protocol",
    },
    Sort {
        name: "risk",
        sql: "SELECT CAST(fingerprint AS TEXT), CAST(first_seen AS TEXT), CAST(last_seen AS TEXT), \
              CAST(last_run AS TEXT), CAST(position AS TEXT), CAST(doc AS TEXT) FROM risk WHERE system = ? \
              ORDER BY fingerprint",
    },
];

/// Reads what a run leaves behind; `with_rows` says whether what stands besides its decision is wanted.
pub(crate) async fn standing(
    connection: &mut SqliteConnection,
    run: &str,
    with_rows: WithRows,
) -> Result<Standing, Fault> {
    let row = sqlx::query(
        "SELECT run.system, run.finished_at, run.tool_version, decision.verdict FROM run \
         LEFT JOIN decision ON decision.run_id = run.id WHERE run.id = ?",
    )
    .bind(run)
    .fetch_one(&mut *connection)
    .await?;
    let system: String = row.try_get("system")?;
    let mut decision = Vec::new();
    for sort in &DECISION {
        digest_rows(connection, sort, run, &mut decision).await?;
    }
    let mut rows = Vec::new();
    if with_rows == WithRows::All {
        digest_rows(connection, &RUN, run, &mut rows).await?;
        for sort in &OF_SYSTEM {
            digest_rows(connection, sort, &system, &mut rows).await?;
        }
    }
    Ok(Standing {
        run: run.to_owned(),
        system: Urn::from_canonical(system),
        finished_at: read_time(row.try_get("finished_at")?)?,
        tool_version: row.try_get("tool_version")?,
        verdict: row.try_get::<Option<String>, _>("verdict")?.unwrap_or_default(),
        evidence: listed(connection, run).await?,
        decision: RowDigests(decision),
        rows: RowDigests(rows),
    })
}

/// How much of what a run leaves behind is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WithRows {
    /// Everything that stands after it.
    All,
    /// Its decision alone, which never changes.
    DecisionOnly,
}

async fn listed(connection: &mut SqliteConnection, run: &str) -> Result<Pledge, Fault> {
    let names: Vec<String> = sqlx::query_scalar("SELECT digest FROM run_evidence WHERE run_id = ? ORDER BY position")
        .bind(run)
        .fetch_all(connection)
        .await?;
    let digests: Vec<Digest> =
        names.into_iter().map(|name| read_name("a digest", name)).collect::<Result<_, Fault>>()?;
    Ok(Pledge::over(&digests))
}

async fn digest_rows(
    connection: &mut SqliteConnection,
    sort: &Sort,
    key: &str,
    digests: &mut Vec<(String, Digest)>,
) -> Result<(), Fault> {
    for row in sqlx::query(sort.sql).bind(key).fetch_all(connection).await? {
        let name: Option<String> = row.try_get(0)?;
        digests.push((format!("{} {}", sort.name, name.unwrap_or_default()), digest_row(&row)?));
    }
    Ok(())
}

/// SHA-256 over the columns: for each a byte that says whether it has a value, the value's length, and the value.
fn digest_row(row: &SqliteRow) -> Result<Digest, Fault> {
    let mut bytes = Vec::new();
    for index in 0..row.len() {
        let value: Option<String> = row.try_get(index)?;
        bytes.push(u8::from(value.is_some()));
        let value = value.unwrap_or_default();
        bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
        bytes.extend_from_slice(value.as_bytes());
    }
    Ok(Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(&str, &str)]) -> RowDigests {
        RowDigests(pairs.iter().map(|(name, text)| ((*name).to_owned(), Digest::of(text.as_bytes()))).collect())
    }

    #[test]
    fn a_changed_a_missing_and_a_new_row_are_named_and_the_rest_is_not() {
        let before = rows(&[("same", "1"), ("changed", "1"), ("gone", "1")]);
        let after = rows(&[("same", "1"), ("changed", "2"), ("new", "1")]);
        assert_eq!(before.differing(&after), ["changed", "gone", "new"]);
        assert_eq!(before.differing(&before), Vec::<String>::new());
    }

    #[test]
    fn a_list_survives_its_text() {
        let list = rows(&[("a \"name\"\nwith everything", "1"), ("", "2")]);
        let again = RowDigests::from_text(&list.to_text().unwrap()).unwrap();
        assert_eq!(again, list);
        assert_eq!(again.digest().unwrap(), Digest::of(list.to_text().unwrap().as_bytes()));
    }
}
