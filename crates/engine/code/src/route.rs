//! An HTTP route as it was read.

use serde::{Deserialize, Serialize};

use crate::Spot;

/// An HTTP route.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent observation that enters the evidence")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// HTTP method in upper case.
    pub method: String,
    /// Path as written, with its router's prefix.
    pub path: String,
    /// Function that answers.
    pub handler: String,
    /// Resolved path of the function when it stands in another module.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub handler_path: String,
    /// The application or router object it hangs on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub router: String,
    /// Functions of other modules that are called before the handler.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<String>,
    /// Other files that were read to decide about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined_from: Vec<String>,
    /// Web framework.
    pub framework: String,
    /// Whether the handler is seen to call a model.
    pub calls_model: bool,
    /// Whether its path or handler says it answers inference requests.
    pub named_inference: bool,
    /// Whether authentication is seen for it in this file.
    pub has_auth: bool,
    /// Whether a rate limit is seen for it in this file.
    pub has_rate_limit: bool,
    /// Whether it hangs on a router that another file mounts, where authentication may be added.
    pub on_router: bool,
    /// Where.
    pub at: Spot,
}

impl Route {
    /// Says whether the route answers inference requests.
    pub fn is_inference(&self) -> bool {
        self.calls_model || self.named_inference
    }

    /// Returns `POST /chat`.
    pub fn label(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
