//! What tells that a ledger or a store was here that is not here any more: then it is missing, which is a fault, and
//! only where nothing tells of one there is none yet.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use syndic_attest::PublicKey;

use crate::cli::Cli;
use crate::commands::{block_on, open_existing};
use crate::ledger::StateLedger;
use crate::state::State;

const STORE: &str = "syndic.db";
const PUBLIC_KEY: &str = "signing-key.pub.pem";
const PRIVATE_KEY: &str = "signing-key.pem";

/// Something is not as it was left: the command ends with 1, as for everything that was found.
#[derive(Debug)]
pub(in crate::commands) struct Fault(pub(super) String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// Returns why there is no ledger to work on: a [`Fault`] if anything tells that there was one.
///
/// # Errors
/// What could tell cannot be read.
pub(super) fn ledger(cli: &Cli) -> Result<anyhow::Error> {
    let own = StateLedger::of(&cli.state);
    let mut told = own.remains()?;
    match does_store_point(cli) {
        Ok(true) => told.push("the store points to its records".to_owned()),
        Err(unread) if told.is_empty() => return Err(unread),
        // Whatever else tells is enough.
        Ok(false) | Err(_) => {}
    }
    if told.is_empty() {
        return Ok(anyhow!(
            "no ledger in {}: run `syndic assess PATH` first, or name the folder with --state",
            cli.state.display()
        ));
    }
    Ok(Fault(format!(
        "the ledger is missing, in whole or in part: {} is not as a ledger is, and {}; restore it and ledger-master.key from \
         a copy of one moment, or the log from an archive with `syndic ledger restore`; to begin anew, name another folder \
         with --state",
        own.folder().display(),
        told.join(", ")
    ))
    .into())
}

/// Says whether a row of the store points to a record of the ledger.
fn does_store_point(cli: &Cli) -> Result<bool> {
    refuse_odd_store(cli)?;
    if !is_store_there(&cli.state) {
        return Ok(false);
    }
    block_on(async {
        let store = open_existing(cli).await?;
        let rows = store.pointing_rows().await;
        store.close().await;
        Ok(rows?.iter().any(|row| row.index.is_some()))
    })
}

/// Says that the store is missing, where a ledger with so many records is there; nothing if it is not missing.
pub(super) fn store(cli: &Cli, records: u64) -> Option<String> {
    if records == 0 || is_store_there(&cli.state) {
        return None;
    }
    Some(format!(
        "the store is missing: the ledger has {records} records, and {} is not there or empty; restore it from a copy, or \
         begin anew with another --state",
        cli.state.join(STORE).display()
    ))
}

/// An empty file would be made a store on opening, so it is none.
fn is_store_there(state: &Path) -> bool {
    !matches!(fs::metadata(state.join(STORE)), Ok(file) if file.len() == 0)
        && state.join(STORE).symlink_metadata().is_ok()
}

/// Refuses a store that is a pipe or a device: it would be waited for.
///
/// # Errors
/// It is one.
pub(super) fn refuse_odd_store(cli: &Cli) -> Result<()> {
    let path = cli.state.join(STORE);
    if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        bail!("{} is no regular file: remove it, and restore the store from a copy", path.display());
    }
    Ok(())
}

/// Returns the state folder of a ledger that is there, with a store or without.
///
/// # Errors
/// It cannot be used.
pub(super) fn state(cli: &Cli) -> Result<State> {
    refuse_odd_store(cli)?;
    match State::existing(&cli.state) {
        Err(_) if StateLedger::of(&cli.state).is_begun() => State::open(&cli.state),
        found => found,
    }
}

/// Returns the local public key.
///
/// # Errors
/// A [`Fault`] if it is gone and a ledger that it signed is there; it cannot be read.
pub(super) fn public_key(cli: &Cli) -> Result<PublicKey> {
    let is_there = |name: &str| cli.state.join(name).symlink_metadata().is_ok();
    if StateLedger::of(&cli.state).is_begun() && !is_there(PUBLIC_KEY) && !is_there(PRIVATE_KEY) {
        let place = cli.state.join(PUBLIC_KEY);
        return Err(Fault(format!(
            "{} is missing, and a ledger that was signed with its key is there: restore it from a copy, or give the public \
             key with --key",
            place.display()
        ))
        .into());
    }
    state(cli)?.public_key()
}
