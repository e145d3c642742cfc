//! Credentials in names and metadata reach no report, no store and no evidence.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

use support::{Syndic, list};

/// Keys of issuers' forms that nobody issued, in two parts so that this file holds none.
const OPENAI: [&str; 2] = [
    "sk-pr",
    "oj-T3mVxKqWmZtRbYcLdGsNfHjAeUoTiQwXrZ9aB2cD4eF6gH8jK1mN3pQ5rS7tV9wX2yZ4aB6cD8eF0gH2jT3BlbkFJkL4mN6pQ8rS0tU2vW4xY6zA8bC0dE2fG4hJ6kL8mN0pQ2rS4tU6vW8xY0zA2bC4dE6fG8hJ",
];
const HUGGING_FACE: [&str; 2] = ["hf_", "pVxKqWmZtRbYcLdGsNfHjAeUoTiQwXrZab"];
const OTHER: [&str; 2] = ["hf_", "QmZtRbYcLdGsNfHjAeUoTiQwXrZabpVxKq"];

fn safetensors(metadata: &str) -> Vec<u8> {
    let header =
        format!("{{\"__metadata__\":{{{metadata}}},\"w\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}}}");
    let mut bytes = u64::try_from(header.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend([0; 4]);
    bytes
}

/// A GGUF file of version 3 with one string in its metadata and no tensor.
fn gguf(value: &str) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend(1_u64.to_le_bytes());
    for (text, kind) in [("general.name", Some(8_u32)), (value, None)] {
        bytes.extend(u64::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(kind.map(u32::to_le_bytes).into_iter().flatten());
    }
    bytes
}

/// A system whose names and metadata are full of keys; the folder itself is one.
fn leaky(parent: &Path) -> std::path::PathBuf {
    let (key, other) = (HUGGING_FACE.concat(), OTHER.concat());
    let tree = parent.join(OPENAI.concat());
    for folder in [key.as_str(), other.as_str()] {
        fs::create_dir_all(tree.join(folder).join("models")).unwrap();
        fs::write(tree.join(folder).join("requirements.txt"), "openai==1.0.0\njoblib\n").unwrap();
        fs::write(tree.join(folder).join("models/intent.pkl"), b"\x80\x04]\x94.").unwrap();
        let code = format!("import joblib\nmodel = joblib.load(\"{folder}/models/intent.pkl\")\n");
        fs::write(tree.join(folder).join("main.py"), code).unwrap();
    }
    fs::write(tree.join(&key).join("broken.gguf"), b"GGUF\x03\x00").unwrap();
    fs::write(tree.join("a.safetensors"), safetensors(&format!("\"author\":\"{key}\",\"{other}\":\"x\""))).unwrap();
    fs::write(tree.join("b.gguf"), gguf(&key)).unwrap();
    std::os::unix::fs::symlink("nowhere", tree.join(format!("link-to.{key}"))).unwrap();
    tree
}

fn holds_none(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    for key in [OPENAI, HUGGING_FACE, OTHER] {
        // Its second half: a beginning may name the issuer.
        let secret = &key[1].to_lowercase()[8..];
        let place = text.find(secret).map(|at| text.get(at.saturating_sub(80)..at + 20).unwrap_or_default().to_owned());
        assert_eq!(place, None, "{what}");
    }
}

#[test]
fn no_report_store_or_evidence_holds_a_credential_from_a_name_or_from_metadata() {
    let parent = tempfile::tempdir().unwrap();
    let tree = leaky(parent.path());
    let syndic = Syndic::new();
    for format in ["json", "human", "sarif", "html", "svg", "mermaid"] {
        let output = syndic.run(&["assess", tree.to_str().unwrap(), "--format", format]);
        holds_none(format, &output.stdout);
        holds_none(format, &output.stderr);
    }
    let mut folders = vec![syndic.state.path().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                holds_none(path.to_str().unwrap(), &fs::read(&path).unwrap());
            }
        }
    }
    holds_none("the ledger, decrypted", &syndic.run(&["ledger", "export"]).stdout);
    for digest in String::from_utf8(syndic.run(&["evidence"]).stdout).unwrap().lines() {
        let digest = digest.split(' ').next().unwrap();
        let envelope: serde_json::Value = serde_json::from_slice(&syndic.run(&["evidence", digest]).stdout).unwrap();
        holds_none(digest, &base64(envelope["payload"].as_str().unwrap()));
    }
    assert_eq!(syndic.run(&["evidence", "--verify"]).status.code(), Some(0));
    let system = OPENAI.concat();
    let assets = syndic.run(&["assets", "--system", &system]);
    assert_eq!(assets.status.code(), Some(0), "a system is found by its true name");
}

#[test]
fn masked_names_stay_apart_and_references_still_meet() {
    let parent = tempfile::tempdir().unwrap();
    let tree = leaky(parent.path());
    let (report, _) = Syndic::new().assess(&tree, &["--no-store"]);
    let models: Vec<_> = list(&report, "assets")
        .iter()
        .filter(|asset| asset["kind"] == "model" && asset["name"].as_str().unwrap().ends_with("intent.pkl"))
        .collect();
    assert_eq!(models.len(), 2, "{models:?}");
    assert!(models.iter().all(|model| model["props"]["present"] != false && model["digest"].is_string()), "{models:?}");
    let applications: Vec<&str> = list(&report, "assets")
        .iter()
        .filter(|asset| asset["kind"] == "application")
        .map(|asset| asset["name"].as_str().unwrap())
        .collect();
    assert_eq!(applications.iter().filter(|name| name.starts_with("masked-")).count(), 2, "{applications:?}");
    for model in models {
        let edge = |kind: &str| {
            list(&report, "relations")
                .iter()
                .find(|edge| edge["dst"] == model["urn"] && edge["kind"] == kind)
                .map(|edge| edge["src"].as_str().unwrap())
        };
        let (loads, contains) = (edge("loads").unwrap(), edge("contains").unwrap());
        assert_eq!(loads, contains, "the application that holds the model loads it");
    }
}

fn base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        bits = bits << 6 | u32::from(digit(byte));
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}
