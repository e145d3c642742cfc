//! Asks the witnesses that were added whether they know more of a log than it has: what a copy cannot tell of itself.

use std::path::Path;

use anyhow::Result;
use syndic_attest::note::NoteKey;
use syndic_ledger::SignedCheckpoint;
use syndic_ledger::witness::Standing;

use crate::exit::Exit;
use crate::ledger::{StateLedger, Witnessing};

/// What the witnesses said, in lines, and what follows from it.
pub(crate) struct Outcome {
    pub(crate) lines: Vec<String>,
    pub(crate) exit: Exit,
    /// What a witness saw and nobody knows whether the log extends it: submitting it tells.
    pub(crate) unproved: Vec<String>,
}

/// Asks each witness of a state folder about the newest checkpoint of the log with this key.
///
/// # Errors
/// Their list, or what they are known to have cosigned, cannot be read.
pub(crate) fn ask(state: &Path, newest: &SignedCheckpoint, log: &NoteKey) -> Result<Outcome> {
    let size = newest.head.size;
    // Up to there the log was held to what a witness cosigned.
    let proved = StateLedger::of(state).newest_witnessed(log)?.map_or(0, |kept| kept.head.size);
    let mut witnesses = Witnessing::of(state)?;
    let mut outcome = Outcome { lines: witnesses.notes(), exit: Exit::Clean, unproved: Vec::new() };
    if !outcome.lines.is_empty() {
        outcome.exit = Exit::CouldNotCheck;
    }
    for (name, said) in witnesses.standings(newest) {
        let line = match &said {
            Ok(Standing::Same) => format!("the witness {name} has seen these {size} records and no more"),
            Ok(Standing::Fewer(seen)) if *seen > proved => {
                outcome.unproved.push(format!(
                    "not known whether it was rolled back: the witness {name} has seen {seen} records, and whether these {size} \
                     extend them only `syndic ledger witness submit` tells"
                ));
                continue;
            }
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
