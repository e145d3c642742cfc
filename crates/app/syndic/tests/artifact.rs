//! `syndic artifact`: one object a file, one for a folder that is a model, and the steps of a file explained.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{Syndic, copy_tree, repository};

const EVIL: &[u8] = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.";
const PLAIN: &[u8] = b"\x80\x04}\x8c\x01aK\x01s.";
const UNKNOWN: &[u8] = b"\x80\x04\x8c\x04acme\x8c\x05Model\x93)\x81.";

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("evil.csv", EVIL), ("plain.pkl", PLAIN), ("own.pkl", UNKNOWN), ("cut.pkl", &PLAIN[..6])] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn scan(path: &Path) -> (i32, Vec<Value>) {
    let output = Syndic::new().run(&["artifact", "scan", path.to_str().unwrap(), "--format", "jsonl"]);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn every_file_has_one_object_with_its_verdict_and_digest() {
    let folder = tree();
    let (code, objects) = scan(folder.path());
    assert_eq!(code, 1);
    let seen: Vec<(&str, &str)> = objects
        .iter()
        .map(|object| {
            (object["path"].as_str().unwrap().rsplit('/').next().unwrap(), object["verdict"].as_str().unwrap())
        })
        .collect();
    let expected =
        [("cut.pkl", "incomplete"), ("evil.csv", "malicious"), ("own.pkl", "unreviewed"), ("plain.pkl", "clean")];
    assert_eq!(seen, expected);
    let evil = &objects[1];
    assert_eq!(evil["path"], folder.path().join("evil.csv").to_str().unwrap());
    assert_eq!(evil["format"], "pickle");
    assert_eq!(evil["sha256"], syndic_evidence::Digest::of(EVIL).hex());
    assert_eq!(evil["findings"][0]["rule"], "artifact.pickle-malicious");
    assert_eq!(evil["findings"][0]["severity"], "critical");
    assert_eq!(evil["findings"][0]["offset"], 14);
    assert_eq!(evil["weights_only"], false);
    assert!(evil["findings"][0]["message"].as_str().unwrap().contains("os.system"));
    assert_eq!(evil["not_inspected"], Value::Array(vec![]));
    assert!(
        !objects[0]["not_inspected"].as_array().unwrap().is_empty()
            || !objects[0]["findings"].as_array().unwrap().is_empty()
    );
}

#[test]
fn a_folder_says_of_each_file_what_the_file_alone_says() {
    let folder = tree();
    let (_, together) = scan(folder.path());
    for object in together {
        let (_, alone) = scan(Path::new(object["path"].as_str().unwrap()));
        assert_eq!(alone, [object]);
    }
}

#[test]
fn standard_input_is_scanned_by_its_descriptor_or_through_a_pipe() {
    let folder = tree();
    let syndic = Syndic::new();
    let scan = |input: Stdio| {
        let mut command =
            syndic.command(&["artifact", "scan", "-", "--stdin-name", "m.safetensors", "--format", "jsonl"]);
        command.stdin(input).stdout(Stdio::piped()).spawn().unwrap()
    };
    let said = |child: Child| -> Value {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let path = folder.path().join("evil.csv");
    let file = fs::File::open(&path).unwrap();
    // It is what was opened, whatever has that name now.
    fs::rename(folder.path().join("plain.pkl"), &path).unwrap();
    let by_file = said(scan(file.into()));
    assert_eq!((&by_file["path"], &by_file["verdict"]), (&"m.safetensors".into(), &"malicious".into()));
    let mut child = scan(Stdio::piped());
    child.stdin.take().unwrap().write_all(EVIL).unwrap();
    assert_eq!(said(child), by_file);
}

#[test]
fn a_clean_file_exits_with_0_an_incomplete_one_with_3() {
    let folder = tree();
    assert_eq!(scan(&folder.path().join("plain.pkl")).0, 0);
    assert_eq!(scan(&folder.path().join("cut.pkl")).0, 3);
}

#[test]
fn every_name_of_a_file_has_its_object() {
    let folder = tree();
    fs::hard_link(folder.path().join("evil.csv"), folder.path().join("other-name")).unwrap();
    let (_, objects) = scan(folder.path());
    assert_eq!(objects.iter().filter(|object| object["verdict"] == "malicious").count(), 2);
}

#[test]
fn a_folder_that_is_one_model_is_as_bad_as_its_worst_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), "{\"model_type\": \"bert\"}\n").unwrap();
    fs::write(folder.path().join("pytorch_model.bin"), EVIL).unwrap();
    let (_, objects) = scan(folder.path());
    let whole = objects.last().unwrap();
    assert_eq!(whole["path"], folder.path().to_str().unwrap());
    assert_eq!((&whole["format"], &whole["verdict"]), (&"hugging_face_model".into(), &"malicious".into()));
    assert_eq!(whole["sha256"], Value::Null);
    assert_eq!(whole["findings"][0]["member"], "pytorch_model.bin");
}

#[test]
fn json_and_sarif_hold_the_same_findings() {
    let folder = tree();
    let run = |format: &str| {
        let output = Syndic::new().run(&["artifact", "scan", folder.path().to_str().unwrap(), "--format", format]);
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let (json, sarif) = (run("json"), run("sarif"));
    let files = json["files"].as_array().unwrap();
    let found: usize = files.iter().map(|file| file["findings"].as_array().unwrap().len()).sum();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), found);
    assert!(results.iter().any(|result| result["ruleId"] == "artifact.pickle-malicious" && result["level"] == "error"));
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn the_steps_of_a_file_are_told_with_their_offsets() {
    let folder = tree();
    let path = folder.path().join("evil.csv");
    let output = Syndic::new().run(&["artifact", "explain", path.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let steps: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(steps.contains(&vec!["14", "import", "os.system"]), "{text}");
    assert!(steps.contains(&vec!["22", "call", "os.system", "(\"true\")"]), "{text}");
    assert!(text.contains("verdict: malicious"), "{text}");
}

#[test]
fn explaining_a_folder_is_a_mistake_of_the_user() {
    let folder = tree();
    let output = Syndic::new().run(&["artifact", "explain", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
}

/// Puts checkpoints of torch into a folder, as `specs/artifact/convert_writer.py` writes them.
fn put_checkpoints(tree: &Path) {
    let python = repository().join("target/py/bin/python");
    assert!(python.exists(), "{} is missing: run `cargo xtask setup`", python.display());
    let script = "import pathlib, sys, numpy; sys.path.insert(0, sys.argv[1]); import convert_writer as w\n\
                  held = {'w': w.Tensor(w.Storage(numpy.arange(6, dtype='float32')), (2, 3))}\n\
                  pathlib.Path('checkpoint.pt').write_bytes(w.zip_file(held))\n\
                  pathlib.Path('training.pt').write_bytes(w.zip_file({'epoch': 3, 'model': held}))";
    let mut command = Command::new(python);
    command.args(["-c", script]).arg(repository().join("specs/artifact")).current_dir(tree);
    assert!(command.status().unwrap().success());
}

/// Starts a watch and tells it to stop once it has moved something away.
fn run_until_told(command: &mut Command) -> Option<i32> {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("\"quarantined\"") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended by itself");
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    std::io::copy(&mut lines, &mut std::io::sink()).unwrap();
    child.wait().unwrap().code()
}

#[test]
fn the_page_about_model_files_runs_as_it_says() {
    let page = fs::read_to_string(repository().join("docs/artifact.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("acme-support");
    copy_tree(&repository().join("examples/acme-support"), &tree);
    put_checkpoints(&tree);
    let syndic = Syndic::new();
    let commands: Vec<&str> = page.lines().filter(|line| line.starts_with("syndic ")).collect();
    assert_eq!(commands.len(), 13);
    for line in commands {
        let (command, how) = line.split_once("    # ").unwrap_or((line, "exits 0"));
        let code: i32 = how.rsplit_once("exits ").unwrap().1.trim().parse().unwrap();
        let words: Vec<String> =
            command.replace("\"case 7\"", "case-7").split_whitespace().skip(1).map(str::to_owned).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = syndic.command(&words);
        command.current_dir(&tree);
        let ended = if how.starts_with("until") {
            run_until_told(&mut command)
        } else {
            command.output().unwrap().status.code()
        };
        assert_eq!(ended, Some(code), "{line}");
    }
}
