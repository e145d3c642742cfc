//! Witnesses: others who remember how far a log was and cosign only what extends it, so that it cannot be put back.
//!
//! [`Witness`] is one; it takes the bytes of a request and gives those of an answer, so that HTTP around it is a thin
//! layer. [`Cosigner`] is the log's side of it, over any [`WitnessPort`]. Source: C2SP tlog-witness, tlog-cosignature.

mod answer;
mod cosigner;
mod memory;
mod server;

pub use answer::Answer;
pub use cosigner::{CosignError, Cosigner, WitnessPort, WitnessReply};
pub use memory::WitnessError;
pub use server::Witness;
