//! Controls as rows: the text of a control stands once in the store, under its digest; the row of a run adds the
//! evidence that run cited.
//!
//! Invariant: a text is named by the SHA-256 of its bytes, so that a row which names it holds its content too.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};
use syndic_evidence::{ControlStatus, Digest};

use crate::error::Fault;
use crate::rows::{position, read_doc};
use crate::write::{Insert, insert};
use crate::{Store, StoreError};

/// Bytes of one digest.
const DIGEST_BYTES: usize = 32;

/// A control as its row holds it.
pub(crate) struct ControlRow<'a> {
    pub(crate) position: i64,
    pub(crate) status: &'a ControlStatus,
    pub(crate) text: String,
    pub(crate) text_digest: [u8; DIGEST_BYTES],
    pub(crate) evidence: Vec<u8>,
}

/// Splits the controls of a decision into what is theirs and what every run says alike.
pub(crate) fn control_rows(controls: &[ControlStatus]) -> Result<Vec<ControlRow<'_>>, serde_json::Error> {
    let row = |(index, status): (usize, &'_ ControlStatus)| {
        let text = serde_json::to_string(&ControlStatus { evidence: Vec::new(), ..status.clone() })?;
        Ok((index, text))
    };
    let texts: Vec<(usize, String)> = controls.iter().enumerate().map(row).collect::<Result<_, serde_json::Error>>()?;
    let rows = controls.iter().zip(texts).map(|(status, (index, text))| ControlRow {
        position: position(index),
        status,
        text_digest: *Digest::of(text.as_bytes()).as_bytes(),
        text,
        evidence: status.evidence.iter().flat_map(|digest| *digest.as_bytes()).collect(),
    });
    Ok(rows.collect())
}

/// Writes the controls of a run.
pub(crate) async fn write_controls(
    connection: &mut SqliteConnection,
    run: &str,
    controls: &[ControlStatus],
) -> Result<(), Fault> {
    const TEXT: Insert =
        Insert { head: "INSERT INTO control_text (digest, doc)", columns: 2, tail: "ON CONFLICT (digest) DO NOTHING" };
    const STATUS: Insert = Insert {
        head: "INSERT INTO control_status (run_id, position, catalogue, control, asset, result, doc, text_digest)",
        columns: 8,
        tail: "",
    };
    let rows = control_rows(controls).map_err(|error| Fault::form("a control status", error))?;
    let texts: BTreeMap<&[u8], &str> = rows.iter().map(|row| (row.text_digest.as_slice(), row.text.as_str())).collect();
    let texts: Vec<_> = texts.into_iter().collect();
    insert(connection, &TEXT, &texts, |values, (digest, text)| {
        values.push_bind(*digest).push_bind(*text);
    })
    .await?;
    insert(connection, &STATUS, &rows, |values, row| {
        let status = row.status;
        values.push_bind(run).push_bind(row.position).push_bind(status.catalogue.as_str());
        values.push_bind(status.control.as_str()).push_bind(status.asset.as_str());
        values.push_bind(status.result.as_str()).push_bind(row.evidence.as_slice());
        values.push_bind(row.text_digest.as_slice());
    })
    .await
}

/// Reads the controls of a run in order.
pub(crate) async fn read_controls(connection: &mut SqliteConnection, run: &str) -> Result<Vec<ControlStatus>, Fault> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT control_status.doc, control_status.text_digest, control_text.doc AS text FROM control_status \
         LEFT JOIN control_text ON control_text.digest = control_status.text_digest WHERE run_id = ",
    );
    query.push_bind(run).push(" ORDER BY position");
    query.build().fetch_all(connection).await?.iter().map(read_control).collect()
}

fn read_control(row: &SqliteRow) -> Result<ControlStatus, Fault> {
    let text_digest: Option<Vec<u8>> = row.try_get("text_digest")?;
    if text_digest.is_none() {
        return read_doc("a control status", row.try_get("doc")?);
    }
    let text: Option<String> = row.try_get("text")?;
    let text = text.ok_or_else(|| Fault::form("a control status", "the text of the control is gone"))?;
    let status: ControlStatus = read_doc("a control status", &text)?;
    let cited: Vec<u8> = row.try_get("doc")?;
    let digest = |bytes: &[u8]| {
        let bytes: [u8; DIGEST_BYTES] = bytes.try_into().map_err(|error| Fault::form("a digest", error))?;
        Ok(Digest::from_bytes(bytes))
    };
    let evidence = cited.chunks(DIGEST_BYTES).map(digest).collect::<Result<_, Fault>>()?;
    Ok(ControlStatus { evidence, ..status })
}

impl Store {
    /// Says which texts of controls are not what they are named by, are missing, or are cited by nothing.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn control_text_faults(&self) -> Result<Vec<String>, StoreError> {
        let read = async {
            let mut faults = Vec::new();
            let rows = sqlx::query(
                "SELECT CAST(digest AS BLOB) AS digest, typeof(doc) = 'text' AS is_text, CAST(doc AS BLOB) AS doc, \
                 EXISTS (SELECT 1 FROM control_status WHERE text_digest = control_text.digest) AS is_cited \
                 FROM control_text ORDER BY 1",
            );
            for row in rows.fetch_all(&self.pool).await? {
                let (digest, doc): (Vec<u8>, Vec<u8>) = (row.try_get("digest")?, row.try_get("doc")?);
                let found = Digest::of(&doc);
                let name = hex(&digest);
                if digest.as_slice() != found.as_bytes().as_slice() || !row.try_get::<bool, _>("is_text")? {
                    faults.push(format!("control_text {name}: its text has digest {}", found.hex()));
                } else if !row.try_get::<bool, _>("is_cited")? {
                    faults.push(format!("control_text {name}: no control has this text"));
                }
            }
            let missing: Vec<Vec<u8>> = sqlx::query_scalar(
                "SELECT DISTINCT CAST(text_digest AS BLOB) FROM control_status WHERE text_digest IS NOT NULL \
                 AND text_digest NOT IN (SELECT digest FROM control_text)",
            )
            .fetch_all(&self.pool)
            .await?;
            faults.extend(missing.iter().map(|digest| format!("control_text {}: it is gone", hex(digest))));
            Ok(faults)
        };
        self.named(read).await
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
