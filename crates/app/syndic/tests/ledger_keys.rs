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
