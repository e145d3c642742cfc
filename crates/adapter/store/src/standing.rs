//! What a run or a judgement leaves behind in the store, so that one signature holds all of it.
//!
//! Rows of a run never change but for what retention drops, and then the record of the run that dropped it says what
//! was left. What stands for a system changes with every run and judgement: the newest record of the system speaks for
//! it.

use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::{Digest, FindingState, Fingerprint, Timestamp, Urn};

use crate::error::Fault;
use crate::first_form::FirstForm;
use crate::rows::read_time;
use crate::tables::{Owner, RUN_TABLES_SHORTENED, Tables};

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
    /// Every table: the rows of the run, and those of its system if this is the newest record of it.
    pub tables: Tables,
    /// What stood for the system before it was recorded; nothing once it is recorded.
    pub before: Tables,
    /// Older runs that retention shortened when this one was recorded, each with what was left of it.
    pub pruned: Vec<(String, Tables)>,
    /// The same in the first form, when that is what was signed.
    pub first_form: Option<FirstForm>,
}

/// What a person said about a finding, and what stands after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The row of the event, which is its id.
    pub event: String,
    /// Digest of that row.
    pub event_row: Digest,
    /// The system of the finding.
    pub system: Urn,
    /// The finding.
    pub fingerprint: Fingerprint,
    /// Its state before.
    pub before: FindingState,
    /// Its state now.
    pub after: FindingState,
    /// When it was said.
    pub at: Timestamp,
    /// What stood for the system before.
    pub stood: Tables,
    /// Every table of the system.
    pub tables: Tables,
}

/// How much of what a run leaves behind is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Its own rows and what stands for its system.
    Whole,
    /// Its own rows: something newer speaks for the system.
    RunOnly,
}

/// Reads what a run leaves behind, as it is now.
pub(crate) async fn standing(connection: &mut SqliteConnection, run: &str, extent: Extent) -> Result<Standing, Fault> {
    let row = sqlx::query(
        "SELECT run.system, run.finished_at, run.tool_version, decision.verdict FROM run \
         LEFT JOIN decision ON decision.run_id = run.id WHERE run.id = ?",
    )
    .bind(run)
    .fetch_one(&mut *connection)
    .await?;
    let system: String = row.try_get("system")?;
    let tables = match extent {
        Extent::Whole => Tables::after_run(connection, run, &system).await?,
        Extent::RunOnly => {
            Tables::read(connection, run, |table| table.owner == Owner::Run && table.name != "run_record").await?
        }
    };
    Ok(Standing {
        run: run.to_owned(),
        system: Urn::from_canonical(system),
        finished_at: read_time(row.try_get("finished_at")?)?,
        tool_version: row.try_get("tool_version")?,
        verdict: row.try_get::<Option<String>, _>("verdict")?.unwrap_or_default(),
        tables,
        before: Tables::default(),
        pruned: Vec::new(),
        first_form: None,
    })
}

/// Reads what retention left of runs.
pub(crate) async fn remains(
    connection: &mut SqliteConnection,
    runs: &[String],
) -> Result<Vec<(String, Tables)>, Fault> {
    let mut remains = Vec::with_capacity(runs.len());
    for run in runs {
        remains.push((run.clone(), remains_of(connection, run).await?));
    }
    Ok(remains)
}

/// Reads the tables of a run that retention shortens.
pub(crate) async fn remains_of(connection: &mut SqliteConnection, run: &str) -> Result<Tables, Fault> {
    Tables::read(connection, run, |table| RUN_TABLES_SHORTENED.contains(&table.name)).await
}
