//! Trees that somebody made to hurt: the assessment ends, stays small, and says what it did not look at.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Syndic, list};

fn skipped<'a>(report: &'a Value, path: &str) -> Option<&'a str> {
    list(&report["run"]["coverage"], "skipped")
        .iter()
        .find(|skip| skip["path"] == path)
        .and_then(|skip| skip["reason"].as_str())
}

#[test]
fn special_files_and_links_are_reported_and_never_opened() {
    let tree = tempfile::tempdir().unwrap();
    let path = |name: &str| tree.path().join(name);
    rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe.pkl"), rustix::fs::Mode::RWXU).unwrap();
    let _socket = UnixListener::bind(path("socket.onnx")).unwrap();
    symlink("/dev/zero", path("zero.gguf")).unwrap();
    symlink("loop.pt", path("loop.pt")).unwrap();
    symlink("..", path("up")).unwrap();
    symlink("/", path("everything")).unwrap();
    fs::write(path("real.json"), "{}").unwrap();
    let (report, code) = Syndic::new().assess(tree.path(), &[]);
    for (name, reason) in [
        ("pipe.pkl", "not_regular"),
        ("socket.onnx", "not_regular"),
        ("zero.gguf", "not_regular"),
        ("loop.pt", "link"),
        ("up", "link"),
        ("everything", "link"),
    ] {
        assert_eq!(skipped(&report, name), Some(reason), "{name}");
    }
    assert_eq!(report["run"]["coverage"]["files_seen"], 1);
    assert_eq!(code, 3, "a run that could not look must not exit with 0");
}

#[test]
fn a_sparse_terabyte_costs_nothing() {
    let tree = tempfile::tempdir().unwrap();
    for name in ["huge.gguf", "huge.csv", "huge"] {
        fs::File::create(tree.path().join(name)).unwrap().set_len(1 << 40).unwrap();
    }
    let started = Instant::now();
    let (report, _) = Syndic::new().assess(tree.path(), &[]);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(skipped(&report, "huge.gguf"), Some("sparse"));
}

#[test]
fn names_that_are_not_utf8_are_assessed_and_cannot_forge_output() {
    let tree = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"mod\xff\x1b[2Jel\n.pkl");
    fs::write(tree.path().join(name), b"\x80\x04]\x94.").unwrap();
    let (report, _) = Syndic::new().assess(tree.path(), &[]);
    let model = list(&report, "assets").iter().find(|asset| asset["kind"] == "model").unwrap();
    assert_eq!(model["sources"][0]["path"], "mod%FF%1B[2Jel%0A.pkl");
}

#[test]
fn unreadable_places_are_reported_for_an_ordinary_user() {
    if rustix::process::geteuid().is_root() {
        // Root can read everything: the same is checked through a tree that an ordinary user assesses.
        return as_nobody();
    }
    let tree = tempfile::tempdir().unwrap();
    fs::create_dir(tree.path().join("locked")).unwrap();
    fs::set_permissions(tree.path().join("locked"), fs::Permissions::from_mode(0o000)).unwrap();
    let (report, code) = Syndic::new().assess(tree.path(), &[]);
    assert_eq!((skipped(&report, "locked"), code), (Some("unreadable"), 3));
}

fn as_nobody() {
    let tree = tempfile::tempdir().unwrap();
    let binary = tree.path().join("syndic");
    fs::copy(env!("CARGO_BIN_EXE_syndic"), &binary).unwrap();
    fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let target = tree.path().join("tree");
    fs::create_dir_all(target.join("locked")).unwrap();
    fs::write(target.join("secret.pkl"), b"\x80\x04]\x94.").unwrap();
    fs::set_permissions(target.join("secret.pkl"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(target.join("locked"), fs::Permissions::from_mode(0o000)).unwrap();
    let state = tree.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o777)).unwrap();
    let output = std::process::Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&binary)
        .args(["assess", "--format", "json", "--state"])
        .arg(state.join("s"))
        .arg(&target)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(skipped(&report, "locked"), Some("unreadable"));
    assert_eq!(skipped(&report, "secret.pkl"), Some("unreadable"));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn deep_nesting_ends_and_what_is_too_deep_is_reported() {
    let tree = tempfile::tempdir().unwrap();
    let mut folder = rustix::fs::open(tree.path(), rustix::fs::OFlags::DIRECTORY, rustix::fs::Mode::empty()).unwrap();
    for _ in 0..3_000 {
        rustix::fs::mkdirat(&folder, "d", rustix::fs::Mode::RWXU).unwrap();
        folder = rustix::fs::openat(&folder, "d", rustix::fs::OFlags::DIRECTORY, rustix::fs::Mode::empty()).unwrap();
    }
    let (report, code) = Syndic::new().assess(tree.path(), &[]);
    assert_eq!(code, 3);
    assert!(list(&report["run"]["coverage"], "skipped").iter().any(|skip| skip["reason"] == "unreadable"));
    remove_deep(tree.path());
}

/// `remove_dir_all` recurses; the tree is deeper than a path can be long.
fn remove_deep(root: &Path) {
    std::process::Command::new("rm").arg("-rf").arg(root.join("d")).status().unwrap();
}

#[test]
fn hostile_documents_neither_hang_nor_crash() {
    let tree = tempfile::tempdir().unwrap();
    let mut laughs = String::from("a0: &a0 [lol, lol]\n");
    for level in 1..40 {
        laughs.push_str(&format!("a{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1));
    }
    for (name, text) in [
        ("docker-compose.yml", format!("services:\n  a: {{image: x}}\n{laughs}")),
        ("deep.json", "[".repeat(200_000)),
        ("deep.py", format!("import openai\nx = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000))),
        ("deep2.py", format!("import openai\nx = {}1\n", "-".repeat(200_000))),
        ("deep3.py", format!("import openai\nx = a{}\n", ".b".repeat(200_000))),
        ("deep4.py", format!("import openai\nx = 1{}\n", " + 1".repeat(200_000))),
        ("chain.ts", format!("import OpenAI from 'openai'\nconst x = {}\n", "a => ".repeat(100_000))),
        ("one-line.csv", "a,".repeat(2_000_000)),
        ("pyproject.toml", format!("[project]\nname='x'\nx = {}\n", "[".repeat(100_000))),
        ("nb.ipynb", format!("{{\"nbformat\":4,\"cells\":[{}", "{\"cells\":[".repeat(50_000))),
        (".mcp.json", format!("{{\"mcpServers\":{}", "{\"a\":".repeat(100_000))),
        ("Dockerfile", format!("FROM x\nRUN {}", "a && ".repeat(300_000))),
        ("requirements.txt", format!("torch{}\n", "[a".repeat(200_000))),
    ] {
        fs::write(tree.path().join(name), text).unwrap();
    }
    let started = Instant::now();
    let (report, _) = Syndic::new().assess(tree.path(), &[]);
    assert!(started.elapsed() < Duration::from_secs(60), "took {:?}", started.elapsed());
    let ours = list(&report["run"]["coverage"], "skipped")
        .iter()
        .filter(|skip| skip["detail"].as_str().unwrap().contains("a fault in Syndic"));
    assert_eq!(ours.count(), 0);
}
