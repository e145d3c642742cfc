//! `syndic ledger search`, through the binary: by every condition, in both orders, and honest about what it cannot read.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod ledger_bench;
mod support;

use ledger_bench::{append, assessed, entry, indices, ledger, lines, said};
use support::Syndic;

/// A run, then requests of two people.
fn bench() -> Syndic {
    let syndic = assessed();
    let requests = (0..30).map(|number| {
        let subject = if number % 3 == 0 { "anna" } else { "berta" };
        entry(subject, &format!("{{\"prompt\":\"Grüße Nr. {number}\"}}"))
    });
    append(syndic.state.path(), requests.collect());
    syndic
}

fn found(syndic: &Syndic, conditions: &[&str]) -> Vec<u64> {
    indices(&lines(syndic, &[&["search", "--format", "jsonl"], conditions].concat()))
}

/// What reading every record finds.
fn expected(syndic: &Syndic, is_meant: impl Fn(&serde_json::Value) -> bool) -> Vec<u64> {
    let mut all = lines(syndic, &["export"]);
    all.retain(is_meant);
    indices(&all).into_iter().rev().collect()
}

#[test]
fn each_condition_finds_what_reading_every_record_finds() {
    let syndic = bench();
    let all = expected(&syndic, |_| true);
    assert_eq!(found(&syndic, &[]), all);
    let requests = expected(&syndic, |record| record["kind"] == "gateway.request");
    assert_eq!((requests.len(), found(&syndic, &["--kind", "gateway.request"])), (30, requests.clone()));
    assert_eq!(found(&syndic, &["--actor", "gateway/1"]), requests);
    assert_eq!(found(&syndic, &["--tag", "model=gpt 4"]), requests);
    assert_eq!(found(&syndic, &["--tag", "model=gpt 4", "--tag", "model=other"]), Vec::<u64>::new());
    let anna = found(&syndic, &["--subject", "anna"]);
    assert_eq!(anna.len(), 10);
    let pseudonym =
        lines(&syndic, &["search", "--subject", "anna", "--limit", "1", "--format", "jsonl"])[0]["subject"].clone();
    assert_eq!(expected(&syndic, |record| record["subject"] == pseudonym), anna);
    assert_eq!(found(&syndic, &["--pseudonym", pseudonym.as_str().unwrap()]), anna);
    let of_run = expected(&syndic, |record| record["kind"] != "gateway.request");
    assert_eq!(found(&syndic, &["--subject", "system:t"]), of_run);
}

#[test]
fn a_time_takes_what_is_at_or_after_since_and_before_until() {
    let syndic = bench();
    let first =
        lines(&syndic, &["search", "--kind", "gateway.request", "--oldest-first", "--format", "jsonl"])[0].clone();
    let time = first["time"].as_str().unwrap();
    let before = found(&syndic, &["--until", time]);
    let after = found(&syndic, &["--since", time]);
    assert_eq!(after.last(), first["index"].as_u64().as_ref());
    assert_eq!([after, before].concat(), expected(&syndic, |_| true));
    assert_eq!(found(&syndic, &["--since", "2100-01-01"]), Vec::<u64>::new());
    assert!(ledger(&syndic, &["search", "--since", time, "--until", time], 2).contains("--since must be before"));
    assert!(ledger(&syndic, &["search", "--since", "yesterday"], 2).contains("no time"));
}

#[test]
fn the_newest_come_first_or_the_oldest_if_asked_and_what_the_limit_cuts_is_said() {
    let syndic = bench();
    let all = expected(&syndic, |_| true);
    assert_eq!(found(&syndic, &["--limit", "4"]), all[..4]);
    let oldest = found(&syndic, &["--limit", "4", "--oldest-first"]);
    assert_eq!(oldest, [0, 1, 2, 3]);
    assert!(ledger(&syndic, &["search", "--limit", "4"], 0).contains("4 records, the newest; there are more"));
    let exactly = ledger(&syndic, &["search", "--subject", "anna", "--limit", "10"], 0);
    assert!(exactly.contains("10 records\n") && !exactly.contains("there are more"), "{exactly}");
}

#[test]
fn a_text_is_looked_for_in_the_decrypted_contents_in_capitals_or_not() {
    let syndic = bench();
    let wanted = expected(&syndic, |record| record["content"].as_str().is_some_and(|text| text.contains("Nr. 7")));
    assert_eq!(wanted.len(), 1);
    assert_eq!(found(&syndic, &["--text", "GRÜSSE NR. 7"]), Vec::<u64>::new());
    assert_eq!(found(&syndic, &["--text", "GRÜßE nr. 7"]), wanted);
    assert_eq!(found(&syndic, &["--text", "nr. 7", "--subject", "anna"]), Vec::<u64>::new());
    assert_eq!(found(&syndic, &["--text", "grüße", "--oldest-first", "--limit", "2"]).len(), 2);
    assert!(ledger(&syndic, &["search", "--text", ""], 2).contains("--text"));
}

#[test]
fn after_an_erasure_the_records_are_found_and_their_contents_are_counted_as_unreadable() {
    let syndic = bench();
    ledger(&syndic, &["erase", "--subject", "anna", "--yes"], 0);
    let anna = lines(&syndic, &["search", "--subject", "anna", "--format", "jsonl"]);
    assert_eq!(anna.len(), 10);
    assert!(anna.iter().all(|record| record["content_state"] == "erased" && record["content"].is_null()), "{anna:?}");
    let told = ledger(&syndic, &["search", "--subject", "anna"], 0);
    assert!(told.contains("(erased)") && told.contains("contents that cannot be read: 10 erased"), "{told}");
    let told = ledger(&syndic, &["search", "--text", "Grüße", "--kind", "gateway.request"], 0);
    assert!(told.contains("20 records\n"), "{told}");
    assert!(
        told.contains("10 records meet the other conditions and cannot be searched for the text: 10 erased"),
        "{told}"
    );
}

#[test]
fn a_content_that_should_open_and_does_not_is_no_clean_answer_for_a_text() {
    let syndic = bench();
    // The key slots of one block are torn out: a disk's fault, not an erasure.
    let slots = syndic.state.path().join("ledger/keys/slots");
    let mut bytes = std::fs::read(&slots).unwrap();
    bytes[8_192..].iter_mut().filter(|byte| **byte != 0).for_each(|byte| *byte ^= 0x55);
    std::fs::write(&slots, bytes).unwrap();
    let output = syndic.run(&["ledger", "search", "--text", "Grüße"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("sealed, and they should open"), "{}", said(&output));
    assert_eq!(syndic.run(&["ledger", "export"]).status.code(), Some(3));
}

#[test]
fn words_are_found_whole_by_the_index_and_together_with_other_conditions() {
    let syndic = bench();
    let requests = expected(&syndic, |record| record["kind"] == "gateway.request");
    assert_eq!(found(&syndic, &["--word", "GRÜßE"]), requests);
    assert_eq!(found(&syndic, &["--word", "grüß"]), Vec::<u64>::new(), "a part of a word is no word");
    let wanted = expected(&syndic, |record| record["content"].as_str().is_some_and(|text| text.contains("Nr. 7\"")));
    assert_eq!(found(&syndic, &["--word", "7", "--word", "nr"]), wanted);
    assert_eq!(found(&syndic, &["--word", "7 nr"]), wanted);
    assert_eq!(found(&syndic, &["--word", "7", "--subject", "anna"]), Vec::<u64>::new());
    assert_eq!(found(&syndic, &["--word", "7", "--text", "e Nr. 7", "--subject", "berta"]), wanted);
    // Enough for a block of the index, and more in another run.
    let more =
        (0..2_100).map(|number| entry("carla", &format!("{{\"ticket\":\"case-{number}\",\"prompt\":\"Hallo\"}}")));
    append(syndic.state.path(), more.collect());
    let one = found(&syndic, &["--word", "case-77"]);
    assert_eq!(one.len(), 1);
    assert!(syndic.state.path().join("ledger/contents/roster").exists(), "the index is there");
    assert_eq!(found(&syndic, &["--word", "case-77", "--subject", "anna"]), Vec::<u64>::new());
    assert_eq!(found(&syndic, &["--word", "hallo", "--limit", "3", "--oldest-first"])[0] + 77, one[0]);
    ledger(&syndic, &["erase", "--subject", "carla", "--yes"], 0);
    let told = ledger(&syndic, &["search", "--word", "case-77"], 0);
    assert!(told.contains("0 records\n") && told.contains("2100 erased"), "{told}");
    assert!(ledger(&syndic, &["search", "--word", "..."], 2).contains("has no word"));
}

#[test]
fn a_scan_that_ends_at_its_bound_says_how_far_it_looked_and_is_no_clean_answer() {
    let syndic = bench();
    let told = ledger(&syndic, &["search", "--text", "absent", "--scan", "7"], 3);
    let last = found(&syndic, &["--limit", "1"])[0];
    let reached = last - 6;
    assert!(
        told.contains(&format!("only the newest 7 contents were opened; records older than #{reached} were not")),
        "{told}"
    );
    assert!(told.contains("--word") && told.contains("--scan"), "{told}");
    ledger(&syndic, &["search", "--text", "absent"], 0);
}
