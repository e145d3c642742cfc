//! `syndic ledger witness add | remove | list`: who is asked to cosign.

use anyhow::{Context as _, Result};
use syndic_witness::Address;

use crate::cli::{Cli, WitnessAddArgs};
use crate::commands::UsageError;
use crate::commands::ledger::{cause, open};
use crate::exit::Exit;
use crate::ledger::{Listed, StateLedger, WitnessList};
use crate::printer;
use crate::state::State;

/// Puts a witness on the list, and tells what its operator must know.
pub(super) fn add(cli: &Cli, args: &WitnessAddArgs) -> Result<Exit> {
    State::open(&cli.state)?;
    let witness = Listed::new(args.url.clone(), args.keys.clone()).context("a witness needs a key")?;
    let name = witness.key.name().to_owned();
    let before = WitnessList::read(&cli.state)?;
    WitnessList::read(&cli.state)?.add(witness)?;
    record(cli, &before)?;
    let key = match StateLedger::of(&cli.state).log_line()? {
        Some(key) => format!("give its operator the key of this log: {key}"),
        None => "after the first run, `syndic ledger witness list` prints the log's key for its operator".to_owned(),
    };
    printer::say(&format!("every run is submitted to {name} from now on; {key}"));
    Ok(Exit::Clean)
}

/// Lets the log say who witnesses it from now on: a list beside it could be taken away unseen.
fn record(cli: &Cli, before: &WitnessList) -> Result<()> {
    if !StateLedger::of(&cli.state).exists() {
        // The first run records it.
        return Ok(());
    }
    let open = open(cli).context("the list of witnesses is changed, and the ledger does not say so")?;
    open.record_witnesses(&WitnessList::read(&cli.state)?, before, &cause::own())?;
    open.ledger.close().context("the list of witnesses is changed and recorded, and no checkpoint covers that yet")
}

/// Takes a witness off the list.
pub(super) fn remove(cli: &Cli, url: &Address) -> Result<Exit> {
    let before = WitnessList::read(&cli.state)?;
    if WitnessList::read(&cli.state)?.remove(url)? {
        record(cli, &before)?;
        printer::say(&format!("the witness at {url} is asked no more"));
        return Ok(Exit::Clean);
    }
    Err(UsageError(format!("no witness at {url} is on the list: see `syndic ledger witness list`")).into())
}

/// Prints the log's key, the newest witnessed head and the witnesses.
pub(super) fn list(cli: &Cli) -> Result<Exit> {
    let ledger = StateLedger::of(&cli.state);
    let log = match ledger.log_line()? {
        Some(key) => format!("log        {key}\n"),
        None => "log        none yet\n".to_owned(),
    };
    let key = ledger.log_line()?.map(|line| line.parse()).transpose()?;
    let witnessed = match key.map(|key| ledger.newest_witnessed(&key)).transpose()?.flatten() {
        Some(kept) => format!("witnessed  {} records\n", kept.head.size),
        None => "witnessed  nothing yet\n".to_owned(),
    };
    let list = WitnessList::read(&cli.state)?;
    let lines = list.listed().iter().map(|witness| {
        let keys: Vec<String> = witness.keys().map(ToString::to_string).collect();
        format!("witness    {}  {}\n", witness.address, keys.join("  "))
    });
    printer::result(&format!("{log}{witnessed}{}", lines.collect::<String>()))?;
    Ok(Exit::Clean)
}
