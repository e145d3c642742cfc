//! `cargo xtask bench artifact`: model files scanned by Syndic and by its rivals, side by side in one run.
//!
//! The program is built as it is released; environments, cases and rivals are kept below `target`.

use std::path::Path;

use anyhow::Result;

use crate::process::{command, pass_through};

/// Where rivals and cases are kept.
const WORK: &str = "target/bench-artifact";

/// Measures into `results`, a file that is not there yet.
pub(crate) fn artifact(root: &Path, results: &str) -> Result<()> {
    pass_through(command(root, "cargo", &["build", "--release", "--package", "syndic"]))?;
    let arguments = ["specs/artifact/bench.py", "target/release/syndic", WORK, results];
    pass_through(command(root, "python3", &arguments))
}
