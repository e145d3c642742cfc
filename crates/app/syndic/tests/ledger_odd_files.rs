//! Files of a ledger that are not what they should be: links, pipes, missing ones, and arguments nobody can keep.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::Syndic;

/// Nothing here takes so long but what waits for ever.
const LONGEST: Duration = Duration::from_secs(60);

/// A state folder after one run, and its tree.
fn assessed() -> (Syndic, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), "import openai\nopenai.OpenAI().responses.create(model='gpt-4o')\n")
        .unwrap();
    let syndic = Syndic::new();
    syndic.assess(folder.path(), &[]);
    (syndic, folder)
}

/// Exit code and words of a command that must come to an end.
#[track_caller]
fn run(syndic: &Syndic, args: &[&str]) -> (i32, String) {
    let mut child = syndic.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > LONGEST {
            child.kill().unwrap();
            panic!("{args:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output: Output = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), said)
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_link_in_the_place_of_a_folder_is_not_written_through() {
    let (syndic, tree) = assessed();
    let (ledger, elsewhere) = (syndic.state.path().join("ledger"), tempfile::tempdir().unwrap());
    fs::write(elsewhere.path().join("theirs"), "theirs").unwrap();
    let search = ["ledger", "search", "--word", "openai"];
    for folder in ["contents", "index", "admin"] {
        let path = ledger.join(folder);
        drop(fs::remove_dir_all(&path));
        symlink(elsewhere.path(), &path).unwrap();
        for args in [&search[..], &["ledger", "erase", "--subject", "system:acme", "--yes"]] {
            drop(run(&syndic, args));
        }
        drop(run(&syndic, &["ledger", "rotate"]));
        assert_eq!(names(elsewhere.path()), ["theirs"], "{folder}");
        fs::remove_file(&path).unwrap();
    }

    // A link in the place of a file that is written to.
    let (slots, target) = (ledger.join("keys/slots"), elsewhere.path().join("slots"));
    fs::rename(&slots, &target).unwrap();
    let before = fs::read(&target).unwrap();
    symlink(&target, &slots).unwrap();
    let (code, said) = run(&syndic, &["assess", tree.path().to_str().unwrap(), "--plain"]);
    assert!(code == 3 && said.contains("symbolic link"), "{code}: {said}");
    assert_eq!(fs::read(&target).unwrap(), before);
}

#[test]
fn a_pipe_in_the_place_of_a_file_or_folder_is_named_and_not_waited_for() {
    let (syndic, _tree) = assessed();
    let (state, ledger) = (syndic.state.path(), syndic.state.path().join("ledger"));
    for folder in ["contents", "index"] {
        drop(fs::remove_dir_all(ledger.join(folder)));
        pipe(&ledger.join(folder));
        // Few records need neither folder to be found; that they end is what counts.
        let (code, said) = run(&syndic, &["ledger", "search", "--word", "openai"]);
        assert!(code == 0 || code == 3 && said.contains(folder), "{code}: {said}");
        fs::remove_file(ledger.join(folder)).unwrap();
    }
    fs::rename(state.join("syndic.db"), state.join("kept.db")).unwrap();
    pipe(&state.join("syndic.db"));
    for args in [&["ledger", "verify", "--store"][..], &["ledger", "verify"], &["ledger", "checkpoint"]] {
        let (code, said) = run(&syndic, args);
        assert!(code == 3 && said.contains("syndic.db is no regular file"), "{args:?} {code}: {said}");
    }
    fs::remove_file(state.join("syndic.db")).unwrap();
    fs::rename(state.join("kept.db"), state.join("syndic.db")).unwrap();
    // The lock too.
    fs::remove_file(ledger.join("lock")).unwrap();
    pipe(&ledger.join("lock"));
    let (code, said) = run(&syndic, &["ledger", "checkpoint"]);
    assert!(code == 3 && said.contains("lock"), "{code}: {said}");
}

#[test]
fn a_missing_key_index_is_called_missing() {
    let (syndic, _tree) = assessed();
    fs::remove_file(syndic.state.path().join("ledger/keys/slots")).unwrap();
    for (args, code) in [(&["ledger", "verify"][..], 1), (&["ledger", "checkpoint"], 3)] {
        let (found, said) = run(&syndic, args);
        assert!(
            found == code && said.contains("keys/slots") && said.contains("it is missing") && said.contains("a backup"),
            "{said}"
        );
        assert!(!said.contains("check the disk"), "{said}");
    }
}

#[test]
fn a_ledger_that_another_program_locked_is_said_to_be() {
    let (syndic, _tree) = assessed();
    let path = syndic.state.path().join("ledger/lock");
    let held = fs::OpenOptions::new().write(true).open(path).unwrap();
    held.try_lock().unwrap();
    let (code, said) = run(&syndic, &["ledger", "checkpoint"]);
    assert!(code == 3 && said.contains("another program has this ledger open"), "{code}: {said}");
    assert!(!said.contains("log.json"), "{said}");
}

#[test]
fn a_name_that_is_too_long_blank_or_hidden_is_refused_with_the_reason() {
    let (syndic, _tree) = assessed();
    let long = "a".repeat(256);
    let place = |name: &str, more: &[&str]| {
        run(&syndic, &[&["ledger", "hold", "place", name, "--reason", "r"][..], more].concat())
    };
    let everything = ["--everything"];
    let (code, said) = place("case", &["--everything", "--actor", &long]);
    assert!(code == 2 && said.contains("--actor") && said.contains("255 bytes"), "{code}: {said}");
    for blank in [" ", "\u{3000}", "\t"] {
        let (code, said) = place(blank, &everything);
        assert!(code == 2 && (said.contains("blank") || said.contains("U+0009")), "{blank:?} {code}: {said}");
        let (code, said) = place("case", &["--everything", "--actor", blank]);
        assert!(code == 2 && (said.contains("blank") || said.contains("U+0009")), "{blank:?} {code}: {said}");
        let (code, said) = place("case", &["--subject", blank]);
        assert!(code == 2 && (said.contains("blank") || said.contains("U+0009")), "{blank:?} {code}: {said}");
    }
    for (hidden, named) in
        [("a\u{200b}b", "U+200B"), ("a\u{1b}b", "U+001B"), ("a\u{202e}b", "U+202E"), ("\u{2060}", "U+2060")]
    {
        let (code, said) = place(hidden, &everything);
        assert!(code == 2 && said.contains(named), "{hidden:?} {code}: {said}");
        for more in [["--everything", "--actor", hidden].as_slice(), &["--subject", hidden]] {
            let (code, said) = place("case", more);
            assert!(code == 2 && said.contains(named), "{more:?} {code}: {said}");
        }
        let (code, said) = run(&syndic, &["ledger", "erase", "--subject", hidden, "--yes"]);
        assert!(code == 2 && said.contains(named), "{hidden:?} {code}: {said}");
    }
    for fine in ["Fall 7 – Zoë", "שלום", "中文", "case 🙂"] {
        let (code, said) = place(fine, &["--subject", "user:Übermut 名前", "--actor", "Jürgen"]);
        assert_eq!(code, 0, "{fine}: {said}");
    }
    let (code, said) = run(&syndic, &["ledger", "verify"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn what_is_cut_behind_the_last_record_is_told() {
    let (syndic, _tree) = assessed();
    let segment = syndic.state.path().join("ledger/segments/00000000000000000000.seg");
    let mut bytes = fs::read(&segment).unwrap();
    let at = bytes.len() - 1_000;
    bytes[at..at + 4].copy_from_slice(b"junk");
    fs::write(&segment, bytes).unwrap();
    let search = ["ledger", "search", "--limit", "1"];
    let (code, said) = run(&syndic, &search);
    assert!(code == 0 && said.contains("WARNING: a torn tail was cut") && said.contains("00.seg from byte"), "{said}");
    assert!(!run(&syndic, &search).1.contains("WARNING"), "it is gone");
}
