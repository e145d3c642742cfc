//! Asks the witnesses that were added whether they know more of a log than it has: what a copy cannot tell of itself.

use std::path::Path;

use anyhow::Result;
use syndic_ledger::SignedCheckpoint;
use syndic_ledger::witness::Standing;

use crate::exit::Exit;
use crate::ledger::Witnessing;

/// What the witnesses said, in lines, and what follows from it.
pub(crate) struct Outcome {
    pub(crate) lines: Vec<String>,
    pub(crate) exit: Exit,
}

/// Asks each witness of a state folder about the log's newest checkpoint.
///
/// # Errors
/// Their list cannot be read.
pub(crate) fn ask(state: &Path, newest: &SignedCheckpoint) -> Result<Outcome> {
    let size = newest.head.size;
    let mut witnesses = Witnessing::of(state)?;
    let mut outcome = Outcome { lines: witnesses.notes(), exit: Exit::Clean };
    if !outcome.lines.is_empty() {
        outcome.exit = Exit::CouldNotCheck;
    }
    for (name, said) in witnesses.standings(newest) {
        let line = match &said {
            Ok(Standing::Same) => format!("the witness {name} has seen these {size} records and no more"),
            Ok(Standing::Fewer(seen)) => format!("the witness {name} has seen {seen} records, not yet the {size}"),
            Err(error) if error.is_loss() => format!("rolled back: {error}"),
            Err(error) => format!("not known whether it was rolled back: {error}"),
        };
        outcome.lines.push(line);
        outcome.exit = match said {
            Err(error) if error.is_loss() => Exit::Findings,
            Err(_) if outcome.exit == Exit::Clean => Exit::CouldNotCheck,
            _ => outcome.exit,
        };
    }
    Ok(outcome)
}
