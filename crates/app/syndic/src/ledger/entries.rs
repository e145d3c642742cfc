//! What the ledger is told of a run or a judgement: the run with a digest of every table it left, its statements, what
//! became of findings, the decision, and what retention left of older runs.
//!
//! Everything is taken from what was signed when it was stored, so that a record that comes late says what was true
//! then. Rows that are no longer what was signed are not recorded; `ledger verify --store` names them.
//!
//! Tags stand in the log in clear and for ever, so they hold identities and digests only; paths and texts are contents,
//! which are encrypted and can be erased with the system they are about.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};
use syndic_attest::PublicKey;
use syndic_evidence::{Digest, Urn};
use syndic_ledger::Entry;
use syndic_store::{Pointed, RowDigests, Unrecorded, UnrecordedEvent, UnrecordedJudgement, UnrecordedRun};

use super::recording::Known;
use super::signed::{SignedJudgement, SignedRun, Summaries};

/// Kinds of records.
pub(super) const RUN: &str = "assessment.run";
pub(super) const EVIDENCE: &str = "assessment.evidence";
pub(super) const DECISION: &str = "assessment.decision";
/// A run that is older than the rows' pointers, as it was found.
pub(super) const ADOPTED: &str = "store.adopted";
/// What retention left of a run.
pub(super) const PRUNED: &str = "store.pruned";
/// What a person said about a finding.
pub(super) const JUDGED: &str = "finding.judged";
/// What a run did to findings: `finding.opened` and so on.
pub(super) const FINDING: &str = "finding.";

/// What comes before the name of a table in a tag.
pub(super) const TABLE: &str = "t.";

/// The tag with the digest of what stood for the system before.
pub(super) const BEFORE: &str = "before";

/// A record to make, and the rows that will point to it.
pub(super) struct Item {
    pub(super) entry: Entry,
    pub(super) rows: Vec<Pointed>,
}

/// Everything to append.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) items: Vec<Item>,
    /// What a person must be told: what comes late, and what cannot be recorded.
    pub(super) notes: Vec<String>,
}

/// What is known when a batch is made.
pub(super) struct Context<'a> {
    /// The key that signed what was stored.
    pub(super) trusted: &'a PublicKey,
    /// The run or event that was stored just now; all else comes late.
    pub(super) own: &'a str,
    /// What the log holds.
    pub(super) known: &'a Known,
}

/// Makes the records of what the ledger does not hold yet, in the order it was stored.
///
/// # Errors
/// Something cannot be written as JSON.
pub(super) fn batch(waiting: &[Unrecorded], context: &Context<'_>) -> Result<Batch> {
    let mut batch = Batch::default();
    // What a later run left of an earlier one that waits as well.
    let mut pruned: BTreeMap<String, Summaries> = BTreeMap::new();
    for one in waiting {
        if let Unrecorded::Run(run) = one
            && let Some(Ok(signed)) = run.envelope.as_deref().map(|bytes| SignedRun::read(bytes, context.trusted))
        {
            pruned.extend(signed.pruned);
        }
    }
    for one in waiting {
        match one {
            Unrecorded::Run(run) if run.is_older => adopt(&mut batch, run, context)?,
            Unrecorded::Run(run) => of_run(&mut batch, run, context, &pruned)?,
            Unrecorded::Judgement(judgement) => of_judgement(&mut batch, judgement, context)?,
        }
    }
    Ok(batch)
}

/// Makes one record; the first tag says which run or event it belongs to.
struct Maker<'a> {
    system: &'a Urn,
    actor: String,
    about: (&'static str, &'a str),
    is_late: bool,
}

impl Maker<'_> {
    fn item(&self, kind: &str, tags: Vec<(String, String)>, content: &Value, rows: Vec<Pointed>) -> Result<Item> {
        let mut all = vec![(self.about.0.to_owned(), self.about.1.to_owned())];
        if self.is_late {
            all.push(("late".to_owned(), "true".to_owned()));
        }
        all.extend(tags);
        let content = serde_json::to_vec(content)?;
        let subject = Some(subject_of(self.system));
        Ok(Item {
            entry: Entry { kind: kind.to_owned(), actor: self.actor.clone(), subject, tags: all, content },
            rows,
        })
    }
}

fn of_run(
    batch: &mut Batch,
    run: &UnrecordedRun,
    context: &Context<'_>,
    pruned: &BTreeMap<String, Summaries>,
) -> Result<()> {
    let id = run.now.run.as_str();
    let envelope = run.envelope.as_deref().unwrap_or_default();
    let signed = match SignedRun::read(envelope, context.trusted) {
        Ok(signed) if signed.run == id && signed.system == run.now.system => signed,
        outcome => {
            let why = outcome.err().unwrap_or_else(|| "its signed record is about something else".to_owned());
            not_recorded(batch, id, &why);
            return Ok(());
        }
    };
    let is_late = context.own != id;
    if is_late {
        batch
            .notes
            .push(format!("run {id} was stored but not recorded in the ledger; it is recorded now, marked late"));
    }
    let actor = format!("syndic/{}", run.now.tool_version);
    let make = Maker { system: &run.now.system, actor, about: ("run", id), is_late };
    let mut tables = vec![(BEFORE.to_owned(), signed.before.clone())];
    tables.extend(tags_of(&signed.tables));
    tables.push((format!("{TABLE}run_record"), run.record.summary()?));
    batch.items.push(make.item(RUN, tables, &about_run(run), vec![Pointed::Run(id.to_owned())])?);
    for (shortened, _) in &run.remains {
        let Some(left) = signed.pruned.get(shortened) else { continue };
        batch.items.push(remains(&make, shortened, left)?);
    }
    rows_of_run(batch, run, &make, |table| {
        let now = run.now.tables.table(table).map(RowDigests::summary).transpose()?;
        let left = pruned.get(id).and_then(|left| left.get(table));
        Ok(now.is_some() && (now.as_ref() == signed.tables.get(table) || now.as_ref() == left))
    })
}

/// The records that rows of a run point to, table by table as long as `whole` says that they are what was signed.
fn rows_of_run(
    batch: &mut Batch,
    run: &UnrecordedRun,
    make: &Maker<'_>,
    whole: impl Fn(&str) -> Result<bool>,
) -> Result<()> {
    let id = run.now.run.as_str();
    if whole("evidence")? {
        batch.items.extend(evidence(make, run)?);
    } else {
        not_recorded(batch, id, "its statements are not those that were signed");
    }
    if whole("finding_event")? {
        for event in &run.events {
            batch.items.push(of_event(make, event)?);
        }
    } else {
        not_recorded(batch, id, "what it did to findings is not what was signed");
    }
    match &run.decision {
        Some((_, row)) if whole("decision")? && whole("control_status")? => {
            batch.items.push(decision(make, run, row)?);
        }
        _ => not_recorded(batch, id, "its decision is not the one that was signed"),
    }
    Ok(())
}

fn not_recorded(batch: &mut Batch, id: &str, why: &str) {
    batch.notes.push(format!("run {id} is not or not wholly recorded in the ledger: {why}"));
}

fn about_run(run: &UnrecordedRun) -> Value {
    json!({
        "system": run.now.system,
        "started_at": run.started_at,
        "finished_at": run.now.finished_at,
        "verdict": run.now.verdict,
    })
}

fn evidence(make: &Maker<'_>, run: &UnrecordedRun) -> Result<Vec<Item>> {
    let item = |one: &syndic_store::UnrecordedEvidence| {
        let about = json!({ "asset": one.asset, "predicate": one.predicate_type });
        let hex = one.digest.strip_prefix("sha256:").unwrap_or(&one.digest).to_owned();
        let tags = vec![("digest".to_owned(), hex), row_tag(&one.row)];
        make.item(EVIDENCE, tags, &about, vec![Pointed::Evidence(one.digest.clone())])
    };
    run.evidence.iter().map(item).collect()
}

fn of_event(make: &Maker<'_>, event: &UnrecordedEvent) -> Result<Item> {
    let tags = vec![
        ("fingerprint".to_owned(), event.fingerprint.clone()),
        ("event".to_owned(), event.id.clone()),
        row_tag(&event.row),
    ];
    let about = json!({ "rule": event.rule, "severity": event.severity, "asset": event.asset });
    make.item(&format!("{FINDING}{}", event.kind), tags, &about, vec![Pointed::Event(event.id.clone())])
}

fn decision(make: &Maker<'_>, run: &UnrecordedRun, row: &Digest) -> Result<Item> {
    let content = match &run.decision {
        Some((decision, _)) => serde_json::to_value(decision)?,
        None => Value::Null,
    };
    let tags = vec![
        ("digest".to_owned(), Digest::of(&serde_json::to_vec(&content)?).hex()),
        ("verdict".to_owned(), run.now.verdict.clone()),
        row_tag(row),
    ];
    make.item(DECISION, tags, &content, vec![Pointed::Decision(run.now.run.clone())])
}

/// What retention left of an older run; the record of that run says what there was before.
fn remains(make: &Maker<'_>, shortened: &str, left: &Summaries) -> Result<Item> {
    let count = |table: &str| left.get(table).and_then(|summary| summary.split(' ').next()).unwrap_or_default();
    let about = json!({
        "reason": "--keep-runs",
        "system": make.system,
        "run": shortened,
        "statements_left": count("run_evidence"),
    });
    let mut tags = vec![("by".to_owned(), make.about.1.to_owned())];
    tags.extend(tags_of(left));
    let of_old = Maker { about: ("run", shortened), system: make.system, actor: make.actor.clone(), ..*make };
    of_old.item(PRUNED, tags, &about, vec![Pointed::Remains(shortened.to_owned())])
}

/// Takes over a run of an older version as it is found. What it was before is not known, and the record says so.
fn adopt(batch: &mut Batch, run: &UnrecordedRun, context: &Context<'_>) -> Result<()> {
    let id = run.now.run.as_str();
    if !context.known.may_adopt(id) {
        not_recorded(batch, id, "nothing signed speaks for it, and the ledger began without it");
        return Ok(());
    }
    let actor = concat!("syndic/", env!("CARGO_PKG_VERSION")).to_owned();
    let make = Maker { system: &run.now.system, actor, about: ("run", id), is_late: true };
    let mut rows = vec![Pointed::Run(id.to_owned())];
    rows.extend(run.is_shortened.then(|| Pointed::Remains(id.to_owned())));
    rows.extend(run.decision.as_ref().map(|_| Pointed::Decision(id.to_owned())));
    rows.extend(run.evidence.iter().map(|one| Pointed::Evidence(one.digest.clone())));
    rows.extend(run.events.iter().map(|one| Pointed::Event(one.id.clone())));
    let mut tables = tags_of(&run.now.tables.summaries()?);
    tables.push((format!("{TABLE}run_record"), run.record.summary()?));
    batch.items.push(make.item(ADOPTED, tables, &about_run(run), rows)?);
    batch.notes.push(format!("run {id} is older than the ledger; it is recorded as it was found now"));
    Ok(())
}

fn of_judgement(batch: &mut Batch, judgement: &UnrecordedJudgement, context: &Context<'_>) -> Result<()> {
    let event = &judgement.event;
    let is_whole = |signed: &SignedJudgement| {
        signed.event == event.id && signed.system == judgement.system && signed.event_row == event.row.hex()
    };
    let signed = match SignedJudgement::read(&judgement.envelope, context.trusted) {
        Ok(signed) if is_whole(&signed) => signed,
        outcome => {
            let why = outcome.err().unwrap_or_else(|| "it is not what was signed".to_owned());
            batch.notes.push(format!("judgement {} is not recorded in the ledger: {why}", event.id));
            return Ok(());
        }
    };
    let is_late = context.own != event.id;
    if is_late {
        let what = "was stored but not recorded in the ledger; it is recorded now, marked late";
        batch.notes.push(format!("judgement {} {what}", event.id));
    }
    let actor = event.actor.clone();
    let make = Maker { system: &judgement.system, actor, about: ("event", &event.id), is_late };
    let mut tags = vec![
        ("fingerprint".to_owned(), event.fingerprint.clone()),
        row_tag(&event.row),
        ("record".to_owned(), judgement.record.hex()),
        (BEFORE.to_owned(), signed.stood.clone()),
    ];
    tags.extend(tags_of(&signed.tables));
    let about = json!({
        "system": judgement.system,
        "before": signed.before,
        "after": signed.after,
        "reason": event.note,
        "rule": event.rule,
        "severity": event.severity,
        "asset": event.asset,
    });
    batch.items.push(make.item(JUDGED, tags, &about, vec![Pointed::Event(event.id.clone())])?);
    Ok(())
}

fn row_tag(row: &Digest) -> (String, String) {
    ("row".to_owned(), row.hex())
}

fn tags_of(tables: &Summaries) -> Vec<(String, String)> {
    tables.iter().map(|(table, summary)| (format!("{TABLE}{table}"), summary.clone())).collect()
}

/// The subject of what is recorded about a system: by it the contents are found, held and erased.
fn subject_of(system: &Urn) -> String {
    let name = system.local_parts().map_or_else(|| system.to_string(), |(_, name)| name);
    format!("system:{name}")
}
