//! What one decision is made from.

use std::collections::BTreeMap;

use syndic_evidence::{Asset, Coverage, Evidence, Finding, Relation, Risk, Timestamp};

/// Everything known about one system at one moment.
///
/// `rule_controls` says which controls a rule bears on: rule id → control ids, from the rule files. A finding of a rule
/// that is not in it counts against no control.
#[derive(Debug, Clone, Copy)]
pub struct PolicyInput<'a> {
    /// The system that is decided about.
    pub system: &'a Asset,
    /// Every asset of the run, with or without the system itself.
    pub assets: &'a [Asset],
    /// How they hang together.
    pub relations: &'a [Relation],
    /// What is wrong; only open ones count.
    pub findings: &'a [Finding],
    /// What was seen.
    pub evidence: &'a [Evidence],
    /// The derived risks.
    pub risks: &'a [Risk],
    /// What was looked at.
    pub coverage: &'a Coverage,
    /// Rule id → control ids.
    pub rule_controls: &'a BTreeMap<String, Vec<String>>,
    /// The moment of the decision: evidence ages against it.
    pub now: Timestamp,
}
