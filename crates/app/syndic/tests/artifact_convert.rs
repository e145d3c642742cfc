//! `syndic artifact convert` and `scan --clamd` through the binary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::thread;

use serde_json::Value;
use support::{Syndic, repository};

/// An array of two numbers as NumPy writes it.
fn array() -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00\x3c\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".to_vec();
    bytes.resize(69, b' ');
    bytes.push(b'\n');
    bytes.extend([1.0_f32, 2.0].iter().flat_map(|number| number.to_le_bytes()));
    bytes
}

/// The reference writer of safetensors and the makers of checkpoints are Python: `cargo xtask setup` brings them.
#[test]
fn checkpoints_come_out_as_the_reference_writer_gives_them() {
    let python = repository().join("target/py/bin/python");
    assert!(python.exists(), "{} is missing: run `cargo xtask setup`", python.display());
    let script = repository().join("specs/artifact/convert_cases.py");
    let output = Command::new(python).arg(script).arg(env!("CARGO_BIN_EXE_syndic")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let passed: usize = text.lines().last().unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(passed >= 45, "{text}");
}

#[test]
fn an_output_that_is_there_is_written_over_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("a.npy"), array()).unwrap();
    fs::write(path("out"), "mine").unwrap();
    let run = |words: &[&str]| Syndic::new().run(&[&["artifact", "convert"], words].concat()).status.code();
    assert_eq!(run(&[&path("a.npy"), &path("out")]), Some(2));
    assert_eq!(fs::read(path("out")).unwrap(), b"mine");
    assert_eq!(run(&[&path("a.npy"), &path("a.npy"), "--force"]), Some(2));
    assert_eq!(run(&[&path("a.npy"), &path("out"), "--force"]), Some(0));
    assert!(fs::read(path("out")).unwrap().ends_with(&array()[70..]));
    assert_eq!(run(&[&path("nothing"), &path("other")]), Some(2));
    assert_eq!(run(&[&path("a.npy"), &path("no/folder")]), Some(3));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// Scans a folder while a daemon of our own answers `reply` to each of `asked` files.
fn scan_with(reply: &'static [u8], asked: usize) -> (Vec<Value>, i32) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("clamd.sock");
    let models = folder.path().join("models");
    fs::create_dir(&models).unwrap();
    fs::write(models.join("plain.pkl"), b"\x80\x04}\x8c\x01aK\x01s.").unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    let daemon = thread::spawn(move || {
        for _ in 0..asked {
            let mut stream = listener.accept().unwrap().0;
            stream.read_exact(&mut [0; b"zINSTREAM\0".len()]).unwrap();
            let (mut sent, mut byte) = (Vec::new(), [0]);
            // The piece of no bytes is the last that is sent.
            while !sent.ends_with(&[0, 0, 0, 0]) {
                stream.read_exact(&mut byte).unwrap();
                sent.push(byte[0]);
            }
            stream.write_all(reply).unwrap();
        }
    });
    let address = format!("unix:{}", socket.display());
    let words = ["artifact", "scan", models.to_str().unwrap(), "--format", "jsonl", "--clamd", &address];
    let output = Syndic::new().run(&words);
    daemon.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), output.status.code().unwrap())
}

#[test]
fn what_a_virus_scanner_knows_is_malicious() {
    let (objects, code) = scan_with(b"stream: Acme.Model-1 FOUND\0", 1);
    assert_eq!((&objects[0]["verdict"], code), (&"malicious".into(), 1));
    let finding = objects[0]["findings"].as_array().unwrap().last().unwrap();
    assert_eq!((&finding["rule"], &finding["severity"]), (&"clamav.signature".into(), &"critical".into()));
    assert!(finding["message"].as_str().unwrap().contains("Acme.Model-1"));
    assert_eq!(scan_with(b"stream: OK\0", 1).1, 0);
}

#[test]
fn a_virus_scanner_that_cannot_say_leaves_a_file_incomplete() {
    for (reply, asked, why) in [
        (&b"INSTREAM size limit exceeded. ERROR\0"[..], 1, "StreamMaxLength"),
        (b"", 1, "did not answer"),
        (b"", 0, "did not answer"),
    ] {
        let (objects, code) = scan_with(reply, asked);
        assert_eq!((&objects[0]["verdict"], code), (&"incomplete".into(), 3));
        let said = objects[0]["not_inspected"].to_string();
        assert!(said.contains(why) || said.contains("stopped taking") || said.contains("cannot be reached"), "{said}");
    }
    let output = Syndic::new().run(&["artifact", "scan", ".", "--clamd", "localhost"]);
    assert_eq!(output.status.code(), Some(2));
}
