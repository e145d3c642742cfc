//! `syndic ledger retain`, through the binary: what is old goes with its bytes, what is held or young stays, and every
//! proof holds.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod ledger_bench;
mod support;

use std::path::PathBuf;

use ledger_bench::{append, assessed, entry, files, holding, ledger, proved};
use serde_json::Value;
use support::Syndic;

const SECRET: &str = "the patient asked about zoster";

/// More records than the first segment takes, in so many bundles of 256 that several segments may go.
fn filled() -> Syndic {
    let syndic = assessed();
    let text = |number: u32| format!("{SECRET} {number:>10000}");
    let requests = (0..530).map(|number| entry(&format!("person {}", number % 5), &text(number)));
    append(syndic.state.path(), requests.collect());
    syndic
}

/// The segments that hold records; one beside them is made ahead.
fn segments(syndic: &Syndic) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = files(&syndic.state.path().join("ledger/segments"));
    files.retain(|(path, _)| path.extension().is_some_and(|ending| ending == "seg"));
    files
}

const DAY_OVER: [&str; 3] = ["--keep-days", "0", "--override-minimum"];

#[test]
fn contents_whose_time_is_over_go_with_their_bytes_and_every_proof_stays() {
    let syndic = filled();
    let (before, all) = (segments(&syndic), proved(&syndic));
    let dry = ledger(&syndic, &[&["retain", "--dry-run"], &DAY_OVER[..]].concat(), 0);
    assert!(dry.contains("would go: the contents of records 0 to "), "{dry}");
    assert_eq!((proved(&syndic).len(), segments(&syndic).len()), (all.len(), before.len()), "looking changes nothing");
    assert!(ledger(&syndic, &["retain", "--keep-days", "0"], 2).contains("--override-minimum"));
    assert!(ledger(&syndic, &[&["retain"], &DAY_OVER[..]].concat(), 2).contains("say --yes"));

    let told = ledger(&syndic, &[&["retain", "--yes"], &DAY_OVER[..]].concat(), 0);
    assert!(told.contains("are gone, in ") && told.contains(" stay: "), "{told}");
    let (left, records) = (segments(&syndic), proved(&syndic));
    assert!(left.len() < before.len());
    let gone: Vec<&Value> = records.iter().filter(|record| record["content_state"] == "retired").collect();
    assert!(gone.len() >= 256 && records.len() == all.len() + 2, "{} of {}", gone.len(), records.len());
    for (was, is) in all.iter().zip(&records) {
        assert_eq!((&was["leaf"], &was["tags"]), (&is["leaf"], &is["tags"]));
    }
    // Ciphertext from the middle of a segment that is gone stands in no file of the state folder.
    let (_, first) = &before[0];
    assert_eq!(holding(syndic.state.path(), &first[30_000..30_064]), Vec::<PathBuf>::new());
    ledger(&syndic, &["verify", "--offline", "--store"], 0);
    let told = ledger(&syndic, &["search", "--text", "zoster", "--limit", "1000"], 0);
    assert!(told.contains(&format!("{} retired", gone.len())), "{told}");
    assert!(ledger(&syndic, &["retain"], 0).contains("contents are kept for 0 days"));
}

#[test]
fn what_a_hold_covers_is_not_retired_and_the_hold_is_named() {
    let syndic = filled();
    ledger(&syndic, &["hold", "place", "case 7", "--subject", "person 3", "--reason", "order"], 0);
    let before = segments(&syndic).len();
    for mode in ["--dry-run", "--yes"] {
        let told = ledger(&syndic, &[&["retain", mode], &DAY_OVER[..]].concat(), 0);
        assert!(told.contains("stay: hold \"case 7\" covers a record there"), "{told}");
    }
    assert!(segments(&syndic).len() >= before);
    assert!(proved(&syndic).iter().all(|record| record["content_state"] == "plain"));
}
