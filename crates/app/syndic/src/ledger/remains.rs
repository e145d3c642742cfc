//! What is left of a ledger whose description is gone, in the state folder and in its own.

use std::fs;
use std::path::Path;

use anyhow::Result;
use syndic_ledger::disk::RealDisk;
use syndic_ledger::keys::were_keys_given_out;
use syndic_ledger::{CHECKPOINT_PATH, DESCRIPTION_PATH};

use super::StateLedger;
use super::witnessed::Witnessed;

/// Folders of a ledger in which nothing lies before its description is written.
const FILLED_LATER: [&str; 5] = ["segments", "tile", "admin", "contents", "index"];

impl StateLedger {
    /// Says whether a description or a checkpoint is there, so that the log can be verified.
    pub(crate) fn is_begun(&self) -> bool {
        [DESCRIPTION_PATH, CHECKPOINT_PATH].iter().any(|name| is_there(&self.folder.join(name)))
    }

    /// Returns what tells, besides the store, that there was a ledger, in words; nothing where none ever was, or a first
    /// opening was cut short.
    ///
    /// # Errors
    /// What witnesses are known to have seen cannot be read.
    pub(crate) fn remains(&self) -> Result<Vec<String>> {
        let mut told = Vec::new();
        if let Some(size) = Witnessed::of(&self.state).claimed_size()? {
            told.push(format!("witnesses have seen {size} records of it"));
        }
        // The folder is made before the key, so a key without a folder is no first opening that was cut short.
        if is_there(&self.master) && !is_there(&self.folder) {
            told.push("the key that was made with it, ledger-master.key, is there".to_owned());
        }
        if is_there(&self.folder.join(CHECKPOINT_PATH)) {
            told.push(format!("its {CHECKPOINT_PATH} is there without {DESCRIPTION_PATH}"));
        }
        let filled = FILLED_LATER.iter().filter(|name| is_filled(&self.folder.join(name)));
        told.extend(filled.map(|name| format!("its {name}/ is there without {DESCRIPTION_PATH}")));
        if were_keys_given_out(&RealDisk::new(&self.folder)) {
            told.push(format!("keys were given out in its keys/slots, which is there without {DESCRIPTION_PATH}"));
        }
        Ok(told)
    }
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn is_filled(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
