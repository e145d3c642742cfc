//! The git hook that keeps secrets out of commits.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::git::Repository;
use crate::commands::UsageError;
use crate::exit::Exit;
use crate::printer;

/// By this line a hook is known as ours.
const OURS: &str = "# Installed by `syndic init --pre-commit`.";

/// Installs the hook.
///
/// # Errors
/// No repository, another hook, or the hook cannot be written.
pub(super) fn install(repository: &Path, is_forced: bool) -> Result<Exit> {
    let hooks = Repository::hooks(repository)?;
    let hook = hooks.join("pre-commit");
    let present = match std::fs::read_to_string(&hook) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", hook.display())),
    };
    if present.is_some_and(|text| !text.contains(OURS)) && !is_forced {
        let add = "add the line `syndic secrets --staged` to it, or replace it with --force";
        return Err(UsageError(format!("{} is there and not ours: {add}", hook.display())).into());
    }
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    std::fs::create_dir_all(&hooks).with_context(|| format!("cannot make {}", hooks.display()))?;
    std::fs::write(&hook, script(&program)).with_context(|| format!("cannot write {}", hook.display()))?;
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", hook.display()))?;
    printer::say(&format!("installed {}", hook.display()));
    Ok(Exit::Clean)
}

fn script(program: &Path) -> String {
    let quoted = program.to_string_lossy().replace('\'', "'\\''");
    format!(
        "#!/bin/sh\n{OURS}\n# A secret in what is staged stops the commit. Accept one with `syndic:ignore` and a reason beside it.\n\
         if command -v syndic >/dev/null 2>&1; then exec syndic secrets --staged; fi\nexec '{quoted}' secrets --staged\n"
    )
}
