//! Exit codes, the same for every verb.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Clean or allowed.
    Clean,
    /// Findings or denied.
    Findings,
    /// Usage or configuration.
    Usage,
    /// Could not check: fault, missing input, unreachable.
    CouldNotCheck,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::CouldNotCheck => 3,
        })
    }
}
