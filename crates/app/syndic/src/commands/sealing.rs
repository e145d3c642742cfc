//! The signed record of a run: one in-toto statement over what the run leaves behind in the store.
//!
//! It is made when a run is recorded and held against the rows by `syndic evidence --verify`. Both sides state the same
//! facts, so whatever is signed is compared.

use serde_json::{Value, json};
use syndic_attest::{Observation, PublicKey, SigningKey, attest};
use syndic_evidence::PredicateType;
use syndic_store::{RowDigests, RunRecord, Standing};

/// Who made the statement; no engine has this name, so that no statement about a tree passes for a record.
const COLLECTOR: &str = "record";

/// The vocabulary of predicates has none for decisions yet; collector and scope say that this is one.
const PREDICATE: PredicateType = PredicateType::Inventory;

/// Signs the record of a run.
///
/// # Errors
/// What kept it from being signed, in words.
pub(super) fn sign(key: &SigningKey, standing: &Standing) -> Result<Vec<u8>, String> {
    let observation = Observation {
        collector: COLLECTOR,
        tool_version: &standing.tool_version,
        collected_at: standing.finished_at,
        expires_at: None,
        asset: &standing.system,
        subject_name: &standing.run,
        subject_digest: standing.decision.digest().map_err(|error| error.to_string())?,
        predicate_type: PREDICATE,
        scope: json!({"record": "run"}),
        facts: facts(standing).map_err(|error| error.to_string())?,
    };
    attest(key, &observation).map(|signed| signed.envelope).map_err(|error| error.to_string())
}

fn facts(standing: &Standing) -> serde_json::Result<Value> {
    let rows = |rows: &RowDigests| Ok::<_, serde_json::Error>(json!({"rows": rows.count(), "digest": rows.digest()?}));
    Ok(json!({
        "run": standing.run,
        "verdict": standing.verdict,
        "evidence": {"count": standing.evidence.count, "digest": standing.evidence.digest},
        "decision": rows(&standing.decision)?,
        "standing": rows(&standing.rows)?,
    }))
}

/// Says what differs between the signed record of a run and the rows now; nothing when all is as it was signed.
///
/// # Errors
/// The rows cannot be stated, which no rows are known to cause.
pub(super) fn differences(record: &RunRecord, envelope: &[u8], trusted: &PublicKey) -> serde_json::Result<Vec<String>> {
    let signed = match syndic_attest::verify(envelope, std::slice::from_ref(trusted)) {
        Ok(verified) => verified.predicate,
        Err(error) => return Ok(vec![format!("its signed record does not hold: {error}")]),
    };
    let now = facts(&record.now)?;
    let is_about_it = signed.collector.name == COLLECTOR
        && signed.asset == record.now.system
        && signed.facts.get("run") == now.get("run");
    if !is_about_it {
        return Ok(vec!["its signed record is about something else".to_owned()]);
    }
    let differs = |name: &str| signed.facts.get(name) != now.get(name);
    let mut found = Vec::new();
    if differs("verdict") || differs("decision") {
        let names = named(&signed.facts, "decision", record.recorded_decision.as_ref(), &record.now.decision)?;
        found.extend(changed(names, "its decision or a control of it"));
    }
    // Later runs change what stands, so only the last record speaks for it.
    if record.is_last && differs("standing") {
        let names = named(&signed.facts, "standing", record.recorded_rows.as_ref(), &record.now.rows)?;
        found.extend(changed(names, "a finding, asset, relation or risk"));
    }
    // Of older runs retention may have dropped some.
    if (record.is_last || !record.is_shortened) && differs("evidence") {
        found.push("the evidence that is listed for it is not what was signed".to_owned());
    }
    Ok(found)
}

fn changed(names: Vec<String>, else_name: &str) -> Vec<String> {
    let names = if names.is_empty() { vec![else_name.to_owned()] } else { names };
    names.into_iter().map(|name| format!("changed since it was signed: {name}")).collect()
}

/// Names the rows that differ. The list they were recorded with names them only if it is the one that was signed.
fn named(
    facts: &Value,
    field: &str,
    recorded: Option<&RowDigests>,
    now: &RowDigests,
) -> serde_json::Result<Vec<String>> {
    let Some(recorded) = recorded else { return Ok(Vec::new()) };
    let signed = facts.get(field).and_then(|rows| rows.get("digest"));
    let is_signed = signed == Some(&serde_json::to_value(recorded.digest()?)?);
    Ok(if is_signed { recorded.differing(now) } else { Vec::new() })
}
