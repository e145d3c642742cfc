//! The command line as newcomers meet it: what is written over, what is warned of, in which case words are taken.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{Syndic, copy_tree, repository};

fn example() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("acme");
    copy_tree(&repository().join("examples/acme-support"), &tree);
    (folder, tree)
}

fn written(syndic: &Syndic, tree: &Path, output: &Path) -> (i32, String) {
    let output = output.to_str().unwrap();
    let output = syndic.run(&["assess", tree.to_str().unwrap(), "--no-store", "--format", "json", "--output", output]);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_file_of_the_tree_is_never_written_over_and_an_earlier_report_is() {
    let (folder, tree) = example();
    let syndic = Syndic::new();
    for ending in ["json", "sarif", "html", "txt", "svg", "mmd"] {
        let input = tree.join(format!("input.{ending}"));
        fs::write(&input, "{\"mine\": true}").unwrap();
        let (code, said) = written(&syndic, &tree, &input);
        assert_eq!(code, 2, "{ending}: {said}");
        assert!(said.contains("another name for --output"), "{said}");
        assert_eq!(fs::read_to_string(&input).unwrap(), "{\"mine\": true}");
        let report = tree.join(format!("report.{ending}"));
        for round in 0..2 {
            let (code, said) = written(&syndic, &tree, &report);
            assert_eq!(code, 1, "{ending} {round}: {said}");
        }
        let outside = folder.path().join(format!("outside.{ending}"));
        fs::write(&outside, "old").unwrap();
        assert_eq!(written(&syndic, &tree, &outside).0, 1, "what is not assessed may be written over");
    }
    // The link is outside, the file it leads to is not; the tree may be a single file too.
    let (link, input) = (folder.path().join("link.json"), tree.join("input.json"));
    std::os::unix::fs::symlink(&input, &link).unwrap();
    assert_eq!(written(&syndic, &tree, &link).0, 2);
    assert_eq!(written(&syndic, &input, &input).0, 2);
}

#[test]
fn words_are_taken_in_any_case() {
    let (folder, tree) = example();
    let tree = tree.join("documents");
    let output = folder.path().join("REPORT.JSON");
    let syndic = Syndic::new();
    let args = ["assess", tree.to_str().unwrap(), "--format", "JSON", "--fail-on", "HIGH", "--output"];
    let ran = syndic.run(&[&args[..], &[output.to_str().unwrap()]].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(fs::read(&output).unwrap(), ran.stdout);
    let ran = syndic.run(&["findings", "--severity", "Low", "--in-state", "OPEN"]);
    assert!(matches!(ran.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(syndic.run(&["findings", "--severity", "TERRIBLE"]).status.code(), Some(2));
}

#[test]
fn an_exclude_that_leaves_nothing_out_is_warned_of() {
    let (_folder, tree) = example();
    let warned = |patterns: &[&str]| {
        let excludes = patterns.iter().flat_map(|pattern| ["--exclude", pattern]);
        let args: Vec<&str> = ["assess", tree.to_str().unwrap(), "--no-store"].into_iter().chain(excludes).collect();
        let said = String::from_utf8(Syndic::new().run(&args).stderr).unwrap();
        said.lines().filter(|line| line.starts_with("warning: --exclude")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(warned(&["models", "data/*.csv"]), Vec::<String>::new());
    let said = warned(&["models", "no-such/**"]);
    assert!(said.len() == 1 && said[0].contains("`no-such/**`"), "{said:?}");
}

#[test]
fn a_summary_that_was_not_stored_names_no_command_that_needs_a_store() {
    let (_folder, tree) = example();
    let syndic = Syndic::new();
    let said = |more: &[&str]| {
        let args = [&["assess", tree.to_str().unwrap()][..], more].concat();
        String::from_utf8(syndic.run(&args).stdout).unwrap()
    };
    assert!(!said(&["--no-store"]).contains("syndic findings"));
    assert!(said(&[]).contains("syndic findings"));
}

#[test]
fn every_rule_is_explained_with_its_reason_its_remedy_and_an_example() {
    let syndic = Syndic::new();
    let listed = String::from_utf8(syndic.run(&["explain"]).stdout).unwrap();
    let ids = listed.lines().map(|line| line.split(' ').next().unwrap());
    // The ids of controls have no dot; they have a test of their own.
    let rules: Vec<&str> = ids.filter(|id| id.contains('.')).collect();
    assert!(rules.iter().any(|rule| rule.starts_with("threat.")));
    for rule in rules {
        let output = syndic.run(&["explain", rule]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{rule}");
        for part in ["\nWhy\n  ", "\nFix\n  ", "\nIs found in ", "\nIs not found in "] {
            assert!(text.contains(part), "{rule} has no `{}`:\n{text}", part.trim());
        }
    }
}
