//! The files records stand in: fixed in size, filled with zeros beforehand, named by their first record.
//!
//! A segment gets its name only when all its zeros are durable, so a segment under its name is whole or was damaged.
//! Zeros are prepared ahead as a spare, off the writer's path.

use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::{Disk, DiskFile};
use crate::error::{Result, while_doing};

/// The folder of segments.
pub(crate) const FOLDER: &str = "segments";
/// Digits of a segment's name: those of the largest index.
const DIGITS: usize = 20;
/// A segment not yet in use.
const SPARE: &str = "segments/spare.tmp";

/// Returns the path of the segment that starts with record `first`.
pub(crate) fn path_of(first: u64) -> String {
    format!("{FOLDER}/{first:0DIGITS$}.seg")
}

/// Lists the first records of all segments, ascending; names that are no segment's are passed over.
///
/// # Errors
/// What the disk reports.
pub(crate) fn list(disk: &dyn Disk) -> Result<Vec<u64>> {
    let names = disk.list(FOLDER).map_err(while_doing("list", FOLDER))?;
    let mut firsts: Vec<u64> = names.iter().filter_map(|name| first_of(name)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

fn first_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg").filter(|digits| digits.len() == DIGITS)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Prepares segments and hands them out.
pub(crate) struct Spare {
    disk: Arc<dyn Disk>,
    bytes: u64,
    ready: Mutex<Option<Arc<dyn DiskFile>>>,
}

impl Spare {
    /// Makes segments of `bytes` bytes; removes a spare an earlier process left, which may be half made.
    pub(crate) fn new(disk: Arc<dyn Disk>, bytes: u64) -> Result<Self> {
        match disk.remove(SPARE) {
            Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => {
                Err(while_doing("remove", SPARE)(problem))
            }
            _ => Ok(Self { disk, bytes, ready: Mutex::new(None) }),
        }
    }

    /// Prepares a segment unless one is ready.
    pub(crate) fn prepare(&self) -> Result<()> {
        self.with_ready(|_| Ok(()))
    }

    /// Gives the prepared segment its name, durably; prepares one first if none is ready.
    pub(crate) fn take(&self, first: u64) -> Result<Arc<dyn DiskFile>> {
        let path = path_of(first);
        self.with_ready(|ready| {
            self.disk.rename(SPARE, &path).map_err(while_doing("rename", &path))?;
            self.disk.sync_dir(FOLDER).map_err(while_doing("sync", FOLDER))?;
            ready.take().ok_or(crate::LedgerError::Closed)
        })
    }

    fn with_ready<T>(&self, then: impl FnOnce(&mut Option<Arc<dyn DiskFile>>) -> Result<T>) -> Result<T> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.is_none() {
            *ready = Some(self.make()?);
        }
        then(&mut ready)
    }

    fn make(&self) -> Result<Arc<dyn DiskFile>> {
        let made = self.disk.create(SPARE).and_then(|file| {
            file.preallocate(self.bytes)?;
            file.sync_data()?;
            Ok(file)
        });
        made.map_err(|problem| {
            // A half made spare would stand in the way of the next try; if it stays, that try says so.
            drop(self.disk.remove(SPARE));
            while_doing("preallocate", SPARE)(problem)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Faults, SimDisk};

    #[test]
    fn a_segment_is_found_by_its_first_record() {
        let disk = SimDisk::new(1);
        let spare = Spare::new(Arc::new(disk.clone()), 64).unwrap();
        for first in [0, 7, 300] {
            assert_eq!(spare.take(first).unwrap().len().unwrap(), 64);
        }
        disk.create("segments/other.seg").unwrap();
        assert_eq!(list(&disk).unwrap(), [0, 7, 300]);
    }

    #[test]
    fn a_named_segment_survives_a_loss_of_power_whole() {
        for seed in 0..50 {
            let disk = SimDisk::new(seed);
            Spare::new(Arc::new(disk.clone()), 2048).unwrap().take(5).unwrap();
            disk.lose_power();
            assert_eq!(list(&disk).unwrap(), [5]);
            assert_eq!(disk.open(&path_of(5)).unwrap().len().unwrap(), 2048);
        }
    }

    #[test]
    fn a_full_disk_leaves_no_half_segment_in_the_way() {
        let disk = SimDisk::new(3);
        let spare = Spare::new(Arc::new(disk.clone()), 64).unwrap();
        disk.set_faults(Faults { no_space: 1000, ..Faults::default() });
        assert!(matches!(spare.take(0), Err(crate::LedgerError::Full { .. })));
        disk.set_faults(Faults::default());
        spare.take(0).unwrap();
    }
}
