//! `syndic evidence`: the signed statements behind the last run, one of them, or everything in the store verified.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use syndic_attest::PublicKey;
use syndic_evidence::{Assessment, Digest, Evidence};
use syndic_store::{Store, StoreError};

use super::{UsageError, block_on, open_existing, sealing};
use crate::cli::{Cli, EvidenceArgs};
use crate::exit::Exit;
use crate::printer;
use crate::state::{State, assessed};

/// Lists, prints or verifies evidence.
pub(crate) fn run(cli: &Cli, args: &EvidenceArgs) -> Result<Exit> {
    if args.verify && args.digest.is_none() {
        let trusted = State::existing(&cli.state)?.public_key()?;
        let audit = block_on(async { audit(&assessed(open_existing(cli).await?).await?, &trusted).await })?;
        return tell(&audit, &trusted);
    }
    let latest = block_on(async { Ok(assessed(open_existing(cli).await?).await?.latest(None).await?) })?;
    let assessment = latest.context("the store holds no run yet: run `syndic assess PATH` first")?;
    if let Some(prefix) = &args.digest {
        return print_one(&assessment, prefix);
    }
    let lines: String = assessment.evidence.iter().map(line).collect();
    printer::result(&lines)?;
    Ok(Exit::Clean)
}

fn line(evidence: &Evidence) -> String {
    let kind = evidence.predicate_type.uri().rsplit('/').nth(1).unwrap_or_default();
    format!("{}  {kind:<16} {}\n", evidence.digest, evidence.asset)
}

fn print_one(assessment: &Assessment, prefix: &str) -> Result<Exit> {
    let wanted = prefix.trim_start_matches("sha256:");
    let mut found = assessment.evidence.iter().filter(|evidence| evidence.digest.hex().starts_with(wanted));
    match (found.next(), found.next()) {
        (Some(evidence), None) => {
            printer::result(&String::from_utf8_lossy(&evidence.envelope))?;
            printer::result("\n")?;
            Ok(Exit::Clean)
        }
        (None, _) => Err(UsageError(format!("no evidence of the last run begins with `{wanted}`")).into()),
        (Some(_), Some(_)) => Err(UsageError(format!("several digests begin with `{wanted}`: give more")).into()),
    }
}

/// What a check of the whole store found.
#[derive(Debug, Default)]
struct Audit {
    /// Every fault, a line each.
    faults: Vec<String>,
    /// Statements that hold.
    good: usize,
    /// Statements that the store holds, lists or cites.
    total: usize,
    /// Runs that do not say what they rest on.
    unsaid: Vec<String>,
    /// Runs without a signed record of what they left behind.
    unsigned: Vec<String>,
    /// Runs whose decision is as it was signed, and of the last of each system all that stands after it.
    records: usize,
    /// Runs in the store.
    runs: usize,
    /// Statements of old runs that retention dropped.
    dropped: u64,
}

/// Checks that every run still has the evidence it said it rests on, that nothing cited is missing, and that every
/// statement is signed, has its content address and says what its row says.
async fn audit(store: &Store, trusted: &PublicKey) -> Result<Audit> {
    let mut audit = Audit::default();
    // Each digest once, with who names it first.
    let mut wanted: Vec<(Digest, String)> = Vec::new();
    for run in store.run_evidence().await? {
        audit.dropped += run.dropped_count;
        match &run.pledge {
            None => audit.unsaid.push(run.run.clone()),
            Some(_) if run.is_whole() => {}
            Some(pledge) => audit.faults.push(format!(
                "run {}  {}  it {} {} statements; the {} listed now are not those",
                run.run,
                run.system,
                if run.dropped_count > 0 { "kept" } else { "rested on" },
                pledge.count,
                run.listed.len()
            )),
        }
        wanted.extend(run.listed.iter().map(|digest| (*digest, format!("run {}", run.run))));
    }
    let listed: HashSet<Digest> = wanted.iter().map(|(digest, _)| *digest).collect();
    for digest in store.evidence_digests().await? {
        if !listed.contains(&digest) {
            audit.faults.push(format!("{digest}  no run lists it"));
            wanted.push((digest, "no run".to_owned()));
        }
    }
    wanted.extend(store.cited_evidence().await?);
    let mut met = HashSet::new();
    wanted.retain(|(digest, _)| met.insert(*digest));
    audit.total = wanted.len();
    for (digest, by) in wanted {
        let problem = match store.evidence(&digest).await {
            Ok(Some(evidence)) => problem(&evidence, trusted),
            Ok(None) => Some(format!("missing: {by} rests on it")),
            Err(error @ StoreError::Form { .. }) => Some(error.to_string()),
            Err(error) => return Err(error.into()),
        };
        match problem {
            Some(problem) => audit.faults.push(format!("{digest}  {problem}")),
            None => audit.good += 1,
        }
    }
    audit.faults.extend(store.control_text_faults().await?);
    check_records(&mut audit, store, trusted).await?;
    Ok(audit)
}

/// Holds what stands in the rows against the signed record of each run and judgement.
async fn check_records(audit: &mut Audit, store: &Store, trusted: &PublicKey) -> Result<()> {
    let records = store.run_records().await?;
    let signed = sealing::SignedRecords::read(&records, trusted);
    for record in &records {
        audit.runs += 1;
        let (run, system) = (&record.now.run, &record.now.system);
        if record.envelope.is_none() {
            audit.unsigned.push(run.clone());
            continue;
        }
        let found = signed.differences(record)?;
        audit.records += usize::from(found.is_empty());
        audit.faults.extend(found.into_iter().map(|problem| format!("run {run}  {system}  {problem}")));
    }
    for record in store.judgement_records().await? {
        let found = sealing::judgement_differences(&record, trusted)?;
        let (event, system) = (&record.event, &record.system);
        audit.faults.extend(found.into_iter().map(|problem| format!("judgement {event}  {system}  {problem}")));
    }
    Ok(())
}

/// Says what is wrong with a row, if anything: the signature, the content address, or a column that says something else
/// than the signed statement.
fn problem(row: &Evidence, trusted: &PublicKey) -> Option<String> {
    let signed = match syndic_attest::verify(&row.envelope, std::slice::from_ref(trusted)) {
        Ok(verified) => verified.to_evidence(row.envelope.clone()),
        Err(error) => return Some(format!("{}  {error}", row.asset)),
    };
    let columns = [
        ("digest", signed.digest == row.digest),
        ("predicate_type", signed.predicate_type == row.predicate_type),
        ("asset", signed.asset == row.asset),
        ("subject_digest", signed.subject_digest == row.subject_digest),
        ("collector", signed.collector == row.collector),
        ("tool_version", signed.tool_version == row.tool_version),
        ("collected_at", signed.collected_at == row.collected_at),
        ("expires_at", signed.expires_at == row.expires_at),
        ("key_id", signed.key_id == row.key_id),
    ];
    let wrong: Vec<&str> = columns.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect();
    (!wrong.is_empty()).then(|| format!("{}  the signed statement has another {}", signed.asset, wrong.join(", ")))
}

/// Names every fault. A store without a statement, or with a run that cannot be held to its word, is not a success.
fn tell(audit: &Audit, trusted: &PublicKey) -> Result<Exit> {
    let faults: String = audit.faults.iter().map(|fault| format!("BAD  {fault}\n")).collect();
    printer::result(&faults)?;
    printer::result(&format!("{} of {} statements verified with key {}\n", audit.good, audit.total, trusted.key_id()))?;
    printer::result(&format!("{} of {} runs are as they were signed\n", audit.records, audit.runs))?;
    if audit.dropped > 0 {
        printer::say(&format!("{} statements of older runs were dropped by retention (--keep-runs)", audit.dropped));
    }
    if !audit.faults.is_empty() {
        return Ok(Exit::Findings);
    }
    if audit.total == 0 {
        printer::say("error: there is no evidence to verify, yet runs are recorded");
        return Ok(Exit::CouldNotCheck);
    }
    if !audit.unsaid.is_empty() {
        printer::say(&format!(
            "error: it is not known what {} run(s) rested on, an older syndic recorded them: {}",
            audit.unsaid.len(),
            audit.unsaid.join(", ")
        ));
        return Ok(Exit::CouldNotCheck);
    }
    if !audit.unsigned.is_empty() {
        printer::say(&format!(
            "error: nothing signed says what {} run(s) decided, so it cannot be told whether that was changed: {}",
            audit.unsigned.len(),
            audit.unsigned.join(", ")
        ));
        return Ok(Exit::CouldNotCheck);
    }
    Ok(Exit::Clean)
}
