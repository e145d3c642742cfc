//! Writes one assessment: one transaction, all or nothing.

use sqlx::{Row as _, SqliteConnection};
use syndic_evidence::{Assessment, Evidence};

use crate::changes::{Changes, Plan, unique};
use crate::control_text::write_controls;
use crate::covered::Covered;
use crate::error::Fault;
use crate::record_findings::{findings, known_findings};
use crate::retention::drop_old;
use crate::rows::{doc, position, time};
use crate::seal::{Around, seal};
use crate::tables::Tables;
use crate::write::{Insert, insert};
use crate::{Pledge, SignRecord, Store, StoreError};

impl Store {
    /// Records a run: everything it saw, what that changes about known findings, and what was decided.
    /// Nothing is signed, so nobody can tell later whether a row was changed; see [`Store::record_signed`].
    ///
    /// # Errors
    /// The run is recorded already, the store is locked, full or damaged. Then nothing was written.
    pub async fn record(&self, assessment: &Assessment) -> Result<Changes, StoreError> {
        self.record_with(assessment, None).await
    }

    pub(crate) async fn record_with(
        &self,
        assessment: &Assessment,
        sign: Option<&SignRecord<'_>>,
    ) -> Result<Changes, StoreError> {
        self.refuse_known_run(&assessment.run.id).await?;
        self.write(assessment, sign).await.map_err(|fault| fault.at(&self.path))
    }

    async fn refuse_known_run(&self, id: &str) -> Result<(), StoreError> {
        let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM run WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| Fault::from(error).at(&self.path))?;
        if known.is_some() { Err(StoreError::Recorded { run: id.to_owned() }) } else { Ok(()) }
    }

    async fn write(&self, assessment: &Assessment, sign: Option<&SignRecord<'_>>) -> Result<Changes, Fault> {
        // The write lock is taken before anything is read, so that two runs cannot both plan on the same rows.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let connection = &mut *transaction;
        let before = match sign {
            Some(_) => Tables::of_system(connection, assessment.run.system.as_str()).await?,
            None => Tables::default(),
        };
        let known = known_findings(connection, &assessment.run.system).await?;
        let plan = Plan::new(assessment, &known);
        run(connection, assessment).await?;
        assets(connection, assessment).await?;
        relations(connection, assessment).await?;
        evidence(connection, assessment).await?;
        findings(connection, assessment, &plan).await?;
        risks(connection, assessment).await?;
        decision(connection, assessment).await?;
        let shortened = drop_old(connection, &assessment.run, self.kept_runs).await?;
        if let Some(sign) = sign {
            let around = Around { before, shortened: &shortened };
            seal(connection, &assessment.run.id, &assessment.run.system, around, sign).await?;
        }
        transaction.commit().await?;
        Ok(plan.changes)
    }
}

async fn run(connection: &mut SqliteConnection, assessment: &Assessment) -> Result<(), Fault> {
    let run = &assessment.run;
    let pieces = unique(&assessment.evidence, |evidence| evidence.digest);
    let pledge = Pledge::over(pieces.iter().map(|piece| &piece.digest));
    sqlx::query(
        "INSERT INTO run (id, system, started_at, finished_at, tool_version, doc, evidence_count, evidence_digest) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&run.id)
    .bind(run.system.as_str())
    .bind(time(run.started_at))
    .bind(time(run.finished_at))
    .bind(&run.tool_version)
    .bind(doc("a run", run)?)
    .bind(i64::try_from(pledge.count).unwrap_or(i64::MAX))
    .bind(pledge.digest.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

async fn assets(connection: &mut SqliteConnection, assessment: &Assessment) -> Result<(), Fault> {
    const ASSET: Insert = Insert {
        head: "INSERT INTO asset (system, urn, kind, name, path, present, first_seen, last_seen, doc)",
        columns: 9,
        tail: "ON CONFLICT (system, urn) DO UPDATE SET kind = excluded.kind, name = excluded.name, \
               path = excluded.path, present = 1, last_seen = excluded.last_seen, doc = excluded.doc",
    };
    let (system, now) = (assessment.run.system.as_str(), time(assessment.run.finished_at));
    let assets = unique(&assessment.assets, |asset| &asset.urn);
    let rows = assets.iter().map(|asset| Ok((*asset, doc("an asset", asset)?))).collect::<Result<Vec<_>, Fault>>()?;
    insert(connection, &ASSET, &rows, |values, (asset, doc)| {
        let path = asset.sources.first().map_or("", |source| source.path.as_str());
        values.push_bind(system).push_bind(asset.urn.as_str()).push_bind(asset.kind.as_str());
        values.push_bind(asset.name.as_str()).push_bind(path).push_bind(1_i64);
        values.push_bind(now.as_str()).push_bind(now.as_str()).push_bind(doc.as_str());
    })
    .await?;
    let urns: Vec<String> = assets.iter().map(|asset| asset.urn.as_str().to_owned()).collect();
    snapshot(connection, "INSERT INTO run_asset (run_id, position, urn)", assessment, &urns).await?;
    mark_gone(connection, assessment).await
}

/// Marks assets that the run would have seen, had they been there.
async fn mark_gone(connection: &mut SqliteConnection, assessment: &Assessment) -> Result<(), Fault> {
    let covered = Covered::new(&assessment.run);
    let unseen = sqlx::query(
        "SELECT urn, path FROM asset WHERE system = ? AND present = 1 \
         AND urn NOT IN (SELECT urn FROM run_asset WHERE run_id = ?)",
    )
    .bind(assessment.run.system.as_str())
    .bind(&assessment.run.id)
    .fetch_all(&mut *connection)
    .await?;
    for row in unseen {
        let (urn, path): (String, String) = (row.try_get("urn")?, row.try_get("path")?);
        if covered.looked_at(&path) {
            sqlx::query("UPDATE asset SET present = 0 WHERE system = ? AND urn = ?")
                .bind(assessment.run.system.as_str())
                .bind(urn)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

pub(crate) async fn snapshot(
    connection: &mut SqliteConnection,
    head: &'static str,
    assessment: &Assessment,
    names: &[String],
) -> Result<(), Fault> {
    let rows: Vec<(usize, &String)> = names.iter().enumerate().collect();
    insert(connection, &Insert { head, columns: 3, tail: "" }, &rows, |values, (index, name)| {
        values.push_bind(assessment.run.id.as_str()).push_bind(position(*index)).push_bind(name.as_str());
    })
    .await
}

async fn relations(connection: &mut SqliteConnection, assessment: &Assessment) -> Result<(), Fault> {
    const RELATION: Insert = Insert {
        head: "INSERT INTO relation \
               (system, src, dst, kind, protocol, first_seen, last_seen, last_run, position, doc)",
        columns: 10,
        tail: "ON CONFLICT (system, src, dst, kind, protocol) DO UPDATE SET last_seen = excluded.last_seen, \
               last_run = excluded.last_run, position = excluded.position, doc = excluded.doc",
    };
    let (run, now) = (&assessment.run, time(assessment.run.finished_at));
    let rows = unique(&assessment.relations, syndic_evidence::Relation::key)
        .into_iter()
        .enumerate()
        .map(|(index, relation)| Ok((index, relation, doc("a relation", relation)?)))
        .collect::<Result<Vec<_>, Fault>>()?;
    insert(connection, &RELATION, &rows, |values, (index, relation, doc)| {
        values.push_bind(run.system.as_str()).push_bind(relation.src.as_str()).push_bind(relation.dst.as_str());
        values.push_bind(relation.kind.as_str()).push_bind(relation.protocol.as_deref().unwrap_or_default());
        values.push_bind(now.as_str()).push_bind(now.as_str()).push_bind(run.id.as_str());
        values.push_bind(position(*index)).push_bind(doc.as_str());
    })
    .await
}

async fn evidence(connection: &mut SqliteConnection, assessment: &Assessment) -> Result<(), Fault> {
    const EVIDENCE: Insert = Insert {
        head: "INSERT INTO evidence (digest, predicate_type, asset, subject_digest, collector, tool_version, \
               collected_at, expires_at, key_id, envelope)",
        columns: 10,
        tail: "ON CONFLICT (digest) DO NOTHING",
    };
    let pieces = unique(&assessment.evidence, |evidence| evidence.digest);
    insert(connection, &EVIDENCE, &pieces, |values, piece: &&Evidence| {
        values.push_bind(piece.digest.to_string()).push_bind(piece.predicate_type.uri());
        values.push_bind(piece.asset.as_str()).push_bind(piece.subject_digest.to_string());
        values.push_bind(piece.collector.as_str()).push_bind(piece.tool_version.as_str());
        values.push_bind(time(piece.collected_at)).push_bind(piece.expires_at.map(time));
        values.push_bind(piece.key_id.as_str()).push_bind(piece.envelope.as_slice());
    })
    .await?;
    let digests: Vec<String> = pieces.iter().map(|piece| piece.digest.to_string()).collect();
    snapshot(connection, "INSERT INTO run_evidence (run_id, position, digest)", assessment, &digests).await
}

async fn risks(connection: &mut SqliteConnection, assessment: &Assessment) -> Result<(), Fault> {
    const RISK: Insert = Insert {
        head: "INSERT INTO risk (system, fingerprint, first_seen, last_seen, last_run, position, doc)",
        columns: 7,
        tail: "ON CONFLICT (system, fingerprint) DO UPDATE SET last_seen = excluded.last_seen, \
               last_run = excluded.last_run, position = excluded.position, doc = excluded.doc",
    };
    let (run, now) = (&assessment.run, time(assessment.run.finished_at));
    let rows = unique(&assessment.risks, |risk| risk.fingerprint)
        .into_iter()
        .enumerate()
        .map(|(index, risk)| Ok((index, risk, doc("a risk", risk)?)))
        .collect::<Result<Vec<_>, Fault>>()?;
    insert(connection, &RISK, &rows, |values, (index, risk, doc)| {
        values.push_bind(run.system.as_str()).push_bind(risk.fingerprint.to_string());
        values.push_bind(now.as_str()).push_bind(now.as_str()).push_bind(run.id.as_str());
        values.push_bind(position(*index)).push_bind(doc.as_str());
    })
    .await
}

async fn decision(connection: &mut SqliteConnection, assessment: &Assessment) -> Result<(), Fault> {
    let (run, decision) = (&assessment.run, &assessment.decision);
    sqlx::query(
        "INSERT INTO decision (run_id, system, subject, at, path, verdict, policy_digest, input_digest) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&run.id)
    .bind(run.system.as_str())
    .bind(decision.subject.as_str())
    .bind(time(run.finished_at))
    .bind(&decision.path)
    .bind(decision.verdict.as_str())
    .bind(decision.policy_digest.to_string())
    .bind(decision.input_digest.to_string())
    .execute(&mut *connection)
    .await?;
    write_controls(connection, &run.id, &decision.controls).await
}
