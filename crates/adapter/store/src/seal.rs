//! The signed record of a run: written in the transaction that records it, read back to be held against the rows.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::{Assessment, Urn};

use crate::changes::Changes;
use crate::error::Fault;
use crate::first_form::first_form;
use crate::row_digests::RowDigests;
use crate::standing::{Extent, Standing, remains, standing};
use crate::tables::Tables;
use crate::{Store, StoreError};

/// Signs what a run leaves behind and returns the DSSE envelope, or why it could not.
pub type SignRecord<'a> = dyn Fn(&Standing) -> Result<Vec<u8>, String> + Sync + 'a;

/// The form in which records are signed now.
pub(crate) const FORM: i64 = 2;

/// The signed record of a run, and what is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// The DSSE envelope; absent when the run was recorded without one.
    pub envelope: Option<Vec<u8>>,
    /// What the rows say now. Of a run that does not speak for its system only its own rows are read.
    pub now: Standing,
    /// The rows as they were recorded, if still kept: for naming only, the envelope signs their digests.
    pub recorded: Option<Tables>,
    /// The same of a record in the first form: the rows of the decision, and the others.
    pub recorded_first_form: Option<(RowDigests, RowDigests)>,
    /// Whether this is the newest record of its system, so that it speaks for what stands.
    pub is_last: bool,
    /// Whether retention dropped some of what the run saw.
    pub is_shortened: bool,
    /// The run whose record says what retention left of this one.
    pub pruned_by: Option<String>,
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
                "SELECT run.id, run.system, run.kept_digest IS NOT NULL AS is_shortened, run.pruned_by, \
                 run_record.number, run_record.form, run_record.envelope, run_record.decision_rows, \
                 run_record.standing_rows, \
                 (SELECT MAX(number) FROM run_record AS other JOIN run AS other_run ON other_run.id = other.run_id \
                 WHERE other_run.system = run.system) AS last_number, \
                 (SELECT MAX(after_number) FROM judgement_record WHERE judgement_record.system = run.system) AS judged \
                 FROM run LEFT JOIN run_record ON run_record.run_id = run.id ORDER BY run.finished_at, run.id",
            )
            .fetch_all(&mut *connection)
            .await?;
            let mut records = Vec::with_capacity(runs.len());
            for row in &runs {
                records.push(record(&mut connection, row).await?);
            }
            Ok(records)
        };
        self.named(read).await
    }
}

async fn record(connection: &mut SqliteConnection, row: &SqliteRow) -> Result<RunRecord, Fault> {
    let (run, system): (String, String) = (row.try_get("id")?, row.try_get("system")?);
    let (number, last): (Option<i64>, Option<i64>) = (row.try_get("number")?, row.try_get("last_number")?);
    let judged: Option<i64> = row.try_get("judged")?;
    let is_last = number.is_some() && number == last && judged < number;
    let mut now = standing(connection, &run, if is_last { Extent::Whole } else { Extent::RunOnly }).await?;
    let (decision, rows): (Option<String>, Option<String>) =
        (row.try_get("decision_rows")?, row.try_get("standing_rows")?);
    let (mut recorded, mut recorded_first_form) = (None, None);
    if row.try_get::<Option<i64>, _>("form")?.is_some_and(|form| form < FORM) {
        now.first_form = Some(first_form(connection, &run, &system, is_last).await?);
        // A list that cannot be read names nothing; that a row differs is told by the signed digest.
        let list = |text: &str| RowDigests::from_text(text).ok();
        recorded_first_form = decision.as_deref().and_then(list).zip(rows.as_deref().and_then(list));
    } else {
        recorded = rows.and_then(|text| Tables::from_text(&text).ok());
    }
    Ok(RunRecord {
        envelope: row.try_get("envelope")?,
        now,
        recorded,
        recorded_first_form,
        is_last,
        is_shortened: row.try_get("is_shortened")?,
        pruned_by: row.try_get("pruned_by")?,
    })
}

/// What a run is signed with besides what it leaves.
pub(crate) struct Around<'a> {
    /// What stood for the system before.
    pub(crate) before: Tables,
    /// The runs that retention shortened.
    pub(crate) shortened: &'a [String],
}

/// Signs what the run found and leaves behind and what retention left of the runs it shortened; lists of earlier records of the
/// system, which named what differs, are dropped.
pub(crate) async fn seal(
    connection: &mut SqliteConnection,
    run: &str,
    system: &Urn,
    around: Around<'_>,
    sign: &SignRecord<'_>,
) -> Result<(), Fault> {
    let mut standing = standing(connection, run, Extent::Whole).await?;
    standing.pruned = remains(connection, around.shortened).await?;
    standing.before = around.before;
    let envelope = sign(&standing).map_err(Fault::Unsigned)?;
    drop_lists(connection, system).await?;
    sqlx::query("INSERT INTO run_record (run_id, form, envelope, standing_rows) VALUES (?, ?, ?, ?)")
        .bind(run)
        .bind(FORM)
        .bind(envelope)
        .bind(standing.tables.to_text()?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Drops the lists of a system's earlier records.
pub(crate) async fn drop_lists(connection: &mut SqliteConnection, system: &Urn) -> Result<(), Fault> {
    for sql in [
        "UPDATE run_record SET decision_rows = NULL, standing_rows = NULL \
         WHERE run_id IN (SELECT id FROM run WHERE system = ?)",
        "UPDATE judgement_record SET standing_rows = NULL WHERE system = ?",
    ] {
        sqlx::query(sql).bind(system.as_str()).execute(&mut *connection).await?;
    }
    Ok(())
}
