//! Turns inspections into signed evidence and their drafts into findings that cite it, then asks policy.

mod sights;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use syndic_attest::{Observation, SigningKey, attest};
use syndic_evidence::{
    Asset, ControlResult, ControlStatus, Coverage, Decision, Digest, Evidence, Finding, Fingerprint, PredicateType,
    Relation, Risk, Urn, Verdict,
};
use syndic_policy::{PolicyInput, Unseen};

use super::engines::Engines;
use super::inventory;
use super::link::Linked;
use super::supersede::supersede;
use sights::Sights;

/// How long evidence about a whole tree counts: after that somebody must look again.
const EVIDENCE_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Everything a decision rests on.
pub(crate) struct Bound {
    pub(crate) system: Urn,
    pub(crate) assets: Vec<Asset>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) risks: Vec<Risk>,
    /// What no check looked for.
    pub(crate) unseen: Vec<Unseen>,
}

/// Signs what was seen and binds each finding to it.
///
/// # Errors
/// A statement that cannot be signed: larger than any verifier reads.
pub(crate) fn bind(
    engines: &Engines,
    key: &SigningKey,
    system: &Urn,
    linked: Linked,
    coverage: &Coverage,
    at: Timestamp,
) -> Result<Bound> {
    let Linked { inspected, mut assets, relations } = linked;
    let sights = Sights::of(&engines.code, &inspected);
    if let Some(asset) = assets.iter_mut().find(|asset| asset.urn == *system) {
        asset.props.insert("ai_source_files".to_owned(), sights.counts());
    }
    let tree = inventory::manifest_digest(&assets);
    let mut notary = Notary { key, at, evidence: Vec::new() };
    let mut coverage = coverage.clone();
    engines.concealer().coverage(&mut coverage);
    let mut listed = inventory::facts(&assets, &coverage);
    if let Some(facts) = listed.as_object_mut() {
        facts.insert("ai_source_files".to_owned(), sights.counts());
    }
    notary.sign("collect", system, ".", tree, PredicateType::Inventory, listed)?;
    let mut findings: BTreeMap<Fingerprint, Finding> = BTreeMap::new();
    for found in inspected {
        let inspection = found.inspection;
        let subject = &inspection.subject;
        let (predicate, facts) = (inspection.predicate, inspection.facts);
        let digest = notary.sign(found.engine, subject, &found.path, found.content.sha256, predicate, facts)?;
        for draft in inspection.findings {
            let title = engines.rules().rule(&draft.rule).map_or("", |rule| rule.title.as_str());
            let finding = Finding::from_draft(draft, title, subject, digest);
            merge(&mut findings, finding);
        }
    }
    let mut findings = supersede(findings.into_values().collect());
    sort(&mut findings);
    let (threats, risks) = engines.threat.inspect(system, &assets, &relations, &findings);
    notary.sign("threat", system, ".", tree, PredicateType::ThreatModel, threats.facts)?;
    let (system, unseen) = (system.clone(), sights.unseen());
    Ok(Bound { system, assets, relations, evidence: notary.evidence, findings, risks, unseen })
}

struct Notary<'a> {
    key: &'a SigningKey,
    at: Timestamp,
    evidence: Vec<Evidence>,
}

impl Notary<'_> {
    fn sign(
        &mut self,
        collector: &str,
        asset: &Urn,
        subject_name: &str,
        subject_digest: Digest,
        predicate_type: PredicateType,
        facts: Value,
    ) -> Result<Digest> {
        // Without an end evidence would count for ever, so a clock out of range is a fault, not "no expiry".
        let expires_at = self.at.checked_add(EVIDENCE_LIFE).context("the clock is out of range")?;
        let observation = Observation {
            collector,
            tool_version: env!("CARGO_PKG_VERSION"),
            collected_at: self.at,
            expires_at: Some(expires_at),
            asset,
            subject_name,
            subject_digest,
            predicate_type,
            scope: json!({"path": subject_name}),
            facts,
        };
        let signed = attest(self.key, &observation)
            .with_context(|| format!("cannot sign the evidence about {subject_name} by {collector}"))?;
        let digest = signed.digest;
        self.evidence.push(signed);
        Ok(digest)
    }
}

/// Two engines, or two places, can say the same of one thing: one fingerprint stays one finding.
fn merge(findings: &mut BTreeMap<Fingerprint, Finding>, finding: Finding) {
    match findings.get_mut(&finding.fingerprint) {
        None => {
            findings.insert(finding.fingerprint, finding);
        }
        Some(known) => {
            known.severity = known.severity.max(finding.severity);
            known.confidence = known.confidence.max(finding.confidence);
            for digest in finding.evidence {
                if !known.evidence.contains(&digest) {
                    known.evidence.push(digest);
                }
            }
        }
    }
}

/// Worst first, then surest, then by rule and place.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|one, two| {
        two.severity
            .cmp(&one.severity)
            .then_with(|| two.confidence.cmp(&one.confidence))
            .then_with(|| one.rule.cmp(&two.rule))
            .then_with(|| one.location.cmp(&two.location))
            .then_with(|| one.fingerprint.cmp(&two.fingerprint))
    });
}

/// Asks policy whether the system may be deployed.
///
/// A policy that cannot be evaluated costs the decision, which is then unknown, not the inventory and the findings.
pub(crate) fn decide(engines: &Engines, bound: &Bound, coverage: &Coverage, now: Timestamp) -> Decision {
    let system = bound.assets.iter().find(|asset| asset.urn == bound.system);
    let rule_controls = engines.rule_controls();
    let mut coverage = coverage.clone();
    engines.concealer().coverage(&mut coverage);
    let decided = system.map(|system| {
        engines.policy.decide(&PolicyInput {
            system,
            assets: &bound.assets,
            relations: &bound.relations,
            findings: &bound.findings,
            evidence: &bound.evidence,
            risks: &bound.risks,
            coverage: &coverage,
            unseen: &bound.unseen,
            rule_controls: &rule_controls,
            now,
        })
    });
    match decided {
        Some(Ok(decision)) => decision,
        Some(Err(error)) => undecided(engines, bound, &error.to_string()),
        None => undecided(engines, bound, "the assessed system is missing from its own inventory"),
    }
}

/// The decision when there is none: unknown, with every control unknown and why.
fn undecided(engines: &Engines, bound: &Bound, problem: &str) -> Decision {
    let catalogue = engines.policy.catalogue();
    let controls = catalogue.controls.iter().map(|control| ControlStatus {
        catalogue: catalogue.metadata.id.clone(),
        control: control.id.clone(),
        title: control.title.clone(),
        asset: bound.system.clone(),
        severity: control.severity,
        blocking: true,
        result: ControlResult::Unknown,
        reasons: vec![format!("the policy could not be evaluated: {problem}")],
        evidence: Vec::new(),
        remediation: "Assess a smaller tree, or part by part with --exclude, and report this as a fault.".to_owned(),
        maps: BTreeMap::new(),
    });
    Decision {
        subject: bound.system.clone(),
        path: "data.syndic.decision".to_owned(),
        verdict: Verdict::Unknown,
        policy_digest: engines.policy.digest(),
        input_digest: Digest::of(problem.as_bytes()),
        controls: controls.collect(),
    }
}
