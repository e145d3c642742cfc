//! Reads back what was recorded.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite};
use syndic_evidence::{Assessment, ControlStatus, Decision, Digest, Evidence, Finding, Run, Timestamp, Urn};

use crate::control_text::read_controls;
use crate::error::Fault;
use crate::filter::{anywhere, escape};
use crate::read_rows::{docs, event, evidence, finding, stored_asset, summary};
use crate::rows::{read_name, read_time, severity_rank, time};
use crate::stored::{FindingHistory, StoredAsset, StoredDecision, SystemSummary};
use crate::{AssetFilter, FindingFilter, Store, StoreError};

impl Store {
    /// Returns the systems, the one assessed last first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn systems(&self) -> Result<Vec<SystemSummary>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT run.system, run.id, run.finished_at, decision.verdict, (SELECT COUNT(*) FROM finding \
                 WHERE finding.system = run.system AND (finding.state = 'open' OR finding.accepted_until <= \
                 strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000000Z')) AS open_findings \
                 FROM run JOIN decision ON decision.run_id = run.id WHERE NOT EXISTS (SELECT 1 FROM run AS later \
                 WHERE later.system = run.system AND (later.finished_at > run.finished_at \
                 OR (later.finished_at = run.finished_at AND later.id > run.id))) \
                 ORDER BY run.finished_at DESC, run.id DESC",
            )
            .fetch_all(&self.pool)
            .await?;
            rows.iter().map(summary).collect()
        };
        self.named(read).await
    }

    /// Returns the runs, newest first; of every system when none is given.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn runs(&self, system: Option<&Urn>) -> Result<Vec<Run>, StoreError> {
        self.newest_runs(system, i64::MAX).await
    }

    /// Returns at most `limit` runs, newest first; a run's document can be large.
    pub(crate) async fn newest_runs(&self, system: Option<&Urn>, limit: i64) -> Result<Vec<Run>, StoreError> {
        let read = async {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT doc FROM run");
            if let Some(system) = system {
                query.push(" WHERE system = ").push_bind(system.as_str());
            }
            query.push(" ORDER BY finished_at DESC, id DESC LIMIT ").push_bind(limit);
            docs("a run", &query.build().fetch_all(&self.pool).await?)
        };
        self.named(read).await
    }

    /// Returns the last assessment, of `system` or of any; findings are in the state they have now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn latest(&self, system: Option<&Urn>) -> Result<Option<Assessment>, StoreError> {
        let Some(run) = self.newest_runs(system, 1).await?.into_iter().next() else { return Ok(None) };
        self.named(self.load(run)).await.map(Some)
    }

    /// Returns assets by kind, name and URN.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn assets(&self, filter: &AssetFilter) -> Result<Vec<StoredAsset>, StoreError> {
        let read = async {
            let mut query = QueryBuilder::<Sqlite>::new(
                "SELECT system, doc, present, first_seen, last_seen FROM asset WHERE 1 = 1",
            );
            if let Some(system) = &filter.system {
                query.push(" AND system = ").push_bind(system.as_str());
            }
            if let Some(kind) = filter.kind {
                query.push(" AND kind = ").push_bind(kind.as_str());
            }
            if !filter.include_gone {
                query.push(" AND present = 1");
            }
            if let Some(text) = &filter.text {
                query.push(" AND LOWER(name || ' ' || path || ' ' || urn) LIKE ").push_bind(anywhere(text));
                query.push(" ESCAPE '\\'");
            }
            query.push(" ORDER BY kind, name, urn, system");
            query.build().fetch_all(&self.pool).await?.iter().map(stored_asset).collect()
        };
        self.named(read).await
    }

    /// Returns findings, worst first, then by rule and place.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn findings(&self, filter: &FindingFilter) -> Result<Vec<Finding>, StoreError> {
        Ok(self.findings_by_system(filter).await?.into_iter().map(|(_, finding)| finding).collect())
    }

    /// Returns findings as [`Store::findings`] does, each with the system it belongs to.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn findings_by_system(&self, filter: &FindingFilter) -> Result<Vec<(Urn, Finding)>, StoreError> {
        let read = async {
            let mut query = select_findings(filter);
            let rows = query.build().fetch_all(&self.pool).await?;
            let named =
                rows.iter().map(|row| Ok((Urn::from_canonical(row.try_get::<String, _>("system")?), finding(row)?)));
            named.collect()
        };
        self.named(read).await
    }

    /// Returns the one finding whose fingerprint begins with `prefix` (with or without `sha256:`), with its life.
    ///
    /// # Errors
    /// No finding or more than one begins so, or the store cannot be read.
    pub async fn finding(&self, prefix: &str) -> Result<FindingHistory, StoreError> {
        let hex = prefix.strip_prefix("sha256:").unwrap_or(prefix);
        let read = async {
            let rows = sqlx::query("SELECT * FROM finding WHERE fingerprint LIKE ? ESCAPE '\\' LIMIT 10")
                .bind(format!("sha256:{}%", escape(hex)))
                .fetch_all(&self.pool)
                .await?;
            match rows.as_slice() {
                [row] if !hex.is_empty() => Ok(Ok(self.history(row).await?)),
                rows => Ok(Err(rows.len())),
            }
        };
        self.named(read).await?.map_err(|count| StoreError::NoSuchFinding { prefix: prefix.to_owned(), count })
    }

    /// Returns the evidence with this digest.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn evidence(&self, digest: &Digest) -> Result<Option<Evidence>, StoreError> {
        let read = async {
            let row = sqlx::query("SELECT * FROM evidence WHERE digest = ?")
                .bind(digest.to_string())
                .fetch_optional(&self.pool)
                .await?;
            row.as_ref().map(evidence).transpose()
        };
        self.named(read).await
    }

    /// Returns the decisions, newest first; of every system when none is given.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn decisions(&self, system: Option<&Urn>, limit: u32) -> Result<Vec<StoredDecision>, StoreError> {
        let read = async {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT run_id, at FROM decision");
            if let Some(system) = system {
                query.push(" WHERE system = ").push_bind(system.as_str());
            }
            query.push(" ORDER BY at DESC, run_id DESC LIMIT ").push_bind(i64::from(limit));
            let mut found = Vec::new();
            for row in query.build().fetch_all(&self.pool).await? {
                let run: String = row.try_get("run_id")?;
                let decision = self.load_decision(&run).await?;
                found.push(StoredDecision { run, at: read_time(row.try_get("at")?)?, decision });
            }
            Ok(found)
        };
        self.named(read).await
    }

    /// Names the file in what goes wrong.
    pub(crate) async fn named<T>(&self, read: impl Future<Output = Result<T, Fault>>) -> Result<T, StoreError> {
        read.await.map_err(|fault| fault.at(&self.path))
    }

    async fn load(&self, run: Run) -> Result<Assessment, Fault> {
        let (id, system) = (run.id.as_str(), run.system.as_str());
        let assets = sqlx::query(
            "SELECT asset.doc FROM run_asset JOIN asset ON asset.urn = run_asset.urn AND asset.system = ? \
             WHERE run_asset.run_id = ? ORDER BY run_asset.position",
        );
        let findings = sqlx::query(
            "SELECT finding.* FROM run_finding JOIN finding ON finding.fingerprint = run_finding.fingerprint \
             AND finding.system = ? WHERE run_finding.run_id = ? ORDER BY run_finding.position",
        );
        let pieces = sqlx::query(
            "SELECT evidence.* FROM run_evidence JOIN evidence ON evidence.digest = run_evidence.digest \
             WHERE run_evidence.run_id = ? ORDER BY run_evidence.position",
        );
        let relations = sqlx::query("SELECT doc FROM relation WHERE last_run = ? ORDER BY position");
        let risks = sqlx::query("SELECT doc FROM risk WHERE last_run = ? ORDER BY position");
        let assets = assets.bind(system).bind(id).fetch_all(&self.pool).await?;
        let relations = relations.bind(id).fetch_all(&self.pool).await?;
        let pieces = pieces.bind(id).fetch_all(&self.pool).await?;
        let findings = findings.bind(system).bind(id).fetch_all(&self.pool).await?;
        let risks = risks.bind(id).fetch_all(&self.pool).await?;
        let decision = self.load_decision(id).await?;
        // Thousands of documents take longer to read than an async thread may be kept.
        let read = tokio::task::spawn_blocking(move || {
            Ok(Assessment {
                assets: docs("an asset", &assets)?,
                relations: docs("a relation", &relations)?,
                evidence: pieces.iter().map(evidence).collect::<Result<_, _>>()?,
                findings: findings.iter().map(finding).collect::<Result<_, _>>()?,
                risks: docs("a risk", &risks)?,
                decision,
                run,
            })
        });
        read.await.map_err(|error| Fault::form("an assessment", error))?
    }

    pub(crate) async fn load_decision(&self, run: &str) -> Result<Decision, Fault> {
        let row = sqlx::query("SELECT * FROM decision WHERE run_id = ?").bind(run).fetch_one(&self.pool).await?;
        Ok(Decision {
            subject: Urn::from_canonical(row.try_get::<String, _>("subject")?),
            path: row.try_get("path")?,
            verdict: read_name("a verdict", row.try_get("verdict")?)?,
            policy_digest: read_name("a digest", row.try_get("policy_digest")?)?,
            input_digest: read_name("a digest", row.try_get("input_digest")?)?,
            controls: self.load_controls(run).await?,
        })
    }

    pub(crate) async fn load_controls(&self, run: &str) -> Result<Vec<ControlStatus>, Fault> {
        let mut connection = self.pool.acquire().await?;
        read_controls(&mut connection, run).await
    }

    async fn history(&self, row: &SqliteRow) -> Result<FindingHistory, Fault> {
        let system: String = row.try_get("system")?;
        let fingerprint: String = row.try_get("fingerprint")?;
        let links =
            sqlx::query("SELECT digest FROM finding_evidence WHERE system = ? AND fingerprint = ? ORDER BY digest")
                .bind(&system)
                .bind(&fingerprint)
                .fetch_all(&self.pool)
                .await?;
        let events = sqlx::query(
            "SELECT at, actor, kind, note FROM finding_event WHERE system = ? AND fingerprint = ? ORDER BY at, id",
        )
        .bind(&system)
        .bind(&fingerprint)
        .fetch_all(&self.pool)
        .await?;
        let (fixed_at, accepted_until): (Option<String>, Option<String>) =
            (row.try_get("fixed_at")?, row.try_get("accepted_until")?);
        Ok(FindingHistory {
            system: Urn::from_canonical(system),
            finding: finding(row)?,
            last_seen: read_time(row.try_get("last_seen")?)?,
            fixed_at: fixed_at.as_deref().map(read_time).transpose()?,
            accepted_until: accepted_until.as_deref().map(read_time).transpose()?,
            evidence: links
                .iter()
                .map(|link| read_name("a digest", link.try_get("digest")?))
                .collect::<Result<_, _>>()?,
            events: events.iter().map(event).collect::<Result<_, _>>()?,
        })
    }
}

fn select_findings(filter: &FindingFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM finding WHERE 1 = 1");
    if let Some(system) = &filter.system {
        query.push(" AND system = ").push_bind(system.as_str());
    }
    if let Some(state) = filter.state {
        query.push(" AND CASE WHEN accepted_until <= ").push_bind(time(Timestamp::now()));
        query.push(" THEN 'open' ELSE state END = ").push_bind(state.as_str());
    }
    if let Some(severity) = filter.severity_at_least {
        query.push(" AND severity_rank >= ").push_bind(severity_rank(severity));
    }
    if let Some(rule) = &filter.rule {
        query.push(" AND (rule = ").push_bind(rule.as_str());
        query.push(" OR rule LIKE ").push_bind(format!("{}.%", escape(rule))).push(" ESCAPE '\\')");
    }
    if let Some(asset) = &filter.asset {
        query.push(" AND asset = ").push_bind(asset.as_str());
    }
    if let Some(text) = &filter.text {
        query.push(" AND LOWER(message || ' ' || path || ' ' || rule || ' ' || asset) LIKE ");
        query.push_bind(anywhere(text)).push(" ESCAPE '\\'");
    }
    query.push(" ORDER BY severity_rank DESC, rule, path, fingerprint, system");
    if let Some(limit) = filter.limit {
        query.push(" LIMIT ").push_bind(i64::from(limit));
    }
    query
}
