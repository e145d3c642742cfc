//! `syndic ledger merge-keys`: brings lost keys back from a backup of `keys/slots`, and loses none made since.

use std::path::Path;

use anyhow::{Context as _, Result};
use syndic_ledger::disk::RealDisk;
use syndic_ledger::keys::{KeyBackup, MasterKey};

use super::{act, refusal};
use crate::cli::{Cli, LedgerMergeKeysArgs};
use crate::commands::UsageError;
use crate::exit::Exit;
use crate::printer;

/// Takes what is lost, and says what is lost still.
pub(super) fn run(cli: &Cli, args: &LedgerMergeKeysArgs) -> Result<Exit> {
    let place = args.backup.display();
    let merged = act(cli, |open, admin| {
        let path = args.master_key.as_deref().unwrap_or_else(|| open.master_path());
        let backup = backup(&args.backup, &MasterKey::read(path)?)
            .with_context(|| format!("cannot use the backup {place}, opened with the master key {}", path.display()))?;
        admin.merge_keys(&backup).map_err(refusal)
    })?;
    let slots: Vec<String> = merged.taken.iter().map(u64::to_string).collect();
    printer::result(&match (slots.as_slice(), merged.lost.as_slice()) {
        ([], []) => "no key is lost: nothing was taken\n".to_owned(),
        ([], _) => format!("nothing was taken: {place} has none of the lost keys\n"),
        _ => format!("{} lost key(s) are there again, in slot(s) {}\n", slots.len(), slots.join(", ")),
    })?;
    if merged.lost.is_empty() {
        return Ok(Exit::Clean);
    }
    let records: u64 = merged.lost.iter().map(|key| key.records).sum();
    printer::say(&format!("{} key(s) are lost still, and with them {records} content(s)", merged.lost.len()));
    Ok(Exit::Findings)
}

/// Opens a copy of `keys/slots`, wherever it lies.
fn backup(path: &Path, master: &MasterKey) -> Result<KeyBackup> {
    let name = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_file());
    let Some(name) = name else {
        return Err(UsageError(format!("{} is no file: name a copy of keys/slots", path.display())).into());
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(KeyBackup::open(&RealDisk::new(folder), name, master)?)
}
