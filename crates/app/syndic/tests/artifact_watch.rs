//! `syndic artifact watch`: what is there, what arrives, what is moved away, and how it ends.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod artifact_scene;
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use artifact_scene::{EVIL, PLAIN, Scene};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A watch that runs, and its events.
struct Watching {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Watching {
    fn start(scene: &Scene, more: &[&str]) -> Self {
        let words: Vec<&str> = ["artifact", "watch", ".", "--format", "jsonl"].iter().chain(more).copied().collect();
        let mut command = scene.syndic.command(&words);
        let mut child = command.current_dir(scene.folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Passes over events until one of `kind` is about `name`.
    fn until(&mut self, kind: &str, name: &str) -> Value {
        loop {
            let event = self.next();
            assert_ne!(event["event"], "stopped", "before {kind} of {name}");
            if event["event"] == kind && event["path"].as_str().is_some_and(|path| path.ends_with(name)) {
                return event;
            }
        }
    }

    fn stop(mut self, signal: Signal) -> (Value, i32) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let last = loop {
            let event = self.next();
            if event["event"] == "stopped" {
                break event;
            }
        };
        (last, self.child.wait().unwrap().code().unwrap())
    }
}

#[test]
fn a_watch_catches_up_scans_what_arrives_and_stops_when_told() {
    let scene = Scene::new();
    let mut watching = Watching::start(&scene, &[]);
    assert_eq!(watching.next()["event"], "watching");
    assert_eq!(watching.until("scanned", "/evil.pkl")["verdict"], "malicious");
    assert_eq!(watching.until("scanned", "/plain.pkl")["verdict"], "clean");
    // Written here, moved in, linked, and in a folder that came with its content.
    fs::write(scene.path("written.bin"), PLAIN).unwrap();
    assert_eq!(watching.until("scanned", "/written.bin")["verdict"], "clean");
    let aside = tempfile::tempdir_in(scene.folder.path().parent().unwrap()).unwrap();
    fs::create_dir(aside.path().join("snapshot")).unwrap();
    fs::write(aside.path().join("snapshot/inner.bin"), EVIL).unwrap();
    fs::write(aside.path().join("moved.bin"), EVIL).unwrap();
    fs::rename(aside.path().join("moved.bin"), scene.path("moved.bin")).unwrap();
    assert_eq!(watching.until("scanned", "/moved.bin")["verdict"], "malicious");
    fs::rename(aside.path().join("snapshot"), scene.path("snapshot")).unwrap();
    assert_eq!(watching.until("scanned", "/snapshot/inner.bin")["verdict"], "malicious");
    fs::hard_link(scene.path("plain.pkl"), scene.path("hard.bin")).unwrap();
    watching.until("scanned", "/hard.bin");
    fs::create_dir_all(scene.path("new/deep")).unwrap();
    fs::write(scene.path("new/deep/late.bin"), PLAIN).unwrap();
    watching.until("scanned", "/new/deep/late.bin");
    let (last, code) = watching.stop(Signal::TERM);
    assert!(last["scanned"].as_u64().unwrap() >= 7, "{last}");
    assert_eq!(code, 1);
}

#[test]
fn a_watch_neither_scans_nor_moves_what_is_excluded() {
    let scene = Scene::new();
    fs::create_dir(scene.path("drafts")).unwrap();
    fs::write(scene.path("drafts/one.bin"), EVIL).unwrap();
    let mut watching =
        Watching::start(&scene, &["--exclude", "drafts/", "--exclude", "evil.*", "--quarantine-at", "malicious"]);
    watching.until("scanned", "/plain.pkl");
    fs::write(scene.path("drafts/two.bin"), EVIL).unwrap();
    fs::write(scene.path("evil.more"), EVIL).unwrap();
    fs::write(scene.path("last.bin"), PLAIN).unwrap();
    watching.until("scanned", "/last.bin");
    let (last, code) = watching.stop(Signal::TERM);
    assert_eq!((&last["scanned"], &last["quarantined"], code), (&2.into(), &0.into(), 0));
    assert!(scene.path("drafts/two.bin").exists() && scene.path("evil.pkl").exists());
    let output = scene.syndic.run(&["artifact", "watch", scene.folder.path().to_str().unwrap(), "--exclude", "a{"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_watch_moves_away_what_is_bad_enough_and_nothing_else() {
    let scene = Scene::new();
    let mut watching = Watching::start(&scene, &["--quarantine-at", "malicious"]);
    let moved = watching.until("quarantined", "/evil.pkl");
    assert!(!scene.path("evil.pkl").exists());
    fs::write(scene.path("again.bin"), EVIL).unwrap();
    watching.until("quarantined", "/again.bin");
    let (last, code) = watching.stop(Signal::INT);
    assert_eq!((&last["quarantined"], code), (&2.into(), 1));
    assert!(scene.path("plain.pkl").exists());
    assert_eq!(scene.run(&["restore", moved["id"].as_str().unwrap()]).status.code(), Some(0));
    assert_eq!(fs::read(scene.path("evil.pkl")).unwrap(), EVIL);
}

#[test]
fn a_watch_of_a_clean_folder_ends_with_0_and_of_a_lost_one_with_3() {
    let scene = Scene::new();
    fs::remove_file(scene.path("evil.pkl")).unwrap();
    let mut watching = Watching::start(&scene, &[]);
    watching.until("scanned", "/plain.pkl");
    assert_eq!(watching.stop(Signal::HUP).1, 0);
    let mut watching = Watching::start(&scene, &[]);
    watching.until("scanned", "/plain.pkl");
    fs::remove_dir_all(scene.folder.path()).unwrap();
    let lost = watching.next();
    assert_eq!(lost["event"], "lost", "{lost}");
    assert_eq!(watching.next()["event"], "stopped");
    assert_eq!(watching.child.wait().unwrap().code(), Some(3));
}
