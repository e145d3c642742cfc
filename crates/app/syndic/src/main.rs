//! Syndic: discovers, tests, guards and governs the AI systems of an organisation.
//!
//! This crate is the composition root: it wires collectors, engines, policy, store and reports together. One file a
//! command under `commands/`, the pipeline under `assess/`, one printer.

mod assess;
mod cli;
mod commands;
mod exit;
mod ledger;
mod printer;
mod progress;
mod secrets;
mod state;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use cli::Cli;
use exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Nobody is there to be told when the output itself is closed.
            let _ = error.print();
            return if is_asked_for { Exit::Clean } else { Exit::Usage }.into();
        }
    };
    match commands::run(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            printer::say(&format!("error: {error:#}"));
            commands::exit_for(&error).into()
        }
    }
}
