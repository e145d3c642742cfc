//! The ledger beside the store, through the binary: everything is recorded, and what was altered later is found.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use support::Syndic;
use tlog_tiles::{Hash, check_record, record_hash};

/// A small system with one fault.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), "import openai\nopenai.OpenAI().responses.create(model='gpt-4o')\n")
        .unwrap();
    fs::write(folder.path().join("requirements.txt"), "openai\n").unwrap();
    folder
}

fn records(syndic: &Syndic, kind: &str) -> Vec<Value> {
    let output = syndic.run(&["ledger", "export", "--kind", kind]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_run_is_recorded_with_its_evidence_findings_and_decision() {
    let (tree, syndic) = (tree(), Syndic::new());
    let (report, _) = syndic.assess(tree.path(), &[]);
    let decisions = records(&syndic, "assessment.decision");
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0]["tags"]["verdict"], report["decision"]["verdict"]);
    let content: Value = serde_json::from_str(decisions[0]["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["subject"], report["decision"]["subject"]);
    assert_eq!(records(&syndic, "assessment.evidence").len(), report["evidence"].as_array().unwrap().len());
    assert_eq!(records(&syndic, "finding.opened").len(), report["findings"].as_array().unwrap().len());

    fs::write(tree.path().join("requirements.txt"), "openai==2.1.0\n").unwrap();
    syndic.assess(tree.path(), &[]);
    assert!(!records(&syndic, "finding.fixed").is_empty());
    let verified = syndic.run(&["ledger", "verify", "--store"]);
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
}

#[test]
fn a_proof_names_its_record_and_carries_the_signed_checkpoint() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let checkpoint = said(&syndic.run(&["ledger", "checkpoint"]));
    let proof = said(&syndic.run(&["ledger", "prove", "1"]));
    let mut lines = proof.lines();
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    let leaf = STANDARD.decode(lines.next().unwrap().strip_prefix("extra ").unwrap()).unwrap();
    assert_eq!(lines.next(), Some("index 1"));
    let path: Vec<Hash> = lines.by_ref().take_while(|line| !line.is_empty()).map(hash).collect();
    let [_, size, root] = lines.by_ref().take(3).collect::<Vec<_>>()[..] else { panic!("{proof}") };
    // Who has only this text knows what is proved, and that it is.
    assert!(check_record(&path, size.parse().unwrap(), hash(root), 1, record_hash(&leaf)).is_ok());
    assert!(leaf.windows(b"assessment.".len()).any(|part| part == b"assessment."));
    assert!(proof.contains(checkpoint.trim_end()), "{proof}\n{checkpoint}");
    let beyond = syndic.run(&["ledger", "prove", "999999"]);
    assert_eq!(beyond.status.code(), Some(2), "{}", said(&beyond));
    assert!(said(&beyond).contains("there is no record 999999: the ledger has "), "{}", said(&beyond));
}

fn hash(text: &str) -> Hash {
    Hash(STANDARD.decode(text).unwrap().try_into().unwrap())
}

#[test]
fn a_store_put_back_to_an_earlier_state_is_found() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let store = syndic.state.path().join("syndic.db");
    let earlier = fs::read(&store).unwrap();
    syndic.assess(tree.path(), &[]);
    fs::write(&store, earlier).unwrap();
    let verified = syndic.run(&["ledger", "verify", "--store"]);
    assert_eq!(verified.status.code(), Some(1), "{}", said(&verified));
    assert!(said(&verified).contains("and not in the store"), "{}", said(&verified));
}

#[test]
fn runs_at_the_same_time_are_all_recorded() {
    let (tree, syndic) = (tree(), Syndic::new());
    let path = tree.path().to_str().unwrap();
    let running: Vec<_> = (0..4)
        .map(|_| syndic.command(&["assess", path, "--plain"]).stdout(std::process::Stdio::null()).spawn().unwrap())
        .collect();
    for mut child in running {
        assert!(child.wait().unwrap().code().is_some_and(|code| code < 2));
    }
    assert_eq!(records(&syndic, "assessment.run").len(), 4);
}

#[test]
fn without_a_run_there_is_no_ledger_to_ask() {
    let syndic = Syndic::new();
    let output = syndic.run(&["ledger", "verify"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("run `syndic assess PATH` first"), "{}", said(&output));
}

#[test]
fn a_damaged_description_is_named_and_not_taken_for_no_ledger() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let file = syndic.state.path().join("ledger/log.json");
    let whole = fs::read_to_string(&file).unwrap();
    let escaped = whole.replace("syndic.local", "\\u001b[31msyndic");
    for text in [whole.replace("\"format\"", "\"shape\""), "not json".to_owned(), String::new(), escaped] {
        fs::write(&file, &text).unwrap();
        let output = syndic.run(&["ledger", "verify"]);
        assert_eq!(output.status.code(), Some(1), "{text}: {}", said(&output));
        assert!(said(&output).contains("tampered: log.json"), "{text}: {}", said(&output));
        assert!(!said(&output).contains("no ledger is there") && !said(&output).contains('\u{1b}'));
    }
    fs::write(&file, "not json").unwrap();
    fs::remove_file(syndic.state.path().join("ledger/checkpoint")).unwrap();
    let output = syndic.run(&["ledger", "verify"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("the ledger is damaged: put log.json back"), "{}", said(&output));
}

#[test]
fn the_ledgers_own_folder_is_no_place_for_its_archive() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let state = syndic.state.path();
    let link = state.join("link");
    std::os::unix::fs::symlink(state.join("ledger"), &link).unwrap();
    let before = fs::read_dir(state.join("ledger")).unwrap().count();
    for place in [
        state.to_path_buf(),
        state.join("ledger"),
        state.join("ledger/archive/deep"),
        state.join("elsewhere/../ledger"),
        link.join("archive"),
    ] {
        let output = syndic.run(&["ledger", "archive", "--to", &format!("file://{}", place.display())]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{}: {told}", place.display());
        assert!(told.contains("the ledger's own folder"), "{told}");
    }
    assert_eq!(fs::read_dir(state.join("ledger")).unwrap().count(), before);
}

#[test]
fn a_checkpoint_that_never_ends_is_refused() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let endless = tree.path().join("endless");
    std::os::unix::fs::symlink("/dev/zero", &endless).unwrap();
    let output = syndic.run(&["ledger", "verify", "--known", endless.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    for file in ["ledger-witnessed.note", "witnesses.json"] {
        let link = syndic.state.path().join(file);
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        let output = syndic.run(&["ledger", "verify"]);
        assert!(output.status.code() == Some(3) && said(&output).contains(file), "{}", said(&output));
        fs::remove_file(link).unwrap();
    }
}

#[test]
fn an_older_partial_tile_that_was_changed_is_named() {
    let (tree, syndic) = (tree(), Syndic::new());
    for _ in 0..3 {
        syndic.assess(tree.path(), &[]);
    }
    for level in ["0", "entries"] {
        let folder = syndic.state.path().join("ledger/tile").join(level).join("000.p");
        let mut widths: Vec<u16> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap())
            .collect();
        widths.sort_unstable();
        assert!(widths.len() > 1, "runs leave their tiles: {widths:?}");
        let oldest = folder.join(widths[0].to_string());
        let whole = fs::read(&oldest).unwrap();
        let mut changed = whole.clone();
        changed[3] ^= 1;
        // A crash may leave one that is not whole; no crash changes one.
        for (bytes, kind, code) in [(changed, "wrong", 1), (whole[..whole.len() - 1].to_vec(), "torn", 0)] {
            fs::write(&oldest, bytes).unwrap();
            let output = syndic.run(&["ledger", "verify"]);
            let named = format!("{kind} tile: tile/{level}/000.p/{}", widths[0]);
            assert!(output.status.code() == Some(code) && said(&output).contains(&named), "{}", said(&output));
        }
        fs::write(&oldest, whole).unwrap();
        assert_eq!(syndic.run(&["ledger", "verify"]).status.code(), Some(0));
    }
}

#[test]
fn an_altered_log_is_found_in_a_copy_with_nothing_but_the_public_key() {
    let (tree, syndic) = (tree(), Syndic::new());
    syndic.assess(tree.path(), &[]);
    let log = syndic.state.path().join("ledger");
    let kept = syndic.state.path().join("kept-checkpoint");
    fs::write(&kept, syndic.run(&["ledger", "checkpoint"]).stdout).unwrap();
    let description: Value = serde_json::from_slice(&fs::read(log.join("log.json")).unwrap()).unwrap();
    let key = description["key"].as_str().unwrap();

    let copy = tempfile::tempdir().unwrap();
    support::copy_tree(&log, copy.path());
    let elsewhere = Syndic::new();
    let folder = copy.path().to_str().unwrap();
    let ask = || elsewhere.run(&["ledger", "verify", folder, "--key", key, "--known", kept.to_str().unwrap()]);
    let whole = ask();
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));

    let segment = fs::read_dir(copy.path().join("segments")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[600] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let altered = ask();
    assert_eq!(altered.status.code(), Some(1), "{}", said(&altered));
    assert!(said(&altered).contains("tampered: segments/"), "{}", said(&altered));
    assert!(said(&altered).contains("NOT intact"), "{}", said(&altered));
}
