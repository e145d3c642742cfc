//! `syndic artifact scan --clamd` against a real ClamAV daemon with a small database of our own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::process::Command;

use support::repository;

/// Debian's `clamav-daemon` is brought by `cargo xtask setup`; the script starts it as a child, without a network.
#[test]
fn what_a_real_clamd_knows_is_malicious_and_what_it_leaves_out_is_incomplete() {
    let version = Command::new("clamd").arg("--version").output();
    assert!(version.is_ok_and(|output| output.status.success()), "clamd is missing: run `cargo xtask setup`");
    let script = repository().join("specs/artifact/clamd.py");
    let output = Command::new("python3").arg(script).arg(env!("CARGO_BIN_EXE_syndic")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let passed: usize = text.lines().last().unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(passed >= 16, "{text}");
}
