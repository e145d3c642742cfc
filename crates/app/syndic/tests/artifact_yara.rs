//! `syndic artifact scan --yara`: with the feature `yara` the rules are applied, without it they are refused.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod artifact_scene;
mod support;

use std::fs;

use artifact_scene::{PLAIN, Scene};

const RULES: &str = "rule plain_dictionary { strings: $a = { 80 04 7D } condition: $a at 0 }\n";

#[test]
fn rules_of_the_users_own_are_applied_where_they_are_built_in_and_refused_elsewhere() {
    let scene = Scene::new();
    fs::write(scene.path("own.yar"), RULES).unwrap();
    fs::write(scene.path("plain.pkl"), PLAIN).unwrap();
    let words = ["artifact", "scan", "plain.pkl", "--yara", "own.yar", "--format", "jsonl"];
    let output = scene.syndic.command(&words).current_dir(scene.folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    if !cfg!(feature = "yara") {
        assert!(output.status.code() == Some(2) && said.contains("--features yara"), "{said}");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{said}");
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding =
        object["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "yara.match").unwrap();
    assert_eq!((&object["verdict"], &finding["offset"]), (&"suspicious".into(), &0.into()));
    assert_eq!(finding["message"], "the rule plain_dictionary of own.yar fits: $a at byte 0");
    fs::write(scene.path("own.yar"), "rule a {\n condition: $x }\n").unwrap();
    let output = scene.syndic.command(&words).current_dir(scene.folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("own.yar:2:13"), "{said}");
}
