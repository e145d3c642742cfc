//! `syndic ledger rotate`: a new master key, under which the keys of all subjects are put.

use anyhow::Result;
use syndic_ledger::admin::AdminError;

use super::{act, cause, refusal};
use crate::cli::{CauseArgs, Cli};
use crate::exit::Exit;
use crate::printer;

/// Rotates, and says what to do with copies of the old key.
pub(super) fn run(cli: &Cli, args: &CauseArgs) -> Result<Exit> {
    // What the user got wrong is told from what could not be done.
    let told = |error: anyhow::Error| error.downcast::<AdminError>().map_or_else(|other| other, refusal);
    let cause = cause::of(args)?;
    let (rotation, path) = act(cli, |open, _| open.rotate(&cause).map_err(told))?;
    printer::result(&format!(
        "{} key(s) are under a new master key, generation {}, in {}\n",
        rotation.rewrapped,
        rotation.generation,
        path.display()
    ))?;
    printer::say(
        "back up the new key, and destroy every copy of the old one: it opens only older copies of the ledger",
    );
    if rotation.damaged.is_empty() {
        return Ok(Exit::Clean);
    }
    printer::say(&format!(
        "error: {} key slot(s) could not be opened and were carried over as they are: bring them back from a backup \
         with `syndic ledger merge-keys FILE` to read what they seal",
        rotation.damaged.len()
    ));
    Ok(Exit::CouldNotCheck)
}
