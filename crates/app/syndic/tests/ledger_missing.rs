//! What was deleted is named as missing, not taken for a folder in which nothing was ever recorded.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use support::Syndic;

/// A state folder after one run.
fn assessed() -> Syndic {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), "import openai\nopenai.OpenAI().responses.create(model='gpt-4o')\n")
        .unwrap();
    let syndic = Syndic::new();
    syndic.assess(folder.path(), &[]);
    syndic
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Both forms of `verify` end with 1, and say this.
#[track_caller]
fn assert_missing(syndic: &Syndic, words: &[&str]) {
    for args in [&["ledger", "verify"][..], &["ledger", "verify", "--store"]] {
        assert_ends(syndic, args, 1, words);
    }
}

#[track_caller]
fn assert_ends(syndic: &Syndic, args: &[&str], code: i32, words: &[&str]) {
    let output = syndic.run(args);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{args:?} does not say {word:?}: {said}");
    }
    assert!(!said.contains("run `syndic assess PATH` first"), "{args:?}: {said}");
}

/// Removes everything of a state folder but these.
fn keep_only(state: &Path, kept: &[&str]) {
    for entry in fs::read_dir(state).unwrap().map(Result::unwrap) {
        if kept.iter().all(|name| entry.file_name() != *name) {
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
}

#[test]
fn a_deleted_ledger_is_missing_as_long_as_anything_tells_of_it() {
    let gone = ["the ledger is missing", "restore", "from a copy"];
    let syndic = assessed();
    let state = syndic.state.path();
    fs::remove_dir_all(state.join("ledger")).unwrap();
    assert_missing(&syndic, &gone);
    assert_ends(&syndic, &["ledger", "checkpoint"], 1, &gone);
    assert_ends(&syndic, &["ledger", "export"], 1, &gone);
    // The store alone tells, without the master key that was made with the ledger.
    fs::remove_file(state.join("ledger-master.key")).unwrap();
    assert_missing(&syndic, &[&gone[..], &["the store points to"]].concat());
    fs::create_dir(state.join("ledger")).unwrap();
    assert_missing(&syndic, &gone);

    // So does the master key alone, and what a witness saw.
    let syndic = assessed();
    keep_only(syndic.state.path(), &["ledger-master.key"]);
    assert_missing(&syndic, &gone);
    let syndic = assessed();
    let note = "syndic.local/x\n7\nAAAA\n";
    keep_only(syndic.state.path(), &[]);
    fs::write(syndic.state.path().join("ledger-witnessed.note"), note).unwrap();
    assert_missing(&syndic, &[&gone[..], &["witnesses have seen 7 records"]].concat());
}

#[test]
fn a_log_without_its_description_and_checkpoint_is_missing_them() {
    let syndic = assessed();
    keep_only(syndic.state.path(), &["ledger"]);
    for file in ["log.json", "checkpoint"] {
        fs::remove_file(syndic.state.path().join("ledger").join(file)).unwrap();
    }
    assert_missing(&syndic, &["the ledger is missing", "log.json", "from a copy"]);
    fs::remove_dir_all(syndic.state.path().join("ledger/segments")).unwrap();
    fs::remove_dir_all(syndic.state.path().join("ledger/tile")).unwrap();
    assert_missing(&syndic, &["the ledger is missing", "keys/slots"]);
}

#[test]
fn a_deleted_store_is_missing_as_long_as_the_ledger_tells_of_it() {
    let syndic = assessed();
    let state = syndic.state.path();
    fs::remove_file(state.join("syndic.db")).unwrap();
    let gone = ["the store is missing", "syndic.db", "from a copy"];
    assert_missing(&syndic, &[&gone[..], &["intact: "]].concat());
    // What the ledger holds can be read all the same.
    assert_ends(&syndic, &["ledger", "export", "--kind", "assessment.run"], 0, &["assessment.run"]);
    // An emptied store is no store.
    fs::write(state.join("syndic.db"), "").unwrap();
    assert_missing(&syndic, &gone);
    keep_only(state, &["ledger"]);
    assert_missing(&syndic, &["signing-key.pub.pem is missing", "from a copy", "--key"]);
}

#[test]
fn where_nothing_ever_was_there_is_none_yet() {
    let syndic = Syndic::new();
    for args in [&["ledger", "verify"][..], &["ledger", "verify", "--store"], &["ledger", "checkpoint"]] {
        let output = syndic.run(args);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(said(&output).contains("run `syndic assess PATH` first"), "{}", said(&output));
    }
    // Waiting for a turn leaves a file, which tells of nothing.
    fs::write(syndic.state.path().join(".ledger-turn"), "").unwrap();
    assert_eq!(syndic.run(&["ledger", "verify"]).status.code(), Some(3));
}
