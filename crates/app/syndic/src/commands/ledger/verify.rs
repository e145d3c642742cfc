//! `syndic ledger verify`: is the log what was signed, and the store what the log says?

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind::NotFound;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use syndic_archive::Place;
use syndic_attest::note::{KeyUse, NoteKey};
use syndic_ledger::disk::{Disk, RealDisk, read_file};
use syndic_ledger::verify::{Report, Scope, Trust, verify_scope};
use syndic_ledger::{CHECKPOINT_PATH, DESCRIPTION_PATH, Description, LedgerError, SignedCheckpoint};

use super::reading::{refuse_unreadable, settled};
use super::{anchor, archive, missing, open, opening};
use crate::cli::{Cli, LedgerVerifyArgs};
use crate::commands::{UsageError, block_on, open_existing};
use crate::exit::Exit;
use crate::ledger::{StateLedger, compare};
use crate::printer;
use crate::state::State;
use syndic_report::{Row, listing};

/// Problems that are printed; the rest is counted.
const MOST_SHOWN: usize = 50;

/// A larger checkpoint is none.
const CHECKPOINT_BYTES_LIMIT: u64 = 1 << 20;

/// Checks the log itself; then, if asked and the log holds, the store against it.
pub(super) fn run(cli: &Cli, args: &LedgerVerifyArgs) -> Result<Exit> {
    let Some(folder) = args.folder.as_deref() else { return verify_own(cli, args) };
    if args.store {
        let why = "--store compares the store of the state folder with its own ledger: leave DIR out".to_owned();
        return Err(UsageError(why).into());
    }
    if let Some(place) = folder.to_str().filter(|text| Place::is_meant(text)) {
        return archive::verify(cli, args, place);
    }
    if !folder.is_dir() {
        let why = format!("{} is no folder: name the folder of a ledger or a copy", folder.display());
        return Err(UsageError(why).into());
    }
    verify_copy(cli, args, folder)
}

/// Checks a ledger that lies anywhere, with its keys if they are there.
fn verify_copy(cli: &Cli, args: &LedgerVerifyArgs, folder: &Path) -> Result<Exit> {
    refuse_unreadable(folder)?;
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder));
    let trust = trust(cli, args, disk.as_ref())?;
    let has_keys = folder.join("keys").exists();
    let scope = if has_keys { Scope::LogAndKeys } else { Scope::Log };
    let report = settled(folder, || verify_scope(&disk, &trust, scope));
    printer::result(&shown(&report))?;
    if !has_keys {
        say_all(&[
            "not checked: no keys are here, so which contents can be read, and whether erased ones can, is not known"
                .to_owned(),
        ])?;
    }
    let exit = exit_of(&report);
    if exit == Exit::Clean {
        say_all(&anchor::unasked(args, &report))?;
    }
    Ok(exit)
}

/// Checks the ledger of the state folder: its keys must be there, and its witnesses are asked.
fn verify_own(cli: &Cli, args: &LedgerVerifyArgs) -> Result<Exit> {
    let own = StateLedger::of(&cli.state);
    if !cli.state.is_dir() {
        return Err(missing::ledger(cli)?);
    }
    // Nobody writes meanwhile; what a running program appends next is not part of the answer.
    let turn = own.turn_to_read()?;
    missing::refuse_odd_store(cli)?;
    if !own.is_begun() {
        return Err(missing::ledger(cli)?);
    }
    refuse_unreadable(own.folder())?;
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(own.folder()));
    let mut trust = trust(cli, args, disk.as_ref())?;
    if let Some(kept) = own.newest_witnessed(trust.log_key())? {
        trust = trust.known_head(kept.head);
    }
    let verified = || verify_scope(&disk, &trust, Scope::LogAndKeys);
    let report = if turn.is_some() { verified() } else { settled(own.folder(), verified) };
    printer::result(&shown(&report))?;
    let (lines, opening) = opening::check(cli);
    say_all(&lines)?;
    let lacking = missing::store(cli, report.size);
    say_all(lacking.as_slice())?;
    let stored = if lacking.is_some() { Exit::Findings } else { Exit::Clean };
    let found = worse(worse(exit_of(&report), opening), stored);
    // Asked before another program may append, which would let the witnesses know more than was verified.
    let asked = ask_witnesses(cli, args, &disk, (&trust, &report));
    drop(turn);
    if exit_of(&report) != Exit::Clean {
        // What is wrong outweighs who cannot be asked about it.
        let asked =
            asked.or_else(|problem| say_all(&[format!("not checked: {problem:#}")]).map(|()| Exit::CouldNotCheck))?;
        if args.store {
            say_all(&["not checked: the store, which is compared with an intact log alone".to_owned()])?;
        }
        return Ok(worse(asked, found));
    }
    let compared = if args.store && lacking.is_none() { store(cli)? } else { Exit::Clean };
    Ok(worse(worse(asked?, compared), found))
}

fn exit_of(report: &Report) -> Exit {
    match (report.is_intact(), report.is_unsettled()) {
        (false, _) => Exit::Findings,
        (true, true) => Exit::CouldNotCheck,
        (true, false) => Exit::Clean,
    }
}

/// A finding outweighs what could not be checked, which outweighs a clean rest.
fn worse(one: Exit, other: Exit) -> Exit {
    let both = [one, other];
    [Exit::Findings, Exit::CouldNotCheck].into_iter().find(|exit| both.contains(exit)).unwrap_or(one)
}

fn say_all(lines: &[String]) -> Result<()> {
    lines.iter().try_for_each(|line| printer::result(&format!("{line}\n")))
}

/// Asks the witnesses that were added whether they know more than the log has; says what they say. Of a log that is not
/// intact too, if its checkpoint is its own: who cut it may have put the checkpoint back as well.
fn ask_witnesses(
    cli: &Cli,
    args: &LedgerVerifyArgs,
    disk: &Arc<dyn Disk>,
    (trust, report): (&Trust, &Report),
) -> Result<Exit> {
    let note = read_file(disk.as_ref(), CHECKPOINT_PATH, CHECKPOINT_BYTES_LIMIT)?.unwrap_or_default();
    let newest = String::from_utf8(note).ok().and_then(|note| SignedCheckpoint::read(&note, trust.log_key()));
    let is_clean = exit_of(report) == Exit::Clean;
    if !is_clean && newest.is_none() {
        return Ok(Exit::Clean);
    }
    let outcome = anchor::of_state(&cli.state, args, report, newest.as_ref(), trust.log_key())?;
    if is_clean || outcome.exit != Exit::Clean {
        say_all(&outcome.lines)?;
    }
    Ok(outcome.exit)
}

/// The keys and checkpoints to believe. What the folder says of its own key is believed only if the key was given.
pub(super) fn trust(cli: &Cli, args: &LedgerVerifyArgs, disk: &dyn Disk) -> Result<Trust> {
    let key = args.key.clone().map_or_else(|| local_key(cli, disk), Ok)?;
    let mut trust = Trust::new(&key).map_err(|error| UsageError(format!("--key: {error}")))?;
    for path in &args.known {
        let note = checkpoint_in(path)?;
        trust = trust.known(&note).map_err(|error| UsageError(format!("{}: {error}", path.display())))?;
    }
    for witness in &args.witness {
        trust = trust.witness(witness).map_err(|error| UsageError(format!("--witness: {error}")))?;
    }
    // A witness that is named must have cosigned: what it does not know may be put back unseen.
    let named: BTreeSet<&str> = args.witness.iter().map(|witness| witness.trim()).collect();
    Ok(trust.needing_witnesses(named.len()))
}

/// Reads a checkpoint that was kept in a file; no more of it than a checkpoint can have.
fn checkpoint_in(path: &Path) -> Result<String> {
    let what = || format!("cannot read {}", path.display());
    let mut note = String::new();
    let file = fs::File::open(path).with_context(what)?;
    file.take(CHECKPOINT_BYTES_LIMIT + 1).read_to_string(&mut note).with_context(what)?;
    if note.len() as u64 > CHECKPOINT_BYTES_LIMIT {
        return Err(UsageError(format!("{} is no checkpoint: it is longer than any can be", path.display())).into());
    }
    Ok(note)
}

/// The local key alone, for the log that is on this disk.
pub(super) fn trust_of_state(cli: &Cli, disk: &dyn Disk) -> Result<Trust> {
    Ok(Trust::new(&local_key(cli, disk)?)?)
}

/// The public half of the local key as the line of the log that the disk says it is.
fn local_key(cli: &Cli, disk: &dyn Disk) -> Result<String> {
    let named = |origin: &str| -> Result<_> {
        Ok(NoteKey::new(origin, KeyUse::Note, missing::public_key(cli)?).map(|key| key.to_string()))
    };
    let problem = match Description::read(disk) {
        Ok(description) => match named(&description.origin)? {
            Ok(key) => return Ok(key),
            Err(why) => LedgerError::NotALedger { path: DESCRIPTION_PATH, why: why.to_string() },
        },
        Err(problem) => problem,
    };
    let origin = origin_of_checkpoint(disk, problem)?;
    named(&origin)?.with_context(|| format!("{CHECKPOINT_PATH} is damaged: {origin:?} is no name of a log"))
}

/// The log's name from its checkpoint, where the description is unusable: then verifying names that, too.
///
/// # Errors
/// There is no ledger, or no checkpoint either.
fn origin_of_checkpoint(disk: &dyn Disk, problem: LedgerError) -> Result<String> {
    let checkpoint = read_file(disk, CHECKPOINT_PATH, CHECKPOINT_BYTES_LIMIT)?;
    let is_there =
        checkpoint.is_some() || !matches!(disk.open(DESCRIPTION_PATH), Err(error) if error.kind() == NotFound);
    let origin = checkpoint.and_then(|note| String::from_utf8(note).ok()?.lines().next().map(str::to_owned));
    origin.ok_or_else(|| {
        if is_there {
            let what = "the ledger is damaged: put log.json back from a backup or an archive, or give --key";
            anyhow::Error::from(problem).context(what)
        } else {
            anyhow::Error::from(problem).context("no ledger is there: run `syndic assess PATH` first")
        }
    })
}

pub(super) fn shown(report: &Report) -> String {
    // A tail with many torn frames must not hide damage behind "and more".
    let (damage, rest): (Vec<_>, Vec<_>) = report.problems.iter().partition(|problem| problem.kind.is_damage());
    let mut lines: Vec<String> = damage.into_iter().chain(rest).take(MOST_SHOWN).map(ToString::to_string).collect();
    let hidden = report.problems.len().saturating_sub(MOST_SHOWN) as u64 + report.more_problems;
    if hidden > 0 {
        lines.push(format!("and {hidden} more"));
    }
    let vouched = report.vouched.map_or(0, |head| head.size);
    let verdict = match (report.is_intact(), report.is_unsettled()) {
        (false, _) => "NOT intact",
        (true, true) => "not known to be intact",
        (true, false) => "intact",
    };
    lines.push(format!(
        "{verdict}: {} records, {vouched} of them under a signed root, {} signed heads checked, {} bytes read",
        report.size, report.heads_checked, report.bytes
    ));
    if let Some(keys) = report.keys {
        lines.push(format!("keys: {} there, {} erased as recorded", keys.there, keys.erased));
    }
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
    // What a copy says of itself comes from anybody: no terminal may act on it.
    let rows: Vec<Row> = lines.into_iter().map(|rest| Row { fixed: Vec::new(), rest }).collect();
    listing(&rows, None)
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
