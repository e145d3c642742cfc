//! Handles of the simulated disk: an open file, and the lock. They are dead after a restart.

use std::io;
use std::sync::MutexGuard;

use super::faults::{input_output_error, power_is_off};
use super::sim::{SimDisk, State};
use super::{DiskFile, DiskLock, write_all_at};

/// The folder held by one owner.
pub(super) struct SimLock {
    pub(super) disk: SimDisk,
    pub(super) boot: u64,
}

impl DiskLock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.boot == self.boot {
            state.is_locked = false;
        }
    }
}

/// An open file of the simulated disk.
pub(super) struct SimFile {
    pub(super) disk: SimDisk,
    pub(super) inode: usize,
    pub(super) boot: u64,
}

impl SimFile {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.boot == self.boot { Ok(state) } else { Err(power_is_off()) }
    }
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.state()?;
        state.check()?;
        Ok(state.inodes.get(self.inode).map_or(0, |inode| inode.visible.len() as u64))
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.state()?;
        state.check()?;
        let chance = state.faults.read_error;
        if state.random.happens(chance) {
            return Err(input_output_error());
        }
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = state.inodes.get(self.inode).and_then(|inode| inode.visible.get(from..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(into), Some(rest)) = (into.get_mut(..count), rest.get(..count)) {
            into.copy_from_slice(rest);
        }
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.state()?.write(self.inode, bytes, offset)
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        let zeros = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
        write_all_at(self, &zeros, 0)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.state()?.sync(self.inode)
    }
}
