//! Whether the keys of a ledger open with its master key, which lies beside it: with public keys alone nobody can tell
//! a key from bytes that look like one.

use anyhow::Result;
use syndic_ledger::disk::RealDisk;
use syndic_ledger::keys::{KeyError, MasterKey, slots_not_opening};

use super::StateLedger;
use super::master::MasterFile;

impl StateLedger {
    /// Returns the slots whose keys do not open with the master key; nothing if no master key is here. Only reads.
    ///
    /// # Errors
    /// The master key cannot be used or is another's; the key store cannot be read.
    pub(crate) fn keys_not_opening(&self) -> Result<Option<Vec<u64>>, KeyError> {
        let master = MasterFile::at(&self.master);
        if !master.path().exists() {
            return Ok(None);
        }
        let disk = RealDisk::new(&self.folder);
        match slots_not_opening(&disk, &MasterKey::read(master.path())?) {
            // A rotation that was cut short; the next opening puts the key in its place.
            Err(wrong @ KeyError::WrongMaster { .. }) => {
                let next = MasterKey::read(&master.next()).map_err(|_| wrong)?;
                slots_not_opening(&disk, &next).map(Some)
            }
            slots => slots.map(Some),
        }
    }
}
