//! What stands around the use of AI in a file: the pipelines it declares and the interfaces people use it by.

use serde::{Deserialize, Serialize};

use super::Spot;

/// A pipeline that an orchestrator runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineSeen {
    /// Name it gives itself, or that of its function; the file's for one that is only a set of steps.
    pub name: String,
    /// Orchestrator.
    pub framework: String,
    /// Names of the steps of the file, in source order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// Where.
    pub at: Spot,
}

/// A page on which people use the application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterfaceSeen {
    /// Framework.
    pub framework: String,
    /// Whether a login is seen.
    pub has_auth: bool,
    /// Where.
    pub at: Spot,
}
