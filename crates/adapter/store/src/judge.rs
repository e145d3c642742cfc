//! What a person says about a finding: accepted until a date, a false positive, or open again after all.
//!
//! A judgement changes what stands, so it is signed with all that stands after it, like a run. It survives every run;
//! an acceptance ends at its date, from when on the finding is open again.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::{FindingState, Timestamp, Urn};

use crate::error::Fault;
use crate::record_findings::{Event, event};
use crate::row_digests::RowDigests;
use crate::rows::{read_state, time};
use crate::seal::drop_lists;
use crate::standing::Judged;
use crate::tables::Tables;
use crate::unrecorded::event_digest;
use crate::{FindingHistory, Store, StoreError};

/// Signs what a judgement leaves behind and returns the DSSE envelope, or why it could not.
pub type SignJudgement<'a> = dyn Fn(&Judged) -> Result<Vec<u8>, String> + Sync + 'a;

/// What a person says about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The state it gets.
    pub state: FindingState,
    /// When that ends; only an acceptance has an end.
    pub until: Option<Timestamp>,
    /// Who says so.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// The signed record of a judgement, and what is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgementRecord {
    /// The event.
    pub event: String,
    /// The system.
    pub system: Urn,
    /// The DSSE envelope.
    pub envelope: Vec<u8>,
    /// The row of the event as it is now, by digest.
    pub event_row: RowDigests,
    /// The tables of the system as they are now; nothing when something newer speaks for it.
    pub now: Option<Tables>,
    /// The rows as they were recorded, for naming.
    pub recorded: Option<Tables>,
}

impl Store {
    /// Records what a person said about a finding. Nothing is signed, so that the record of the last run differs from
    /// what stands until the next one is recorded; see [`Store::judge_signed`].
    ///
    /// # Errors
    /// There is no such finding, or the store cannot be written.
    pub async fn judge(
        &self,
        finding: &FindingHistory,
        state: FindingState,
        actor: &str,
        note: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let judgement = Judgement { state, until: None, actor: actor.to_owned(), reason: note.to_owned(), at };
        self.named(self.write_judgement(finding, &judgement, None)).await.map(drop)
    }

    /// Records what a person said about a finding, signed with all that stands after it. Returns the id of the event.
    ///
    /// # Errors
    /// There is no such finding, the store cannot be written, or the record cannot be signed. Then nothing was written.
    pub async fn judge_signed(
        &self,
        finding: &FindingHistory,
        judgement: &Judgement,
        sign: &SignJudgement<'_>,
    ) -> Result<String, StoreError> {
        self.named(self.write_judgement(finding, judgement, Some(sign))).await
    }

    async fn write_judgement(
        &self,
        finding: &FindingHistory,
        judgement: &Judgement,
        sign: Option<&SignJudgement<'_>>,
    ) -> Result<String, Fault> {
        let (system, fingerprint) = (&finding.system, finding.finding.fingerprint);
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let connection = &mut *transaction;
        let stood = Tables::of_system(connection, system.as_str()).await?;
        let before: String = sqlx::query_scalar("SELECT state FROM finding WHERE system = ? AND fingerprint = ?")
            .bind(system.as_str())
            .bind(fingerprint.to_string())
            .fetch_one(&mut *connection)
            .await?;
        sqlx::query(
            "UPDATE finding SET state = ?, accepted_until = ?, fixed_at = NULL WHERE system = ? AND fingerprint = ?",
        )
        .bind(judgement.state.as_str())
        .bind(judgement.until.map(time))
        .bind(system.as_str())
        .bind(fingerprint.to_string())
        .execute(&mut *connection)
        .await?;
        let note = match judgement.until {
            Some(until) => format!("until {until}: {}", judgement.reason),
            None => judgement.reason.clone(),
        };
        let said =
            Event { fingerprint, kind: judgement.state.as_str(), actor: &judgement.actor, note: &note, run: None };
        let id = event(connection, system, &time(judgement.at), &said).await?;
        if let Some(sign) = sign {
            let judged = Judged {
                event_row: event_digest(connection, &id).await?,
                event: id.clone(),
                system: system.clone(),
                fingerprint,
                before: read_state(before)?,
                after: judgement.state,
                at: judgement.at,
                stood,
                tables: Tables::of_system(connection, system.as_str()).await?,
            };
            seal_judgement(connection, &judged, sign).await?;
        }
        transaction.commit().await?;
        Ok(id)
    }

    /// Returns the signed record of each judgement, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn judgement_records(&self) -> Result<Vec<JudgementRecord>, StoreError> {
        let read = async {
            let mut connection = self.pool.acquire().await?;
            let rows = sqlx::query(
                "SELECT event_id, system, envelope, standing_rows, number = (SELECT MAX(number) FROM judgement_record \
                 AS other WHERE other.system = judgement_record.system) AND after_number >= (SELECT \
                 COALESCE(MAX(run_record.number), 0) FROM run_record JOIN run ON run.id = run_record.run_id \
                 WHERE run.system = judgement_record.system) AS is_last FROM judgement_record ORDER BY number",
            )
            .fetch_all(&mut *connection)
            .await?;
            let mut records = Vec::with_capacity(rows.len());
            for row in &rows {
                records.push(read_record(&mut connection, row).await?);
            }
            Ok(records)
        };
        self.named(read).await
    }
}

async fn read_record(connection: &mut SqliteConnection, row: &SqliteRow) -> Result<JudgementRecord, Fault> {
    let (event, system): (String, String) = (row.try_get("event_id")?, row.try_get("system")?);
    let now = if row.try_get("is_last")? { Some(Tables::of_system(connection, &system).await?) } else { None };
    let lists: Option<String> = row.try_get("standing_rows")?;
    let digest = event_digest(connection, &event).await;
    Ok(JudgementRecord {
        // An event that is gone has no digest.
        event_row: RowDigests(digest.map(|digest| vec![(event.clone(), digest)]).unwrap_or_default()),
        event,
        system: Urn::from_canonical(system),
        envelope: row.try_get("envelope")?,
        now,
        recorded: lists.and_then(|text| Tables::from_text(&text).ok()),
    })
}

async fn seal_judgement(
    connection: &mut SqliteConnection,
    judged: &Judged,
    sign: &SignJudgement<'_>,
) -> Result<(), Fault> {
    let envelope = sign(judged).map_err(Fault::Unsigned)?;
    drop_lists(connection, &judged.system).await?;
    sqlx::query(
        "INSERT INTO judgement_record (event_id, system, after_number, envelope, standing_rows) \
         SELECT ?, ?, COALESCE(MAX(run_record.number), 0), ?, ? FROM run_record JOIN run ON run.id = run_record.run_id \
         WHERE run.system = ?",
    )
    .bind(&judged.event)
    .bind(judged.system.as_str())
    .bind(envelope)
    .bind(judged.tables.to_text()?)
    .bind(judged.system.as_str())
    .execute(connection)
    .await?;
    Ok(())
}
