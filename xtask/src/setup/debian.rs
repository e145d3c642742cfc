//! Debian packages: the browser that opens every console page, Python, what unpacks archives, what makes certificates,
//! the virus scanner that model files are sent to, and a registry to scan images in.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{command, output, pass_through, succeeds};
use crate::say;

/// A command that must work, and the packages that bring it.
const NEEDED: [(&[&str], &[&str]); 8] = [
    (&["chromium", "--version"], &["chromium"]),
    (&["chromedriver", "--version"], &["chromium-driver"]),
    (&["python3", "-c", "import venv, ensurepip, zipfile"], &["python3", "python3-venv", "python3-pip"]),
    (&["git", "--version"], &["git"]),
    (&["tar", "--version"], &["tar", "gzip"]),
    (&["openssl", "version"], &["openssl"]),
    (&["clamd", "--version"], &["clamav-daemon"]),
    (&["docker-registry", "--version"], &["docker-registry"]),
];

/// Installs the packages whose commands do not work yet.
///
/// # Errors
/// Something is missing and this user may not install it, or apt failed.
pub(super) fn install(root: &Path) -> Result<()> {
    let missing = missing(root);
    if missing.is_empty() {
        return Ok(());
    }
    say::note(&format!("setup: installing {}", missing.join(" ")));
    let by_hand = format!("run `apt-get install {}` as root", missing.join(" "));
    if !succeeds(command(root, "apt-get", &["--version"])) {
        bail!("this is no Debian: install {} by its own means", missing.join(", "));
    }
    let is_root = output(command(root, "id", &["-u"])).is_ok_and(|id| id.trim() == "0");
    if !is_root && !succeeds(command(root, "sudo", &["-n", "true"])) {
        bail!("{by_hand}: this user may not");
    }
    let apt = |arguments: &[&str]| -> Command {
        let mut words = vec!["apt-get", "-y", "-q"];
        words.extend(arguments);
        let (program, words) =
            if is_root { ("apt-get", words.split_off(1)) } else { ("sudo", [vec!["-n"], words].concat()) };
        let mut command = command(root, program, &words);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    pass_through(apt(&["update"])).with_context(|| by_hand.clone())?;
    let install: Vec<&str> =
        ["install", "--no-install-recommends"].into_iter().chain(missing.iter().copied()).collect();
    pass_through(apt(&install)).context(by_hand)
}

fn missing(root: &Path) -> Vec<&'static str> {
    let is_missing = |probe: &&(&[&str], &[&str])| match probe.0 {
        [program, arguments @ ..] => !succeeds(command(root, program, arguments)),
        [] => false,
    };
    NEEDED.iter().filter(is_missing).flat_map(|(_, packages)| packages.iter().copied()).collect()
}
