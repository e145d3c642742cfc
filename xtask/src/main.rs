//! Chores of the workspace: `cargo xtask setup | test | tidy | generate | bench`.
//!
//! One file a command. Every command works from the workspace's root, whatever folder it is called in, and ends with
//! code 0 when all is well, 1 when a check failed, 2 when it was called wrongly.

mod bench;
mod generate;
mod process;
mod say;
mod setup;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  setup                 install what the tests need: Debian packages, a Python environment, real inputs
  test                  setup, then fmt, clippy, tidy, tests, doc tests
  tidy                  check the floor law, lengths, module docs, links and what must not be committed
  generate [--check]    write docs/rules.md from rules/, or check that it is up to date
  bench artifact FILE   scan model files with Syndic and its rivals, side by side, and write what each said to FILE
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = workspace_root();
    let outcome = match words.as_slice() {
        ["setup"] => setup::run(&root),
        ["test"] => test::run(&root),
        ["tidy"] => tidy::run(&root),
        ["generate"] => generate::write(&root),
        ["generate", "--check"] => generate::check(&root),
        ["bench", "artifact", results] => bench::artifact(&root, results),
        ["help" | "--help" | "-h"] => {
            say::line(USAGE);
            return ExitCode::SUCCESS;
        }
        _ => {
            say::note(USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// The folder above `xtask/`, as Cargo knew it when it built this program.
fn workspace_root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}
