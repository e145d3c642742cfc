//! The signed records of runs and judgements: one in-toto statement each over all that stands in the store after it.
//!
//! They are made when a run or a judgement is recorded and held against the rows by `syndic evidence --verify`. Both
//! sides state the same digests, so whatever is signed is compared.

mod first_form;

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};
use syndic_attest::{Observation, PublicKey, SigningKey, attest};
use syndic_evidence::{Digest, PredicateType, Timestamp, Urn};
use syndic_store::{Judged, JudgementRecord, RowDigests, RunRecord, Standing, Tables, row_noun};

use crate::ledger::{COLLECTOR, SignedJudgement, SignedRun, Summaries, stood};

/// Signs the record of a run.
///
/// # Errors
/// What kept it from being signed, in words.
pub(super) fn sign(key: &SigningKey, standing: &Standing) -> Result<Vec<u8>, String> {
    let pruned = standing.pruned.iter().map(|(run, tables)| Ok((run.clone(), tables.summaries()?)));
    let pruned: BTreeMap<String, Summaries> = in_words(pruned.collect::<serde_json::Result<_>>())?;
    let tables = in_words(standing.tables.summaries())?;
    statement(
        key,
        &Record {
            kind: PredicateType::RunRecord,
            tool_version: &standing.tool_version,
            at: standing.finished_at,
            system: &standing.system,
            subject: &standing.run,
            facts: json!({
                "run": standing.run,
                "verdict": standing.verdict,
                "before": stood(&in_words(standing.before.summaries())?),
                "tables": tables,
                "pruned": pruned,
            }),
        },
    )
}

/// Signs the record of a judgement.
///
/// # Errors
/// What kept it from being signed, in words.
pub(super) fn sign_judgement(key: &SigningKey, judged: &Judged) -> Result<Vec<u8>, String> {
    statement(
        key,
        &Record {
            kind: PredicateType::Judgement,
            tool_version: env!("CARGO_PKG_VERSION"),
            at: judged.at,
            system: &judged.system,
            subject: &judged.event,
            facts: json!({
                "event": judged.event,
                "event_row": judged.event_row.hex(),
                "fingerprint": judged.fingerprint,
                "stood": stood(&in_words(judged.stood.summaries())?),
                "before": judged.before.as_str(),
                "after": judged.after.as_str(),
                "tables": in_words(judged.tables.summaries())?,
            }),
        },
    )
}

struct Record<'a> {
    kind: PredicateType,
    tool_version: &'a str,
    at: Timestamp,
    system: &'a Urn,
    subject: &'a str,
    facts: Value,
}

fn statement(key: &SigningKey, record: &Record<'_>) -> Result<Vec<u8>, String> {
    let observation = Observation {
        collector: COLLECTOR,
        tool_version: record.tool_version,
        collected_at: record.at,
        expires_at: None,
        asset: record.system,
        subject_name: record.subject,
        subject_digest: Digest::of(record.facts.to_string().as_bytes()),
        predicate_type: record.kind,
        scope: json!({"record": if record.kind == PredicateType::Judgement { "judgement" } else { "run" }}),
        facts: record.facts.clone(),
    };
    in_words(attest(key, &observation)).map(|signed| signed.envelope)
}

fn in_words<T, E: std::fmt::Display>(outcome: Result<T, E>) -> Result<T, String> {
    outcome.map_err(|error| error.to_string())
}

/// The records of a store, read with the key they must be signed by.
pub(super) struct SignedRecords<'a> {
    trusted: &'a PublicKey,
    /// What each run's record says, or why it is not to be believed. Of the present form only.
    runs: BTreeMap<&'a str, Result<SignedRun, String>>,
}

impl<'a> SignedRecords<'a> {
    /// Reads the records of runs.
    pub(super) fn read(records: &'a [RunRecord], trusted: &'a PublicKey) -> Self {
        let of_now = records.iter().filter(|record| record.now.first_form.is_none());
        let read = |record: &'a RunRecord| {
            let envelope = record.envelope.as_deref()?;
            Some((record.now.run.as_str(), SignedRun::read(envelope, trusted)))
        };
        Self { trusted, runs: of_now.filter_map(read).collect() }
    }

    /// Says what differs between the signed record of a run and the rows now; nothing when all is as it was signed, or
    /// when nothing was signed.
    ///
    /// # Errors
    /// The rows cannot be stated, which no rows are known to cause.
    pub(super) fn differences(&self, record: &RunRecord) -> serde_json::Result<Vec<String>> {
        let Some(envelope) = &record.envelope else { return Ok(Vec::new()) };
        if let Some(rows) = &record.now.first_form {
            return first_form::differences(record, rows, envelope, self.trusted);
        }
        let signed = match self.runs.get(record.now.run.as_str()) {
            Some(Ok(signed)) if signed.run == record.now.run && signed.system == record.now.system => signed,
            Some(Err(problem)) => return Ok(vec![problem.clone()]),
            _ => return Ok(vec!["its signed record is about something else".to_owned()]),
        };
        let Some(wanted) = self.wanted(record, signed) else {
            return Ok(vec!["nothing signed says what retention left of it".to_owned()]);
        };
        differing(&wanted, &record.now.tables, record.recorded.as_ref())
    }

    /// What is signed of each table of a run: by its own record, or by that of the run that shortened it.
    fn wanted(&self, record: &RunRecord, signed: &SignedRun) -> Option<Summaries> {
        let mut wanted = signed.tables.clone();
        if record.is_shortened || record.pruned_by.is_some() {
            match self.runs.get(record.pruned_by.as_deref()?) {
                Some(by) => wanted.extend(by.as_ref().ok()?.pruned.get(&record.now.run)?.clone()),
                // That run has no record at all, which is told of it.
                None => wanted.retain(|table, _| ["decision", "control_status", "finding_event"].contains(&&**table)),
            }
        }
        Some(wanted)
    }
}

/// Says what differs between the signed record of a judgement and the rows now.
///
/// # Errors
/// The rows cannot be stated, which no rows are known to cause.
pub(super) fn judgement_differences(record: &JudgementRecord, trusted: &PublicKey) -> serde_json::Result<Vec<String>> {
    let signed = match SignedJudgement::read(&record.envelope, trusted) {
        Ok(signed) if signed.event == record.event && signed.system == record.system => signed,
        Ok(_) => return Ok(vec!["its signed record is about something else".to_owned()]),
        Err(problem) => return Ok(vec![problem]),
    };
    let mut found = Vec::new();
    let row = record.event_row.of(&record.event).map(|digest| digest.hex());
    if row.as_ref() != Some(&signed.event_row) {
        found.push("what was said is not what was signed".to_owned());
    }
    if let Some(now) = &record.now {
        found.extend(differing(&signed.tables, now, record.recorded.as_ref())?);
    }
    Ok(found)
}

/// Names the rows that differ, table by table. Tables that were not read now are not compared.
fn differing(wanted: &Summaries, now: &Tables, recorded: Option<&Tables>) -> serde_json::Result<Vec<String>> {
    let mut found = Vec::new();
    for (table, rows) in now.iter() {
        let signed = wanted.get(table);
        if signed == Some(&rows.summary()?) {
            continue;
        }
        // The list a table was recorded with names what differs only if it is the one that was signed.
        let list: Option<&RowDigests> = match recorded.and_then(|lists| lists.table(table)) {
            Some(list) if signed == Some(&list.summary()?) => Some(list),
            _ => None,
        };
        let names = list.map_or_else(|| vec![whole(table)], |list| named(table, &list.differing(rows)));
        found.extend(names.into_iter().map(|name| format!("changed since it was signed: {name}")));
    }
    Ok(found)
}

fn named(table: &str, keys: &[String]) -> Vec<String> {
    keys.iter().map(|key| format!("{} {key}", row_noun(table))).collect()
}

fn whole(table: &str) -> String {
    match table {
        "decision" | "control_status" => "its decision or a control of it".to_owned(),
        "run_evidence" => "the evidence that is listed for it".to_owned(),
        table => format!("a row of its table {table}"),
    }
}
