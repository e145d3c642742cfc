//! What each run said it rests on, so that evidence that was taken away is missed.

use syndic_evidence::{ControlStatus, Digest, Urn};

use crate::error::Fault;
use crate::retention::is_same_answer;
use crate::rows::read_name;
use crate::{Store, StoreError};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// How much evidence a run rests on, and a digest over all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pledge {
    /// How many statements.
    pub count: u64,
    /// SHA-256 over their digests in order, a line each.
    pub digest: Digest,
}

impl Pledge {
    /// Pledges these digests, in this order.
    pub fn over<'a>(digests: impl IntoIterator<Item = &'a Digest>) -> Self {
        let mut count = 0;
        let mut lines = String::new();
        for digest in digests {
            count += 1;
            lines.push_str(&format!("{digest}\n"));
        }
        Self { count, digest: Digest::of(lines.as_bytes()) }
    }
}

/// The evidence of one run: what the run said, and what the store lists for it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEvidence {
    /// The run.
    pub run: String,
    /// Its system.
    pub system: Urn,
    /// What it said when it was recorded, or when retention dropped some; absent when a version recorded it that did
    /// not say.
    pub pledge: Option<Pledge>,
    /// What is listed for it now, in order.
    pub listed: Vec<Digest>,
    /// How many statements retention dropped; the pledge is then over the rest.
    pub dropped_count: u64,
}

impl RunEvidence {
    /// Says whether what is listed is what the run said.
    pub fn is_whole(&self) -> bool {
        self.pledge == Some(Pledge::over(&self.listed))
    }
}

impl Store {
    /// Says whether no run was ever recorded: then the store knows nothing, which is not the same as "nothing wrong".
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let read = async {
            let one: Option<i64> = sqlx::query_scalar("SELECT 1 FROM run LIMIT 1").fetch_optional(&self.pool).await?;
            Ok(one.is_none())
        };
        self.named(read).await
    }

    /// Returns what each run rests on, oldest run first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn run_evidence(&self) -> Result<Vec<RunEvidence>, StoreError> {
        let read = async {
            let runs =
                sqlx::query("SELECT id, system, evidence_count, evidence_digest, kept_count, kept_digest FROM run ORDER BY finished_at, id")
                    .fetch_all(&self.pool)
                    .await?;
            let mut all = Vec::with_capacity(runs.len());
            for row in runs {
                let run: String = row.try_get("id")?;
                let listed: Vec<String> =
                    sqlx::query_scalar("SELECT digest FROM run_evidence WHERE run_id = ? ORDER BY position")
                        .bind(&run)
                        .fetch_all(&self.pool)
                        .await?;
                let pledge = pledge_of(&row)?;
                let rested_on = statements(row.try_get("evidence_count")?)?.unwrap_or_default();
                let dropped_count = pledge.map_or(0, |pledge| rested_on.saturating_sub(pledge.count));
                let system = Urn::from_canonical(row.try_get::<String, _>("system")?);
                all.push(RunEvidence { run, system, pledge, listed: digests(listed)?, dropped_count });
            }
            Ok(all)
        };
        self.named(read).await
    }

    /// Returns the digest of every statement in the store, whether a run lists it or not.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn evidence_digests(&self) -> Result<Vec<Digest>, StoreError> {
        let read = async {
            let all: Vec<String> =
                sqlx::query_scalar("SELECT digest FROM evidence ORDER BY digest").fetch_all(&self.pool).await?;
            digests(all)
        };
        self.named(read).await
    }

    /// Returns what findings and controls cite: the digest and who cites it. What retention dropped from an old run
    /// because the run after it decided the same is not asked for.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cited_evidence(&self) -> Result<Vec<(Digest, String)>, StoreError> {
        let read = async {
            let mut cited = Vec::new();
            let findings = sqlx::query("SELECT fingerprint, digest FROM finding_evidence ORDER BY fingerprint, digest");
            for row in findings.fetch_all(&self.pool).await? {
                let fingerprint: String = row.try_get("fingerprint")?;
                cited.push((read_name("a digest", row.try_get("digest")?)?, format!("finding {fingerprint}")));
            }
            let mut after: Option<(String, Vec<ControlStatus>)> = None;
            let runs = sqlx::query(
                "SELECT id, system, kept_digest IS NOT NULL AS is_shortened FROM run \
                 ORDER BY system, finished_at DESC, id DESC",
            );
            for run in runs.fetch_all(&self.pool).await? {
                let (id, system): (String, String) = (run.try_get("id")?, run.try_get("system")?);
                let statuses = self.load_controls(&id).await?;
                // Retention lets the run after it speak for both when that decided the same.
                let is_repeated = run.try_get("is_shortened")?
                    && after.is_some_and(|(next, later)| next == system && is_same_answer(&statuses, &later));
                if !is_repeated {
                    cited.extend(statuses.iter().flat_map(|status| {
                        let by = format!("control {} of run {id}", status.control);
                        status.evidence.iter().map(move |digest| (*digest, by.clone()))
                    }));
                }
                after = Some((system, statuses));
            }
            Ok(cited)
        };
        self.named(read).await
    }
}

/// Reads what a run pledges now: over what it kept if retention dropped some, else over all it rested on.
pub(crate) fn pledge_of(row: &SqliteRow) -> Result<Option<Pledge>, Fault> {
    for (count, digest) in [("kept_count", "kept_digest"), ("evidence_count", "evidence_digest")] {
        let digest: Option<String> = row.try_get(digest)?;
        if let (Some(count), Some(digest)) = (statements(row.try_get(count)?)?, digest) {
            return Ok(Some(Pledge { count, digest: read_name("a digest", digest)? }));
        }
    }
    Ok(None)
}

fn statements(count: Option<i64>) -> Result<Option<u64>, Fault> {
    count.map(|count| u64::try_from(count).map_err(|error| Fault::form("a count of evidence", error))).transpose()
}

fn digests(names: Vec<String>) -> Result<Vec<Digest>, Fault> {
    names.into_iter().map(|name| read_name("a digest", name)).collect()
}
