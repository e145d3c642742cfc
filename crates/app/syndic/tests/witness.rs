//! A log and its witness as two processes: every run is cosigned, and a log that was put back is named with its sizes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;
mod witness_scene;

use std::fs;
use std::path::Path;

use support::{Syndic, copy_tree};
use witness_scene::{Scene, Witness, log_key, replace, said};

#[test]
fn every_run_is_cosigned_and_verify_sees_by_whom() {
    let scene = Scene::new();
    let key = scene.witness().key.clone();
    let (code, said) = scene.run(&["ledger", "verify", "--witness", &key, "--offline"]);
    assert!(code == 1 && said.contains("0 trusted witnesses cosigned it, 1 are needed"), "{said}");
    for _ in 0..2 {
        scene.assess();
        let (code, said) = scene.run(&["ledger", "verify", "--witness", &key]);
        assert!(code == 0 && said.contains("cosigned by w.example/1 at 20"), "{said}");
        assert!(said.contains(&format!("w.example/1 has seen these {} records and no more", scene.size())), "{said}");
    }
    let (_, listed) = scene.run(&["ledger", "witness", "list"]);
    assert!(listed.contains(&format!("witnessed  {} records", scene.size())), "{listed}");
    let logs = scene.home.run(&["ledger", "witness", "logs"]);
    assert_eq!(logs.status.code(), Some(3), "the server has its memory: {}", witness_scene::said(&logs));
}

#[test]
fn a_state_folder_put_back_is_named_by_verify_and_by_the_next_run_and_mended_by_restoring_it() {
    let scene = Scene::new();
    scene.assess();
    let (elsewhere, before) = (tempfile::tempdir().unwrap(), scene.size());
    let (copy, newest) = (elsewhere.path().join("copy"), elsewhere.path().join("newest"));
    copy_tree(scene.log.state.path(), &copy);
    scene.assess();
    let after = scene.size();
    copy_tree(scene.log.state.path(), &newest);
    assert!(after > before, "{before} {after}");

    replace(scene.log.state.path(), &copy);
    let loss = format!("the witness w.example/1 has seen {after} records, the log has {before}: the log was put back");
    let (code, said) = scene.run(&["ledger", "verify", "--offline", "--witness", &scene.witness().key]);
    assert_eq!(code, 0, "a folder put back whole cannot tell by itself: {said}");
    let (code, said) = scene.run(&["ledger", "verify", "--witness", &scene.witness().key]);
    assert!(code == 1 && said.contains(&loss), "{said}");
    let (code, said) = scene.assess();
    assert!(code == 3 && said.contains(&loss) && said.contains("not recorded in the ledger"), "{said}");
    let (code, said) = scene.run(&["ledger", "witness", "submit"]);
    assert!(code == 1 && said.contains(&loss), "{said}");
    assert_eq!(scene.size(), before, "nothing was appended to what was put back");

    replace(scene.log.state.path(), &newest);
    assert_ne!(scene.assess().0, 3);
    assert_eq!(scene.run(&["ledger", "verify", "--store"]).0, 0);
}

#[test]
fn a_ledger_put_back_alone_is_named_without_asking_anybody() {
    let mut scene = Scene::new();
    scene.assess();
    let (ledger, elsewhere, before) =
        (scene.log.state.path().join("ledger"), tempfile::tempdir().unwrap(), scene.size());
    copy_tree(&ledger, &elsewhere.path().join("copy"));
    scene.assess();
    let after = scene.size();
    scene.witness.take().unwrap().kill();
    replace(&ledger, &elsewhere.path().join("copy"));
    let (code, said) = scene.run(&["ledger", "verify", "--offline"]);
    assert!(code == 1 && said.contains("rolled back") && said.contains(&after.to_string()), "{said}");
    let archive = format!("file://{}", elsewhere.path().join("archive").display());
    let (sign, send) = (["ledger", "checkpoint"], ["ledger", "archive", "--to", &archive]);
    for (args, expected) in [(&sign[..], 1), (&send, 1), (&["ledger", "export"], 3)] {
        let (code, said) = scene.run(args);
        let loss = format!("{before} records are there, a checkpoint was signed over {after}");
        assert!(code == expected && said.contains(&loss), "{args:?}: {said}");
    }
    assert!(!elsewhere.path().join("archive").exists());
    // Also when it is gone, or another one lies in its place.
    fs::remove_dir_all(&ledger).unwrap();
    let (code, said) = scene.assess();
    assert!(code == 3 && said.contains(&format!("witnesses have seen {after} records")), "{said}");
    let other = Syndic::new();
    other.assess(scene.tree.path(), &[]);
    copy_tree(&other.state.path().join("ledger"), &ledger);
    let (code, said) = scene.run(&["ledger", "checkpoint"]);
    assert!(code == 3, "{said}");
}

#[test]
fn nothing_is_signed_or_sent_of_a_log_that_a_witness_knows_more_of() {
    let mut scene = Scene::new();
    scene.assess();
    let (elsewhere, before) = (tempfile::tempdir().unwrap(), scene.size());
    let archive = elsewhere.path().join("archive");
    let place = format!("file://{}", archive.display());
    let (sign, send) = (["ledger", "checkpoint"], ["ledger", "archive", "--to", &place]);
    for args in [&sign[..], &send] {
        assert_eq!(scene.run(args).0, 0, "{args:?}");
    }
    copy_tree(scene.log.state.path(), &elsewhere.path().join("copy"));
    scene.assess();
    let after = scene.size();
    let newest = elsewhere.path().join("newest");
    copy_tree(scene.log.state.path(), &newest);
    replace(scene.log.state.path(), &elsewhere.path().join("copy"));
    fs::remove_dir_all(&archive).unwrap();
    let loss = format!("the witness w.example/1 has seen {after} records, the log has {before}");
    for args in [&sign[..], &send] {
        let (code, said) = scene.run(args);
        assert!(code == 1 && said.contains(&loss) && !said.contains("syndic.local/"), "{args:?}: {said}");
    }
    assert!(!archive.exists(), "nothing was sent");

    // A list without the witness that the log names is a fault, as it is for `verify`.
    let (list, kept) = (scene.log.state.path().join("witnesses.json"), elsewhere.path().join("witnesses.json"));
    fs::rename(&list, &kept).unwrap();
    for args in [&sign[..], &send] {
        let (code, said) = scene.run(args);
        assert!(code == 1 && said.contains("names a witness that is not in witnesses.json"), "{args:?}: {said}");
    }
    fs::rename(&kept, &list).unwrap();

    // A witness that is away says nothing: it is done, and said to be unknown.
    replace(scene.log.state.path(), &newest);
    scene.witness.take().unwrap().kill();
    for args in [&sign[..], &send] {
        let (code, said) = scene.run(args);
        assert!(code == 3 && said.contains("not known whether it was rolled back"), "{args:?}: {said}");
    }
    assert!(archive.exists());
}

/// Takes away whatever beside the log says that it is witnessed.
fn forget_witness(state: &Path) {
    for file in ["witnesses.json", "ledger-witnessed.note"] {
        fs::remove_file(state.join(file)).unwrap();
    }
    let checkpoint = state.join("ledger/checkpoint");
    let note = fs::read_to_string(&checkpoint).unwrap();
    let own: Vec<&str> = note.lines().filter(|line| !line.contains("w.example/1")).collect();
    assert_eq!(own.len() + 1, note.lines().count());
    fs::write(&checkpoint, own.join("\n") + "\n").unwrap();
}

#[test]
fn a_log_put_back_together_with_its_list_of_witnesses_is_named_by_what_it_recorded() {
    let scene = Scene::new();
    let state = scene.log.state.path();
    scene.assess();
    let elsewhere = tempfile::tempdir().unwrap();
    copy_tree(state, &elsewhere.path().join("copy"));
    scene.assess();
    replace(state, &elsewhere.path().join("copy"));
    forget_witness(state);
    let before = scene.size();
    for list in [None, Some("{\"format\":1,\"witnesses\":[]}")] {
        if let Some(list) = list {
            fs::write(state.join("witnesses.json"), list).unwrap();
        }
        for args in [&["ledger", "verify"][..], &["ledger", "verify", "--offline"]] {
            let (code, said) = scene.run(args);
            assert!(code == 1 && said.contains("missing witness: record") && said.contains("w.example/1+"), "{said}");
        }
        let (code, said) = scene.assess();
        assert!(code == 3 && said.contains("names a witness that is not in witnesses.json"), "{said}");
        assert_eq!(scene.size(), before, "nothing was appended");
    }
    // Added again, it tells.
    scene.run(&["ledger", "witness", "add", &scene.witness().url, &scene.witness().key]);
    let (code, said) = scene.run(&["ledger", "verify"]);
    assert!(code == 1 && said.contains("rolled back"), "{said}");
}

#[test]
fn a_cosignature_without_a_list_of_witnesses_is_named_and_a_removal_is_recorded() {
    let scene = Scene::new();
    let stranger = Syndic::new();
    stranger.assess(scene.tree.path(), &[]);
    let verify = |more: &[&str]| {
        let output = stranger.run(&[&["ledger", "verify"], more].concat());
        (output.status.code().unwrap(), said(&output))
    };
    let (code, told) = verify(&[]);
    assert!(code == 0 && told.contains("not checked: no witness was asked"), "{told}");

    let other = Syndic::new();
    let witness = Witness::start(&other, &["--name", "w.example/2", "--log", &log_key(&stranger)]);
    let submitted = stranger.run(&["ledger", "witness", "submit", &witness.url, "--witness", &witness.key]);
    assert_eq!(submitted.status.code(), Some(0), "{}", said(&submitted));
    let (code, told) = verify(&[]);
    assert!(code == 3 && told.contains("missing witness: w.example/2 cosigned this log"), "{told}");
    for (args, kinds) in [(vec!["add", &witness.url, &witness.key], 1), (vec!["remove", &witness.url], 2)] {
        let output = stranger.run(&[&["ledger", "witness"], &args[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let records = stranger.run(&["ledger", "export", "--kind", "ledger.witnesses"]);
        assert_eq!(String::from_utf8(records.stdout).unwrap().lines().count(), kinds);
        assert_eq!(verify(&[]).0, 0, "{:?}", verify(&[]));
    }
    assert!(verify(&[]).1.contains("not checked: no witness was asked"));
}

#[test]
fn a_log_that_went_on_after_it_was_put_back_is_named_when_the_witness_is_reached_again() {
    let mut scene = Scene::new();
    scene.assess();
    let elsewhere = tempfile::tempdir().unwrap();
    copy_tree(scene.log.state.path(), &elsewhere.path().join("copy"));
    scene.assess();
    let seen = scene.size();
    let known = scene.witness.take().unwrap();
    let address = known.url.strip_prefix("http://").unwrap().to_owned();
    known.stop();
    replace(scene.log.state.path(), &elsewhere.path().join("copy"));
    while scene.size() <= seen {
        fs::write(scene.tree.path().join("more.py"), format!("import anthropic  # {}\n", scene.size())).unwrap();
        let (_, said) = scene.assess();
        assert!(said.contains("the witness w.example/1 was not reached"), "{said}");
    }
    let witness = Witness::start(&scene.home, &[]);
    let said = scene.log.run(&["ledger", "witness", "submit", &witness.url, "--witness", &witness.key]);
    let text = witness_scene::said(&said);
    assert!(said.status.code() == Some(1) && text.contains(&format!("has seen {seen} records that the")), "{text}");
    let (_, told) = witness.stop();
    assert!(told.contains("REFUSED"), "{told}");

    // Nor is anything of it given out, though it has more records than the witness saw.
    let _witness = Witness::start_at(&scene.home, &address);
    let archive = elsewhere.path().join("archive");
    let place = format!("file://{}", archive.display());
    for args in [&["ledger", "checkpoint"][..], &["ledger", "archive", "--to", &place]] {
        let (code, said) = scene.run(args);
        let lost = format!("has seen {seen} records that the");
        assert!(code == 1 && said.contains(&lost) && !said.contains("\u{2014} syndic.local/"), "{args:?}: {said}");
    }
    assert!(!archive.exists());
    let (code, said) = scene.run(&["ledger", "verify"]);
    assert!(code == 3 && said.contains("only `syndic ledger witness submit` tells"), "{said}");
}

#[test]
fn a_run_whose_witness_is_away_is_recorded_and_told_and_the_next_one_catches_up() {
    let mut scene = Scene::new();
    scene.assess();
    let witnessed = scene.size();
    let witness = scene.witness.take().unwrap();
    let (url, key) = (witness.url.clone(), witness.key.clone());
    let (code, told) = witness.stop();
    assert!(code == 0 && told.contains(&format!("at {witnessed} records")) && told.contains("stopping"), "{told}");
    let (code, said) = scene.assess();
    assert!(code != 3 && said.contains("w.example/1 was not reached") && said.contains("is recorded"), "{said}");
    assert!(scene.size() > witnessed);
    let (code, said) = scene.run(&["ledger", "verify"]);
    assert!(code == 3 && said.contains("not known whether it was rolled back"), "{said}");
    assert_eq!(scene.run(&["ledger", "verify", "--offline"]).0, 0);
    // The same witness at the same address again, with what it remembers.
    scene.witness = Some(Witness::start_at(&scene.home, url.strip_prefix("http://").unwrap()));
    let (_, said) = scene.assess();
    assert!(!said.contains("witness"), "{said}");
    let (code, said) = scene.run(&["ledger", "verify", "--witness", &key]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_killed_witness_remembers_what_it_cosigned() {
    let mut scene = Scene::new();
    scene.assess();
    let size = scene.size();
    scene.witness.take().unwrap().kill();
    let logs = scene.home.run(&["ledger", "witness", "logs"]);
    assert!(said(&logs).contains(&format!("  {size} records  ")), "{}", said(&logs));
}

#[test]
fn a_witness_that_was_put_back_itself_is_told_of() {
    let mut scene = Scene::new();
    scene.assess();
    let (elsewhere, memory) = (tempfile::tempdir().unwrap(), scene.home.state.path().join("witness/logs"));
    let before = scene.size();
    copy_tree(&memory, &elsewhere.path().join("copy"));
    scene.assess();
    let (port, after) = (scene.witness().url.strip_prefix("http://").unwrap().to_owned(), scene.size());
    scene.witness.take().unwrap().stop();
    replace(&memory, &elsewhere.path().join("copy"));
    scene.witness = Some(Witness::start_at(&scene.home, &port));
    let (_, said) = scene.assess();
    assert!(said.contains(&format!("w.example/1 cosigned {after} records and names {before} now")), "{said}");
}

#[test]
fn a_witness_that_does_not_know_the_log_is_told_of_with_its_words() {
    let scene = Scene::new();
    let stranger = Syndic::new();
    stranger.assess(scene.tree.path(), &[]);
    let witness = scene.witness();
    let output = stranger.run(&["ledger", "witness", "submit", &witness.url, "--witness", &witness.key]);
    assert!(output.status.code() == Some(3) && said(&output).contains("status 404"), "{}", said(&output));
    let add = stranger.run(&["ledger", "witness", "add", &witness.url, &witness.key]);
    assert_eq!(add.status.code(), Some(0), "{}", said(&add));
    assert!(said(&add).contains(&log_key(&stranger)), "{}", said(&add));
    let run = stranger.run(&["assess", scene.tree.path().to_str().unwrap(), "--format", "json"]);
    assert!(run.status.code() != Some(3) && said(&run).contains("status 404"), "{}", said(&run));
}

#[test]
fn a_witness_has_one_key_and_one_name_and_refuses_what_is_no_logs_key() {
    let home = Syndic::new();
    let key = |more: &[&str]| home.run(&[&["ledger", "witness", "key"], more].concat());
    let first = key(&["--name", "w.example/1"]);
    assert!(first.status.success() && said(&first).starts_with("w.example/1+"), "{}", said(&first));
    assert_eq!(said(&key(&[])), said(&first));
    assert_eq!(key(&["--name", "w.example/2"]).status.code(), Some(2));
    let own = said(&first);
    let refused = home.run(&["ledger", "witness", "add-log", own.trim()]);
    assert!(refused.status.code() == Some(2) && said(&refused).contains("not the key of a log"), "{}", said(&refused));
    for bad in
        [&["add", "ftp://w", own.trim()][..], &["add", "http://w", "nokey"], &["submit", "http://w"], &["submit"]]
    {
        let output = home.run(&[&["ledger", "witness"], bad].concat());
        assert_eq!(output.status.code(), Some(2), "{bad:?}: {}", said(&output));
    }
    // Its key is not the one that signs evidence.
    let keys = ["signing-key.pem", "witness/signing-key.pem"].map(|name| fs::read(home.state.path().join(name)).ok());
    assert!(keys[0].is_none() && keys[1].is_some());
}
