//! What changed between two runs of a system.

use std::collections::{BTreeMap, BTreeSet};

use syndic_evidence::{Asset, ControlResult, Decision, Finding, Run, Urn};

use crate::covered::Covered;
use crate::error::Fault;
use crate::read_rows::{finding, stored_asset};
use crate::{Store, StoreError};

/// The difference from one run to a later one.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// The earlier run; absent when the later one is the first.
    pub from: Option<Run>,
    /// The later run.
    pub to: Run,
    /// First seen after the earlier run.
    pub opened: Vec<Finding>,
    /// Known before, not in the earlier run, back in the later one.
    pub reopened: Vec<Finding>,
    /// In the earlier run, gone from a place the later one covered.
    pub fixed: Vec<Finding>,
    /// In the earlier run, and the later one did not look there.
    pub not_covered: Vec<Finding>,
    /// Assets only the later run saw.
    pub assets_added: Vec<Asset>,
    /// Assets only the earlier run saw.
    pub assets_removed: Vec<Asset>,
    /// Controls with another result.
    pub controls_changed: Vec<ControlChange>,
}

/// One control of one asset with another result than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlChange {
    /// The control.
    pub control: String,
    /// The asset.
    pub asset: Urn,
    /// Before; absent when it was not computed.
    pub before: Option<ControlResult>,
    /// After; absent when it is no longer computed.
    pub after: Option<ControlResult>,
}

impl Store {
    /// Returns what changed from run `from` to run `to` of one system.
    ///
    /// # Errors
    /// There is no such run, what it saw is no longer kept, or the store cannot be read.
    pub async fn diff(&self, from: &str, to: &str) -> Result<Diff, StoreError> {
        let runs = self.runs(None).await?;
        let pick = |id: &str| {
            let run = runs.iter().find(|run| run.id == id).cloned();
            run.ok_or_else(|| StoreError::NoSuchRun { run: id.to_owned() })
        };
        let (from, to) = (pick(from)?, pick(to)?);
        for run in [&from, &to] {
            if self.is_shortened(&run.id).await? {
                return Err(StoreError::RunShortened { run: run.id.clone() });
            }
        }
        self.named(self.compare(Some(from), to)).await
    }

    /// Says whether retention dropped what a run saw: compared, everything would look new.
    async fn is_shortened(&self, run: &str) -> Result<bool, StoreError> {
        let read = async {
            let kept: Option<i64> = sqlx::query_scalar("SELECT 1 FROM run WHERE id = ? AND kept_digest IS NOT NULL")
                .bind(run)
                .fetch_optional(&self.pool)
                .await?;
            Ok(kept.is_some())
        };
        self.named(read).await
    }

    /// Returns what the last run of `system` (or of any) changed, compared with the one before it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn latest_diff(&self, system: Option<&Urn>) -> Result<Option<Diff>, StoreError> {
        let Some(newest) = self.newest_runs(system, 1).await?.into_iter().next() else { return Ok(None) };
        // Both from one answer: another run may be recorded meanwhile.
        let mut last_two = self.newest_runs(Some(&newest.system), 2).await?.into_iter();
        let (to, from) = (last_two.next().unwrap_or(newest), last_two.next());
        self.named(self.compare(from, to)).await.map(Some)
    }

    async fn compare(&self, from: Option<Run>, to: Run) -> Result<Diff, Fault> {
        let mut diff = Diff {
            from: None,
            opened: Vec::new(),
            reopened: Vec::new(),
            fixed: Vec::new(),
            not_covered: Vec::new(),
            assets_added: Vec::new(),
            assets_removed: Vec::new(),
            controls_changed: Vec::new(),
            to,
        };
        let earlier = from.as_ref().map(|run| run.id.as_str()).unwrap_or_default();
        for one in self.findings_only_in(&diff.to, earlier).await? {
            match &from {
                Some(from) if one.first_seen.is_some_and(|first_seen| first_seen <= from.finished_at) => {
                    // Known by then: it was away if the earlier run looked there, else merely out of its sight.
                    if has_covered(from, &one) {
                        diff.reopened.push(one);
                    }
                }
                _ => diff.opened.push(one),
            }
        }
        diff.assets_added = self.assets_only_in(&diff.to, earlier).await?;
        let after = self.load_decision(&diff.to.id).await?;
        let before = match &from {
            Some(from) => {
                for one in self.findings_only_in(from, &diff.to.id).await? {
                    if has_covered(&diff.to, &one) { diff.fixed.push(one) } else { diff.not_covered.push(one) }
                }
                diff.assets_removed = self.assets_only_in(from, &diff.to.id).await?;
                Some(self.load_decision(&from.id).await?)
            }
            None => None,
        };
        diff.controls_changed = before.map(|before| changed(&before, &after)).unwrap_or_default();
        diff.from = from;
        Ok(diff)
    }

    async fn findings_only_in(&self, run: &Run, other: &str) -> Result<Vec<Finding>, Fault> {
        let rows = sqlx::query(
            "SELECT finding.* FROM run_finding JOIN finding ON finding.fingerprint = run_finding.fingerprint \
             AND finding.system = ? WHERE run_finding.run_id = ? AND run_finding.fingerprint NOT IN \
             (SELECT fingerprint FROM run_finding WHERE run_id = ?) ORDER BY run_finding.position",
        )
        .bind(run.system.as_str())
        .bind(&run.id)
        .bind(other)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(finding).collect()
    }

    async fn assets_only_in(&self, run: &Run, other: &str) -> Result<Vec<Asset>, Fault> {
        let rows = sqlx::query(
            "SELECT asset.* FROM run_asset JOIN asset ON asset.urn = run_asset.urn AND asset.system = ? \
             WHERE run_asset.run_id = ? AND run_asset.urn NOT IN \
             (SELECT urn FROM run_asset WHERE run_id = ?) ORDER BY run_asset.position",
        )
        .bind(run.system.as_str())
        .bind(&run.id)
        .bind(other)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(stored_asset(row)?.asset)).collect()
    }
}

fn has_covered(run: &Run, finding: &Finding) -> bool {
    let covered = Covered::new(run);
    covered.ran(&finding.rule) && covered.looked_at(&finding.location.path)
}

fn changed(before: &Decision, after: &Decision) -> Vec<ControlChange> {
    let (before, after) = (results(before), results(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    keys.into_iter()
        .map(|key| ControlChange {
            control: key.0.to_owned(),
            asset: key.1.clone(),
            before: before.get(&key).copied(),
            after: after.get(&key).copied(),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

fn results(decision: &Decision) -> BTreeMap<(&str, &Urn), ControlResult> {
    decision.controls.iter().map(|status| ((status.control.as_str(), &status.asset), status.result)).collect()
}
