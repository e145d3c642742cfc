//! What the signed record of a run or of a judgement says: digests of every table of the store, as they were then.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use syndic_attest::PublicKey;
use syndic_evidence::{Digest, PredicateType, Urn};
use syndic_store::{Owner, row_owner};

/// Who made the statement; no engine has this name, so that no statement about a tree passes for a record.
pub(crate) const COLLECTOR: &str = "record";

/// Each table by name with the number of its rows and the digest over them.
pub(crate) type Summaries = BTreeMap<String, String>;

/// What the record of a run says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct SignedRun {
    pub(crate) run: String,
    /// Digest of what stood for its system before, see [`stood`].
    pub(crate) before: String,
    /// Rows of the run and of its system.
    pub(crate) tables: Summaries,
    /// What retention left of older runs when this one was recorded.
    pub(crate) pruned: BTreeMap<String, Summaries>,
    /// The system; not a fact, but whom the statement is about.
    #[serde(skip, default = "nobody")]
    pub(crate) system: Urn,
}

/// What the record of a judgement says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct SignedJudgement {
    pub(crate) event: String,
    /// Digest of the event's row.
    pub(crate) event_row: String,
    pub(crate) fingerprint: String,
    /// Digest of what stood for the system before, see [`stood`].
    pub(crate) stood: String,
    pub(crate) before: String,
    pub(crate) after: String,
    /// Rows of the system.
    pub(crate) tables: Summaries,
    #[serde(skip, default = "nobody")]
    pub(crate) system: Urn,
}

/// Digest of what stands for a system: of those of the tables that belong to systems. What a run finds must be what the
/// one before it left; otherwise something was altered in between, and stays found after the next run states it anew.
pub(crate) fn stood(tables: &Summaries) -> String {
    let of_system = tables.iter().filter(|(table, _)| row_owner(table) == Some(Owner::System));
    let lines: String = of_system.map(|(table, summary)| format!("{table} {summary}\n")).collect();
    Digest::of(lines.as_bytes()).hex()
}

fn nobody() -> Urn {
    Urn::from_canonical("")
}

impl SignedRun {
    /// Reads the record of a run, if the key signed it.
    ///
    /// # Errors
    /// Why it is not to be believed, in words.
    pub(crate) fn read(envelope: &[u8], trusted: &PublicKey) -> Result<Self, String> {
        let (facts, system) = facts(envelope, trusted, PredicateType::RunRecord)?;
        let read: Self = serde_json::from_value(facts).map_err(|error| error.to_string())?;
        Ok(Self { system, ..read })
    }
}

impl SignedJudgement {
    /// Reads the record of a judgement, if the key signed it.
    ///
    /// # Errors
    /// Why it is not to be believed, in words.
    pub(crate) fn read(envelope: &[u8], trusted: &PublicKey) -> Result<Self, String> {
        let (facts, system) = facts(envelope, trusted, PredicateType::Judgement)?;
        let read: Self = serde_json::from_value(facts).map_err(|error| error.to_string())?;
        Ok(Self { system, ..read })
    }
}

fn facts(envelope: &[u8], trusted: &PublicKey, wanted: PredicateType) -> Result<(Value, Urn), String> {
    let verified = syndic_attest::verify(envelope, std::slice::from_ref(trusted))
        .map_err(|error| format!("its signed record does not hold: {error}"))?;
    let is_record = verified.predicate.collector.name == COLLECTOR && verified.statement.predicate_type == wanted;
    if !is_record {
        return Err("its signed record is about something else".to_owned());
    }
    Ok((verified.predicate.facts, verified.predicate.asset))
}
