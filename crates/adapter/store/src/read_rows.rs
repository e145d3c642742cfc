//! Rows read back into the program's types.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use syndic_evidence::{Evidence, Finding, FindingState, Timestamp, Urn};

use crate::error::Fault;
use crate::rows::{read_doc, read_name, read_state, read_time};
use crate::stored::{FindingEvent, StoredAsset, SystemSummary};

/// Reads the documents of rows that have one.
pub(crate) fn docs<T: serde::de::DeserializeOwned>(what: &'static str, rows: &[SqliteRow]) -> Result<Vec<T>, Fault> {
    rows.iter().map(|row| read_doc(what, row.try_get("doc")?)).collect()
}

/// Reads a system at a glance.
pub(crate) fn summary(row: &SqliteRow) -> Result<SystemSummary, Fault> {
    Ok(SystemSummary {
        system: Urn::from_canonical(row.try_get::<String, _>("system")?),
        last_run: row.try_get("id")?,
        finished_at: read_time(row.try_get("finished_at")?)?,
        verdict: read_name("a verdict", row.try_get("verdict")?)?,
        open_findings: u64::try_from(row.try_get::<i64, _>("open_findings")?).unwrap_or_default(),
    })
}

/// Reads an asset with its life in the store.
pub(crate) fn stored_asset(row: &SqliteRow) -> Result<StoredAsset, Fault> {
    Ok(StoredAsset {
        system: Urn::from_canonical(row.try_get::<String, _>("system")?),
        asset: read_doc("an asset", row.try_get("doc")?)?,
        is_present: row.try_get::<i64, _>("present")? != 0,
        first_seen: read_time(row.try_get("first_seen")?)?,
        last_seen: read_time(row.try_get("last_seen")?)?,
    })
}

/// Reads a finding in the state it has now; the document holds what the run said.
pub(crate) fn finding(row: &SqliteRow) -> Result<Finding, Fault> {
    let said: Finding = read_doc("a finding", row.try_get("doc")?)?;
    let mut state: FindingState = read_state(row.try_get("state")?)?;
    let accepted_until: Option<String> = row.try_get("accepted_until")?;
    let is_over = accepted_until.as_deref().map(read_time).transpose()?.is_some_and(|until| until <= Timestamp::now());
    if state == FindingState::Accepted && is_over {
        // The next run writes it down; until then nobody shall take it for accepted.
        state = FindingState::Open;
    }
    Ok(Finding { state, first_seen: Some(read_time(row.try_get("first_seen")?)?), ..said })
}

/// Reads what happened to a finding.
pub(crate) fn event(row: &SqliteRow) -> Result<FindingEvent, Fault> {
    Ok(FindingEvent {
        at: read_time(row.try_get("at")?)?,
        actor: row.try_get("actor")?,
        kind: row.try_get("kind")?,
        note: row.try_get("note")?,
    })
}

/// Reads a signed statement with its columns.
pub(crate) fn evidence(row: &SqliteRow) -> Result<Evidence, Fault> {
    let expires_at: Option<String> = row.try_get("expires_at")?;
    Ok(Evidence {
        digest: read_name("a digest", row.try_get("digest")?)?,
        predicate_type: read_name("a predicate type", row.try_get("predicate_type")?)?,
        asset: Urn::from_canonical(row.try_get::<String, _>("asset")?),
        subject_digest: read_name("a digest", row.try_get("subject_digest")?)?,
        collector: row.try_get("collector")?,
        tool_version: row.try_get("tool_version")?,
        collected_at: read_time(row.try_get("collected_at")?)?,
        expires_at: expires_at.as_deref().map(read_time).transpose()?,
        key_id: row.try_get("key_id")?,
        envelope: row.try_get("envelope")?,
    })
}
