//! `syndic artifact`: what loading model files does, without loading them.

mod clamd;
mod convert;
mod explain;
mod folder;
mod human;
mod layout;
mod local;
mod quarantine;
mod remote;
mod sarif;
mod scan;
mod scanned;
mod standard_input;
mod watch;
mod yara;

use anyhow::Result;

use crate::cli::{ArtifactCommand, Cli};
use crate::exit::Exit;

/// Does what was asked.
pub(crate) fn run(cli: &Cli, command: &ArtifactCommand) -> Result<Exit> {
    match command {
        ArtifactCommand::Scan(args) => scan::run(args),
        ArtifactCommand::Explain(args) => explain::run(args),
        ArtifactCommand::Convert(args) => convert::run(args),
        ArtifactCommand::Quarantine(args) => quarantine::run(cli, args),
        ArtifactCommand::Watch(args) => watch::run(cli, args),
    }
}
