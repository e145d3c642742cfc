//! `syndic up` and its state folder: the example it brings along, and a store that goes away.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

#[path = "up_console/process.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "a part of this test")]
mod process;

use std::fs;
use std::time::Duration;

use process::{Up, within};
use support::Syndic;

/// A change must be told within this time.
const FRESH: Duration = Duration::from_secs(20);

const WEAK: &str = "FROM python:latest\nCMD [\"python\", \"-m\", \"http.server\"]\n";

#[test]
fn without_a_path_the_bundled_example_is_assessed_wherever_it_is_started_and_changes_to_it_count() {
    let elsewhere = tempfile::tempdir().unwrap();
    let syndic = Syndic::new();
    let up = Up::start_in(&syndic, elsewhere.path());
    assert!(up.get("/").body.contains("May acme-support be deployed?"));
    let example = syndic.state.path().join("examples/acme-support");
    fs::write(example.join("Dockerfile.added"), WEAK).unwrap();
    within(FRESH, "a change to the copy", &mut || up.get("/findings").body.contains("Dockerfile.added").then_some(()));
    drop(up);
    let again = Up::start_in(&syndic, elsewhere.path());
    assert!(again.get("/findings").body.contains("Dockerfile.added"), "what was changed in the copy stays");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "nothing is left where it was started");
}

#[test]
fn a_store_that_goes_away_is_told_once_and_pages_say_so() {
    let elsewhere = tempfile::tempdir().unwrap();
    let syndic = Syndic::new();
    let up = Up::start_in(&syndic, elsewhere.path());
    let (state, aside) = (syndic.state.path().to_path_buf(), elsewhere.path().join("aside"));
    let example = elsewhere.path().join("tree");
    support::copy_tree(&state.join("examples/acme-support"), &example);
    drop(up);
    let up = Up::start(&syndic, &example);
    fs::rename(&state, &aside).unwrap();
    within(FRESH, "the word that it is gone", &mut || up.said("stderr").contains("is gone").then_some(()));
    for page in ["/", "/findings", "/decisions"] {
        let answer = up.get(page);
        assert_eq!(answer.status, 503, "{page}");
        assert!(answer.body.contains("The store is gone") && answer.body.contains("start it again"), "{}", answer.body);
    }
    fs::write(example.join("Dockerfile.added"), WEAK).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(up.said("stderr").matches("is gone").count(), 1, "{}", up.said("stderr"));
    assert!(!state.exists(), "no other store is made in its place");
    fs::rename(&aside, &state).unwrap();
    within(FRESH, "the store that is back", &mut || {
        let answer = up.get("/findings");
        (answer.status == 200 && answer.body.contains("Dockerfile.added")).then_some(())
    });
}
