//! `syndic ledger witness submit`: has the newest checkpoint cosigned now.

use anyhow::{Context as _, Result};

use crate::cli::{Cli, WitnessSubmitArgs};
use crate::commands::UsageError;
use crate::commands::ledger::open;
use crate::exit::Exit;
use crate::ledger::{Listed, WitnessList, Witnessing};
use crate::printer;

/// Submits to one witness or to all that were added; prints the checkpoint with the cosignatures.
pub(super) fn run(cli: &Cli, args: &WitnessSubmitArgs) -> Result<Exit> {
    let witnesses = match &args.url {
        Some(url) => vec![Listed::new(url.clone(), args.witness.clone()).context("a witness needs a key")?],
        None => WitnessList::read(&cli.state)?.listed().to_vec(),
    };
    if witnesses.is_empty() {
        let why = "no witness was added: `syndic ledger witness add URL KEY`, or name one here".to_owned();
        return Err(UsageError(why).into());
    }
    let open = open(cli)?;
    let mut asked = Witnessing::with(&cli.state, &witnesses);
    let (checkpoint, said) = asked.submit(&open.ledger, open.log_key())?;
    asked.notes().iter().for_each(|note| printer::say(&format!("NOT cosigned: {note}")));
    open.ledger.close()?;
    let mut exit = if said.len() == witnesses.len() { Exit::Clean } else { Exit::CouldNotCheck };
    for (name, outcome) in &said {
        match outcome {
            Ok(()) => printer::say(&format!("{name} cosigned {} records", checkpoint.head.size)),
            Err(error) => printer::say(&format!("NOT cosigned: {error}")),
        }
        exit = match outcome {
            Err(error) if error.is_loss() => Exit::Findings,
            Err(_) if exit == Exit::Clean => Exit::CouldNotCheck,
            _ => exit,
        };
    }
    printer::result(&checkpoint.note)?;
    Ok(exit)
}
