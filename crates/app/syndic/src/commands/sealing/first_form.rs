//! Records of the first form, which older versions signed: decision and standing rows, as an inventory by `record`.

use serde_json::{Value, json};
use syndic_attest::PublicKey;
use syndic_store::{FirstForm, RowDigests, RunRecord};

use crate::ledger::COLLECTOR;

fn facts(record: &RunRecord, now: &FirstForm) -> serde_json::Result<Value> {
    let rows = |rows: &RowDigests| Ok::<_, serde_json::Error>(json!({"rows": rows.count(), "digest": rows.digest()?}));
    Ok(json!({
        "run": record.now.run,
        "verdict": record.now.verdict,
        "evidence": {"count": now.evidence.count, "digest": now.evidence.digest},
        "decision": rows(&now.decision)?,
        "standing": rows(&now.rows)?,
    }))
}

/// Says what differs between the signed record of a run and the rows now; nothing when all is as it was signed.
///
/// # Errors
/// The rows cannot be stated, which no rows are known to cause.
pub(super) fn differences(
    record: &RunRecord,
    rows: &FirstForm,
    envelope: &[u8],
    trusted: &PublicKey,
) -> serde_json::Result<Vec<String>> {
    let signed = match syndic_attest::verify(envelope, std::slice::from_ref(trusted)) {
        Ok(verified) => verified.predicate,
        Err(error) => return Ok(vec![format!("its signed record does not hold: {error}")]),
    };
    let now = facts(record, rows)?;
    let is_about_it = signed.collector.name == COLLECTOR
        && signed.asset == record.now.system
        && signed.facts.get("run") == now.get("run");
    if !is_about_it {
        return Ok(vec!["its signed record is about something else".to_owned()]);
    }
    let differs = |name: &str| signed.facts.get(name) != now.get(name);
    let recorded = record.recorded_first_form.as_ref();
    let mut found = Vec::new();
    if differs("verdict") || differs("decision") {
        let names = named(&signed.facts, "decision", recorded.map(|lists| &lists.0), &rows.decision)?;
        found.extend(changed(names, "its decision or a control of it"));
    }
    // Later runs change what stands, so only the last record speaks for it.
    if record.is_last && differs("standing") {
        let names = named(&signed.facts, "standing", recorded.map(|lists| &lists.1), &rows.rows)?;
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
