//! `syndic ledger`: what happened, provably.

mod anchor;
mod archive;
pub(super) mod cause;
mod erase;
mod export;
mod hold;
mod record;
mod retain;
mod rotate;
mod search;
mod select;
mod verify;
mod witness;

use anyhow::{Context as _, Result, bail};
use syndic_ledger::LedgerError;
use syndic_ledger::admin::{Admin, AdminError};

use super::UsageError;
use crate::cli::{Cli, LedgerArgs, LedgerCommand};
use crate::exit::Exit;
use crate::ledger::{OpenLedger, StateLedger};
use crate::printer;
use crate::state::State;

/// Does what was asked of the ledger of the state folder.
pub(crate) fn run(cli: &Cli, args: &LedgerArgs) -> Result<Exit> {
    match &args.command {
        LedgerCommand::Checkpoint => {
            let open = open(cli)?;
            printer::result(&open.ledger.checkpoint()?.note)?;
            Ok(Exit::Clean)
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
        LedgerCommand::Rotate { cause } => rotate::run(cli, cause),
    }
}

/// Opens the ledger of the state folder; one that is damaged is refused.
fn open(cli: &Cli) -> Result<OpenLedger> {
    let ledger = StateLedger::of(&cli.state);
    if !ledger.exists() {
        bail!("no ledger in {}: run `syndic assess PATH` first, or name the folder with --state", cli.state.display());
    }
    ledger.open(&State::existing(&cli.state)?.signing_key()?)
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
