//! Runs every `test_*` rule of the baseline pack and holds each control to having its three cases.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test stops at the first surprise and reads the committed pack"
)]

use std::fs;
use std::path::{Path, PathBuf};

use syndic_policy::{Catalogue, lint};

fn pack() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../policies/baseline");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The `test_*` rules a file declares, as data paths.
fn tests_of(text: &str) -> Vec<String> {
    let package = text.lines().find_map(|line| line.strip_prefix("package ")).unwrap();
    text.lines()
        .filter(|line| line.starts_with("test_"))
        .filter_map(|line| line.split_whitespace().next())
        .map(|name| format!("data.{package}.{name}"))
        .collect()
}

#[test]
fn every_rego_test_of_the_pack_holds() {
    let pack = pack();
    let mut engine = regorus::Engine::new();
    for (name, text) in pack.iter().filter(|(name, _)| name.ends_with(".rego")) {
        engine.add_policy(name.clone(), text.clone()).unwrap();
    }
    let tests: Vec<String> =
        pack.iter().filter(|(name, _)| name.ends_with("_test.rego")).flat_map(|(_, text)| tests_of(text)).collect();
    assert!(tests.len() > 80, "only {} tests were found", tests.len());
    let mut failed = Vec::new();
    for path in &tests {
        match engine.eval_rule(path.clone()) {
            Ok(regorus::Value::Bool(true)) => {}
            other => failed.push(format!("{path}: {other:?}")),
        }
    }
    assert!(failed.is_empty(), "{} of {} Rego tests fail:\n{}", failed.len(), tests.len(), failed.join("\n"));
}

#[test]
fn every_control_has_a_case_that_passes_one_that_fails_and_one_that_is_unknown() {
    let pack = pack();
    let (_, catalogue) = pack.iter().find(|(name, _)| name == "catalogue.yaml").unwrap();
    for control in Catalogue::parse(catalogue).unwrap().controls {
        let name = format!("{}_test.rego", control.id.to_lowercase());
        let (_, text) = pack.iter().find(|(file, _)| *file == name).unwrap_or_else(|| panic!("{name} is missing"));
        for result in ["\"pass\"", "\"fail\"", "\"unknown\""] {
            assert!(text.contains(result), "{name} has no case for {result}");
        }
    }
}

#[test]
fn the_pack_has_no_doubtful_negation() {
    let warnings: Vec<_> = pack().iter().flat_map(|(name, text)| lint(name, text)).collect();
    assert_eq!(warnings, []);
}
