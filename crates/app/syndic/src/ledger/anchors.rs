//! Compares the store with what the ledger holds of it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use syndic_evidence::{Digest, Urn};
use syndic_ledger::{Ledger, Record};
use syndic_store::{FindingFilter, Store};

use super::entries::{DECISION, EVIDENCE, RUN};

/// Most decisions of one system that are compared.
const MAX_DECISIONS: u32 = 100_000;

/// Something in the store that is not what was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch(pub(crate) String);

/// Digest of every finding of a system as it stands in the store: fingerprint, state and severity, sorted.
pub(super) async fn findings_digest(store: &Store, system: &Urn) -> Result<Digest> {
    let filter = FindingFilter { system: Some(system.clone()), ..FindingFilter::default() };
    let mut lines: Vec<String> = Vec::new();
    for finding in store.findings(&filter).await? {
        lines.push(format!("{} {} {}\n", finding.fingerprint, finding.state.as_str(), finding.severity));
    }
    lines.sort_unstable();
    Ok(Digest::of(lines.concat().as_bytes()))
}

/// What the ledger says about stored things.
#[derive(Default)]
struct Recorded {
    evidence: BTreeSet<String>,
    decisions: BTreeMap<String, BTreeSet<String>>,
    findings: BTreeMap<String, String>,
}

impl Recorded {
    fn take(&mut self, record: &Record) {
        let tag = |name: &str| {
            let found = record.leaf.tags.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        match record.leaf.kind.as_str() {
            EVIDENCE => drop(self.evidence.insert(tag("digest"))),
            DECISION => drop(self.decisions.entry(tag("run")).or_default().insert(tag("digest"))),
            RUN => drop(self.findings.insert(tag("run"), tag("findings"))),
            _ => {}
        }
    }
}

/// Finds rows of the store that differ from what the ledger holds. A run from before the ledger differs too.
///
/// # Errors
/// Store or ledger cannot be read.
pub(crate) async fn compare(store: &Store, ledger: &Ledger) -> Result<Vec<Mismatch>> {
    let mut recorded = Recorded::default();
    for record in ledger.tail(0) {
        recorded.take(&record?);
    }
    let mut found = Vec::new();
    let runs: BTreeSet<String> = store.runs(None).await?.into_iter().map(|run| run.id).collect();
    for run in recorded.findings.keys().filter(|run| !runs.contains(*run)) {
        found.push(Mismatch(format!("run {run} was recorded and is not in the store")));
    }
    let mut decided = BTreeSet::new();
    for digest in store.evidence_digests().await? {
        if !recorded.evidence.contains(&digest.hex()) {
            found.push(Mismatch(format!("evidence {} is in the store and not in the ledger", digest.hex())));
        }
    }
    for system in store.systems().await? {
        for decision in store.decisions(Some(&system.system), MAX_DECISIONS).await? {
            let digest = Digest::of(&serde_json::to_vec(&decision.decision)?).hex();
            let known = recorded.decisions.get(&decision.run);
            decided.insert(decision.run.clone());
            if !known.is_some_and(|digests| digests.contains(&digest)) {
                found.push(Mismatch(format!("the decision of run {} is not the one recorded", decision.run)));
            }
        }
        let now = findings_digest(store, &system.system).await?.hex();
        if recorded.findings.get(&system.last_run) != Some(&now) {
            let what = "state or severity of its findings is not what run";
            found.push(Mismatch(format!("{}: {what} {} left", system.system, system.last_run)));
        }
    }
    for run in recorded.decisions.keys().filter(|run| runs.contains(*run) && !decided.contains(*run)) {
        found.push(Mismatch(format!("the decision of run {run} was recorded and is not in the store")));
    }
    Ok(found)
}
