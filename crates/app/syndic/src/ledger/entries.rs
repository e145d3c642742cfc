//! What a run leaves in the ledger: the run, its evidence, what became of findings, the decision.
//!
//! Tags stand there in clear and for ever, so they hold identities and digests only; paths and texts are contents,
//! which are encrypted.

use anyhow::Result;
use serde_json::json;
use syndic_evidence::{Assessment, Digest, Fingerprint};
use syndic_ledger::Entry;
use syndic_store::Changes;

/// Kinds of records.
pub(super) const RUN: &str = "assessment.run";
pub(super) const EVIDENCE: &str = "assessment.evidence";
pub(super) const DECISION: &str = "assessment.decision";

/// Returns the entries of one run; `findings` is the digest of what the store knows of findings after it.
pub(super) fn of(assessment: &Assessment, changes: &Changes, findings: &Digest) -> Result<Vec<Entry>> {
    let run = &assessment.run;
    let tagged = |kind: &str, tags: &[(&str, String)], content: Vec<u8>| {
        let tags = std::iter::once(("run", run.id.clone())).chain(tags.iter().cloned());
        Entry {
            kind: kind.to_owned(),
            actor: format!("syndic/{}", run.tool_version),
            subject: None,
            tags: tags.map(|(key, value)| (key.to_owned(), value)).collect(),
            content,
        }
    };
    let coverage = json!({ "system": run.system, "started_at": run.started_at, "finished_at": run.finished_at });
    let mut entries = vec![tagged(RUN, &[("findings", findings.hex())], serde_json::to_vec(&coverage)?)];
    for evidence in &assessment.evidence {
        let about = json!({ "asset": evidence.asset, "predicate": evidence.predicate_type });
        entries.push(tagged(EVIDENCE, &[("digest", evidence.digest.hex())], serde_json::to_vec(&about)?));
    }
    let changed = [("opened", &changes.opened), ("reopened", &changes.reopened), ("fixed", &changes.fixed)];
    for (what, fingerprints) in changed {
        for fingerprint in fingerprints {
            let content = serde_json::to_vec(&about(assessment, fingerprint))?;
            let kind = format!("finding.{what}");
            entries.push(tagged(&kind, &[("fingerprint", fingerprint.to_string())], content));
        }
    }
    let decision = serde_json::to_vec(&assessment.decision)?;
    let verdict = serde_json::to_value(assessment.decision.verdict)?;
    let tags = [("digest", Digest::of(&decision).hex()), ("verdict", verdict.as_str().unwrap_or_default().to_owned())];
    entries.push(tagged(DECISION, &tags, decision));
    Ok(entries)
}

/// What a finding was when it changed; a fixed one is no longer in the run.
fn about(assessment: &Assessment, fingerprint: &Fingerprint) -> serde_json::Value {
    let finding = assessment.findings.iter().find(|finding| finding.fingerprint == *fingerprint);
    finding.map_or_else(
        || json!({}),
        |finding| json!({ "rule": finding.rule, "severity": finding.severity, "asset": finding.asset }),
    )
}
