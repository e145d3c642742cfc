//! A backup of the key store brings lost keys back, and takes none away that was made since.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of tests")]

use std::sync::Arc;

use syndic_ledger::admin::{Admin, MergedKeys};
use syndic_ledger::disk::{Disk, SimDisk, read_file, write_all_at};
use syndic_ledger::keys::{KeyBackup, KeyError, MasterKey};
use syndic_ledger::{Content, Random as _};

#[allow(dead_code, reason = "not every helper is needed here")]
#[path = "retention/bench.rs"]
mod bench;

use bench::{Bench, append, cause, content, master, plain};

const SLOTS: &str = "keys/slots";
/// Where the slots begin.
const HEADER: usize = 8_192;

fn bench() -> (Bench, SimDisk) {
    let disk = SimDisk::new(1);
    (Bench::new(Arc::new(disk.clone())), disk)
}

fn slots(disk: &SimDisk) -> Vec<u8> {
    read_file(disk, SLOTS, u64::MAX).unwrap().unwrap()
}

/// Closes the ledger, puts another key store in its place, and opens the ledger again.
fn put_back(bench: &Bench, disk: &SimDisk, admin: Admin, slots: &[u8]) -> Admin {
    admin.ledger().close().unwrap();
    drop(admin);
    assert!(disk.tamper(SLOTS, |file| *file = slots.to_vec()));
    bench.open()
}

fn backup(slots: &[u8], master: &MasterKey) -> Result<KeyBackup, KeyError> {
    let disk = SimDisk::new(2);
    write_all_at(disk.create("slots").unwrap().as_ref(), slots, 0).unwrap();
    KeyBackup::open(&disk, "slots", master)
}

fn merge(admin: &Admin, slots: &[u8]) -> MergedKeys {
    admin.merge_keys(&backup(slots, &master(1)).unwrap()).unwrap()
}

/// The numbers of the lost slots.
fn lost(admin: &Admin) -> Vec<u64> {
    admin.lost_keys().unwrap().iter().map(|key| key.slot).collect()
}

#[test]
fn a_store_put_back_to_before_later_appends_gets_the_newer_keys_back_and_loses_none() {
    let (bench, disk) = bench();
    let admin = bench.create();
    let first = append(&admin, "anna", "one");
    let old = slots(&disk);
    let second = append(&admin, "bert", "two");
    let newer = slots(&disk);
    let admin = put_back(&bench, &disk, admin, &old);
    assert!(matches!(content(&admin, second), Content::Sealed(_)));
    // Who goes on makes keys that neither copy has.
    let third = append(&admin, "carla", "three");
    let all = [first, second, third];
    let missing = lost(&admin);
    assert_eq!(missing.len(), 1);
    assert_eq!(merge(&admin, &newer), MergedKeys { taken: missing, lost: vec![] });
    assert_eq!(all.map(|index| content(&admin, index)), ["one", "two", "three"].map(plain));
    let present = slots(&disk);
    let admin = put_back(&bench, &disk, admin, &present);
    assert_eq!(all.map(|index| content(&admin, index)), ["one", "two", "three"].map(plain));
    assert!(lost(&admin).is_empty());
    // An older backup takes nothing away.
    assert_eq!(merge(&admin, &old), MergedKeys::default());
    assert_eq!(slots(&disk), present);
}

#[test]
fn what_was_erased_since_the_backup_stays_erased() {
    let (bench, disk) = bench();
    let admin = bench.create();
    let (anna, bert) = (append(&admin, "anna", "one"), append(&admin, "bert", "two"));
    let whole = slots(&disk);
    admin.erase("anna", &cause()).unwrap();
    let mut emptied = slots(&disk);
    emptied[HEADER..].fill(0);
    let admin = put_back(&bench, &disk, admin, &emptied);
    assert_eq!(content(&admin, anna), Content::Erased);
    let missing = lost(&admin);
    let merged = merge(&admin, &whole);
    // The key of the erasure's own reason was made after the backup.
    let late: Vec<u64> = merged.lost.iter().map(|key| key.slot).collect();
    assert_eq!([merged.taken, late.clone()].concat(), missing);
    assert_eq!(late.len(), 1);
    assert_eq!([content(&admin, anna), content(&admin, bert)], [Content::Erased, plain("two")]);
    let present = slots(&disk);
    let admin = put_back(&bench, &disk, admin, &present);
    assert_eq!(admin.revived(), [], "no destroyed key came back");
    assert_eq!([content(&admin, anna), content(&admin, bert)], [Content::Erased, plain("two")]);
}

#[test]
fn a_backup_from_before_a_rotation_opens_with_the_master_key_of_its_time() {
    let (bench, disk) = bench();
    let admin = bench.create();
    let index = append(&admin, "anna", "one");
    let whole = slots(&disk);
    admin.rotate(&master(2), &cause()).unwrap();
    admin.ledger().close().unwrap();
    drop(admin);
    disk.tamper(SLOTS, |file| file[HEADER..].fill(0));
    let admin = bench.try_open(2).unwrap();
    let missing = lost(&admin);
    assert!(!missing.is_empty());
    assert!(matches!(backup(&whole, &master(2)), Err(KeyError::WrongMaster { .. })));
    let merged = admin.merge_keys(&backup(&whole, &master(1)).unwrap()).unwrap();
    assert!(merged.taken.iter().all(|slot| missing.contains(slot)) && !merged.taken.is_empty(), "{merged:?}");
    assert_eq!(content(&admin, index), plain("one"));
    admin.ledger().close().unwrap();
    drop(admin);
    assert_eq!(content(&bench.try_open(2).unwrap(), index), plain("one"), "it is under the present master key");
}

#[test]
fn a_backup_of_another_ledger_is_refused_and_a_key_it_lacks_stays_lost() {
    let (bench, disk) = bench();
    let admin = bench.create();
    let empty = slots(&disk);
    let index = append(&admin, "anna", "one");
    let admin = put_back(&bench, &disk, admin, &empty);
    let merged = merge(&admin, &empty);
    assert_eq!((merged.taken, merged.lost.len()), (vec![], 1));
    let (other, other_disk) = self::bench();
    // Other random bytes make another ledger.
    other.random.fill(&mut [0; 7]).unwrap();
    drop(other.create());
    let foreign = backup(&slots(&other_disk), &master(1)).unwrap();
    let refused = admin.merge_keys(&foreign).unwrap_err().to_string();
    assert!(refused.contains("another ledger"), "{refused}");
    assert!(matches!(backup(b"", &master(1)), Err(KeyError::BadHeader { .. })));
    assert!(matches!(content(&admin, index), Content::Sealed(_)));
}
