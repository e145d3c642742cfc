//! What was not looked at is counted alike at the top and below, however long the list is.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use syndic_evidence::{SkipReason, Skipped};
use syndic_report::{Style, terminal};

/// Returns the summary's first banner and its section about what was not looked at.
fn told(faults: u64, by_design: u64) -> (String, String) {
    let mut assessment = support::acme();
    assessment.run.coverage.skipped.clear();
    (assessment.run.coverage.skipped_total, assessment.run.coverage.faults) = (0, 0);
    for number in 0..by_design + faults {
        let reason = if number < by_design { SkipReason::OutOfScope } else { SkipReason::Unreadable };
        assessment.run.coverage.skip(Skipped { path: format!("place-{number}"), reason, detail: "why".to_owned() });
    }
    let text = terminal(&assessment, &Style { is_coloured: false, width: 140, is_stored: false });
    let section = text.split_once("\nNot looked at").map_or("", |(_, after)| after);
    (
        text.lines().nth(2).unwrap().to_owned(),
        section.split_once("\n\n").map_or(section, |(section, _)| section).to_owned(),
    )
}

#[test]
fn the_reasons_and_what_is_not_listed_make_the_sum_at_the_top() {
    for faults in [1, 7, 30_000_u64] {
        let (top, below) = told(faults, 2);
        let noun = if faults == 1 { "place" } else { "places" };
        assert!(top.ends_with(&format!("{faults} {noun} not looked at, 2 places left out of scope")), "{top}");
        let number = |line: &str, word: &str| {
            let before = line.split_once(word)?.0;
            before.split_whitespace().last()?.parse::<u64>().ok()
        };
        let listed: u64 = below.lines().filter_map(|line| number(line, " unreadable")).sum();
        let unlisted: u64 = below.lines().filter_map(|line| number(line, " places that are not listed")).sum();
        assert_eq!(listed + unlisted, faults, "{below}");
    }
}

#[test]
fn what_was_left_out_by_design_alone_leaves_the_run_complete() {
    let (top, below) = told(0, 3);
    assert!(top.ends_with("all looked at but 3 places left out of scope") && below.is_empty(), "{top}\n{below}");
}
