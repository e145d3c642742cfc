//! The rows of findings: what a run's plan changes, and the event that says so.

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};
use syndic_evidence::{Assessment, Fingerprint, Urn};
use ulid::Ulid;

use crate::changes::{Known, Plan};
use crate::error::Fault;
use crate::record::snapshot;
use crate::rows::{doc, read_name, read_state, read_time, severity_rank, time};
use crate::write::{Insert, insert};

/// Who the store names for what a run did by itself.
const ACTOR: &str = "syndic";

/// Findings that one statement marks as fixed.
const FIXED_AT_ONCE: usize = 1_000;

pub(crate) async fn known_findings(
    connection: &mut SqliteConnection,
    system: &Urn,
) -> Result<BTreeMap<Fingerprint, Known>, Fault> {
    let rows =
        sqlx::query("SELECT fingerprint, rule, path, state, first_seen, accepted_until FROM finding WHERE system = ?")
            .bind(system.as_str())
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            let known = Known {
                rule: row.try_get("rule")?,
                path: row.try_get("path")?,
                state: read_state(row.try_get("state")?)?,
                first_seen: read_time(row.try_get("first_seen")?)?,
                accepted_until: row
                    .try_get::<Option<String>, _>("accepted_until")?
                    .as_deref()
                    .map(read_time)
                    .transpose()?,
            };
            Ok((read_name("a fingerprint", row.try_get("fingerprint")?)?, known))
        })
        .collect()
}

pub(crate) async fn findings(
    connection: &mut SqliteConnection,
    assessment: &Assessment,
    plan: &Plan<'_>,
) -> Result<(), Fault> {
    const FINDING: Insert = Insert {
        head: "INSERT INTO finding (system, fingerprint, rule, asset, path, severity_rank, state, first_seen, \
               last_seen, fixed_at, message, doc)",
        columns: 12,
        tail: "ON CONFLICT (system, fingerprint) DO UPDATE SET severity_rank = excluded.severity_rank, \
               state = excluded.state, last_seen = excluded.last_seen, fixed_at = NULL, \
               message = excluded.message, doc = excluded.doc",
    };
    let (system, now) = (assessment.run.system.as_str(), time(assessment.run.finished_at));
    let rows =
        plan.seen.iter().map(|seen| Ok((seen, doc("a finding", seen.finding)?))).collect::<Result<Vec<_>, Fault>>()?;
    insert(connection, &FINDING, &rows, |values, (seen, doc)| {
        let finding = seen.finding;
        values.push_bind(system).push_bind(finding.fingerprint.to_string()).push_bind(finding.rule.as_str());
        values.push_bind(finding.asset.as_str()).push_bind(finding.location.path.as_str());
        values.push_bind(severity_rank(finding.severity)).push_bind(seen.state.as_str());
        values.push_bind(time(seen.first_seen)).push_bind(now.as_str()).push_bind(None::<String>);
        values.push_bind(finding.message.as_str()).push_bind(doc.as_str());
    })
    .await?;
    let prints: Vec<String> = plan.seen.iter().map(|seen| seen.finding.fingerprint.to_string()).collect();
    snapshot(connection, "INSERT INTO run_finding (run_id, position, fingerprint)", assessment, &prints).await?;
    finding_evidence(connection, assessment, plan).await?;
    end_acceptance(connection, system, &plan.changes.expired).await?;
    mark_fixed(connection, system, &now, &plan.changes.fixed).await?;
    let changes = &plan.changes;
    let kinds = [
        ("expired", &changes.expired),
        ("opened", &changes.opened),
        ("reopened", &changes.reopened),
        ("fixed", &changes.fixed),
    ];
    let run = assessment.run.id.as_str();
    let run_note = format!("run {run}");
    let happened: Vec<Event<'_>> = kinds
        .iter()
        .flat_map(|(kind, prints)| prints.iter().map(move |fingerprint| (*kind, *fingerprint)))
        .map(|(kind, fingerprint)| Event { fingerprint, kind, actor: ACTOR, note: &run_note, run: Some(run) })
        .collect();
    events(connection, &assessment.run.system, &now, &happened).await
}

async fn finding_evidence(
    connection: &mut SqliteConnection,
    assessment: &Assessment,
    plan: &Plan<'_>,
) -> Result<(), Fault> {
    const LINK: Insert = Insert {
        head: "INSERT INTO finding_evidence (system, fingerprint, digest)",
        columns: 3,
        tail: "ON CONFLICT (system, fingerprint, digest) DO NOTHING",
    };
    let system = assessment.run.system.as_str();
    let links: Vec<_> = plan
        .seen
        .iter()
        .flat_map(|seen| seen.finding.evidence.iter().map(|digest| (seen.finding.fingerprint, *digest)))
        .collect();
    insert(connection, &LINK, &links, |values, (fingerprint, digest)| {
        values.push_bind(system).push_bind(fingerprint.to_string()).push_bind(digest.to_string());
    })
    .await
}

/// Opens findings whose acceptance came to its end.
async fn end_acceptance(connection: &mut SqliteConnection, system: &str, expired: &[Fingerprint]) -> Result<(), Fault> {
    for fingerprint in expired {
        sqlx::query("UPDATE finding SET state = 'open', accepted_until = NULL WHERE system = ? AND fingerprint = ?")
            .bind(system)
            .bind(fingerprint.to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn mark_fixed(
    connection: &mut SqliteConnection,
    system: &str,
    now: &str,
    fixed: &[Fingerprint],
) -> Result<(), Fault> {
    for chunk in fixed.chunks(FIXED_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("UPDATE finding SET state = 'fixed', fixed_at = ");
        query.push_bind(now).push(" WHERE system = ").push_bind(system).push(" AND fingerprint IN (");
        let mut list = query.separated(", ");
        for fingerprint in chunk {
            list.push_bind(fingerprint.to_string());
        }
        query.push(")");
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// One thing that happened to a finding.
pub(crate) struct Event<'a> {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) kind: &'static str,
    pub(crate) actor: &'a str,
    pub(crate) note: &'a str,
    /// The run that brought it about, unless a person did.
    pub(crate) run: Option<&'a str>,
}

/// Writes one event and returns its id.
pub(crate) async fn event(
    connection: &mut SqliteConnection,
    system: &Urn,
    at: &str,
    event: &Event<'_>,
) -> Result<String, Fault> {
    let id = Ulid::new().to_string();
    write_events(connection, system, at, &[(id.clone(), event)]).await?;
    Ok(id)
}

pub(crate) async fn events(
    connection: &mut SqliteConnection,
    system: &Urn,
    at: &str,
    events: &[Event<'_>],
) -> Result<(), Fault> {
    let named: Vec<_> = events.iter().map(|event| (Ulid::new().to_string(), event)).collect();
    write_events(connection, system, at, &named).await
}

async fn write_events(
    connection: &mut SqliteConnection,
    system: &Urn,
    at: &str,
    events: &[(String, &Event<'_>)],
) -> Result<(), Fault> {
    const EVENT: Insert = Insert {
        head: "INSERT INTO finding_event (id, system, fingerprint, at, actor, kind, note, run_id)",
        columns: 8,
        tail: "",
    };
    insert(connection, &EVENT, events, |values, (id, event)| {
        values.push_bind(id.as_str()).push_bind(system.as_str());
        values.push_bind(event.fingerprint.to_string()).push_bind(at).push_bind(event.actor);
        values.push_bind(event.kind).push_bind(event.note).push_bind(event.run);
    })
    .await
}
