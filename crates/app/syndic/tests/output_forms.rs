//! The forms of a result: JSON and SARIF hold to their schemas on real trees, the summary is text, the page runs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod support;

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Syndic, copy_tree, repository};

/// Returns what a JSON Schema file finds wrong with a document; empty when it holds.
fn faults(schema: &str, document: &Value) -> String {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    let index = compiler.compile(repository().join(schema).to_str().unwrap(), &mut schemas).unwrap();
    schemas.validate(document, index).err().map_or_else(String::new, |error| format!("{error:#}"))
}

fn example() -> PathBuf {
    repository().join("examples/acme-support")
}

/// A tree that somebody made to hurt.
fn hostile(tree: &Path) {
    for name in
        [&b"a\xff\x1b[2J\n.pkl"[..], "模型 100%.csv".as_bytes(), b"[x](https:evil).json", "r\u{202e}lkp.py".as_bytes()]
    {
        fs::write(tree.join(std::ffi::OsStr::from_bytes(name)), b"\x80\x04]\x94.").unwrap();
    }
    fs::write(tree.join("bad.safetensors"), [0xff; 64]).unwrap();
    fs::write(tree.join("cut.gguf"), b"GGUF\x03\x00\x00\x00").unwrap();
    fs::write(tree.join("deep.json"), "[".repeat(100_000)).unwrap();
    fs::write(tree.join("requirements.txt"), "torch\u{1b}[31m\n--extra-index-url http://a b\n").unwrap();
    fs::write(tree.join("data.csv"), "e\u{1b}mail\nanna@example.org\nbob@example.org\n".repeat(50)).unwrap();
    symlink("/", tree.join("everything")).unwrap();
    fs::File::create(tree.join("huge.bin")).unwrap().set_len(1 << 40).unwrap();
}

fn trees() -> Vec<(&'static str, tempfile::TempDir)> {
    let empty = tempfile::tempdir().unwrap();
    let harmless = tempfile::tempdir().unwrap();
    fs::write(harmless.path().join("notes.txt"), "hello\n").unwrap();
    let hurting = tempfile::tempdir().unwrap();
    hostile(hurting.path());
    let copy = tempfile::tempdir().unwrap();
    copy_tree(&example(), copy.path());
    vec![("empty", empty), ("harmless", harmless), ("hostile", hurting), ("example", copy)]
}

fn output(tree: &Path, format: &str) -> String {
    let output = Syndic::new().run(&["assess", tree.to_str().unwrap(), "--no-store", "--format", format]);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn json_holds_to_the_published_schema() {
    for (name, tree) in trees() {
        let document: Value = serde_json::from_str(&output(tree.path(), "json")).unwrap();
        assert_eq!(faults("docs/schema/assessment-v1.schema.json", &document), "", "{name}");
    }
}

#[test]
fn sarif_holds_to_the_oasis_schema() {
    for (name, tree) in trees() {
        let document: Value = serde_json::from_str(&output(tree.path(), "sarif")).unwrap();
        let schema = "crates/adapter/report/tests/fixtures/sarif-schema-2.1.0.json";
        assert_eq!(faults(schema, &document), "", "{name}");
        let succeeded = &document["runs"][0]["invocations"][0]["executionSuccessful"];
        assert_eq!(*succeeded, name != "hostile", "{name}: a run that could not look must not look clean");
    }
}

#[test]
fn a_piped_summary_is_plain_text_of_100_columns() {
    for (name, tree) in trees() {
        let text = output(tree.path(), "human");
        assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{name}: {text:?}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{name}: {text}");
        assert!(text.contains("Next steps"), "{name}");
    }
}

#[test]
fn a_tree_without_ai_reads_well() {
    let trees = trees();
    let texts: Vec<String> = trees.iter().take(2).map(|(_, tree)| output(tree.path(), "human")).collect();
    for text in &texts {
        assert!(text.contains("No AI asset was found in what was looked at"), "{text}");
    }
    assert!(texts[0].contains("UNKNOWN") && texts[0].contains("no file was seen"), "{}", texts[0]);
    assert!(texts[1].contains("ALLOW: no AI asset was found"), "{}", texts[1]);
}

#[test]
fn equal_trees_give_equal_summaries() {
    let (one, two) = (output(&example(), "human"), output(&example(), "human"));
    // Only the line with the seconds may differ.
    let stable = |text: &str| text.lines().filter(|line| !line.contains(" hashed in ")).collect::<Vec<_>>().join("\n");
    assert_eq!(stable(&one), stable(&two));
}
