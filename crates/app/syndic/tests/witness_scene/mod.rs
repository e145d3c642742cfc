//! A witness as a process of its own, and a tree whose runs it witnesses.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Output, Stdio};

use super::support::Syndic;

/// `syndic ledger witness serve`, killed when dropped.
pub struct Witness {
    child: Child,
    pub url: String,
    pub key: String,
}

impl Witness {
    /// Starts the witness of a state folder on a free port and waits until it listens.
    pub fn start(home: &Syndic, more: &[&str]) -> Self {
        Self::run(home, &[&["--listen", "127.0.0.1:0"], more].concat())
    }

    /// Starts it where it was before.
    pub fn start_at(home: &Syndic, address: &str) -> Self {
        Self::run(home, &["--listen", address])
    }

    fn run(home: &Syndic, more: &[&str]) -> Self {
        let args = [&["ledger", "witness", "serve"], more].concat();
        let mut child = home.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut value = |name: &str| {
            let line = lines.next().unwrap_or_else(|| panic!("the witness ended early")).unwrap();
            line.strip_prefix(name).unwrap_or_else(|| panic!("{line}")).trim().to_owned()
        };
        let (url, key) = (value("witness"), value("key"));
        Self { child, url, key }
    }

    /// Ends it as a service manager does; returns its exit code and what it said.
    pub fn stop(mut self) -> (i32, String) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.child.stderr.take().unwrap(), &mut said).unwrap();
        (self.child.wait().unwrap().code().unwrap(), said)
    }

    /// Ends it as a failing machine does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A log's state folder, its tree, a witness that knows the log, and the log that knows the witness.
pub struct Scene {
    pub tree: tempfile::TempDir,
    pub log: Syndic,
    pub home: Syndic,
    pub witness: Option<Witness>,
}

impl Scene {
    pub fn new() -> Self {
        let tree = tempfile::tempdir().unwrap();
        std::fs::write(tree.path().join("app.py"), "import openai\nopenai.OpenAI().responses.create(model='gpt-4o')\n")
            .unwrap();
        let (log, home) = (Syndic::new(), Syndic::new());
        log.assess(tree.path(), &[]);
        let witness = Witness::start(&home, &["--name", "w.example/1", "--log", &log_key(&log)]);
        let added = log.run(&["ledger", "witness", "add", &witness.url, &witness.key]);
        assert_eq!(added.status.code(), Some(0), "{}", said(&added));
        Self { tree, log, home, witness: Some(witness) }
    }

    pub fn witness(&self) -> &Witness {
        self.witness.as_ref().unwrap()
    }

    /// Assesses and returns what was said besides the result.
    pub fn assess(&self) -> (i32, String) {
        let output = self.log.run(&["assess", self.tree.path().to_str().unwrap(), "--format", "json"]);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Exit code and words of a command on the log's state folder.
    pub fn run(&self, args: &[&str]) -> (i32, String) {
        let output = self.log.run(args);
        (output.status.code().unwrap(), said(&output))
    }

    /// Records in the log.
    pub fn size(&self) -> u64 {
        // Not asked for: nothing is signed over a log that was put back.
        size_of(&std::fs::read_to_string(self.log.state.path().join("ledger/checkpoint")).unwrap())
    }
}

/// The size a checkpoint states.
pub fn size_of(checkpoint: &str) -> u64 {
    checkpoint.lines().nth(1).unwrap().parse().unwrap_or_else(|_| panic!("{checkpoint}"))
}

/// The key a log's operator gives to that of a witness.
pub fn log_key(log: &Syndic) -> String {
    let output = log.run(&["ledger", "witness", "list"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().next().unwrap().strip_prefix("log ").unwrap().trim().to_owned()
}

pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Puts a folder in the place of another.
pub fn replace(folder: &Path, by: &Path) {
    std::fs::remove_dir_all(folder).unwrap();
    super::support::copy_tree(by, folder);
}
