//! What the ledger does not hold yet: runs and judgements without a pointer, in the order they were recorded.
//!
//! A run is stored, then appended to the ledger, then its rows get their pointers, all in one transaction. So a run
//! without a pointer was interrupted, or is older than the pointers; everything that is needed to append it later is in
//! its rows, and its signed record says whether they are still what was recorded.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::{Decision, Digest, Severity, Timestamp, Urn};

use crate::error::Fault;
use crate::row_digests::RowDigests;
use crate::rows::{read_time, severity_of};
use crate::seal::FORM;
use crate::standing::{Extent, remains_of, standing};
use crate::tables::{JUDGEMENT_RECORD, Table, Tables};
use crate::{Standing, Store, StoreError};

/// Something the ledger does not hold yet.
#[derive(Debug, Clone, PartialEq)]
pub enum Unrecorded {
    /// A run with all it left.
    Run(Box<UnrecordedRun>),
    /// A judgement.
    Judgement(Box<UnrecordedJudgement>),
}

/// A run that no record speaks for.
#[derive(Debug, Clone, PartialEq)]
pub struct UnrecordedRun {
    /// When it began.
    pub started_at: Timestamp,
    /// Whether an older version recorded it, which signed less or nothing.
    pub is_older: bool,
    /// Whether retention dropped some of what it saw.
    pub is_shortened: bool,
    /// Its signed record; absent when it was recorded without one.
    pub envelope: Option<Vec<u8>>,
    /// The row of the signed record.
    pub record: RowDigests,
    /// What the rows say now.
    pub now: Standing,
    /// What retention left of runs it shortened, as it is now.
    pub remains: Vec<(String, Tables)>,
    /// What was decided, with the digest of the row.
    pub decision: Option<(Decision, Digest)>,
    /// Its statements that have no pointer.
    pub evidence: Vec<UnrecordedEvidence>,
    /// What it changed about findings.
    pub events: Vec<UnrecordedEvent>,
}

/// A statement that no record speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnrecordedEvidence {
    /// Its content address, as the row has it.
    pub digest: String,
    /// Digest of the row.
    pub row: Digest,
    /// The asset it is about.
    pub asset: String,
    /// What kind of facts, as a URI.
    pub predicate_type: String,
}

/// A change of a finding that no record speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnrecordedEvent {
    /// Its id.
    pub id: String,
    /// Digest of the row.
    pub row: Digest,
    /// What happened: `opened`, `fixed`, `accepted` and so on.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub note: String,
    /// The finding.
    pub fingerprint: String,
    /// Its rule.
    pub rule: String,
    /// Its asset.
    pub asset: String,
    /// How bad it is.
    pub severity: Severity,
}

/// A judgement that no record speaks for.
#[derive(Debug, Clone, PartialEq)]
pub struct UnrecordedJudgement {
    /// Its signed record.
    pub envelope: Vec<u8>,
    /// Digest of the row of that record.
    pub record: Digest,
    /// The system.
    pub system: Urn,
    /// The event.
    pub event: UnrecordedEvent,
}

/// The columns of an event with those of its finding.
const EVENTS: &str = "SELECT finding_event.id, finding_event.kind, finding_event.actor, finding_event.note, \
                      finding_event.fingerprint, COALESCE(finding.rule, '') AS rule, \
                      COALESCE(finding.asset, '') AS asset, COALESCE(finding.severity_rank, 0) AS severity_rank \
                      FROM finding_event \
                      LEFT JOIN finding ON finding.system = finding_event.system \
                      AND finding.fingerprint = finding_event.fingerprint WHERE ";

impl Store {
    /// Returns what the ledger does not hold yet, in the order it was recorded; runs without a signed record first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn unrecorded(&self) -> Result<Vec<Unrecorded>, StoreError> {
        let read = async {
            let mut connection = self.pool.acquire().await?;
            let waiting = sqlx::query(
                "SELECT COALESCE(run_record.number, -1) AS position, 0 AS after, run.id, run.system, \
                 run_record.envelope, run.started_at, COALESCE(run_record.form, 1) AS form, \
                 run.kept_digest IS NOT NULL AS is_shortened \
                 FROM run LEFT JOIN run_record ON run_record.run_id = run.id \
                 WHERE run.ledger_index IS NULL \
                 UNION ALL SELECT after_number, judgement_record.number, event_id, judgement_record.system, \
                 judgement_record.envelope, '', 0, 0 FROM judgement_record JOIN finding_event ON finding_event.id = event_id \
                 WHERE finding_event.ledger_index IS NULL ORDER BY 1, 2, 3",
            )
            .fetch_all(&mut *connection)
            .await?;
            let mut all = Vec::with_capacity(waiting.len());
            for row in &waiting {
                let is_run = row.try_get::<i64, _>("after")? == 0;
                all.push(if is_run {
                    Unrecorded::Run(Box::new(self.unrecorded_run(&mut connection, row).await?))
                } else {
                    Unrecorded::Judgement(Box::new(unrecorded_judgement(&mut connection, row).await?))
                });
            }
            Ok(all)
        };
        self.named(read).await
    }

    async fn unrecorded_run(&self, connection: &mut SqliteConnection, row: &SqliteRow) -> Result<UnrecordedRun, Fault> {
        let run: String = row.try_get("id")?;
        let shortened: Vec<String> =
            sqlx::query_scalar("SELECT id FROM run WHERE pruned_by = ? AND pruned_index IS NULL ORDER BY id")
                .bind(&run)
                .fetch_all(&mut *connection)
                .await?;
        let mut remains = Vec::with_capacity(shortened.len());
        for id in shortened {
            let left = remains_of(connection, &id).await?;
            remains.push((id, left));
        }
        let now = standing(connection, &run, Extent::Whole).await?;
        let waiting = "finding_event.run_id = ? AND finding_event.ledger_index IS NULL";
        let decision = match digest_of(connection, "decision", &run).await? {
            Some(digest) => Some((self.load_decision(&run).await?, digest)),
            None => None,
        };
        let record = match Table::named("run_record") {
            Some(table) => table.digests(connection, &run).await?,
            None => RowDigests::default(),
        };
        Ok(UnrecordedRun {
            started_at: read_time(row.try_get("started_at")?)?,
            is_older: row.try_get::<i64, _>("form")? < FORM,
            is_shortened: row.try_get("is_shortened")?,
            envelope: row.try_get("envelope")?,
            record,
            remains,
            decision,
            evidence: evidence(connection, &run, &now.tables).await?,
            events: events(connection, waiting, &run, now.tables.table("finding_event")).await?,
            now,
        })
    }
}

async fn unrecorded_judgement(
    connection: &mut SqliteConnection,
    row: &SqliteRow,
) -> Result<UnrecordedJudgement, Fault> {
    let id: String = row.try_get("id")?;
    let missing = || Fault::form("a judgement", format!("event {id} is gone"));
    let now = RowDigests(vec![(id.clone(), event_digest(connection, &id).await?)]);
    let event = events(connection, "finding_event.id = ?", &id, Some(&now)).await?.pop().ok_or_else(missing)?;
    Ok(UnrecordedJudgement {
        envelope: row.try_get("envelope")?,
        record: JUDGEMENT_RECORD.one(connection, &id).await?.ok_or_else(missing)?,
        system: Urn::from_canonical(row.try_get::<String, _>("system")?),
        event,
    })
}

/// Reads the statements of a run without a pointer; `now` has the digests of their rows.
async fn evidence(
    connection: &mut SqliteConnection,
    run: &str,
    now: &Tables,
) -> Result<Vec<UnrecordedEvidence>, Fault> {
    let rows = sqlx::query(
        "SELECT evidence.digest, evidence.asset, evidence.predicate_type FROM run_evidence \
         JOIN evidence ON evidence.digest = run_evidence.digest \
         WHERE run_evidence.run_id = ? AND evidence.ledger_index IS NULL ORDER BY run_evidence.position",
    )
    .bind(run)
    .fetch_all(&mut *connection)
    .await?;
    let digests = now.table("evidence").map(RowDigests::by_name).unwrap_or_default();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let digest: String = row.try_get("digest")?;
        let gone = || Fault::form("evidence", format!("statement {digest} is gone"));
        let of_row = digests.get(digest.as_str()).map(|of_row| **of_row).ok_or_else(gone)?;
        found.push(UnrecordedEvidence {
            digest,
            row: of_row,
            asset: row.try_get("asset")?,
            predicate_type: row.try_get("predicate_type")?,
        });
    }
    Ok(found)
}

/// Reads the events that `wanted` picks; `now` has the digests of their rows.
async fn events(
    connection: &mut SqliteConnection,
    wanted: &'static str,
    value: &str,
    now: Option<&RowDigests>,
) -> Result<Vec<UnrecordedEvent>, Fault> {
    let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new(EVENTS);
    query.push(wanted.split('?').next().unwrap_or_default()).push_bind(value);
    query.push(wanted.split('?').nth(1).unwrap_or_default()).push(" ORDER BY finding_event.id");
    let rows = query.build().fetch_all(&mut *connection).await?;
    let digests = now.map(RowDigests::by_name).unwrap_or_default();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let id: String = row.try_get("id")?;
        let of_row = digests.get(id.as_str()).map(|of_row| **of_row).ok_or_else(|| no_event(&id))?;
        found.push(UnrecordedEvent {
            id,
            row: of_row,
            kind: row.try_get("kind")?,
            actor: row.try_get("actor")?,
            note: row.try_get("note")?,
            fingerprint: row.try_get("fingerprint")?,
            rule: row.try_get("rule")?,
            asset: row.try_get("asset")?,
            severity: severity_of(row.try_get("severity_rank")?),
        });
    }
    Ok(found)
}

/// Returns the digest of an event's row.
pub(crate) async fn event_digest(connection: &mut SqliteConnection, id: &str) -> Result<Digest, Fault> {
    digest_of(connection, "finding_event", id).await?.ok_or_else(|| no_event(id))
}

fn no_event(id: &str) -> Fault {
    Fault::form("an event", format!("event {id} is gone"))
}

async fn digest_of(connection: &mut SqliteConnection, table: &str, key: &str) -> Result<Option<Digest>, Fault> {
    match Table::named(table) {
        Some(table) => table.one(connection, key).await,
        None => Ok(None),
    }
}
