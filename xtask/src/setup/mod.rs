//! `cargo xtask setup`: what the tests need on a fresh Debian machine with Rust.
//!
//! Each step looks first and does nothing when its result is there, so running it twice costs nothing. What cannot be
//! had is said with the way to get it by hand; the tests that need it then fail and name it.

mod debian;
mod inputs;
mod python;

use std::path::Path;

use anyhow::{Result, bail};

use crate::say;

/// A step, by the name it is reported under.
type Step = (&'static str, fn(&Path) -> Result<()>);

/// Runs every step.
///
/// # Errors
/// A step could not give what the tests need; the other steps were still tried.
pub(crate) fn run(root: &Path) -> Result<()> {
    let steps: [Step; 3] =
        [("Debian packages", debian::install), ("Python environment", python::prepare), ("real inputs", inputs::fetch)];
    let mut failed = Vec::new();
    for (name, step) in steps {
        match step(root) {
            Ok(()) => say::note(&format!("setup: {name} ready")),
            Err(error) => {
                say::note(&format!("setup: {name} not ready: {error:#}"));
                failed.push(name);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("set-up is incomplete: {}", failed.join(", ")) }
}
