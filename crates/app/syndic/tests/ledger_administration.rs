//! Erasing, holding and rotating, through the binary: what goes is gone from every file, what stays is proved, and
//! nobody changes what was done unseen.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod ledger_bench;
mod support;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use ledger_bench::{append, assessed, entry, files, holding, ledger, lines, proved, said};
use serde_json::Value;
use support::{Syndic, copy_tree};

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

/// Where the wrapped key stands in a key slot.
const WRAPPED_KEY: std::ops::Range<usize> = 48..120;

/// Numbers and bytes of the key slots that are not zeros, of 128 bytes from byte 8,192 on, in both copies.
fn slots(syndic: &Syndic) -> Vec<(usize, Vec<u8>)> {
    let bytes = fs::read(syndic.state.path().join("ledger/keys/slots")).unwrap();
    let all = bytes[8_192..].chunks(128).enumerate();
    all.filter(|(_, slot)| slot.iter().any(|byte| *byte != 0)).map(|(at, slot)| (at, slot.to_vec())).collect()
}

#[test]
fn an_erased_subjects_content_and_key_are_nowhere_and_every_proof_holds() {
    let syndic = bench();
    let state = syndic.state.path();
    assert_eq!(contents(&proved(&syndic)).iter().filter(|content| **content == SECRET).count(), 2);
    let (before, kept) = (slots(&syndic), tempfile::tempdir().unwrap());
    copy_tree(state, kept.path());

    let told = ledger(&syndic, &["erase", "--subject", "anna", "--reason", "request 12", "--yes"], 0);
    assert!(told.contains("the contents of 2 record(s) about "), "{told}");

    let after = slots(&syndic);
    let erased: Vec<&Vec<u8>> = before.iter().filter(|slot| !after.contains(slot)).map(|(_, bytes)| bytes).collect();
    assert_eq!(erased.len(), 2, "both copies of one slot");
    let pieces: HashSet<[u8; 16]> =
        erased.iter().flat_map(|slot| slot[WRAPPED_KEY].windows(16)).map(|piece| piece.try_into().unwrap()).collect();
    assert!(pieces.len() > 50 && is_any_in(kept.path(), &pieces), "they were in the file before");
    assert!(!is_any_in(state, &pieces), "no 16 bytes of the wrapped key are left");
    for bytes in [SECRET, "anna", OTHER] {
        assert_eq!(holding(state, bytes.as_bytes()), Vec::<PathBuf>::new(), "{bytes}");
    }
    let records = proved(&syndic);
    assert_eq!(contents(&records).iter().filter(|content| **content == OTHER).count(), 1);
    assert!(!contents(&records).contains(&SECRET));
    verified(&syndic, 0);
    ledger(&syndic, &["verify", "--offline", "--store"], 0);

    // It was the key that was looked for: in the state as it was, the same ciphertext opens.
    let output = Syndic::new().run(&["--state", kept.path().to_str().unwrap(), "ledger", "export"]);
    assert_eq!(said(&output).matches(SECRET).count(), 2);
}

/// Says whether any of these bytes stands in a file below a folder.
fn is_any_in(folder: &Path, pieces: &HashSet<[u8; 16]>) -> bool {
    let is_in = |bytes: &[u8]| bytes.windows(16).any(|window| pieces.contains(window));
    files(folder).iter().any(|(_, bytes)| is_in(bytes))
}

#[test]
fn what_a_run_recorded_about_a_system_can_be_erased() {
    let syndic = assessed();
    assert!(!contents(&proved(&syndic)).is_empty());
    ledger(&syndic, &["erase", "--subject", "system:t", "--yes"], 0);
    let records = proved(&syndic);
    assert!(records.iter().all(|record| record["kind"] == "ledger.erased" || record["content_state"] == "erased"));
    ledger(&syndic, &["verify", "--offline", "--store"], 0);
    let again = ledger(&syndic, &["erase", "--subject", "system:t", "--yes"], 0);
    assert!(again.contains("nothing was left to erase"), "{again}");
}

#[test]
fn an_erasure_needs_a_known_subject_a_yes_and_a_reason_that_names_nobody() {
    let syndic = bench();
    let size = proved(&syndic).len();
    assert!(ledger(&syndic, &["erase", "--subject", "Anna", "--yes"], 2).contains("no record is about that subject"));
    assert!(ledger(&syndic, &["erase", "--subject", "", "--yes"], 2).contains("--subject"));
    assert!(ledger(&syndic, &["erase", "--subject", "anna"], 2).contains("say --yes"));
    for naming in [
        &["--reason", "Anna asked us to"][..],
        &["--reason", "a-n-n-a"],
        &["--reason", "\u{ff21}nna\u{200b}"],
        &["--actor", "user:anna"],
    ] {
        let told = ledger(&syndic, &[&["erase", "--subject", "anna", "--yes"], naming].concat(), 2);
        assert!(told.contains("names the subject"), "{told}");
    }
    assert_eq!(proved(&syndic).len(), size);
}

#[test]
fn who_was_erased_or_is_held_is_not_named_by_a_later_action_either() {
    let syndic = bench();
    ledger(&syndic, &["erase", "--subject", "anna", "--reason", "request 12", "--yes"], 0);
    let place = ["hold", "place", "case 7", "--subject", "berta", "--reason"];
    for naming in ["Berta's claim", "after (anna) was erased"] {
        assert!(ledger(&syndic, &[&place[..], &[naming]].concat(), 2).contains("names the subject"), "{naming}");
    }
    ledger(&syndic, &[&place[..], &["order"]].concat(), 0);
    for naming in [
        &["hold", "release", "case 7", "--reason", "settled with berta."][..],
        &["hold", "release", "case 7", "--reason", "settled", "--actor", "berta"],
        &["retain", "--keep-days", "400", "--reason", "anna"],
        &["rotate", "--reason", "\"anna\" was erased"],
    ] {
        assert!(ledger(&syndic, naming, 2).contains("names the subject"), "{naming:?}");
    }
    ledger(&syndic, &["hold", "release", "case 7", "--reason", "settled"], 0);
}

#[test]
fn a_hold_on_a_subject_that_no_record_is_about_is_placed_and_said() {
    let syndic = bench();
    let place = |name: &str, subject: &str| {
        ledger(&syndic, &["hold", "place", name, "--subject", subject, "--reason", "court order 7"], 0)
    };
    assert!(place("case 1", "nobody").contains("warning: no record is about that subject yet"));
    assert!(!place("case 2", "anna").contains("warning"));
    append(syndic.state.path(), vec![entry("nobody", OTHER)]);
    assert!(ledger(&syndic, &["erase", "--subject", "nobody", "--yes"], 1).contains("case 1"), "it holds the future");
}

#[test]
fn what_does_not_show_as_what_it_is_does_not_come_into_the_log_in_clear() {
    let syndic = bench();
    for hidden in ["\u{1b}[31m", "\u{202e}txet", "a\u{200b}b", "line\nline", "\u{9b}0m"] {
        let tag = format!("model={hidden}");
        for args in [
            &["hold", "place", "case 7", "--tag", &tag, "--reason", "order"][..],
            &["hold", "place", hidden, "--everything", "--reason", "order"],
            &["hold", "place", "case 7", "--everything", "--reason", "order", "--actor", hidden],
        ] {
            let told = ledger(&syndic, args, 2);
            assert!(told.contains("control character") && !told.contains(hidden.trim_end_matches("line")), "{told}");
        }
    }
    // A reason is a content: it is shown so that it cannot act.
    ledger(&syndic, &["hold", "place", "case 7", "--everything", "--reason", "\u{1b}[31mred \u{202e}txet"], 0);
    for args in [&["hold", "list"][..], &["hold", "list", "--json"], &["export"], &["export", "--proofs"]] {
        let told = ledger(&syndic, args, 0);
        assert!(told.contains("red ") && !told.contains(['\u{1b}', '\u{202e}']), "{args:?}: {told:?}");
    }
    let held = &lines_of_json(&syndic, &["hold", "list", "--json"])[0];
    assert_eq!(held["reason"], "\u{1b}[31mred \u{202e}txet", "nothing of it is lost");
}

#[test]
fn a_hold_blocks_erasing_and_is_named_until_it_is_released() {
    for scope in [&["--subject", "anna"][..], &["--tag", "model=gpt 4"], &["--everything"]] {
        let syndic = bench();
        let place = [&["hold", "place", "case 7", "--reason", "court order 7"], scope].concat();
        ledger(&syndic, &place, 0);
        let denied = ledger(&syndic, &["erase", "--subject", "anna", "--yes"], 1);
        assert!(denied.contains("denied: hold \"case 7\"") && denied.contains("hold release"), "{denied}");
        assert_eq!(contents(&proved(&syndic)).iter().filter(|content| **content == SECRET).count(), 2);
        let held = lines_of_json(&syndic, &["hold", "list", "--json"]);
        assert_eq!((&held[0]["name"], &held[0]["reason"]), (&Value::from("case 7"), &Value::from("court order 7")));
        assert!(ledger(&syndic, &place, 2).contains("stands already"));

        ledger(&syndic, &["hold", "release", "case 7", "--reason", "settled"], 0);
        assert!(ledger(&syndic, &["hold", "list"], 0).contains("no hold stands"));
        assert!(ledger(&syndic, &["hold", "release", "case 7", "--reason", "settled"], 2).contains("no hold is named"));
        ledger(&syndic, &["erase", "--subject", "anna", "--yes"], 0);
        assert!(!contents(&proved(&syndic)).contains(&SECRET));
    }
}

fn lines_of_json(syndic: &Syndic, args: &[&str]) -> Value {
    serde_json::from_str(&ledger(syndic, args, 0)).unwrap()
}

#[test]
fn a_hold_needs_one_scope_and_a_reason() {
    let syndic = assessed();
    for wrong in [
        &["hold", "place", "case 7", "--reason", "order"][..],
        &["hold", "place", "case 7", "--subject", "anna"],
        &["hold", "place", "case 7", "--reason", "order", "--everything", "--subject", "anna"],
        &["hold", "place", "", "--reason", "order", "--everything"],
        &["hold", "release", "case 7"],
    ] {
        ledger(&syndic, wrong, 2);
    }
}

#[test]
fn every_action_is_recorded_with_who_and_why() {
    let syndic = bench();
    ledger(&syndic, &["hold", "place", "case 7", "--everything", "--reason", "order", "--actor", "user:counsel"], 0);
    ledger(&syndic, &["hold", "release", "case 7", "--reason", "settled"], 0);
    ledger(&syndic, &["erase", "--subject", "anna", "--reason", "request 12", "--yes"], 0);
    ledger(&syndic, &["retain", "--keep-days", "400", "--reason", "policy 3"], 0);
    ledger(&syndic, &["rotate", "--reason", "yearly"], 0);
    let own = lines(&syndic, &["export"]);
    let own: Vec<&Value> =
        own.iter().filter(|record| record["kind"].as_str().unwrap().starts_with("ledger.")).collect();
    let said: Vec<[&str; 2]> =
        own.iter().map(|record| ["kind", "content"].map(|name| record[name].as_str().unwrap())).collect();
    let expected = [
        ["ledger.held", "order"],
        ["ledger.released", "settled"],
        ["ledger.erased", "request 12"],
        ["ledger.retention", "policy 3"],
        ["ledger.rotated", "yearly"],
    ];
    assert_eq!(said, expected);
    assert_eq!(own[0]["actor"], "user:counsel");
    let login = own[1]["actor"].as_str().unwrap();
    assert!(login.starts_with("user:") || login.starts_with("uid:"), "{login}");
    assert!(own[2..].iter().all(|record| record["actor"] == login));
}

#[test]
fn after_each_action_a_changed_record_of_it_and_a_log_put_back_to_before_are_found() {
    let syndic = bench();
    let log = syndic.state.path().join("ledger");
    for (kind, action) in [
        ("ledger.held", &["hold", "place", "case 7", "--subject", "berta", "--reason", "order"][..]),
        ("ledger.released", &["hold", "release", "case 7", "--reason", "settled"]),
        ("ledger.erased", &["erase", "--subject", "anna", "--yes"]),
        ("ledger.retention", &["retain", "--keep-days", "400"]),
        ("ledger.rotated", &["rotate"]),
    ] {
        let before = tempfile::tempdir().unwrap();
        copy_tree(&log, before.path());
        ledger(&syndic, action, 0);
        verified(&syndic, 0);
        let checkpoint = before.path().join("later");
        fs::write(&checkpoint, ledger(&syndic, &["checkpoint"], 0)).unwrap();
        let (folder, known) = (before.path().to_str().unwrap(), checkpoint.to_str().unwrap());
        let back = ledger(&syndic, &["verify", folder, "--known", known], 1);
        assert!(back.contains("NOT intact"), "{kind}: {back}");

        let copy = tempfile::tempdir().unwrap();
        copy_tree(&log, copy.path());
        change_in_segments(&copy.path().join("segments"), kind.as_bytes());
        let changed = ledger(&syndic, &["verify", copy.path().to_str().unwrap()], 1);
        assert!(changed.contains("tampered: segments/") && changed.contains("NOT intact"), "{kind}: {changed}");
    }
}

/// Changes one letter of the only record that has these bytes.
fn change_in_segments(folder: &Path, bytes: &[u8]) {
    let mut changed = 0;
    for (path, mut file) in files(folder) {
        let places: Vec<usize> = (0..file.len() - bytes.len()).filter(|at| file[*at..].starts_with(bytes)).collect();
        for at in &places {
            file[at + bytes.len() - 1] ^= 1;
        }
        changed += places.len();
        fs::write(path, file).unwrap();
    }
    assert_eq!(changed, 1);
}

#[test]
fn a_new_master_key_opens_everything_and_the_old_one_nothing() {
    let syndic = bench();
    let (state, kept) = (syndic.state.path(), tempfile::tempdir().unwrap());
    let key = state.join("ledger-master.key");
    let (old_key, old_records) = (fs::read(&key).unwrap(), proved(&syndic));
    copy_tree(state, kept.path());
    ledger(&syndic, &["erase", "--subject", "anna", "--yes"], 0);
    let told = ledger(&syndic, &["rotate"], 0);
    assert!(told.contains("generation 2"), "{told}");
    let new_key = fs::read(&key).unwrap();
    assert_ne!(new_key, old_key);
    assert_eq!(holding(state, &old_key), Vec::<PathBuf>::new());
    let records = proved(&syndic);
    assert_eq!(records.len(), old_records.len() + 2);
    assert!(contents(&records).contains(&OTHER));

    fs::write(&key, &old_key).unwrap();
    let refused = ledger(&syndic, &["export"], 3);
    assert!(refused.contains("does not open the key store"), "{refused}");
    fs::write(&key, &new_key).unwrap();
    // The slots from before the erasure are under the old key, so that without it a backup brings nobody back.
    fs::copy(kept.path().join("ledger/keys/slots"), state.join("ledger/keys/slots")).unwrap();
    let refused = ledger(&syndic, &["export"], 3);
    assert!(refused.contains("does not open the key store"), "{refused}");
}

#[test]
fn an_answer_at_the_terminal_decides() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    for (answer, code) in [("n\n", 1), ("\n", 1), ("yes\n", 0)] {
        let syndic = bench();
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        let theirs = fs::OpenOptions::new().read(true).write(true).open(name).unwrap();
        rustix::io::write(&ours, answer.as_bytes()).unwrap();
        let output = syndic.command(&["ledger", "erase", "--subject", "anna"]).stdin(theirs).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(
            said(&output).contains("2 record(s) about this subject unreadable for ever? [y/N]"),
            "{}",
            said(&output)
        );
        assert_eq!(contents(&proved(&syndic)).contains(&SECRET), code == 1);
    }
}
