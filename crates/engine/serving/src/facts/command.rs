//! What a container runs, and what the steps of its build do.

use serde::{Deserialize, Serialize};

/// What a container runs, with everything that could be a credential left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Line.
    pub line: u32,
    /// Leading words that are no flags: `vllm serve`, `uvicorn app:app`.
    pub words: Vec<String>,
    /// Flags in order.
    pub flags: Vec<Flag>,
}

/// One flag of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Name without dashes.
    pub name: String,
    /// Value, only of flags known to be harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether a value is given and is the empty text.
    pub is_empty: bool,
}

/// What a noteworthy build step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// `ADD https://…` without a checksum.
    RemoteAdd,
    /// A download piped into a shell or interpreter.
    PipedScript,
    /// A download whose certificate is not checked.
    UncheckedTls,
    /// A download without encryption whose result is not verified.
    PlainDownload,
}

/// A noteworthy build step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// The host it fetches from, or the option that turns a check off.
    pub what: String,
    /// Whether the way to that host is encrypted.
    pub is_encrypted: bool,
    /// Line.
    pub line: u32,
}
