//! Retention: old runs give up the evidence that nothing rests on any more.
//!
//! The last runs of each system stay whole. An older run keeps its decision with every control, and the evidence that a
//! finding which is not fixed was last seen with. It keeps the evidence its controls cite as well, unless the run after
//! it decided the same for the same reasons: then the evidence of that run speaks for both, and a system that does not
//! change keeps no old evidence. The rest goes in the transaction that records the next run. What an old run keeps is pledged anew, so that a statement taken away is still missed.
//!
//! Invariant: a run that is not whole when its turn comes is left as it is, so that dropping hides no loss.

use std::collections::HashSet;

use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::{ControlStatus, Digest, Finding, Run, Urn};

use crate::control_text::read_controls;
use crate::error::Fault;
use crate::pledge::{Pledge, pledge_of};
use crate::rows::{doc, read_doc, read_name};
use crate::write::{Insert, insert};

/// Runs of a system that stay whole unless the store is told otherwise.
pub const DEFAULT_KEPT_RUNS: u32 = 20;

/// A run and the one before it: fewer, and nobody could say what the last run changed.
pub const LEAST_KEPT_RUNS: u32 = 2;

/// Drops what the runs of the system of `now` before the last `kept_runs` no longer need. Returns the runs that were
/// shortened.
pub(crate) async fn drop_old(
    connection: &mut SqliteConnection,
    now: &Run,
    kept_runs: u32,
) -> Result<Vec<String>, Fault> {
    let system = &now.system;
    let old = sqlx::query(
        "SELECT id, finished_at, evidence_count, evidence_digest, kept_count, kept_digest FROM \
         (SELECT * FROM run WHERE system = ? ORDER BY finished_at DESC, id DESC LIMIT ? OFFSET ?) \
         WHERE kept_digest IS NULL",
    )
    .bind(system.as_str())
    .bind(i64::MAX)
    .bind(i64::from(kept_runs))
    .fetch_all(&mut *connection)
    .await?;
    let mut shortened = Vec::new();
    for row in old {
        let (id, finished_at): (String, String) = (row.try_get("id")?, row.try_get("finished_at")?);
        let listed = listed(connection, &id).await?;
        let is_there = listed.iter().all(|(_, is_there)| *is_there);
        let digests: Vec<Digest> = listed.into_iter().map(|(digest, _)| digest).collect();
        if !is_there || pledge_of(&row)? != Some(Pledge::over(&digests)) {
            continue;
        }
        let cited = cited(connection, system, &id, &finished_at).await?;
        let (kept, dropped): (Vec<Digest>, Vec<Digest>) = digests.into_iter().partition(|one| cited.contains(one));
        drop_evidence(connection, system, &id, &dropped).await?;
        shorten_run(connection, &id, Pledge::over(&kept), &now.id).await?;
        shortened.push(id);
    }
    Ok(shortened)
}

/// Returns what a run lists, in order, each with whether the statement is there.
async fn listed(connection: &mut SqliteConnection, run: &str) -> Result<Vec<(Digest, bool)>, Fault> {
    let rows = sqlx::query(
        "SELECT run_evidence.digest, evidence.digest IS NOT NULL AS is_there FROM run_evidence \
         LEFT JOIN evidence ON evidence.digest = run_evidence.digest WHERE run_id = ? ORDER BY position",
    )
    .bind(run)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((read_name("a digest", row.try_get("digest")?)?, row.try_get("is_there")?))).collect()
}

/// Returns what the decision of a run cites, and what findings cite that are not fixed and were not seen after it.
async fn cited(
    connection: &mut SqliteConnection,
    system: &Urn,
    run: &str,
    finished_at: &str,
) -> Result<HashSet<Digest>, Fault> {
    let mut cited = HashSet::new();
    let statuses = read_controls(connection, run).await?;
    let is_repeated = match next_run(connection, system, run, finished_at).await? {
        Some(next) => is_same_answer(&statuses, &read_controls(connection, &next).await?),
        None => false,
    };
    if !is_repeated {
        cited.extend(statuses.into_iter().flat_map(|status| status.evidence));
    }
    // A finding that was seen later cites the evidence of that later run.
    let findings = sqlx::query("SELECT doc FROM finding WHERE system = ? AND state <> 'fixed' AND last_seen <= ?")
        .bind(system.as_str())
        .bind(finished_at);
    for row in findings.fetch_all(connection).await? {
        cited.extend(read_doc::<Finding>("a finding", row.try_get("doc")?)?.evidence);
    }
    Ok(cited)
}

/// Returns the run of the system that ended next.
async fn next_run(
    connection: &mut SqliteConnection,
    system: &Urn,
    run: &str,
    finished_at: &str,
) -> Result<Option<String>, Fault> {
    let next = sqlx::query_scalar(
        "SELECT id FROM run WHERE system = ? AND (finished_at > ? OR (finished_at = ? AND id > ?)) \
         ORDER BY finished_at, id LIMIT 1",
    );
    Ok(next.bind(system.as_str()).bind(finished_at).bind(finished_at).bind(run).fetch_optional(connection).await?)
}

/// Says whether two decisions are the same in every control but for the evidence they cite.
pub(crate) fn is_same_answer(one: &[ControlStatus], two: &[ControlStatus]) -> bool {
    let bare = |status: &ControlStatus| ControlStatus { evidence: Vec::new(), ..status.clone() };
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| bare(one) == bare(two))
}

async fn drop_evidence(
    connection: &mut SqliteConnection,
    system: &Urn,
    run: &str,
    dropped: &[Digest],
) -> Result<(), Fault> {
    const TO_DROP: Insert =
        Insert { head: "INSERT INTO evidence_to_drop (digest)", columns: 1, tail: "ON CONFLICT (digest) DO NOTHING" };
    insert(connection, &TO_DROP, dropped, |values, digest| {
        values.push_bind(digest.to_string());
    })
    .await?;
    sqlx::query("DELETE FROM run_evidence WHERE run_id = ? AND digest IN (SELECT digest FROM evidence_to_drop)")
        .bind(run)
        .execute(&mut *connection)
        .await?;
    // Another run may rest on the same statement.
    sqlx::query("DELETE FROM evidence_to_drop WHERE digest IN (SELECT digest FROM run_evidence)")
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "DELETE FROM finding_evidence WHERE system = ? AND fingerprint IN (SELECT fingerprint FROM run_finding \
         WHERE run_id = ?) AND digest IN (SELECT digest FROM evidence_to_drop)",
    )
    .bind(system.as_str())
    .bind(run)
    .execute(&mut *connection)
    .await?;
    for sql in
        ["DELETE FROM evidence WHERE digest IN (SELECT digest FROM evidence_to_drop)", "DELETE FROM evidence_to_drop"]
    {
        sqlx::query(sql).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Leaves of the run what its decision needs: neither what it saw nor the places it passed by.
async fn shorten_run(connection: &mut SqliteConnection, id: &str, kept: Pledge, by: &str) -> Result<(), Fault> {
    for sql in ["DELETE FROM run_asset WHERE run_id = ?", "DELETE FROM run_finding WHERE run_id = ?"] {
        sqlx::query(sql).bind(id).execute(&mut *connection).await?;
    }
    let text: String =
        sqlx::query_scalar("SELECT doc FROM run WHERE id = ?").bind(id).fetch_one(&mut *connection).await?;
    let mut run: Run = read_doc("a run", &text)?;
    // The counts stay: they say how many places there were.
    run.coverage.skipped.clear();
    sqlx::query("UPDATE run SET kept_count = ?, kept_digest = ?, pruned_by = ?, doc = ? WHERE id = ?")
        .bind(i64::try_from(kept.count).unwrap_or(i64::MAX))
        .bind(kept.digest.to_string())
        .bind(by)
        .bind(doc("a run", &run)?)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}
