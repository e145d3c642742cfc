//! Histories made by the real git, read by ours.

use std::path::Path;
use std::process::Command;

use super::*;
use crate::secrets::outcome::Seen;
use crate::secrets::scanner::tests::scanner;

fn git(folder: &Path, words: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(words)
        .current_dir(folder)
        .env("GIT_AUTHOR_DATE", "2024-05-06T07:08:09Z")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn token() -> String {
    ["hf_", "pVxKqWmZtRbYcLdG", "sNfHjAeUoTiQwXrZ"].concat()
}

fn filler(lines: usize) -> String {
    (0..lines).map(|line| format!("value_{line} = compute({line} * {line})\n")).collect()
}

/// Three versions of a file: without, with and without a secret again, and one file that still holds it.
fn history(folder: &Path) {
    git(folder, &["init", "-q", "-b", "main"]);
    let commit = |text: &str, message: &str| {
        std::fs::write(folder.join("app.py"), text).unwrap();
        git(folder, &["add", "-A"]);
        git(folder, &["commit", "-q", "-m", message]);
    };
    commit(&filler(400), "one");
    commit(&format!("{}TOKEN = '{}'\n{}", filler(200), token(), filler(200)), "two");
    commit(&format!("{}TOKEN = '{}'\n{}", filler(150), token(), filler(260)), "three");
    commit(&filler(410), "four");
}

fn seen(folder: &Path) -> Seen {
    let seen = look_history(&scanner(), &Repository::open(folder).unwrap(), &|_| true);
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    seen
}

fn revision(folder: &Path, name: &str) -> String {
    let done = Command::new("git").args(["rev-parse", name]).current_dir(folder).output().unwrap();
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_secret_that_came_and_went_has_its_commits_whether_loose_or_packed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    history(folder);
    for is_packed in [false, true] {
        if is_packed {
            git(folder, &["gc", "-q", "--aggressive", "--prune=now"]);
        }
        let seen = seen(folder);
        assert_eq!(seen.covered.commits, 4);
        assert_eq!(seen.covered.files, 4);
        assert_eq!(seen.secrets.len(), 1, "{:?}", seen.secrets);
        let life = seen.secrets[0].lifetime.clone().unwrap();
        assert_eq!(life.first_commit, revision(folder, "HEAD~2"));
        assert_eq!(life.last_commit, revision(folder, "HEAD~1"));
        assert_eq!(life.first_authored, "2024-05-06T07:08:09Z");
        assert!(!life.is_present);
    }
}

#[test]
fn a_secret_that_moved_to_another_file_is_still_present() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    history(folder);
    std::fs::create_dir(folder.join("deploy")).unwrap();
    std::fs::write(folder.join("deploy/.env"), format!("HF_TOKEN={}\n", token())).unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "five"]);
    git(folder, &["gc", "-q"]);
    let seen = seen(folder);
    assert_eq!(seen.secrets.len(), 2);
    assert!(seen.secrets.iter().all(|secret| secret.lifetime.as_ref().unwrap().is_present));
}

#[test]
fn a_secret_on_a_side_branch_or_behind_a_tag_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    std::fs::write(folder.join("a.py"), "x = 1\n").unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "one"]);
    git(folder, &["checkout", "-q", "-b", "side"]);
    std::fs::write(folder.join("a.py"), format!("x = '{}'\n", token())).unwrap();
    git(folder, &["commit", "-q", "-am", "two"]);
    git(folder, &["tag", "-a", "v1", "-m", "tag"]);
    git(folder, &["checkout", "-q", "main"]);
    git(folder, &["branch", "-q", "-D", "side"]);
    assert_eq!(seen(folder).secrets.len(), 1);
    git(folder, &["pack-refs", "--all"]);
    assert_eq!(seen(folder).secrets.len(), 1);
}

#[test]
fn what_is_staged_is_told_and_what_was_committed_before_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    let staged = || look_staged(&scanner(), &Repository::open(folder).unwrap(), &|_| true).unwrap().secrets.len();
    std::fs::write(folder.join("a.py"), format!("x = '{}'\n", token())).unwrap();
    assert_eq!(staged(), 0);
    git(folder, &["add", "-A"]);
    assert_eq!(staged(), 1);
    git(folder, &["commit", "-q", "-m", "one"]);
    assert_eq!(staged(), 0);
    std::fs::write(folder.join("a.py"), format!("y = 2\nx = '{}'\n", token())).unwrap();
    git(folder, &["add", "-A"]);
    assert_eq!(staged(), 0);
    std::fs::create_dir(folder.join("b")).unwrap();
    std::fs::write(folder.join("b/c.py"), format!("x = '{}'\n", token())).unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["update-index", "--index-version", "4"]);
    assert_eq!(staged(), 1);
}
