//! A folder with a bad and a good file, and a quarantine.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::support::Syndic;

/// Starts a program when it is loaded.
pub const EVIL: &[u8] = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.";
/// A dictionary of a number.
pub const PLAIN: &[u8] = b"\x80\x04}\x8c\x01aK\x01s.";

pub struct Scene {
    pub syndic: Syndic,
    pub folder: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("evil.pkl"), EVIL).unwrap();
        fs::write(folder.path().join("plain.pkl"), PLAIN).unwrap();
        Self { syndic: Syndic::new(), folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub fn vault(&self) -> PathBuf {
        self.syndic.state.path().join("quarantine")
    }

    pub fn run(&self, words: &[&str]) -> Output {
        let words: Vec<&str> = ["artifact", "quarantine"].iter().chain(words).copied().collect();
        self.syndic.command(&words).current_dir(self.folder.path()).output().unwrap()
    }

    pub fn listed(&self) -> (Vec<Value>, i32) {
        let output = self.run(&["list", "--json"]);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        (value["quarantine"].as_array().unwrap().clone(), output.status.code().unwrap())
    }

    /// Moves a file away and returns its id.
    pub fn take(&self, name: &str) -> String {
        let output = self.run(&[name, "--reason", "case 7", "--actor", "ada"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
