//! What one decision is made from.

use std::collections::BTreeMap;

use syndic_evidence::{Asset, Coverage, Evidence, Finding, PredicateType, Relation, Risk, Timestamp, Urn};

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
    /// What no check looked for.
    pub unseen: &'a [Unseen],
    /// Rule id → control ids.
    pub rule_controls: &'a BTreeMap<String, Vec<String>>,
    /// The moment of the decision: evidence ages against it.
    pub now: Timestamp,
}

/// Faults of one rule that some files may have and that no check looked for in them, because nothing reads their
/// language for it. Controls of the rule that rest on such a reading are unknown, whatever was found elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The rule.
    pub rule: String,
    /// The evidence in which the fault would have been seen.
    pub predicate: PredicateType,
    /// What the files belong to.
    pub subject: Urn,
    /// The language, as a person calls it.
    pub language: String,
    /// Paths of the files, in order.
    pub files: Vec<String>,
}
