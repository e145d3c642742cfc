//! How a log reaches a witness.

use std::io;

use super::server::Witness;

/// Carries one request to a witness: in HTTP, a POST to `<prefix>/add-checkpoint`.
pub trait WitnessPort: Send + Sync {
    /// Sends the body and returns the answer.
    ///
    /// # Errors
    /// If the witness was not reached.
    fn add_checkpoint(&self, body: &[u8]) -> io::Result<WitnessReply>;
}

/// A witness's answer as it comes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessReply {
    /// HTTP status code.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

/// A witness in the same process is reached by a call.
impl WitnessPort for Witness {
    fn add_checkpoint(&self, body: &[u8]) -> io::Result<WitnessReply> {
        let answer = Witness::add_checkpoint(self, body);
        Ok(WitnessReply { status: answer.status(), body: answer.body().into_bytes() })
    }
}
