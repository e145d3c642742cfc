//! `syndic ledger archive`, `verify` of an archive and `restore`, through the binary, against a real S3-compatible server.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../../../adapter/archive/tests/s3_server/mod.rs"]
mod s3_server;
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use s3_server::{BUCKET, S3Server, SECRET, TOKEN};
use support::{Syndic, copy_tree, repository};

/// Where the tests archive to.
const PLACE: &str = "s3://acme-logs/audit";

/// A state with a run in it, and a server.
struct Scene {
    syndic: Syndic,
    server: S3Server,
    tree: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let tree = tempfile::tempdir().unwrap();
        fs::write(tree.path().join("app.py"), "import openai\nopenai.OpenAI().responses.create(model='gpt-4o')\n")
            .unwrap();
        let scene = Self { syndic: Syndic::new(), server: S3Server::start(&repository()), tree };
        scene.grow();
        scene
    }

    /// Records one more run.
    fn grow(&self) {
        self.syndic.assess(self.tree.path(), &[]);
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.syndic.command(args);
        command.envs(self.server.variables());
        command
    }

    /// Runs a command; whatever it says, it says no secret.
    fn run(&self, args: &[&str]) -> (i32, String) {
        said(&self.command(args).output().unwrap())
    }

    fn archive(&self) -> (i32, String) {
        self.run(&["ledger", "archive", "--to", PLACE])
    }

    /// The log's public key, as an auditor has it.
    fn key(&self) -> String {
        let text = fs::read(self.syndic.state.path().join("ledger/log.json")).unwrap();
        let description: serde_json::Value = serde_json::from_slice(&text).unwrap();
        description["key"].as_str().unwrap().to_owned()
    }

    /// Verifies as somebody who has the public key and access to the bucket.
    fn audit(&self, place: &str) -> (i32, String) {
        let auditor = Syndic::new();
        let mut command = auditor.command(&["ledger", "verify", place, "--key", &self.key()]);
        said(&command.envs(self.server.variables()).output().unwrap())
    }
}

fn said(output: &Output) -> (i32, String) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains(SECRET) && !text.contains(TOKEN) && !text.contains("X-Amz-"), "{text}");
    (output.status.code().unwrap_or(-1), text)
}

/// All files below a folder with their bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found
}

#[test]
fn a_log_goes_to_a_bucket_once_and_grows_there() {
    let scene = Scene::new();
    let (code, text) = scene.archive();
    assert!(code == 0 && text.starts_with("archived: s3://acme-logs/audit holds "), "{text}");
    let objects = scene.server.objects();
    assert!(objects.contains(&"audit/checkpoint".to_owned()) && objects.contains(&"audit/log.json".to_owned()));
    assert_eq!(scene.server.puts().last().unwrap(), &format!("/{BUCKET}/audit/checkpoint"));
    assert_eq!(scene.audit(PLACE).0, 0);

    scene.server.forget();
    let (code, text) = scene.archive();
    assert!(code == 0 && text.starts_with("up to date: "), "{text}");
    assert_eq!(scene.server.puts(), Vec::<String>::new());

    scene.grow();
    assert!(scene.archive().1.starts_with("archived: "));
    let (code, text) = scene.audit(PLACE);
    assert!(code == 0 && text.contains("intact: "), "{text}");
}

#[test]
fn keys_never_leave_and_contents_stay_sealed() {
    let scene = Scene::new();
    scene.grow();
    assert_eq!(scene.archive().0, 0);
    let state = scene.syndic.state.path();
    let mut secrets: Vec<Vec<u8>> = vec![b"BEGIN PRIVATE KEY".to_vec(), b"gpt-4o".to_vec()];
    for line in scene.run(&["ledger", "export"]).1.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let content = record["content"].as_str().unwrap_or_default().as_bytes();
        secrets.extend((content.len() > 16).then(|| content[..content.len().min(48)].to_vec()));
    }
    assert!(secrets.len() > 6, "there are contents to look for");
    for (path, bytes) in files(state) {
        // A key is 32 bytes. In `keys/` it stands wrapped, in 72, beside the 32 of a pseudonym, which leaves state too.
        let (width, step) = match path {
            _ if path.ends_with("ledger-master.key") || path.ends_with("signing-key.pem") => (16, 16),
            _ if path.contains("/keys/") => (40, 8),
            _ => continue,
        };
        let parts = bytes.windows(width).step_by(step);
        secrets.extend(parts.filter(|part| part.iter().filter(|byte| **byte != 0).count() > 12).map(<[u8]>::to_vec));
    }
    assert!(secrets.len() > 20, "the keys were not found");
    assert!(scene.server.sent(b"assessment.decision") > 0, "what was sent is searched");
    for secret in secrets {
        assert_eq!(scene.server.sent(&secret), 0, "{:?}", String::from_utf8_lossy(&secret));
    }
    assert!(!scene.server.objects().iter().any(|key| key.contains("keys")), "{:?}", scene.server.objects());
}

#[test]
fn a_run_that_is_killed_is_finished_by_the_next() {
    let scene = Scene::new();
    assert_eq!(scene.archive().0, 0);
    scene.grow();
    scene.server.forget();
    scene.server.fail("PUT tile/entries 0 9 hang");
    let mut child = scene
        .command(&["ledger", "archive", "--to", PLACE])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !scene.server.puts().iter().any(|path| path.contains("tile/entries")) {
        assert!(Instant::now() < deadline, "it never came so far: {:?}", scene.server.requests());
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (code, text) = scene.audit(PLACE);
    assert_eq!(code, 0, "what was there before is whole: {text}");

    scene.server.heal();
    let (code, text) = scene.archive();
    assert!(code == 0 && text.starts_with("archived: "), "{text}");
    let (code, text) = scene.audit(PLACE);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn failures_are_told_with_what_to_do() {
    let scene = Scene::new();
    scene.server.fail("* audit 0 2 503");
    assert_eq!(scene.archive().0, 0, "two failures of three tries are sat out");
    scene.server.heal();
    scene.grow();
    scene.server.fail("PUT audit 0 99 500");
    let (code, text) = scene.archive();
    assert!(code == 3 && text.contains("tried 3 times") && text.contains("500"), "{text}");
    scene.server.fail("GET audit 0 99 503");
    let (code, text) = scene.audit(PLACE);
    assert!(code == 3 && text.contains("503") && !text.contains("intact"), "no answer is no verdict: {text}");
    scene.server.heal();

    let wrong = |name: &str, value: &str| {
        said(&scene.command(&["ledger", "archive", "--to", PLACE]).env(name, value).output().unwrap())
    };
    let (code, text) = wrong("AWS_SECRET_ACCESS_KEY", "another");
    assert!(code == 3 && text.contains("SignatureDoesNotMatch") && text.contains("check AWS_"), "{text}");
    let (code, text) = wrong("AWS_ACCESS_KEY_ID", "");
    assert!(code == 2 && text.contains("AWS_ACCESS_KEY_ID is not set"), "{text}");
    let (code, text) = wrong("AWS_ENDPOINT_URL", "http://store.example");
    assert!(code == 2 && text.contains("https"), "{text}");
    let (code, text) = scene.run(&["ledger", "archive", "--to", "s3://acme-logs/../else"]);
    assert!(code == 2 && text.contains("is no place for an archive"), "{text}");
    let (code, text) = scene.run(&["ledger", "verify", "s3://acme-logs/nothing-here"]);
    assert!(code == 3 && text.contains("holds no checkpoint"), "{text}");
}

#[test]
fn what_was_changed_in_the_bucket_is_named() {
    let scene = Scene::new();
    assert_eq!(scene.archive().0, 0);
    for key in scene.server.objects() {
        let whole = scene.server.object(&key);
        let mut changed = whole.clone();
        let place = changed.len() / 3;
        changed[place] ^= 1;
        scene.server.set_object(&key, &changed);
        let path = key.strip_prefix("audit/").unwrap();
        let (code, text) = scene.audit(PLACE);
        assert!(code == 1 && text.contains(path) && text.contains("NOT intact"), "{key}: {text}");
        if path != "checkpoint" {
            let (code, text) = scene.run(&["ledger", "archive", "--all", "--to", PLACE]);
            assert!(code == 1 && text.contains(&format!("conflict: {path}")), "{key}: {text}");
            assert!(scene.server.object(&key) == changed, "{key} was overwritten");

            scene.server.remove_object(&key);
            assert_eq!(scene.run(&["ledger", "archive", "--all", "--to", PLACE]).0, 0, "{key} is sent again");
        }
        scene.server.set_object(&key, &whole);
        assert_eq!(scene.audit(PLACE).0, 0, "{key}");
    }
}

#[test]
fn a_ledger_put_back_behind_its_archive_is_named() {
    let scene = Scene::new();
    let state = scene.syndic.state.path();
    let earlier = tempfile::tempdir().unwrap();
    copy_tree(&state.join("ledger"), earlier.path());
    scene.grow();
    assert_eq!(scene.archive().0, 0);
    fs::remove_dir_all(state.join("ledger")).unwrap();
    copy_tree(earlier.path(), &state.join("ledger"));
    scene.server.forget();
    let (code, text) = scene.archive();
    assert!(code == 1 && text.contains("rolled back: checkpoint") && text.contains("nothing was sent"), "{text}");
    assert_eq!(scene.server.puts(), Vec::<String>::new());
}

#[test]
fn a_restored_ledger_is_the_one_that_was_archived() {
    let scene = Scene::new();
    scene.grow();
    let folder = tempfile::tempdir().unwrap();
    let place = format!("file://{}", folder.path().join("archive").display());
    for place in [PLACE, &place] {
        assert_eq!(scene.run(&["ledger", "archive", "--to", place]).0, 0);
        let back = folder.path().join(format!("back{}", place.len()));
        let back = back.to_str().unwrap();
        let elsewhere = Syndic::new();
        let restore = |more: &[&str]| {
            let args = [&["ledger", "restore", "--from", place, back][..], more].concat();
            said(&elsewhere.command(&args).envs(scene.server.variables()).output().unwrap())
        };
        let (code, text) = restore(&[]);
        assert!(code == 3 && !Path::new(back).exists(), "without a key there is nothing to believe: {text}");
        let (code, text) = restore(&["--key", &scene.key()]);
        assert!(code == 0 && text.starts_with("restored: ") && text.contains("intact: "), "{text}");
        let (code, text) = restore(&["--key", &scene.key()]);
        assert!(code == 2 && text.contains("not empty") && text.contains(back), "{text}");
        let verified = elsewhere.run(&["ledger", "verify", back, "--key", &scene.key()]);
        assert_eq!(verified.status.code(), Some(0));
    }
    // With the keys, which are kept apart, it is the ledger again.
    let back = folder.path().join(format!("back{}", PLACE.len()));
    let ledger = scene.syndic.state.path().join("ledger");
    copy_tree(&ledger.join("keys"), &back.join("keys"));
    let before = scene.run(&["ledger", "export"]).1;
    fs::remove_dir_all(&ledger).unwrap();
    copy_tree(&back, &ledger);
    assert_eq!(scene.run(&["ledger", "export"]).1, before);
    scene.grow();
    assert_eq!(scene.archive().0, 0);
    assert_eq!(scene.audit(PLACE).0, 0);
}
