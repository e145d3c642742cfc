//! Witnesses: others who remember how far a log was and cosign only what extends it, so that it cannot be put back.
//!
//! [`Witness`] is one; it takes the bytes of a request and gives those of an answer, so that HTTP around it is a thin
//! layer. [`Cosigner`] is the log's side of it, over any [`WitnessPort`]; [`crate::Ledger::submit_to`] asks several at
//! once and keeps their cosignatures. Source: C2SP tlog-witness, tlog-cosignature.

mod answer;
mod cosigner;
mod memory;
mod port;
mod refusal;
mod server;
mod submit;

pub use answer::Answer;
pub use cosigner::{Cosigner, Standing};
pub use memory::WitnessError;
pub use port::{WitnessPort, WitnessReply};
pub use refusal::CosignError;
pub use server::Witness;
pub use submit::Submitted;
