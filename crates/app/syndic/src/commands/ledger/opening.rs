//! `syndic ledger verify` in a state folder: do the keys open with the master key beside the ledger?

use syndic_ledger::keys::KeyError;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::ledger::StateLedger;

/// Returns what is to be said about it, and what follows from it.
pub(super) fn check(cli: &Cli) -> (Vec<String>, Exit) {
    match StateLedger::of(&cli.state).keys_not_opening() {
        Ok(Some(slots)) if slots.is_empty() => (Vec::new(), Exit::Clean),
        Ok(Some(slots)) => {
            let line = |slot: &u64| {
                format!(
                    "forged key: key slot {slot} of keys/slots holds no key of this ledger, it does not open with \
                     ledger-master.key: what it seals cannot be read; restore keys/slots from a backup"
                )
            };
            (slots.iter().map(line).collect(), Exit::Findings)
        }
        Ok(None) => {
            let line = "not checked: no ledger-master.key is here, so whether the keys are this ledger's is not known";
            (vec![line.to_owned()], Exit::Clean)
        }
        Err(wrong @ KeyError::WrongMaster { .. }) => {
            (vec![format!("lost key: ledger-master.key: {wrong}: no content can be read")], Exit::Findings)
        }
        // Verifying has named what is wrong with the store.
        Err(KeyError::BadHeader { .. }) => (Vec::new(), Exit::Clean),
        Err(unread) => (vec![format!("not known whether the keys open: {unread}")], Exit::CouldNotCheck),
    }
}
