//! `syndic ledger verify`: is the log what was signed, and the store what the log says?

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use syndic_attest::note::{KeyUse, NoteKey};
use syndic_ledger::Description;
use syndic_ledger::disk::{Disk, RealDisk};
use syndic_ledger::verify::{Report, Trust, verify};

use super::open;
use crate::cli::{Cli, LedgerVerifyArgs};
use crate::commands::{UsageError, block_on, open_existing};
use crate::exit::Exit;
use crate::ledger::{StateLedger, compare};
use crate::printer;
use crate::state::State;

/// Problems that are printed; the rest is counted.
const MOST_SHOWN: usize = 50;

/// Checks the log itself; then, if asked and the log holds, the store against it.
pub(super) fn run(cli: &Cli, args: &LedgerVerifyArgs) -> Result<Exit> {
    if args.store && args.folder.is_some() {
        let why = "--store compares the store of the state folder with its own ledger: leave DIR out".to_owned();
        return Err(UsageError(why).into());
    }
    let own = StateLedger::of(&cli.state);
    // Nobody writes meanwhile; what a running program appends next is not part of the answer.
    let turn = if args.folder.is_none() { Some(own.turn()?) } else { None };
    let folder = args.folder.as_deref().unwrap_or_else(|| own.folder());
    let trust = trust(cli, args, folder)?;
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder));
    let report = verify(&disk, &trust);
    drop(turn);
    printer::result(&shown(&report))?;
    if !report.is_intact() {
        return Ok(Exit::Findings);
    }
    if args.store { store(cli) } else { Ok(Exit::Clean) }
}

/// The keys and checkpoints to believe. What the folder says of its own key is believed only if the key was given.
fn trust(cli: &Cli, args: &LedgerVerifyArgs, folder: &Path) -> Result<Trust> {
    let key = args.key.clone().map_or_else(|| local_key(cli, folder), Ok)?;
    let mut trust = Trust::new(&key).map_err(|error| UsageError(format!("--key: {error}")))?;
    for path in &args.known {
        let note = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        trust = trust.known(&note).map_err(|error| UsageError(format!("{}: {error}", path.display())))?;
    }
    for witness in &args.witness {
        trust = trust.witness(witness).map_err(|error| UsageError(format!("--witness: {error}")))?;
    }
    Ok(trust)
}

/// The public half of the local key as the line of the log that the folder says it is.
fn local_key(cli: &Cli, folder: &Path) -> Result<String> {
    let description = Description::read(&RealDisk::new(folder))
        .with_context(|| format!("no ledger in {}: run `syndic assess PATH` first", folder.display()))?;
    let public = State::existing(&cli.state)?.public_key()?;
    Ok(NoteKey::new(&description.origin, KeyUse::Note, public)?.to_string())
}

fn shown(report: &Report) -> String {
    let mut lines: Vec<String> = report.problems.iter().take(MOST_SHOWN).map(ToString::to_string).collect();
    let hidden = report.problems.len().saturating_sub(MOST_SHOWN) as u64 + report.more_problems;
    if hidden > 0 {
        lines.push(format!("and {hidden} more"));
    }
    let vouched = report.vouched.map_or(0, |head| head.size);
    let verdict = if report.is_intact() { "intact" } else { "NOT intact" };
    lines.push(format!(
        "{verdict}: {} records, {vouched} of them under a signed root, {} signed heads checked, {} bytes read",
        report.size, report.heads_checked, report.bytes
    ));
    if report.unsigned_records > 0 {
        lines.push(format!(
            "{} records are behind the newest checkpoint: nobody vouches for them yet",
            report.unsigned_records
        ));
    }
    lines.join("\n") + "\n"
}

fn store(cli: &Cli) -> Result<Exit> {
    let open = open(cli)?;
    let ledger = open.ledger.clone();
    let found = block_on(async move {
        let store = open_existing(cli).await?;
        let found = compare(&store, &ledger).await?;
        store.close().await;
        Ok(found)
    })?;
    for mismatch in &found {
        printer::say(&mismatch.0);
    }
    let outcome =
        if found.is_empty() { "the store is what was recorded" } else { "the store is NOT what was recorded" };
    printer::result(&format!("{outcome}\n"))?;
    Ok(if found.is_empty() { Exit::Clean } else { Exit::Findings })
}
