//! A file is put off only when nothing comes of reading it by itself: held against real source trees nobody here wrote.
//!
//! The trees lie in `target/real-inputs`, put there by `cargo xtask setup`; nothing of them is ever run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::repository;
use syndic_code::{CodeEngine, Facts, Language};
use syndic_evidence::{AssetKind, Input, Urn};

fn trees() -> PathBuf {
    let inputs = std::env::var_os("SYNDIC_REAL_INPUTS");
    let trees = inputs.map_or_else(|| repository().join("target/real-inputs"), PathBuf::from).join("sdists");
    assert!(trees.is_dir(), "{} is missing: run `cargo xtask setup`", trees.display());
    trees
}

fn python_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries.into_iter().filter(|path| !path.is_symlink()) {
        if path.is_dir() {
            python_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "py") {
            found.push(path);
        }
    }
}

/// One name may be asked for in every line: the file is still gone through only so often.
#[test]
fn looking_takes_time_that_grows_with_the_text() {
    let engine = CodeEngine::builtin().unwrap();
    let owner = Urn::local("t", AssetKind::Application, "app");
    let input = Input { system: "t", path: "app/a.py", subject: &owner, owner: &owner };
    for line in ["{\"role\": \"system\", \"content\": a}\n", "f(system=a)\n", "x = 'a'  # (\n", "messages=a\n"] {
        let text = format!("# pickle\n{}", line.repeat(2_000_000 / line.len()));
        let begun = Instant::now();
        let _ = engine.look(input, Language::Python, &text);
        assert!(begun.elapsed() < Duration::from_secs(30), "{line}: {:?}", begun.elapsed());
    }
}

#[test]
fn what_is_put_off_holds_nothing_but_links() {
    let engine = CodeEngine::builtin().unwrap();
    let owner = Urn::local("t", AssetKind::Application, "app");
    let root = trees();
    let mut files = Vec::new();
    python_files(&root, &mut files);
    let (mut looked_at, mut put_off) = (0, 0);
    for file in &files {
        let (path, Ok(text)) = (file.strip_prefix(&root).unwrap().to_str().unwrap(), fs::read_to_string(file)) else {
            continue;
        };
        let input = Input { system: "t", path, subject: &owner, owner: &owner };
        let Some(first) = engine.look(input, Language::Python, &text) else { continue };
        looked_at += 1;
        if first.facts["is_deferred"] != Value::Bool(true) {
            continue;
        }
        put_off += 1;
        let Some(whole) = engine.inspect(input, Language::Python, &text) else { continue };
        let facts: Facts = serde_json::from_value(whole.facts).unwrap();
        assert!(facts.is_empty(), "{path}: {facts:#?}");
        assert!(whole.findings.is_empty(), "{path}");
        assert!(facts.links.executed.is_empty() && facts.links.mounts.is_empty(), "{path}: {:#?}", facts.links);
    }
    assert!(put_off > 1_000 && looked_at > put_off + 500, "{put_off} of {looked_at} were put off");
}
