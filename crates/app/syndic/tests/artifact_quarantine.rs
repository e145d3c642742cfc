//! `syndic artifact quarantine`: what is moved, what is remembered of it, and what is never done.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod artifact_scene;
mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use artifact_scene::{EVIL, PLAIN, Scene, stderr};
use serde_json::Value;

#[test]
fn a_file_comes_back_as_it_was() {
    let scene = Scene::new();
    let path = scene.path("evil.pkl");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    let id = scene.take("evil.pkl");
    assert!(!path.exists());
    let kept = scene.vault().join(format!("{id}.quarantined"));
    assert_eq!(fs::metadata(&kept).unwrap().mode() & 0o7777, 0o400);
    assert_eq!(fs::metadata(scene.vault()).unwrap().mode() & 0o7777, 0o700);
    let (list, code) = scene.listed();
    assert_eq!((list.len(), code), (1, 0));
    assert_eq!(list[0]["path"], path.to_str().unwrap());
    assert_eq!(list[0]["sha256"], syndic_evidence::Digest::of(EVIL).hex());
    assert_eq!((&list[0]["verdict"], &list[0]["mode"]), (&"malicious".into(), &0o640.into()));
    assert_eq!((&list[0]["by"], &list[0]["reason"]), (&"ada".into(), &"case 7".into()));
    assert_eq!(list[0]["findings"][0]["rule"], "artifact.pickle-malicious");
    let output = scene.run(&["restore", &id[..14].to_lowercase()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read(&path).unwrap(), EVIL);
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.mode() & 0o7777, metadata.modified().unwrap()), (0o640, written));
    assert_eq!(scene.listed(), (vec![], 0));
}

#[test]
fn across_file_systems_a_file_is_copied_verified_and_comes_back() {
    let scene = Scene::new();
    let other = Path::new("/dev/shm");
    let is_other =
        fs::metadata(other).is_ok_and(|there| there.dev() != fs::metadata(scene.folder.path()).unwrap().dev());
    assert!(is_other, "/dev/shm must be a file system of its own");
    let far = tempfile::tempdir_in(other).unwrap();
    let vault = far.path().join("q");
    let place = ["--dir", vault.to_str().unwrap()];
    fs::write(scene.path("evil.pkl"), [EVIL, &vec![0; 3 << 20]].concat()).unwrap();
    symlink("evil.pkl", scene.path("link")).unwrap();
    for name in ["evil.pkl", "link"] {
        let before = fs::symlink_metadata(scene.path(name)).unwrap();
        let output = scene.run(&[name, place[0], place[1]]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(fs::symlink_metadata(scene.path(name)).is_err());
        assert_eq!(fs::read_dir(scene.folder.path()).unwrap().count(), 2);
        let id = String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned();
        let output = scene.run(&["restore", &id, place[0], place[1]]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let after = fs::symlink_metadata(scene.path(name)).unwrap();
        assert_eq!((after.len(), after.mode()), (before.len(), before.mode()));
        if after.is_file() {
            assert_eq!(after.modified().unwrap(), before.modified().unwrap());
        }
    }
    assert_eq!(fs::read(scene.path("evil.pkl")).unwrap().len(), EVIL.len() + (3 << 20));
    assert_eq!(fs::read_link(scene.path("link")).unwrap(), Path::new("evil.pkl"));
}

#[test]
fn nothing_is_written_over_when_a_file_is_put_back() {
    let scene = Scene::new();
    let id = scene.take("evil.pkl");
    fs::write(scene.path("evil.pkl"), "new").unwrap();
    let output = scene.run(&["restore", &id]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(fs::read(scene.path("evil.pkl")).unwrap(), b"new");
    symlink("/nowhere", scene.path("dangling")).unwrap();
    assert_eq!(scene.run(&["restore", &id, "--to", "dangling"]).status.code(), Some(2));
    assert_eq!(scene.run(&["restore", &id, "--to", "elsewhere.pkl"]).status.code(), Some(0));
    assert_eq!(fs::read(scene.path("elsewhere.pkl")).unwrap(), EVIL);
}

#[test]
fn a_link_is_moved_as_a_link_and_never_followed() {
    let scene = Scene::new();
    symlink("plain.pkl", scene.path("link")).unwrap();
    let id = scene.take("link");
    assert_eq!(fs::read(scene.path("plain.pkl")).unwrap(), PLAIN);
    assert_eq!(scene.listed().0[0]["kind"], "link");
    assert_eq!(scene.run(&["restore", &id]).status.code(), Some(0));
    assert_eq!(fs::read_link(scene.path("link")).unwrap(), Path::new("plain.pkl"));
}

#[test]
fn what_is_altered_in_quarantine_is_named_and_not_put_back() {
    let scene = Scene::new();
    let id = scene.take("evil.pkl");
    let other = scene.take("plain.pkl");
    let manifest = |id: &str| scene.vault().join(format!("{id}.json"));
    let own = fs::read(manifest(&id)).unwrap();
    // A byte of the payload, the manifest of another file, a content of the same length.
    let mut flipped = own.clone();
    let at = flipped.windows(9).position(|window| window == b"\"payload\"").unwrap() + 200;
    flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
    for altered in [flipped, fs::read(manifest(&other)).unwrap(), b"{}".to_vec()] {
        fs::write(manifest(&id), altered).unwrap();
        let (list, code) = scene.listed();
        let fault = list.iter().find(|one| one["id"] == id.as_str()).unwrap()["fault"].as_str().unwrap().to_owned();
        assert!(code == 1 && fault.contains("not to be believed"), "{fault}");
        assert_eq!(scene.run(&["restore", &id]).status.code(), Some(1));
        assert!(!scene.path("evil.pkl").exists());
    }
    fs::write(manifest(&id), own).unwrap();
    let kept = scene.vault().join(format!("{id}.quarantined"));
    fs::remove_file(&kept).unwrap();
    let mut content = EVIL.to_vec();
    content[20] ^= 1;
    fs::write(&kept, content).unwrap();
    let output = scene.run(&["restore", &id]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("altered"), "{}", stderr(&output));
    assert!(!scene.path("evil.pkl").exists());
}

#[test]
fn files_without_a_manifest_and_manifests_without_a_file_are_named() {
    let scene = Scene::new();
    let id = scene.take("evil.pkl");
    fs::remove_file(scene.vault().join(format!("{id}.quarantined"))).unwrap();
    fs::write(scene.vault().join("STRAY.quarantined"), "x").unwrap();
    let (list, code) = scene.listed();
    assert_eq!(code, 1);
    assert!(list.iter().any(|one| one["fault"] == "the file is gone"));
    assert!(list.iter().any(|one| one["id"] == "STRAY" && one["fault"].as_str().unwrap().contains("no manifest")));
}

#[test]
fn of_a_folder_only_what_is_bad_enough_is_moved_with_all_its_names() {
    let scene = Scene::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("shared.bin"), EVIL).unwrap();
    fs::create_dir(scene.path("blobs")).unwrap();
    fs::write(scene.path("blobs/abc"), EVIL).unwrap();
    symlink("blobs/abc", scene.path("named.bin")).unwrap();
    symlink(outside.path().join("shared.bin"), scene.path("outside.bin")).unwrap();
    fs::hard_link(scene.path("evil.pkl"), scene.path("second")).unwrap();
    assert_eq!(scene.run(&["."]).status.code(), Some(2));
    let output = scene.run(&[".", "--at", "malicious"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let mut left: Vec<String> =
        fs::read_dir(scene.folder.path()).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["blobs", "named.bin", "plain.pkl"]);
    assert!(!scene.path("blobs/abc").exists());
    assert_eq!(fs::read(outside.path().join("shared.bin")).unwrap(), EVIL);
    let (list, _) = scene.listed();
    assert_eq!(list.len(), 4);
    assert!(list.iter().any(|one| one["kind"] == "link" && one["path"] == scene.path("outside.bin").to_str().unwrap()));
}

#[test]
fn what_is_no_file_is_left_alone_and_the_rest_is_moved() {
    let scene = Scene::new();
    rustix::fs::mkfifoat(rustix::fs::CWD, scene.path("pipe"), rustix::fs::Mode::RUSR).unwrap();
    let output = scene.run(&["pipe", "nothing-here", "evil.pkl"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("neither a file nor a link") && stderr(&output).contains("No such file"));
    assert!(scene.path("pipe").exists() && !scene.path("evil.pkl").exists());
}

#[test]
fn moves_are_recorded_in_the_ledger_and_the_ledger_stays_whole() {
    let scene = Scene::new();
    scene.syndic.assess(scene.folder.path(), &[]);
    let id = scene.take("evil.pkl");
    assert_eq!(scene.run(&["restore", &id, "--reason", "it was needed"]).status.code(), Some(0));
    let output = scene.syndic.run(&["ledger", "search", "--format", "jsonl", "--tag", &format!("quarantine={id}")]);
    let text = String::from_utf8(output.stdout).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut kinds: Vec<&str> = records.iter().filter_map(|record| record["kind"].as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["artifact.quarantined", "artifact.restored"], "{text}");
    let about = records.iter().find(|record| record["kind"] == "artifact.quarantined").unwrap();
    assert!(about["content"].as_str().unwrap().contains("evil.pkl"), "{about}");
    assert!(!about["tags"].to_string().contains("evil.pkl"));
    let verified = scene.syndic.run(&["ledger", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
}
