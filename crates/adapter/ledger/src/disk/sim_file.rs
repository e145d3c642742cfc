//! Handles of the simulated disk: an open file, and the lock. They are dead after a restart.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::direct::Blocks;
use super::faults::{input_output_error, power_is_off};
use super::sim::{SimDisk, State};
use super::{DiskFile, DiskLock, read_full_at, write_all_at};

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
    /// The way past the page cache, on disks that have one.
    pub(super) blocks: Mutex<Option<Blocks>>,
}

impl SimFile {
    pub(super) fn new(disk: SimDisk, inode: usize, boot: u64) -> Self {
        Self { disk, inode, boot, blocks: Mutex::new(None) }
    }

    fn blocks(&self) -> MutexGuard<'_, Option<Blocks>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills a block as it is seen through the cache.
    fn read_block(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        if read_full_at(self, into, offset)? == into.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

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
        if let Some(blocks) = &mut *self.blocks() {
            blocks.forget();
        }
        self.state()?.write(self.inode, bytes, offset)
    }

    fn write_next_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        if !self.state()?.is_direct {
            return self.write_at(bytes, offset);
        }
        let len = self.len()?;
        let taken = {
            let mut blocks = self.blocks();
            let blocks = blocks.get_or_insert_with(|| Blocks::of_file(len));
            let read = |into: &mut [u8], at| self.read_block(into, at);
            let write = |whole: &[u8], at| self.state()?.write(self.inode, whole, at).map(Some);
            blocks.write(read, write, bytes, offset)?
        };
        taken.map_or_else(|| self.write_at(bytes, offset), Ok)
    }

    fn end_writes(&self) {
        *self.blocks() = None;
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        let zeros = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
        write_all_at(self, &zeros, 0)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.state()?.sync(self.inode)
    }
}

#[cfg(test)]
mod tests {
    use crate::disk::{Disk as _, SimDisk, SplitMix, read_file, write_all_at, write_all_next_at};

    #[test]
    fn writes_past_the_cache_change_only_their_bytes_and_are_lost_like_others() {
        for seed in 0..40 {
            let disk = SimDisk::new(seed);
            let file = disk.create("f").unwrap();
            file.preallocate(64 << 10).unwrap();
            let mut expected = vec![0; 64 << 10];
            let mut random = SplitMix(seed);
            let mut at = 0;
            for round in 1..30_u8 {
                let count = 1 + usize::try_from(random.below(1_900)).unwrap();
                let bytes = vec![round; count];
                if round % 5 == 0 {
                    write_all_at(file.as_ref(), &bytes, at as u64).unwrap();
                } else {
                    write_all_next_at(file.as_ref(), &bytes, at as u64).unwrap();
                }
                expected[at..at + count].copy_from_slice(&bytes);
                at += count;
            }
            assert!(read_file(&disk, "f", u64::MAX).unwrap().unwrap() == expected, "seed {seed}");
            file.sync_data().unwrap();
            disk.sync_dir("").unwrap();
            write_all_next_at(file.as_ref(), &[0xff; 3_000], at as u64).unwrap();
            disk.lose_power();
            let found = read_file(&disk, "f", u64::MAX).unwrap().unwrap();
            assert!(found[..at] == expected[..at], "seed {seed}: what was synced beside it stays");
        }
    }

    #[test]
    fn every_second_disk_writes_whole_blocks_past_the_cache() {
        let operations = |seed| {
            let disk = SimDisk::new(seed);
            let file = disk.create("f").unwrap();
            file.preallocate(1 << 14).unwrap();
            let before = disk.operations();
            write_all_next_at(file.as_ref(), b"few", 10).unwrap();
            disk.operations() - before
        };
        assert_eq!(operations(2), 1, "through the cache");
        assert!(operations(3) > 1, "the rest of the block is read first");
    }
}
