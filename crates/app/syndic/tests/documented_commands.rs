//! Every command in `docs/` is run, in a copy of the example, and exits as the page says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{copy_tree, repository};

/// Returns the commands of a page with the exit code each promises.
fn commands(page: &str) -> Vec<(String, i32)> {
    let mut commands = Vec::new();
    let mut is_shell = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_shell = line == "```sh";
        } else if is_shell && line.starts_with("syndic ") {
            let (command, code) = line.split_once("# exits ").unwrap_or((line, "0"));
            commands.push((command.trim().to_owned(), code.trim().parse().unwrap()));
        }
    }
    commands
}

/// Runs a page from top to bottom and returns the folder it ran in.
fn run_page(name: &str, least: usize) -> tempfile::TempDir {
    let page = fs::read_to_string(repository().join("docs").join(name)).unwrap();
    let commands = commands(&page);
    assert!(commands.len() >= least, "{name} has lost its commands");
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("acme-support");
    copy_tree(&repository().join("examples/acme-support"), &tree);
    let state = tempfile::tempdir().unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_syndic")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    for (command, code) in commands {
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(&tree)
            .env("PATH", &path)
            .env("SYNDIC_STATE", state.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let said = format!("{command}\n{text}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{said}");
    }
    folder
}

#[test]
fn the_page_about_assessing_runs_and_leaves_its_reports() {
    let folder = run_page("assess.md", 12);
    for name in ["assessment.json", "report.html", "findings.sarif", "diagram.svg"] {
        assert!(fs::metadata(folder.path().join("acme-support").join(name)).unwrap().len() > 1_000, "{name}");
    }
}

#[test]
fn the_page_about_findings_runs() {
    run_page("findings.md", 5);
}

#[test]
fn the_page_about_evidence_runs() {
    run_page("evidence.md", 3);
}

#[test]
fn the_page_about_the_ledger_runs() {
    run_page("ledger.md", 20);
}

#[test]
fn the_page_about_the_witness_runs() {
    run_page("witness.md", 2);
}

#[test]
fn the_page_about_the_archive_runs() {
    run_page("archive.md", 5);
}

#[test]
fn the_page_about_the_threat_model_runs() {
    run_page("threat-model.md", 2);
}

#[test]
fn the_page_about_secrets_runs() {
    run_page("secrets.md", 5);
}
