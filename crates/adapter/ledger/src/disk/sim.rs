//! A disk in memory that behaves as badly as POSIX lets it: seeded, so that every failure can be run again.
//!
//! Writes are visible at once and durable after a sync; names are durable after the sync of their folder, and names
//! not synced survive as a prefix, as a journal keeps them. [`SimDisk::lose_power`] drops, tears and reorders the rest.
//! [`Faults`] adds errors, short writes, and syncs that lie.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::faults::{Faults, SplitMix, input_output_error, no_space, power_is_off};
use super::sim_file::{SimFile, SimLock};
use super::sim_inode::SimInode;
use super::{Disk, DiskFile, DiskLock, folder_of};

#[derive(Debug, Clone)]
enum NameChange {
    Put(String, usize),
    Remove(String),
    Rename(String, String),
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) faults: Faults,
    pub(super) random: SplitMix,
    operations: u64,
    is_off: bool,
    /// Small writes go past the page cache in whole blocks, as on ext4 and XFS.
    pub(super) is_direct: bool,
    pub(super) is_locked: bool,
    /// Handles and locks of an earlier boot are dead.
    pub(super) boot: u64,
    pub(super) inodes: Vec<SimInode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pending_names: Vec<NameChange>,
}

/// A simulated disk; clones are the same disk.
#[derive(Debug, Clone)]
pub struct SimDisk(Arc<Mutex<State>>);

impl SimDisk {
    /// Makes an empty disk whose accidents follow from `seed`; every second one writes past the page cache.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            faults: Faults::default(),
            random: SplitMix(seed),
            operations: 0,
            is_off: false,
            is_direct: seed % 2 == 1,
            is_locked: false,
            boot: 0,
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
        })))
    }

    /// Chooses how the disk misbehaves from now on; `power_off_at` counts from now.
    pub fn set_faults(&self, faults: Faults) {
        let mut state = self.state();
        state.faults = faults;
        state.operations = 0;
    }

    /// Cuts the power and brings it back: what was not synced is lost, torn or reordered; no fault is set any more.
    pub fn lose_power(&self) {
        let mut state = self.state();
        let State { random, inodes, durable_names, pending_names, .. } = &mut *state;
        for inode in inodes.iter_mut() {
            inode.lose_power(random);
        }
        let kept = usize::try_from(random.below(pending_names.len() as u64 + 1)).unwrap_or(0);
        for change in pending_names.drain(..).take(kept) {
            apply(durable_names, change);
        }
        state.names = state.durable_names.clone();
        state.restart();
    }

    /// Ends the process that used the disk, but not the machine: what was written stays visible.
    pub fn kill_process(&self) {
        self.state().restart();
    }

    /// Returns how many operations were made since [`SimDisk::set_faults`].
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Changes the bytes of a file for good, as an intruder would; false if there is no such file.
    pub fn tamper(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut state = self.state();
        let Some(inode) = state.names.get(path).copied() else { return false };
        let Some(inode) = state.inodes.get_mut(inode) else { return false };
        let mut bytes = inode.visible.clone();
        change(&mut bytes);
        *inode = SimInode::default();
        inode.write(&bytes, 0);
        inode.settle();
        true
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn restart(&mut self) {
        self.faults = Faults::default();
        self.operations = 0;
        self.is_off = false;
        self.is_locked = false;
        self.boot += 1;
    }

    /// Counts an operation; false if the power is off, or goes off with this very operation.
    fn begins(&mut self) -> bool {
        self.operations += 1;
        if self.operations == self.faults.power_off_at {
            self.is_off = true;
        }
        !self.is_off
    }

    pub(super) fn check(&mut self) -> io::Result<()> {
        if self.begins() { Ok(()) } else { Err(power_is_off()) }
    }

    fn change_name(&mut self, change: NameChange) {
        apply(&mut self.names, change.clone());
        self.pending_names.push(change);
    }

    pub(super) fn write(&mut self, inode: usize, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let was_off = self.is_off;
        let outcome = if !self.begins() {
            Err(power_is_off())
        } else if self.random.happens(self.faults.write_error) {
            Err(input_output_error())
        } else if self.random.happens(self.faults.no_space) {
            Err(no_space())
        } else if self.random.happens(self.faults.short_write) {
            Ok(1 + usize::try_from(self.random.below((bytes.len() as u64).saturating_sub(1))).unwrap_or(0))
        } else {
            Ok(bytes.len())
        };
        let taken = match &outcome {
            Ok(taken) => *taken,
            Err(_) if was_off => 0,
            Err(_) => usize::try_from(self.random.below(bytes.len() as u64 + 1)).unwrap_or(0),
        };
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let (Some(bytes), Some(inode)) = (bytes.get(..taken), self.inodes.get_mut(inode)) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if !bytes.is_empty() {
            inode.write(bytes, offset);
        }
        outcome
    }

    pub(super) fn sync(&mut self, inode: usize) -> io::Result<()> {
        self.check()?;
        let State { faults, random, inodes, .. } = self;
        let Some(inode) = inodes.get_mut(inode) else { return Err(io::ErrorKind::NotFound.into()) };
        if random.happens(faults.sync_error) {
            inode.settle_some(random);
            return Err(input_output_error());
        }
        if !random.happens(faults.lying_sync) {
            inode.settle();
        }
        Ok(())
    }
}

fn apply(names: &mut BTreeMap<String, usize>, change: NameChange) {
    match change {
        NameChange::Put(path, inode) => {
            names.insert(path, inode);
        }
        NameChange::Remove(path) => {
            names.remove(&path);
        }
        NameChange::Rename(from, to) => {
            if let Some(inode) = names.remove(&from) {
                names.insert(to, inode);
            }
        }
    }
}

impl Disk for SimDisk {
    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.check()?;
        let chance = state.faults.no_space;
        if state.random.happens(chance) {
            return Err(no_space());
        }
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = state.inodes.len();
        state.inodes.push(SimInode::default());
        state.change_name(NameChange::Put(path.to_owned(), inode));
        Ok(Arc::new(SimFile::new(self.clone(), inode, state.boot)))
    }

    fn open(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.check()?;
        let inode = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(SimFile::new(self.clone(), inode, state.boot)))
    }

    fn create_dir(&self, _folder: &str) -> io::Result<()> {
        self.state().check()
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut state = self.state();
        state.check()?;
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut names: Vec<String> = state
            .names
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix)?.split('/').next())
            .map(str::to_owned)
            .collect();
        names.dedup();
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.check()?;
        if !state.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change_name(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        state.check()?;
        if !state.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change_name(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        let mut state = self.state();
        state.check()?;
        let chance = state.faults.sync_error;
        if state.random.happens(chance) {
            return Err(input_output_error());
        }
        let changes = std::mem::take(&mut state.pending_names);
        for change in changes {
            let (NameChange::Put(path, _) | NameChange::Remove(path) | NameChange::Rename(_, path)) = &change;
            if folder_of(path) == folder {
                apply(&mut state.durable_names, change);
            } else {
                state.pending_names.push(change);
            }
        }
        Ok(())
    }

    fn lock(&self) -> io::Result<Box<dyn DiskLock>> {
        let mut state = self.state();
        if std::mem::replace(&mut state.is_locked, true) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimLock { disk: self.clone(), boot: state.boot }))
    }
}
