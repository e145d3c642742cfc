//! The one place that writes to standard output and standard error.
//!
//! Standard output is the result, everything else goes to standard error. A closed pipe (`syndic … | head`) is no fault.

use std::io::{self, BufRead as _, BufWriter, IsTerminal as _, StdoutLock, Write as _};

use anyhow::{Context as _, Result};

/// Writes a result to standard output.
///
/// # Errors
/// The output cannot be written: a full disk behind a redirection.
pub(crate) fn result(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    is_read(output.write_all(text.as_bytes()).and_then(|()| output.flush())).map(drop)
}

/// Writes a result of many lines to standard output as it comes; nothing is kept in memory.
pub(crate) struct Lines(BufWriter<StdoutLock<'static>>);

impl Lines {
    /// Begins; nothing else may write to standard output until this is dropped.
    pub(crate) fn begin() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    /// Writes a line. Returns `false` when nobody reads any more: the rest need not be made.
    ///
    /// # Errors
    /// As [`result`].
    pub(crate) fn line(&mut self, line: &str) -> Result<bool> {
        is_read(writeln!(self.0, "{line}"))
    }

    /// Hands over what is still held back.
    ///
    /// # Errors
    /// As [`result`].
    pub(crate) fn end(mut self) -> Result<()> {
        is_read(self.0.flush()).map(drop)
    }
}

fn is_read(written: io::Result<()>) -> Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("cannot write to standard output"),
    }
}

/// Asks the person on standard error. Without a terminal to answer from nothing is asked.
///
/// # Errors
/// The answer cannot be read.
pub(crate) fn ask(question: &str) -> Result<Answer> {
    let input = io::stdin();
    if !input.is_terminal() {
        return Ok(Answer::NobodyThere);
    }
    say(&format!("{question} [y/N]"));
    let mut answer = String::new();
    input.lock().read_line(&mut answer).context("cannot read the answer")?;
    let is_yes = matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    Ok(if is_yes { Answer::Yes } else { Answer::No })
}

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Go on.
    Yes,
    /// Do not.
    No,
    /// Standard input is no terminal.
    NobodyThere,
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
