//! Everything one run produced, as store, report and console take it.

use serde::{Deserialize, Serialize};

use crate::{Asset, Decision, Evidence, Finding, Relation, Risk, Run};

/// The whole result of assessing one system. Every list is in a fixed order, so that equal inputs give equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The run: what it covered and when.
    pub run: Run,
    /// Assets, by URN.
    pub assets: Vec<Asset>,
    /// Relations, by [`Relation::key`].
    pub relations: Vec<Relation>,
    /// Evidence, in the order it was collected.
    pub evidence: Vec<Evidence>,
    /// Findings, worst first, then by rule and location.
    pub findings: Vec<Finding>,
    /// Risks, highest score first.
    pub risks: Vec<Risk>,
    /// What policy decided.
    pub decision: Decision,
}
