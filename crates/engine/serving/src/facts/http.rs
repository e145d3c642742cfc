//! Addresses by which a cloud lets people reach a function.

use serde::{Deserialize, Serialize};

/// An HTTP address of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRoute {
    /// Method in upper case; `ANY` for every one.
    pub method: String,
    /// Path, or what stands for it.
    pub path: String,
    /// Whether the cloud asks who is calling before the function runs.
    pub has_auth: bool,
    /// Line.
    pub line: u32,
}
