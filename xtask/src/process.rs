//! Child programs: quietly for their output, or streamed with every line seen.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context as _, Result, bail};

use crate::say;

/// Makes a command of a program and its arguments, run in `folder`.
pub(crate) fn command(folder: &Path, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments);
    command
}

/// Runs a command and returns its standard output.
///
/// # Errors
/// It could not be started or failed; with the end of its error output.
pub(crate) fn output(mut command: Command) -> Result<String> {
    let shown = shown(&command);
    let done = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {shown}"))?;
    if !done.status.success() {
        let complaint = String::from_utf8_lossy(&done.stderr);
        let end: Vec<&str> = complaint.lines().rev().take(5).collect();
        bail!("{shown} failed: {}", end.into_iter().rev().collect::<Vec<_>>().join("\n"));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Says whether a command runs and succeeds; prints nothing.
pub(crate) fn succeeds(mut command: Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command with its output passed through.
///
/// # Errors
/// It could not be started or failed.
pub(crate) fn pass_through(mut command: Command) -> Result<()> {
    let shown = shown(&command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start {shown}"))?;
    if status.success() { Ok(()) } else { bail!("{shown} failed: {status}") }
}

/// Runs a command, passes each line of both its outputs through as it comes, and shows it to `see`.
///
/// # Errors
/// It could not be started.
pub(crate) fn streamed(mut command: Command, mut see: impl FnMut(&str)) -> Result<bool> {
    let shown = shown(&command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {shown}"))?;
    let (sender, receiver) = mpsc::channel();
    let readers = [
        child.stdout.take().map(|pipe| forward(pipe, sender.clone())),
        child.stderr.take().map(|pipe| forward(pipe, sender.clone())),
    ];
    drop(sender);
    for line in receiver {
        say::note(&line);
        see(&line);
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    Ok(child.wait().with_context(|| format!("cannot wait for {shown}"))?.success())
}

fn forward(pipe: impl Read + Send + 'static, sender: mpsc::Sender<String>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        // Lines of child programs are text to show: what is not UTF-8 is shown as well as can be.
        for line in BufReader::new(pipe).split(b'\n') {
            let Ok(line) = line else { return };
            if sender.send(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()).is_err() {
                return;
            }
        }
    })
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
