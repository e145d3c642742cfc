//! Which keys are lost: kept records need them, they are gone, and no record says that they were erased.
//!
//! What was found is kept (`lost_kept.rs`), so that a ledger with a lost key opens as fast as any other: only the records
//! appended since are read.

use std::collections::BTreeSet;
use std::sync::Arc;

use syndic_tlog::leaf_hash;

use super::administrator::Admin;
use super::error::AdminError;
use super::lost_kept::{self, Asked, Kept};
use super::state::State;
use crate::keys::{LostKey, Pseudonym, slot_of};
use crate::leaf::Leaf;
use crate::read::{StoredRecord, StoredRecords};

/// After reading so many records the finding is kept.
const WORTH_KEEPING_RECORDS: u64 = 1_024;

impl Admin {
    /// Returns the keys that kept records need and that are gone although no record says that they were erased, by slot:
    /// only a backup of `keys/slots` brings them back, see [`Admin::merge_keys`]. Reads nothing where each slot has its
    /// key or an erasure that lists it; else every record once, and later those appended since.
    ///
    /// # Errors
    /// [`AdminError::Ledger`] if the records cannot be read.
    pub fn lost_keys(&self) -> Result<Vec<LostKey>, AdminError> {
        let state = self.state();
        self.lost_as_of(&state)
    }

    pub(super) fn lost_as_of(&self, state: &State) -> Result<Vec<LostKey>, AdminError> {
        let lost = self.find_lost(state)?.lost.into_iter();
        Ok(lost.map(|(slot, records)| LostKey { slot, records }).collect())
    }

    /// Finds what is lost as of a state.
    pub(super) fn find_lost(&self, state: &State) -> Result<Kept, AdminError> {
        let without = self.slots_unaccounted(state);
        let catalogue = &self.ledger.0.shared.catalogue;
        let (first, size) = (catalogue.first(), catalogue.size());
        if without.is_empty() {
            let last = if size > first { self.ledger.0.leaf_bytes(size - 1)? } else { Vec::new() };
            return Ok(Kept { first, size, last_leaf: *leaf_hash(&last).as_bytes(), ..Kept::default() });
        }
        let asked = Asked { without: &without, erasures: state.erasures() };
        let kept = lost_kept::load(self.disk.as_ref(), &self.keys, &asked).filter(|kept| self.is_of_this_log(kept));
        let mut found = kept.unwrap_or_else(|| Kept { first, size: first, ..Kept::default() });
        let start = found.size;
        let mut records = StoredRecords::new(Arc::clone(catalogue), start);
        while let Some(record) = records.step()? {
            if let Some(slot) = lost_with(&record, &asked) {
                *found.lost.entry(slot).or_default() += 1;
            }
            (found.size, found.last_leaf) = (record.index + 1, *leaf_hash(&record.leaf).as_bytes());
        }
        if found.size - start >= WORTH_KEEPING_RECORDS {
            lost_kept::save(&self.disk, &self.keys, &asked, &found);
        }
        Ok(found)
    }

    /// Keeps what was found before an erasure for the state after it: the slots that are without a key since were the
    /// subject's, whose records are erased now, or sealed no record.
    pub(super) fn keep_after_erasing(&self, before: Kept, state: &State) {
        let without = self.slots_unaccounted(state);
        if without.is_empty() || before.size - before.first < WORTH_KEEPING_RECORDS {
            return;
        }
        let mut after = before;
        after.lost.retain(|slot, _| without.contains(slot));
        lost_kept::save(&self.disk, &self.keys, &Asked { without: &without, erasures: state.erasures() }, &after);
    }

    /// The slots without a key that opens, and without an erasure that lists them.
    fn slots_unaccounted(&self, state: &State) -> BTreeSet<u64> {
        let mut without = self.keys.slots_without_key();
        for (_, slot, _) in state.erasures().listed() {
            without.remove(&slot);
        }
        without
    }

    /// What is before a record of this log is of this log: leaf and index are in the hash, and the content's digest.
    fn is_of_this_log(&self, kept: &Kept) -> bool {
        let catalogue = &self.ledger.0.shared.catalogue;
        if kept.first != catalogue.first() || kept.size <= kept.first || kept.size > catalogue.size() {
            return false;
        }
        let leaf = self.ledger.0.leaf_bytes(kept.size - 1);
        leaf.is_ok_and(|leaf| leaf_hash(&leaf).as_bytes() == &kept.last_leaf)
    }
}

/// The slot without which a record's content cannot be read, unless it was erased.
fn lost_with(record: &StoredRecord, asked: &Asked<'_>) -> Option<u64> {
    let slot = slot_of(&record.stored).filter(|slot| asked.without.contains(slot))?;
    let subject = Leaf::parse(&record.leaf).ok().and_then(|leaf| leaf.subject).map(Pseudonym);
    let is_erased =
        subject.is_some_and(|subject| asked.erasures.record_of(&subject, slot, Some(record.index)).is_some());
    (!is_erased).then_some(slot)
}

#[cfg(test)]
mod tests {
    use syndic_attest::SigningKey;

    use super::*;
    use crate::admin::Cause;
    use crate::disk::{Disk, SimDisk, read_file};
    use crate::keys::{Access, KeyStore, MasterKey};
    use crate::{Entry, Ledger, Options, OsRandom, Ports, SystemClock};

    const SLOTS: &str = "keys/slots";
    /// The first copies of slots 0 and 1; the second ones stand 4,096 bytes later.
    const PLACES: [usize; 2] = [8_192, 8_320];

    fn open(sim: &SimDisk, is_new: bool) -> Admin {
        let disk: Arc<dyn Disk> = Arc::new(sim.clone());
        let (master, random) = (MasterKey::from_bytes([1; 32].into()), Arc::new(OsRandom));
        let keys = if is_new {
            KeyStore::create(Arc::clone(&disk), random, &master).unwrap()
        } else {
            KeyStore::open(Arc::clone(&disk), random, &master, Access::Write).unwrap().0
        };
        let keys = Arc::new(keys);
        let ports = Ports { disk: Arc::clone(&disk), clock: Arc::new(SystemClock), sealer: keys.clone() };
        let options = Options { segment_bytes: 1 << 15, ..Options::new("a.example/l", SigningKey::from_seed([1; 32])) };
        let ledger =
            if is_new { Ledger::create(&ports, &options).unwrap() } else { Ledger::open(&ports, &options).unwrap().0 };
        Admin::open(ledger, keys, disk).unwrap()
    }

    fn append(admin: &Admin, subject: &str, records: u64) {
        let entry = |_| Entry { kind: "k".to_owned(), subject: Some(subject.to_owned()), ..Entry::default() };
        admin.ledger.append((0..records).map(entry).collect()).unwrap();
    }

    fn reopened(sim: &SimDisk, admin: Admin) -> Admin {
        admin.ledger.close().unwrap();
        drop(admin);
        open(sim, false)
    }

    fn lose(sim: &SimDisk, place: usize) {
        for start in [place, place + 4_096] {
            sim.tamper(SLOTS, |file| file[start..start + 128].fill(0));
        }
    }

    /// A log of two subjects whose first one's key is lost, and found to be.
    fn with_loss() -> (SimDisk, Admin) {
        let sim = SimDisk::new(1);
        let admin = open(&sim, true);
        append(&admin, "anna", 700);
        append(&admin, "bert", 900);
        lose(&sim, PLACES[0]);
        let admin = reopened(&sim, admin);
        assert_eq!(admin.lost_keys().unwrap(), [LostKey { slot: 0, records: 700 }]);
        (sim, admin)
    }

    /// Makes reading every record fail, and nothing else.
    fn break_reading(sim: &SimDisk) {
        let path = crate::segment::path_of(0);
        sim.tamper(&path, |file| file[5_000] ^= 1);
    }

    #[test]
    fn what_was_found_is_not_looked_for_again_and_what_is_appended_is() {
        let (sim, admin) = with_loss();
        append(&admin, "carl", 3);
        let admin = reopened(&sim, admin);
        break_reading(&sim);
        assert_eq!(admin.lost_keys().unwrap(), [LostKey { slot: 0, records: 700 }]);
        assert!(admin.ledger.tail(0).any(|record| record.is_err()), "reading every record would have failed");
    }

    #[test]
    fn another_loss_an_erasure_or_another_file_is_looked_for_anew() {
        let (sim, admin) = with_loss();
        lose(&sim, PLACES[1]);
        let admin = reopened(&sim, admin);
        let both = [LostKey { slot: 0, records: 700 }, LostKey { slot: 1, records: 900 }];
        assert_eq!(admin.lost_keys().unwrap(), both);
        admin.erase("anna", &Cause::default()).unwrap();
        assert_eq!(admin.lost_keys().unwrap(), both[1..]);
        let kept = read_file(&sim, lost_kept::PATH, u64::MAX).unwrap().unwrap();
        for at in [0, 20, kept.len() - 1] {
            sim.tamper(lost_kept::PATH, |file| file[at] ^= 1);
            assert_eq!(admin.lost_keys().unwrap(), both[1..]);
        }
    }

    #[test]
    fn a_finding_about_another_log_is_not_believed() {
        let (other, _admin) = with_loss();
        let kept = read_file(&other, lost_kept::PATH, u64::MAX).unwrap().unwrap();
        let sim = SimDisk::new(2);
        let admin = open(&sim, true);
        append(&admin, "anna", 800);
        append(&admin, "bert", 800);
        lose(&sim, PLACES[0]);
        let admin = reopened(&sim, admin);
        admin.lost_keys().unwrap();
        sim.tamper(lost_kept::PATH, |file| *file = kept);
        assert_eq!(admin.lost_keys().unwrap(), [LostKey { slot: 0, records: 800 }]);
    }
}
