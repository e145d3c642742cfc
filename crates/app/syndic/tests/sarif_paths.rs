//! Where SARIF says a finding is, a file is: seen from the folder the program was started in.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Syndic, copy_tree, list, repository};

/// Assesses `paths` from `folder` and returns the URIs of all results.
fn uris(folder: &Path, paths: &[&str]) -> Vec<String> {
    let syndic = Syndic::new();
    let more = ["--system", "support", "--format", "sarif", "--no-store"];
    let output = syndic.command(&[&["assess"], paths, &more].concat()).current_dir(folder).output().unwrap();
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let places = list(&log["runs"][0], "results").iter().map(|result| &result["locations"][0]["physicalLocation"]);
    places.map(|place| place["artifactLocation"]["uri"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_uri_is_a_file_for_folders_and_files_alike() {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("acme");
    copy_tree(&repository().join("examples/acme-support"), &tree);
    for (from, paths) in [
        (tree.as_path(), &["."][..]),
        (&tree, &["app"]),
        (&tree, &["app", "k8s", "docker-compose.yml"]),
        (&tree, &["docker-compose.yml"]),
        (&tree, &["requirements.txt", "training/requirements.txt"]),
        (folder.path(), &["acme"]),
        (folder.path(), &["acme/app", "acme/docker-compose.yml"]),
    ] {
        let uris = uris(from, paths);
        assert!(!uris.is_empty(), "{paths:?}");
        let missing: Vec<_> = uris.iter().filter(|uri| !from.join(uri).exists()).collect();
        assert!(missing.is_empty(), "{paths:?}: {missing:?}");
    }
}

#[test]
fn a_tree_outside_of_the_working_folder_keeps_its_own_paths() {
    let folder = tempfile::tempdir().unwrap();
    let tree = repository().join("examples/acme-support");
    let uris = uris(folder.path(), &[tree.to_str().unwrap()]);
    assert!(!uris.is_empty() && uris.iter().all(|uri| tree.join(uri).exists()), "{uris:?}");
}
