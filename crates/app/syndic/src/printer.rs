//! The one place that writes to standard output and standard error.
//!
//! Standard output is the result, everything else goes to standard error. A closed pipe (`syndic … | head`) is no fault.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};

/// Writes a result to standard output.
///
/// # Errors
/// The output cannot be written: a full disk behind a redirection.
pub(crate) fn result(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// Tells the person something on standard error.
pub(crate) fn say(text: &str) {
    // Nobody is there to be told when standard error itself is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says whether results may be coloured: a terminal, and neither `--plain` nor `NO_COLOR` nor a dumb terminal.
pub(crate) fn is_coloured(is_plain: bool) -> bool {
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !is_plain && !has("NO_COLOR") && !is_dumb && io::stdout().is_terminal()
}

/// Returns the width of the terminal in columns, or what fits a log.
pub(crate) fn width() -> usize {
    const IN_A_LOG: usize = 100;
    terminal_width().unwrap_or(IN_A_LOG)
}

/// Returns the width of the terminal in columns; nothing where the result goes to a file or another program.
pub(crate) fn terminal_width() -> Option<usize> {
    const NARROWEST: usize = 40;
    Some(usize::from(rustix::termios::tcgetwinsize(io::stdout()).ok()?.ws_col).max(NARROWEST))
}
