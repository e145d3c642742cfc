//! `syndic secrets`: what is printed, what is never printed, what is accepted, and what the hook does.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::Syndic;

/// Values of many forms, put together here so that no file holds one whole.
fn planted() -> Vec<(&'static str, String)> {
    vec![
        ("HF_TOKEN = '{}'", ["hf_", "pVxKqWmZtRbYcLdG", "sNfHjAeUoTiQwXrZ"].concat()),
        ("gh = '{}'", ["ghp", "_zQWBuTSOoRi4A9spHc", "VY5ncnsDkxkJ0mLq17"].concat()),
        ("DB_PASSWORD = \"{}\"", ["Tz9k", "Lw4Qm2", "Vx"].concat()),
        ("url = 'postgres://app:{}@db.internal/x'", ["Rk8v", "Pz3Wq", "7Lm"].concat()),
        ("h = {'Authorization': 'Bearer {}'}", ["q9Xw3Lk7", "Zt2Vb8Nc4", "Rm6Yp1Hs5"].concat()),
        ("DATADOG_API_KEY = '{}'", ["9f3c1b7ae04d58", "26c1f09be7d4a35c68"].concat()),
    ]
}

fn plant(folder: &Path) -> Vec<String> {
    let planted = planted();
    let text: String = planted.iter().map(|(line, value)| line.replace("{}", value) + "\n").collect();
    fs::write(folder.join("settings.py"), text).unwrap();
    planted.into_iter().map(|(_, value)| value).collect()
}

fn git(folder: &Path, words: &[&str]) -> Output {
    Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(words)
        .current_dir(folder)
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn one_object_a_secret_has_exactly_the_promised_keys() {
    let folder = tempfile::tempdir().unwrap();
    let values = plant(folder.path());
    let output = Syndic::new().run(&["secrets", folder.path().to_str().unwrap(), "--format", "jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    let found = lines(&output);
    assert_eq!(found.len(), values.len(), "{found:?}");
    for object in &found {
        let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
        let mut wanted =
            ["rule", "path", "line", "column", "commit", "severity", "confidence", "validated", "fingerprint"];
        wanted.sort_unstable();
        let mut keys = keys;
        keys.sort_unstable();
        assert_eq!(keys, wanted);
    }
}

#[test]
fn no_output_log_report_ledger_or_store_holds_a_planted_secret() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let values = plant(folder);
    let syndic = Syndic::new();
    git(folder, &["init", "-q", "-b", "main"]);
    git(folder, &["add", "-A"]);
    let mut said = Vec::new();
    let path = folder.to_str().unwrap();
    let baseline = folder.join("baseline.json");
    let mut runs: Vec<Vec<&str>> = ["human", "json", "jsonl", "sarif"]
        .iter()
        .flat_map(|format| [vec!["secrets", path, "--format", format], vec!["secrets", "--staged", "--format", format]])
        .collect();
    runs.push(vec!["secrets", path, "--write-baseline", baseline.to_str().unwrap(), "--reason", "known"]);
    runs.push(vec!["secrets", "rotate-plan", path]);
    runs.push(vec!["secrets", "rotate-plan", "--json", path]);
    runs.push(vec![
        "assess", path, "--format", "json", "--output", "r.html", "--output", "r.sarif", "--output", "r.txt",
    ]);
    runs.push(vec!["ledger", "search"]);
    for words in &runs {
        let mut command = syndic.command(words);
        let output = command.current_dir(folder).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1").output().unwrap();
        said.push((format!("{words:?}"), output.stdout));
        said.push((format!("stderr of {words:?}"), output.stderr));
    }
    git(folder, &["commit", "-q", "-m", "one"]);
    for format in ["human", "json", "jsonl", "sarif"] {
        let output = syndic.run(&["secrets", "--git", path, "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        said.push((format!("--git {format}"), [output.stdout, output.stderr].concat()));
    }
    files(syndic.state.path(), &mut said);
    said.push(("baseline".to_owned(), fs::read(&baseline).unwrap()));
    for report in ["r.html", "r.sarif", "r.txt"] {
        said.push((report.to_owned(), fs::read(folder.join(report)).unwrap_or_default()));
    }
    for (what, bytes) in &said {
        for value in &values {
            // Four characters of an issuer's own prefix may be shown; the rest never.
            let hidden = &value.as_bytes()[4..];
            let is_there = bytes.windows(hidden.len()).any(|window| window == hidden);
            assert!(!is_there, "{what} holds the value of {} characters", value.len());
        }
    }
}

fn files(folder: &Path, said: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            files(&entry.path(), said);
        } else {
            said.push((entry.path().display().to_string(), fs::read(entry.path()).unwrap()));
        }
    }
}

#[test]
fn a_fingerprint_survives_moved_lines_and_changes_under_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    plant(folder);
    let key = folder.join("key.txt");
    fs::write(&key, "a key of more than sixteen bytes").unwrap();
    let prints = |more: &[&str]| {
        let mut args = vec!["secrets", "settings.py", "--format", "jsonl"];
        args.extend(more);
        let output = Syndic::new().command(&args).current_dir(folder).output().unwrap();
        lines(&output).iter().map(|object| object["fingerprint"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = prints(&[]);
    let text = fs::read_to_string(folder.join("settings.py")).unwrap();
    fs::write(folder.join("settings.py"), format!("import os\n\n\n{text}")).unwrap();
    assert_eq!(prints(&[]), before);
    let keyed = prints(&["--fingerprint-key", key.to_str().unwrap()]);
    assert!(keyed.iter().all(|print| !before.contains(print)));
}

#[test]
fn marks_with_a_reason_and_baselines_accept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (_, value) = planted().swap_remove(0);
    let run = |more: &[&str]| {
        let mut args = vec!["secrets", "a.py"];
        args.extend(more);
        Syndic::new().command(&args).current_dir(folder).output().unwrap().status.code()
    };
    fs::write(folder.join("a.py"), format!("t = '{value}'  # syndic:ignore\n")).unwrap();
    assert_eq!(run(&[]), Some(1));
    fs::write(folder.join("a.py"), format!("t = '{value}'  # syndic:ignore revoked in May\n")).unwrap();
    assert_eq!(run(&[]), Some(0));
    fs::write(folder.join("a.py"), format!("t = '{value}'\n")).unwrap();
    assert_eq!(run(&["--write-baseline", "b.json", "--reason", "moved to the vault"]), Some(1));
    assert_eq!(run(&["--baseline", "b.json"]), Some(0));
    assert_eq!(run(&["--write-baseline", "old.json", "--reason", "r", "--until", "2020-01-01"]), Some(1));
    assert_eq!(run(&["--baseline", "old.json"]), Some(1));
    assert_eq!(run(&["--baseline", "missing.json"]), Some(3));
}

#[test]
fn standard_input_is_judged_by_the_name_it_is_given() {
    let mut child = Syndic::new()
        .command(&["secrets", "--stdin", "--stdin-name", ".env", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (_, value) = planted().swap_remove(2);
    writeln!(child.stdin.take().unwrap(), "DB_PASSWORD={value}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(lines(&output).len(), 1);
    assert_eq!(lines(&output)[0]["path"], ".env");
}

#[test]
fn what_could_not_be_read_is_never_clean() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cut.zip"), b"PK\x03\x04 and no more").unwrap();
    let output = Syndic::new().run(&["secrets", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let missing = Syndic::new().run(&["secrets", "no/such/place"]);
    assert_eq!(missing.status.code(), Some(3));
}

#[test]
fn the_hook_stops_a_commit_with_a_secret_and_lets_others_pass() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    let installed = Syndic::new().run(&["init", "--pre-commit", folder.to_str().unwrap()]);
    assert_eq!(installed.status.code(), Some(0), "{}", String::from_utf8_lossy(&installed.stderr));
    fs::write(folder.join("a.py"), "x = 1\n").unwrap();
    git(folder, &["add", "-A"]);
    assert!(git(folder, &["commit", "-q", "-m", "one"]).status.success());
    plant(folder);
    git(folder, &["add", "-A"]);
    assert!(!git(folder, &["commit", "-q", "-m", "two"]).status.success());
    fs::write(folder.join(".git/hooks/pre-commit"), "#!/bin/sh\n").unwrap();
    assert_eq!(Syndic::new().run(&["init", "--pre-commit", folder.to_str().unwrap()]).status.code(), Some(2));
}

#[test]
fn rules_of_gitleaks_are_taken_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rules = "[[rules]]\nid = 'acme-key'\nregex = '''acme_key = '(acm_[a-z0-9]{16})''''\nkeywords = ['acme']\n";
    fs::write(folder.join("rules.toml"), rules.replace("''''", "['\"]'''").replace("'(acm", "['\"](acm")).unwrap();
    fs::write(folder.join("a.py"), format!("acme_key = '{}'\n", ["acm_k3v9q2", "z7m1x8w5t4"].concat())).unwrap();
    let args = ["secrets", "a.py", "--rules", "rules.toml", "--only-rules", "--format", "jsonl"];
    let output = Syndic::new().command(&args).current_dir(folder).output().unwrap();
    let found = lines(&output);
    assert_eq!(found.len(), 1, "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((&found[0]["rule"], &found[0]["line"]), (&Value::from("acme-key"), &Value::from(1)));
}
