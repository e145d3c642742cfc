//! What an engine hands back after looking at one subject.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Asset, FindingDraft, PredicateType, Relation, Urn};

/// Everything one engine says about one subject: the facts (which become evidence) and what follows from them.
///
/// `facts` alone must be enough to derive `findings` again: an auditor re-runs the detectors on stored evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The asset that was looked at.
    pub subject: Urn,
    /// What kind of facts these are.
    pub predicate: PredicateType,
    /// The facts, as they enter the evidence. Never a secret or personal data in clear.
    pub facts: Value,
    /// Assets the subject is, contains or names.
    pub assets: Vec<Asset>,
    /// How they hang together.
    pub relations: Vec<Relation>,
    /// What is wrong, by the engine's detectors.
    pub findings: Vec<FindingDraft>,
    /// Parts that could not be looked at, each with why. Not empty means the inspection is incomplete.
    pub not_inspected: Vec<String>,
}

impl Inspection {
    /// Makes an inspection that found nothing yet.
    pub fn new(subject: Urn, predicate: PredicateType, facts: Value) -> Self {
        Self {
            subject,
            predicate,
            facts,
            assets: Vec::new(),
            relations: Vec::new(),
            findings: Vec::new(),
            not_inspected: Vec::new(),
        }
    }
}
