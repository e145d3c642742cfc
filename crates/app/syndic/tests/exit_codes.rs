//! 0 clean or allowed, 1 findings or denied, 2 usage, 3 could not check; stdout is the result, stderr the rest.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;

use support::{Syndic, repository};

fn code(syndic: &Syndic, args: &[&str]) -> i32 {
    syndic.run(args).status.code().unwrap()
}

#[test]
fn a_tree_with_nothing_wrong_is_allowed() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("notes.txt"), "hello\n").unwrap();
    let syndic = Syndic::new();
    let output = syndic.run(&["assess", tree.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn findings_exit_with_1() {
    let tree = repository().join("examples/acme-support");
    assert_eq!(code(&Syndic::new(), &["assess", tree.to_str().unwrap()]), 1);
}

#[test]
fn mistakes_of_the_user_exit_with_2() {
    let syndic = Syndic::new();
    for args in [
        &["assess"][..],
        &["nonsense"],
        &["assess", ".", "--format", "pdf"],
        &["assess", ".", "--fail-on", "terrible"],
        &["assess", ".", "--output", "report.docx"],
        &["assess", ".", "--exclude", "a{b"],
        &["explain", "no.such-rule"],
    ] {
        assert_eq!(code(&syndic, args), 2, "{args:?}");
    }
}

#[test]
fn what_could_not_be_checked_exits_with_3() {
    let syndic = Syndic::new();
    assert_eq!(code(&syndic, &["assess", "no/such/path"]), 3);
    assert_eq!(code(&syndic, &["findings"]), 3, "there is no store yet");
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("model.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n").unwrap();
    assert_eq!(code(&syndic, &["assess", tree.path().to_str().unwrap()]), 3, "the content was not there to look at");
}

#[test]
fn errors_say_what_and_what_next_on_stderr() {
    let output = Syndic::new().run(&["findings"]);
    assert!(output.stdout.is_empty());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("no store in") && text.contains("syndic assess PATH"), "{text}");
}

#[test]
fn a_closed_pipe_is_no_fault() {
    let syndic = Syndic::new();
    let tree = repository().join("examples/acme-support");
    let mut child = syndic
        .command(&["assess", tree.to_str().unwrap(), "--no-store"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}
