//! The key file against the log, through the binary: what is gone without a record was not erased, and what was erased
//! does not come back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod ledger_bench;
mod support;

use std::fs;
use std::path::PathBuf;

use ledger_bench::{append, assessed, entry, holding, ledger, lines, proved};
use serde_json::Value;
use support::Syndic;

const SECRET: &str = "the patient asked about zoster";
const OTHER: &str = "another one asked about the weather";

/// A run, and two requests of Anna's and one of Berta's.
fn bench() -> Syndic {
    let syndic = assessed();
    append(syndic.state.path(), vec![entry("anna", SECRET), entry("berta", OTHER), entry("anna", SECRET)]);
    syndic
}

fn contents(records: &[Value]) -> Vec<&str> {
    records.iter().filter_map(|record| record["content"].as_str()).collect()
}

fn verified(syndic: &Syndic, code: i32) -> String {
    ledger(syndic, &["verify", "--offline"], code)
}

/// Where the file with the keys is.
const SLOTS: &str = "ledger/keys/slots";

#[test]
fn keys_that_are_gone_without_a_record_are_lost_and_no_erasure_under_a_hold_either() {
    let syndic = bench();
    let state = syndic.state.path();
    ledger(&syndic, &["hold", "place", "case 7", "--subject", "anna", "--reason", "court order 7"], 0);
    let whole = fs::read(state.join(SLOTS)).unwrap();
    let mut zeroed = whole.clone();
    zeroed[8_192..].fill(0);
    fs::write(state.join(SLOTS), zeroed).unwrap();

    let told = verified(&syndic, 1);
    assert!(told.contains("lost key: keys/slots at byte 8192") && told.contains("NOT intact"), "{told}");
    assert!(told.contains("no record says that it was erased"), "{told}");
    for command in [&["export"][..], &["search", "--text", "zoster"]] {
        let told = ledger(&syndic, command, 3);
        assert!(told.contains("sealed") && !told.contains("erased,"), "{told}");
        assert!(!told.contains("\"content_state\":\"erased\""), "{told}");
    }

    fs::write(state.join(SLOTS), vec![0; whole.len()]).unwrap();
    assert!(verified(&syndic, 1).contains("lost key: keys/slots at byte 0"));
    ledger(&syndic, &["export"], 3);
    fs::remove_file(state.join(SLOTS)).unwrap();
    assert!(verified(&syndic, 1).contains("missing: keys/slots"));
    fs::write(state.join(SLOTS), whole).unwrap();
    verified(&syndic, 0);
    assert_eq!(contents(&proved(&syndic)).iter().filter(|content| **content == SECRET).count(), 2);
}

#[test]
fn an_older_key_file_put_back_is_named_by_verify_and_its_erased_keys_are_destroyed_again() {
    let syndic = bench();
    let state = syndic.state.path();
    // So that the log's own key is in the older file too.
    ledger(&syndic, &["hold", "place", "case 7", "--subject", "berta", "--reason", "court order 7"], 0);
    let older = fs::read(state.join(SLOTS)).unwrap();
    ledger(&syndic, &["erase", "--subject", "anna", "--reason", "request 12", "--yes"], 0);
    for command in [&["export"][..], &["rotate"], &["search", "--text", "zoster"]] {
        if command != ["search", "--text", "zoster"] {
            fs::write(state.join(SLOTS), &older).unwrap();
            let told = verified(&syndic, 1);
            assert!(told.contains("erased key is back: keys/slots") && told.contains("NOT intact"), "{told}");
        }
        let told = ledger(&syndic, command, 0);
        assert_eq!(told.contains("WARNING: an older keys/slots was put back"), command[0] != "search", "{told}");
        assert!(!told.contains(SECRET), "{told}");
        verified(&syndic, 0);
    }
    let erased = lines(&syndic, &["export", "--kind", "ledger.erased"]);
    let reasons: Vec<&str> = erased.iter().map(|record| record["content"].as_str().unwrap()).collect();
    assert_eq!(reasons.len(), 3);
    assert!(reasons[0] == "request 12" && reasons[1..].iter().all(|why| why.starts_with("destroyed again")));
    assert!(!contents(&proved(&syndic)).contains(&SECRET));
    assert_eq!(holding(state, SECRET.as_bytes()), Vec::<PathBuf>::new());
}

#[test]
fn a_lost_key_stays_lost_whatever_is_appended_afterwards() {
    let syndic = assessed();
    let state = syndic.state.path();
    let older = fs::read(state.join(SLOTS)).unwrap();
    append(state, vec![entry("anna", SECRET)]);
    // The file put back has not Anna's key; the one cut off has no key at all.
    for (left, case) in [(&older[..], "case 7"), (&older[..8_192], "case 8")] {
        fs::write(state.join(SLOTS), left).unwrap();
        assert!(verified(&syndic, 1).contains("lost key"));
        append(state, vec![entry("carl", OTHER)]);
        let told = ledger(&syndic, &["hold", "place", case, "--subject", "anna", "--reason", "court order 7"], 0);
        assert_eq!(told.matches("cannot be read: the key in slot").count(), 1, "{told}");
        still_lost(&syndic);
    }
    ledger(&syndic, &["rotate"], 0);
    still_lost(&syndic);
}

fn still_lost(syndic: &Syndic) {
    let told = verified(syndic, 1);
    assert!(told.contains("lost key") && !told.contains("the same key slot"), "{told}");
}

#[test]
fn a_backup_brings_lost_keys_back_and_takes_no_newer_ones_away() {
    let syndic = assessed();
    let state = syndic.state.path();
    let older = fs::read(state.join(SLOTS)).unwrap();
    append(state, vec![entry("anna", SECRET)]);
    let newer = fs::read(state.join(SLOTS)).unwrap();
    // Putting the older file back loses Anna's key; Carl's is made after that.
    fs::write(state.join(SLOTS), older).unwrap();
    append(state, vec![entry("carl", OTHER)]);
    assert!(verified(&syndic, 1).contains("lost key"));
    let backup = state.join("backup-of-slots");
    fs::write(&backup, newer).unwrap();
    let backup = backup.to_str().unwrap();
    let told = ledger(&syndic, &["merge-keys", backup], 0);
    assert!(told.contains("1 lost key(s) are there again"), "{told}");
    verified(&syndic, 0);
    let proved = proved(&syndic);
    let contents = contents(&proved);
    assert!(contents.contains(&SECRET) && contents.contains(&OTHER), "{contents:?}");
    assert!(ledger(&syndic, &["merge-keys", backup], 0).contains("no key is lost"));
    ledger(&syndic, &["merge-keys", "/nowhere/slots"], 2);
    // What was erased since does not come back, and a key of another time does not open the backup.
    ledger(&syndic, &["erase", "--subject", "anna", "--reason", "request 12", "--yes"], 0);
    assert!(ledger(&syndic, &["merge-keys", backup], 0).contains("no key is lost"));
    ledger(&syndic, &["rotate"], 0);
    let told = ledger(&syndic, &["merge-keys", backup], 3);
    assert!(told.contains("does not open the key store"), "{told}");
    verified(&syndic, 0);
}

/// The checksum of a slot: CRC-32C over its number and what stands before the checksum. Source: RFC 3720, B.4.
fn crc32c(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 })
    })
}

#[test]
fn a_key_that_somebody_without_the_master_key_wrote_is_named() {
    let syndic = bench();
    let (state, slot) = (syndic.state.path(), 1_u64);
    let mut forged = fs::read(state.join(SLOTS)).unwrap();
    let start = 8_192 + 128;
    // Bytes of the wrapped key, in both copies, with a checksum that fits.
    forged[start + 60..start + 90].fill(0x5a);
    let crc = crc32c(slot.to_be_bytes().into_iter().chain(forged[start..start + 124].iter().copied()));
    forged[start + 124..start + 128].copy_from_slice(&crc.to_be_bytes());
    forged.copy_within(start..start + 128, start + 4_096);
    fs::write(state.join(SLOTS), forged).unwrap();
    let told = verified(&syndic, 1);
    assert!(told.contains("forged key: key slot 1 of keys/slots") && !told.contains("lost key"), "{told}");
    // Without the master key nobody can tell, and it says so.
    fs::rename(state.join("ledger-master.key"), state.join("kept.key")).unwrap();
    let told = verified(&syndic, 0);
    assert!(told.contains("not checked: no ledger-master.key is here"), "{told}");
    // Another's master key opens nothing.
    let other = assessed();
    fs::copy(other.state.path().join("ledger-master.key"), state.join("ledger-master.key")).unwrap();
    assert!(verified(&syndic, 1).contains("lost key: ledger-master.key"), "{}", verified(&syndic, 1));
}
