//! The only place that prints: results to stdout, everything else to stderr.

use std::io::Write as _;

/// Prints a result.
pub(crate) fn line(text: &str) {
    // A closed pipe is the reader's choice, not a fault.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints progress, warnings and errors.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
