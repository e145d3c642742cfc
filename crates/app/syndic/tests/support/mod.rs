//! Runs the built binary the way a user does, with a state folder of its own.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A state folder and the binary.
pub struct Syndic {
    pub state: tempfile::TempDir,
}

impl Syndic {
    pub fn new() -> Self {
        Self { state: tempfile::tempdir().unwrap() }
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_syndic"));
        command.args(args).env("SYNDIC_STATE", self.state.path()).env("NO_COLOR", "1").env_remove("RUST_BACKTRACE");
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Assesses `path` as JSON.
    pub fn assess(&self, path: &Path, more: &[&str]) -> (Value, i32) {
        let mut args = vec!["assess", path.to_str().unwrap(), "--format", "json"];
        args.extend(more);
        let output = self.run(&args);
        let text = String::from_utf8(output.stdout).unwrap();
        let value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
        (value, output.status.code().unwrap())
    }
}

/// The root of the source tree.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").canonicalize().unwrap()
}

/// Copies a tree, so that a test can change it.
pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Returns the list under `name`, as objects.
pub fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap()
}
