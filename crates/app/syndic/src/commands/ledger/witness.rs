//! `syndic ledger witness`: have the log witnessed, and be a witness for others.

mod listing;
mod own;
mod serve;
mod standing;
mod submit;

use anyhow::Result;

use crate::cli::{Cli, WitnessCommand};
use crate::exit::Exit;
use crate::printer;
use own::OwnWitness;

pub(super) use standing::{Outcome, ask};

/// Does what was asked about witnesses.
pub(super) fn run(cli: &Cli, command: &WitnessCommand) -> Result<Exit> {
    match command {
        WitnessCommand::Add(args) => listing::add(cli, args),
        WitnessCommand::Remove { url } => listing::remove(cli, url),
        WitnessCommand::List => listing::list(cli),
        WitnessCommand::Submit(args) => submit::run(cli, args),
        WitnessCommand::Serve(args) => serve::run(cli, args),
        WitnessCommand::Key { name } => {
            let own = OwnWitness::open(&cli.state, name.name.as_deref())?;
            printer::result(&format!("{}\n", own.key()))?;
            Ok(Exit::Clean)
        }
        WitnessCommand::AddLog { log, name } => {
            let witness = OwnWitness::open(&cli.state, name.name.as_deref())?.witness()?;
            own::add_log(&witness, log)?;
            Ok(Exit::Clean)
        }
        WitnessCommand::Logs => {
            let witness = OwnWitness::open(&cli.state, None)?.witness()?;
            for (origin, key, head) in witness.logs() {
                printer::result(&format!("{origin}  {} records  {key}\n", head.size))?;
            }
            Ok(Exit::Clean)
        }
    }
}
