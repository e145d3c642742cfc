//! The signed record of a run: written in the transaction that records it, read back to be held against the rows.

use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::{Assessment, Urn};

use crate::changes::Changes;
use crate::error::Fault;
use crate::standing::{RowDigests, Standing, WithRows, standing};
use crate::{Store, StoreError};

/// Signs what a run leaves behind and returns the DSSE envelope, or why it could not.
pub type SignRecord<'a> = dyn Fn(&Standing) -> Result<Vec<u8>, String> + Sync + 'a;

/// The signed record of a run, and what is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// The DSSE envelope; absent when the run was recorded without one.
    pub envelope: Option<Vec<u8>>,
    /// What the rows say now. Of a run that is not the last of its system only the decision is read.
    pub now: Standing,
    /// The rows of the decision as they were recorded, if still kept: for naming only, the envelope signs their digest.
    pub recorded_decision: Option<RowDigests>,
    /// The other rows as they were recorded, if still kept.
    pub recorded_rows: Option<RowDigests>,
    /// Whether this is the run of its system that was recorded last.
    pub is_last: bool,
    /// Whether retention dropped some of the run's evidence.
    pub is_shortened: bool,
}

impl Store {
    /// Records a run like [`Store::record`], with a signed record of what it leaves behind.
    ///
    /// # Errors
    /// As [`Store::record`], or the record cannot be signed. Then nothing was written.
    pub async fn record_signed(&self, assessment: &Assessment, sign: &SignRecord<'_>) -> Result<Changes, StoreError> {
        self.record_with(assessment, Some(sign)).await
    }

    /// Returns the signed record of each run, oldest run first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn run_records(&self) -> Result<Vec<RunRecord>, StoreError> {
        let read = async {
            let mut connection = self.pool.acquire().await?;
            let runs = sqlx::query(
                "SELECT run.id, run.kept_digest IS NOT NULL AS is_shortened, run_record.number, run_record.envelope, \
                 run_record.decision_rows, run_record.standing_rows, \
                 (SELECT MAX(number) FROM run_record AS other JOIN run AS other_run ON other_run.id = other.run_id \
                 WHERE other_run.system = run.system) AS last_number \
                 FROM run LEFT JOIN run_record ON run_record.run_id = run.id ORDER BY run.finished_at, run.id",
            )
            .fetch_all(&mut *connection)
            .await?;
            let mut records = Vec::with_capacity(runs.len());
            for row in runs {
                let (number, last): (Option<i64>, Option<i64>) = (row.try_get("number")?, row.try_get("last_number")?);
                let is_last = number.is_some() && number == last;
                let with_rows = if is_last { WithRows::All } else { WithRows::DecisionOnly };
                let run: String = row.try_get("id")?;
                records.push(RunRecord {
                    envelope: row.try_get("envelope")?,
                    now: standing(&mut connection, &run, with_rows).await?,
                    recorded_decision: recorded(row.try_get("decision_rows")?),
                    recorded_rows: recorded(row.try_get("standing_rows")?),
                    is_last,
                    is_shortened: row.try_get("is_shortened")?,
                });
            }
            Ok(records)
        };
        self.named(read).await
    }
}

/// A list that cannot be read names nothing; that a row differs is told by the signed digest.
fn recorded(text: Option<String>) -> Option<RowDigests> {
    RowDigests::from_text(&text?).ok()
}

/// Signs what the run leaves behind; lists of earlier runs of the system, which named what differs, are dropped.
pub(crate) async fn seal(
    connection: &mut SqliteConnection,
    run: &str,
    system: &Urn,
    sign: &SignRecord<'_>,
) -> Result<(), Fault> {
    let standing = standing(connection, run, WithRows::All).await?;
    let envelope = sign(&standing).map_err(Fault::Unsigned)?;
    sqlx::query(
        "UPDATE run_record SET decision_rows = NULL, standing_rows = NULL \
         WHERE run_id IN (SELECT id FROM run WHERE system = ?)",
    )
    .bind(system.as_str())
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO run_record (run_id, envelope, decision_rows, standing_rows) VALUES (?, ?, ?, ?)")
        .bind(run)
        .bind(envelope)
        .bind(standing.decision.to_text()?)
        .bind(standing.rows.to_text()?)
        .execute(connection)
        .await?;
    Ok(())
}
