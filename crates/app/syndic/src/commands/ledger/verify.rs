//! `syndic ledger verify`: is the log what was signed, and the store what the log says?

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use syndic_archive::Place;
use syndic_attest::note::{KeyUse, NoteKey};
use syndic_ledger::disk::{Disk, RealDisk, read_file};
use syndic_ledger::verify::{Report, Trust, verify};
use syndic_ledger::{CHECKPOINT_PATH, Description, SignedCheckpoint};

use super::{archive, open, witness};
use crate::cli::{Cli, LedgerVerifyArgs};
use crate::commands::{UsageError, block_on, open_existing};
use crate::exit::Exit;
use crate::ledger::{StateLedger, compare};
use crate::printer;
use crate::state::State;

/// Problems that are printed; the rest is counted.
const MOST_SHOWN: usize = 50;

/// A larger checkpoint is none.
const CHECKPOINT_BYTES_LIMIT: u64 = 1 << 20;

/// Checks the log itself; then, if asked and the log holds, the store against it.
pub(super) fn run(cli: &Cli, args: &LedgerVerifyArgs) -> Result<Exit> {
    if args.store && args.folder.is_some() {
        let why = "--store compares the store of the state folder with its own ledger: leave DIR out".to_owned();
        return Err(UsageError(why).into());
    }
    if let Some(place) = args.folder.as_deref().and_then(Path::to_str).filter(|text| Place::is_meant(text)) {
        return archive::verify(cli, args, place);
    }
    let own = StateLedger::of(&cli.state);
    // Nobody writes meanwhile; what a running program appends next is not part of the answer.
    if let Some(folder) = args.folder.as_deref().filter(|folder| !folder.is_dir()) {
        return Err(
            UsageError(format!("{} is no folder: name the folder of a ledger or a copy", folder.display())).into()
        );
    }
    let turn = if args.folder.is_none() { Some(own.turn()?) } else { None };
    let folder = args.folder.as_deref().unwrap_or_else(|| own.folder());
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder));
    let mut trust = trust(cli, args, disk.as_ref())?;
    if args.folder.is_none()
        && let Some(kept) = own.newest_witnessed(trust.log_key())?
    {
        trust = trust.known_head(kept.head);
    }
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder));
    let report = verify(&disk, &trust);
    printer::result(&shown(&report))?;
    if !report.is_intact() {
        return Ok(Exit::Findings);
    }
    // Asked before another program may append, which would let the witnesses know more than was verified.
    let asked = if args.folder.is_none() && !args.offline { ask_witnesses(cli, &disk, &trust)? } else { Exit::Clean };
    drop(turn);
    let compared = if args.store { store(cli)? } else { Exit::Clean };
    Ok(if compared == Exit::Clean { asked } else { compared })
}

/// Asks the witnesses that were added whether they know more than an intact log has; says what they say.
fn ask_witnesses(cli: &Cli, disk: &Arc<dyn Disk>, trust: &Trust) -> Result<Exit> {
    let note = read_file(disk.as_ref(), CHECKPOINT_PATH, CHECKPOINT_BYTES_LIMIT)?.unwrap_or_default();
    let newest = String::from_utf8(note).ok().and_then(|note| SignedCheckpoint::read(&note, trust.log_key()));
    let outcome = witness::ask(&cli.state, &newest.context("the checkpoint changed while it was verified")?)?;
    for line in &outcome.lines {
        printer::result(&format!("{line}\n"))?;
    }
    Ok(outcome.exit)
}

/// The keys and checkpoints to believe. What the folder says of its own key is believed only if the key was given.
pub(super) fn trust(cli: &Cli, args: &LedgerVerifyArgs, disk: &dyn Disk) -> Result<Trust> {
    let key = args.key.clone().map_or_else(|| local_key(cli, disk), Ok)?;
    let mut trust = Trust::new(&key).map_err(|error| UsageError(format!("--key: {error}")))?;
    for path in &args.known {
        let note = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        trust = trust.known(&note).map_err(|error| UsageError(format!("{}: {error}", path.display())))?;
    }
    for witness in &args.witness {
        trust = trust.witness(witness).map_err(|error| UsageError(format!("--witness: {error}")))?;
    }
    // A witness that is named must have cosigned: what it does not know may be put back unseen.
    let named: BTreeSet<&str> = args.witness.iter().map(|witness| witness.trim()).collect();
    Ok(trust.needing_witnesses(named.len()))
}

/// The local key alone, for the log that is on this disk.
pub(super) fn trust_of_state(cli: &Cli, disk: &dyn Disk) -> Result<Trust> {
    Ok(Trust::new(&local_key(cli, disk)?)?)
}

/// The public half of the local key as the line of the log that the disk says it is.
fn local_key(cli: &Cli, disk: &dyn Disk) -> Result<String> {
    let description = Description::read(disk).context("no ledger is there: run `syndic assess PATH` first")?;
    let public = State::existing(&cli.state)?.public_key()?;
    Ok(NoteKey::new(&description.origin, KeyUse::Note, public)?.to_string())
}

pub(super) fn shown(report: &Report) -> String {
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
    for witness in &report.witnesses {
        let seconds = witness.time_s.and_then(|time_s| i64::try_from(time_s).ok());
        let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let time = time.map_or_else(|| "an impossible time".to_owned(), |time| time.to_string());
        lines.push(format!("cosigned by {} at {time}", witness.name));
    }
    if report.unsigned_records > 0 {
        lines.push(format!(
            "{} records are behind the newest checkpoint: nobody vouches for them yet",
            report.unsigned_records
        ));
    }
    lines.join("\n") + "\n"
}

/// What differs is a fault; what is not in the ledger yet, or older than it, is not known to be good.
fn store(cli: &Cli) -> Result<Exit> {
    let trusted = State::existing(&cli.state)?.public_key()?;
    let open = open(cli)?;
    let ledger = open.ledger.clone();
    let found = block_on(async move {
        let store = open_existing(cli).await?;
        let found = compare(&store, &ledger, &trusted).await?;
        store.close().await;
        Ok(found)
    })?;
    for mismatch in &found.mismatches {
        printer::say(&mismatch.0);
    }
    for line in found.unknown.iter().map(|unknown| format!("not known: {unknown}")).chain(found.notes.clone()) {
        printer::say(&line);
    }
    let (outcome, exit) = match (found.mismatches.is_empty(), found.unknown.is_empty()) {
        (false, _) => ("the store is NOT what was recorded", Exit::Findings),
        (true, false) => ("the store is what was recorded, as far as it was", Exit::CouldNotCheck),
        (true, true) => ("the store is what was recorded", Exit::Clean),
    };
    printer::result(&format!("{outcome}: {} rows compared\n", found.rows))?;
    Ok(exit)
}
