//! `syndic ledger`: what happened, provably.

mod anchor;
mod archive;
pub(super) mod cause;
mod erase;
mod export;
mod hold;
mod merge_keys;
mod missing;
mod opening;
mod reading;
mod record;
mod retain;
mod rotate;
mod search;
mod select;
mod verify;
mod witness;

use anyhow::{Context as _, Result};
use syndic_ledger::LedgerError;
use syndic_ledger::admin::{Admin, AdminError};

use super::UsageError;
use crate::cli::{Cli, LedgerArgs, LedgerCommand};
use crate::exit::Exit;
use crate::ledger::{OpenLedger, StateLedger, WitnessList, Witnessing};
use crate::printer;
use missing::Fault;

/// Does what was asked of the ledger of the state folder.
pub(crate) fn run(cli: &Cli, args: &LedgerArgs) -> Result<Exit> {
    match run_command(cli, args) {
        Err(error) if error.downcast_ref::<Fault>().is_some() => {
            printer::say(&format!("error: {error:#}"));
            Ok(Exit::Findings)
        }
        outcome => outcome,
    }
}

fn run_command(cli: &Cli, args: &LedgerArgs) -> Result<Exit> {
    match &args.command {
        LedgerCommand::Checkpoint => {
            let (open, exit) = open_vouched(cli)?;
            printer::result(&open.ledger.checkpoint()?.note)?;
            Ok(exit)
        }
        LedgerCommand::Prove { index } => prove(cli, *index),
        LedgerCommand::Verify(args) => verify::run(cli, args),
        LedgerCommand::Search(args) => search::run(cli, args),
        LedgerCommand::Export(args) => export::run(cli, args),
        LedgerCommand::Erase(args) => erase::run(cli, args),
        LedgerCommand::Hold(command) => hold::run(cli, command),
        LedgerCommand::Witness(command) => witness::run(cli, command),
        LedgerCommand::Archive(args) => archive::run(cli, args),
        LedgerCommand::Restore(args) => archive::bring_back(cli, args),
        LedgerCommand::Retain(args) => retain::run(cli, args),
        LedgerCommand::MergeKeys(args) => merge_keys::run(cli, args),
        LedgerCommand::Rotate { cause } => rotate::run(cli, cause),
    }
}

/// Opens the ledger of the state folder; one that is damaged is refused.
fn open(cli: &Cli) -> Result<OpenLedger> {
    let ledger = StateLedger::of(&cli.state);
    if !ledger.exists() {
        return Err(missing::ledger(cli)?);
    }
    ledger.open(&missing::state(cli)?.signing_key()?)
}

/// Opens the ledger to sign over it or to send it elsewhere, and asks its witnesses before whether it was put back.
/// Returns it with what follows where one could not be asked.
///
/// # Errors
/// A [`Fault`] if a witness knows more of the log or another one, if the log lacks what it is known to have had, or
/// names a witness that is not listed; it cannot be opened.
fn open_vouched(cli: &Cli) -> Result<(OpenLedger, Exit)> {
    let open = open(cli).map_err(|error| match error.downcast_ref::<LedgerError>() {
        Some(LedgerError::Damaged(_)) => Fault(format!("{error:#}")).into(),
        _ => error,
    })?;
    let list = WitnessList::read(&cli.state)?;
    open.expect_listed(&list).map_err(|lacking| Fault(lacking.to_string()))?;
    let Some(newest) = open.newest_checkpoint()?.filter(|_| !list.listed().is_empty()) else {
        return Ok((open, Exit::Clean));
    };
    let asked = witness::ask(&cli.state, &newest, open.log_key())?;
    if asked.exit == Exit::Findings {
        return Err(Fault(format!("nothing was signed or sent: {}", asked.lines.join("; "))).into());
    }
    if asked.exit != Exit::Clean {
        asked.lines.iter().for_each(|line| printer::say(line));
        return Ok((open, asked.exit));
    }
    // A log that went on after it was put back may have more records than a witness: whether it extends what the witness
    // saw only a proof tells, which the witness checks before it cosigns.
    let exit = submit(&open, &mut Witnessing::with(&cli.state, list.listed()))?;
    Ok((open, exit))
}

/// Has the newest checkpoint cosigned; returns what follows where a witness does not.
///
/// # Errors
/// A [`Fault`] if the log does not extend what a witness saw; the disk refuses.
fn submit(open: &OpenLedger, witnesses: &mut Witnessing) -> Result<Exit> {
    let (_, said) = witnesses.submit(&open.ledger, open.log_key())?;
    let refused = || said.iter().filter_map(|(_, said)| said.as_ref().err());
    let losses: Vec<String> = refused().filter(|error| error.is_loss()).map(ToString::to_string).collect();
    if !losses.is_empty() {
        return Err(Fault(format!("nothing was given out or sent: {}", losses.join("; "))).into());
    }
    refused().for_each(|error| printer::say(&format!("NOT cosigned: {error}")));
    Ok(if refused().next().is_some() { Exit::CouldNotCheck } else { Exit::Clean })
}

/// Acts on the ledger: its witnesses are asked before whether it is whole, and cosign afterwards what was done.
///
/// # Errors
/// A witness knows more of the log than there is; the action's own; the disk refuses.
fn act<T>(cli: &Cli, action: impl FnOnce(&OpenLedger, &Admin) -> Result<T>) -> Result<T> {
    let open = open(cli)?;
    let mut witnesses = open.ask_witnesses(&cli.state)?;
    let done = action(&open, open.admin())?;
    let after = witnesses.after(&open.ledger, open.log_key()).and_then(|()| Ok(open.ledger.close()?));
    after.context("it was done and recorded, and what comes after failed: the checkpoint over it, or a witness")?;
    witnesses.notes().iter().for_each(|note| printer::say(note));
    Ok(done)
}

/// Prints the proof of a record.
fn prove(cli: &Cli, index: u64) -> Result<Exit> {
    let open = open(cli)?;
    let proof = open.ledger.proof_text(index).map_err(|error| match error {
        LedgerError::OutOfRange { size, .. } => anyhow::Error::from(UsageError(format!(
            "there is no record {index}: the ledger has {size}, counted from 0"
        ))),
        other => other.into(),
    })?;
    printer::result(&proof.to_string())?;
    Ok(Exit::Clean)
}

/// Tells what the user got wrong from what could not be done.
fn refusal(error: AdminError) -> anyhow::Error {
    let is_usage = matches!(
        &error,
        AdminError::OwnSubject
            | AdminError::HoldExists { .. }
            | AdminError::NoSuchHold { .. }
            | AdminError::Argument { .. }
            | AdminError::NamesSubject { .. }
            | AdminError::Hidden { .. }
            | AdminError::Blank { .. }
            | AdminError::TooShort { .. }
            | AdminError::Ledger(LedgerError::Entry { .. } | LedgerError::TooLarge { .. })
    );
    if is_usage { UsageError(error.to_string()).into() } else { error.into() }
}

/// Asks before something that cannot be undone.
///
/// # Errors
/// Nobody is there to be asked: `--yes` answers in advance.
fn is_confirmed(question: &str, is_yes: bool) -> Result<bool> {
    if is_yes {
        return Ok(true);
    }
    match printer::ask(question)? {
        printer::Answer::Yes => Ok(true),
        printer::Answer::No => Ok(false),
        printer::Answer::NobodyThere => {
            Err(UsageError("this cannot be undone and nobody is there to be asked: say --yes to do it".to_owned())
                .into())
        }
    }
}
