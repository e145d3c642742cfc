//! `syndic artifact`: what loading model files does, without loading them.

mod explain;
mod folder;
mod human;
mod sarif;
mod scan;
mod scanned;

use anyhow::Result;

use crate::cli::ArtifactCommand;
use crate::exit::Exit;

/// Does what was asked.
pub(crate) fn run(command: &ArtifactCommand) -> Result<Exit> {
    match command {
        ArtifactCommand::Scan(args) => scan::run(args),
        ArtifactCommand::Explain(args) => explain::run(args),
    }
}
