//! How records of the first form digested what a run leaves behind: decision and standing rows, without what later
//! versions added. Kept so that older stores still verify; nothing is signed in this form any more.
//!
//! Invariant: a row's digest is over the columns of that time as they stand in the file, each with its length before it.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::Digest;

use crate::Pledge;
use crate::error::Fault;
use crate::row_digests::RowDigests;
use crate::rows::read_name;

/// What a run leaves behind, in the first form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstForm {
    /// The evidence that is listed for it.
    pub evidence: Pledge,
    /// Its decision and every control of it.
    pub decision: RowDigests,
    /// The run, findings, assets, relations and risks of its system as they stand; empty for a run that is not the
    /// last.
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

/// Reads what a run leaves behind in the first form; what stands besides its decision only if it `is_last`.
pub(crate) async fn first_form(
    connection: &mut SqliteConnection,
    run: &str,
    system: &str,
    is_last: bool,
) -> Result<FirstForm, Fault> {
    let mut decision = Vec::new();
    for sort in &DECISION {
        digest_rows(connection, sort, run, &mut decision).await?;
    }
    let mut rows = Vec::new();
    if is_last {
        digest_rows(connection, &RUN, run, &mut rows).await?;
        for sort in &OF_SYSTEM {
            digest_rows(connection, sort, system, &mut rows).await?;
        }
    }
    Ok(FirstForm { evidence: listed(connection, run).await?, decision: RowDigests(decision), rows: RowDigests(rows) })
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
