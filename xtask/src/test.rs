//! `cargo xtask test`: everything a change has to pass, on a fresh machine as on a used one.
//!
//! Steps go on after one has failed, so that one run shows every fault. The last line is `N passed, N failed`.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::{command, pass_through, streamed, succeeds};
use crate::{say, setup, tidy};

/// Tests counted over all programs that ran them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
}

/// Who runs tests; each prints its own summary.
///
/// nextest shows the output of a fallen test, in which Rust's own test program has its say too: only one is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    Nextest,
    Cargo,
}

impl Runner {
    const fn summary(self) -> &'static str {
        match self {
            Self::Nextest => "Summary [",
            Self::Cargo => "test result:",
        }
    }
}

impl Tally {
    /// Takes in a line of output, if it is the runner's summary.
    fn see(&mut self, runner: Runner, line: &str) {
        let plain = without_colour(line);
        let text = plain.trim();
        if !text.starts_with(runner.summary()) {
            return;
        }
        let words: Vec<&str> = text.split([' ', ';', ',']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let [count, what] = pair else { continue };
            let Ok(count) = count.parse::<usize>() else { continue };
            match *what {
                "passed" => self.passed += count,
                "failed" | "timed" | "exec" => self.failed += count,
                _ => {}
            }
        }
    }
}

/// Drops terminal colours: `ESC [ … letter`.
fn without_colour(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(character);
        }
    }
    text
}

struct Step {
    name: &'static str,
    took: Duration,
    is_passed: bool,
}

/// Runs every step and prints how long each took.
///
/// # Errors
/// A step failed; the table and the closing line were printed before.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut tally = Tally::default();
    let mut steps = Vec::new();
    time(&mut steps, "setup", || setup::run(root).inspect_err(|error| say::note(&format!("{error:#}"))).is_ok());
    let offline = offline_flag(root);
    time(&mut steps, "fmt", || pass_through(command(root, "cargo", &["fmt", "--all", "--check"])).is_ok());
    let lint = [&["clippy", "--workspace", "--all-targets"][..], &offline, &["--", "-D", "warnings"]].concat();
    time(&mut steps, "clippy", || pass_through(command(root, "cargo", &lint)).is_ok());
    time(&mut steps, "tidy", || tidy::run(root).inspect_err(|error| say::note(&format!("{error:#}"))).is_ok());
    let (runner, words) = if succeeds(command(root, "cargo", &["nextest", "--version"])) {
        (Runner::Nextest, ["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        (Runner::Cargo, ["test", "--workspace", "--all-targets", "--no-fail-fast"])
    };
    let words = [&words[..], &offline].concat();
    time(&mut steps, "tests", || count(root, runner, &words, &mut tally));
    let words = [&["test", "--workspace", "--doc", "--no-fail-fast"][..], &offline].concat();
    time(&mut steps, "doc tests", || count(root, Runner::Cargo, &words, &mut tally));
    close(&steps, tally)
}

fn time(steps: &mut Vec<Step>, name: &'static str, step: impl FnOnce() -> bool) {
    say::note(&format!("── {name}"));
    let start = Instant::now();
    let is_passed = step();
    steps.push(Step { name, took: start.elapsed(), is_passed });
}

fn count(root: &Path, runner: Runner, words: &[&str], tally: &mut Tally) -> bool {
    streamed(command(root, "cargo", words), |line| tally.see(runner, line)).unwrap_or_else(|error| {
        say::note(&format!("{error:#}"));
        false
    })
}

/// `--offline` once everything the lock file names is on this machine: the registry then cannot slow a step down.
fn offline_flag(root: &Path) -> Vec<&'static str> {
    let is_fetched = succeeds(command(root, "cargo", &["fetch", "--locked"]))
        || succeeds(command(root, "cargo", &["fetch", "--locked", "--offline"]));
    if is_fetched { vec!["--offline"] } else { Vec::new() }
}

/// Prints the table and the closing line.
fn close(steps: &[Step], tally: Tally) -> Result<()> {
    for step in steps {
        let verdict = if step.is_passed { "ok" } else { "FAILED" };
        say::line(&format!("{:<10} {:>8.1} s  {verdict}", step.name, step.took.as_secs_f64()));
    }
    let fallen = fallen(steps);
    if !fallen.is_empty() {
        say::note(&format!("failed steps: {}", fallen.join(", ")));
    }
    say::line(&format!("{} passed, {} failed", tally.passed, failures(&fallen, tally)));
    if fallen.is_empty() { Ok(()) } else { bail!("{} steps failed", fallen.len()) }
}

fn fallen(steps: &[Step]) -> Vec<&'static str> {
    steps.iter().filter(|step| !step.is_passed).map(|step| step.name).collect()
}

/// Failed tests, or failed steps when no test failed (a compile error, a lint), so that the line never lies.
fn failures(fallen: &[&str], tally: Tally) -> usize {
    if tally.failed == 0 { fallen.len() } else { tally.failed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(runner: Runner, lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.see(runner, line);
        }
        tally
    }

    #[test]
    fn summaries_of_both_runners_are_counted() {
        let nextest = "     Summary [   1.234s] 52/60 tests run: 50 passed (2 slow), 2 failed, 3 skipped";
        assert_eq!(
            tally(Runner::Nextest, &[nextest, "test result: FAILED. 0 passed; 1 failed;"]),
            Tally { passed: 50, failed: 2 }
        );
        let rust = "test result: ok. 43 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.27s";
        assert_eq!(tally(Runner::Cargo, &[rust, rust]), Tally { passed: 86, failed: 0 });
    }

    #[test]
    fn colours_and_other_lines_do_not_matter() {
        let coloured = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        assert_eq!(tally(Runner::Nextest, &[coloured, "5 passed on the way"]), Tally { passed: 2, failed: 0 });
    }

    #[test]
    fn a_fallen_step_fails_the_run() {
        let step = |is_passed| Step { name: "fmt", took: Duration::ZERO, is_passed };
        assert_eq!(failures(&fallen(&[step(true)]), Tally::default()), 0);
        assert_eq!(failures(&fallen(&[step(true), step(false)]), Tally { passed: 9, failed: 0 }), 1);
    }
}
