//! Dangerous switches and calls, as they were read.

use serde::{Deserialize, Serialize};
use syndic_evidence::Confidence;

use super::Spot;

/// Where the argument of a dangerous call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A constant in the code.
    Constant,
    /// A file on this machine.
    Local,
    /// The code does not tell.
    Unknown,
    /// A download, a request, a user.
    Remote,
}

/// What kind of dangerous switch or call was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardKind {
    /// Debugger or auto-reload on.
    Debug,
    /// CORS for every origin; `detail` is `credentials` when they are allowed too.
    Cors,
    /// Bound to all interfaces.
    BindAll,
    /// `trust_remote_code` that may be true.
    RemoteCode,
    /// A deserialiser that runs code.
    Deserialise,
    /// Model output that is executed.
    OutputExecuted,
    /// Untrusted text inside the system prompt.
    PromptInjection,
    /// Certificate checks off.
    TlsDisabled,
    /// An agent tool that executes code or commands.
    DangerousTool,
    /// A public tunnel to a local interface.
    PublicShare,
    /// A provider's client that is told to run in a browser, with its key.
    BrowserKey,
}

/// A dangerous switch or call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hazard {
    /// What kind.
    pub kind: HazardKind,
    /// The function or option, as a person would name it.
    pub what: String,
    /// Further detail for the message; no secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Function it stands in; empty at module level.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub function: String,
    /// Where the argument comes from.
    pub origin: Origin,
    /// How sure.
    pub confidence: Confidence,
    /// Where.
    pub at: Spot,
}
