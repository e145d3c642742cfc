//! SRV-01 over whole trees: a user that nobody saw is never a pass.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Syndic, list, repository};

/// Asset name → result and first reason of SRV-01, with the exit code.
fn judged(tree: &Path, more: &[&str]) -> (BTreeMap<String, (String, String)>, i32) {
    let (report, code) = Syndic::new().assess(tree, &[&["--no-store"], more].concat());
    let name = |urn: &Value| {
        let asset = list(&report, "assets").iter().find(|asset| &asset["urn"] == urn).unwrap();
        asset["name"].as_str().unwrap().to_owned()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let controls = list(&report["decision"], "controls").iter().filter(|control| control["control"] == "SRV-01");
    let found = controls
        .map(|control| (name(&control["asset"]), (text(&control["result"]), text(&control["reasons"][0]))))
        .collect();
    (found, code)
}

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        fs::write(tree.path().join(path), text).unwrap();
    }
    tree
}

const BUILT: &str = "services:\n  bot:\n    build: .\n    ports: ['127.0.0.1:8000:8000']\n    mem_limit: 1g\n    environment: {OPENAI_API_KEY: '${OPENAI_API_KEY}'}\n";

#[test]
fn a_service_built_from_a_dockerfile_that_is_not_there_is_unknown() {
    let tree = tree(&[("compose.yaml", BUILT), ("a.py", "import openai\n")]);
    let (found, code) = judged(tree.path(), &[]);
    let (result, reason) = &found["bot"];
    assert_eq!(result, "unknown");
    assert!(reason.contains("Dockerfile") && reason.contains("`user:`"), "{reason}");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_ne!(code, 0);
}

#[test]
fn the_dockerfile_in_the_tree_decides() {
    for (user, expected) in [("USER 1000\n", "pass"), ("", "fail")] {
        let dockerfile = format!("FROM python:3.12-slim\nCOPY a.py a.py\n{user}CMD [\"python\", \"a.py\"]\n");
        let tree = tree(&[("compose.yaml", BUILT), ("a.py", "import openai\n"), ("Dockerfile", &dockerfile)]);
        assert_eq!(judged(tree.path(), &[]).0["bot"].0, expected);
    }
}

#[test]
fn an_image_by_digest_is_unknown_until_a_user_is_set() {
    let image = format!("services:\n  llm:\n    image: vllm/vllm-openai@sha256:{}\n", "a".repeat(64));
    assert_eq!(judged(tree(&[("compose.yaml", &image)]).path(), &[]).0["llm"].0, "unknown");
    let with_user = format!("{image}    user: '1000'\n");
    assert_eq!(judged(tree(&[("compose.yaml", &with_user)]).path(), &[]).0["llm"].0, "pass");
}

#[test]
fn leaving_out_the_dockerfile_does_not_mend_it() {
    let example = repository().join("examples/acme-support");
    assert_eq!(judged(&example, &[]).0["support"].0, "fail");
    let (found, _) = judged(&example, &["--exclude", "Dockerfile"]);
    assert_eq!(found["support"].0, "unknown", "{found:?}");
}
