//! The Python environment `target/py` with the packages of `xtask/requirements-test.txt`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::process::{command, pass_through};
use crate::say;

/// Returns the environment's interpreter.
pub(super) fn interpreter(root: &Path) -> PathBuf {
    root.join("target/py/bin/python")
}

/// Makes the environment and installs the packages, unless that was done for these very requirements.
///
/// # Errors
/// Python or the package index cannot be had.
pub(super) fn prepare(root: &Path) -> Result<()> {
    let wanted =
        std::fs::read_to_string(root.join("xtask/requirements-test.txt")).context("xtask/requirements-test.txt")?;
    let stamp = root.join("target/py/installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && interpreter(root).exists() {
        return Ok(());
    }
    say::note("setup: making target/py");
    pass_through(command(root, "python3", &["-m", "venv", "target/py"]))?;
    let install = ["-m", "pip", "install", "--quiet", "-r", "xtask/requirements-test.txt"];
    pass_through(command(root, interpreter(root), &install)).context("the package index is needed once")?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
