//! Policy as code: the control catalogue and its Rego checks over evidence.
//!
//! [`PolicyEngine::decide`] takes what one run found, lays it out as the policy input (joined by key in Rust, judged in
//! Rego), evaluates `data.syndic.decision` and hands back a [`Decision`](syndic_evidence::Decision).
//!
//! Invariants:
//! * Unknown is never pass: evidence that is missing, expired, too old, about other content or incomplete gives unknown.
//! * A pack cannot allow what a blocking control did not pass: Rust re-checks the verdict against the statuses.
//! * What no check looked for is unknown: a control is not kept by files in a language that nothing reads for it.
//! * A control that no policy file answers for is unknown, and so is the decision if it is blocking.
//! * Names and messages are data: nothing from the input is evaluated, matched as a pattern or used as a path.
//!
//! regorus runs as a tree-walking interpreter. Its bytecode machine (feature `rvm`) loses denials; do not switch it on.

mod age;
mod catalogue;
mod document;
mod engine;
mod error;
mod faults;
mod input;
mod lint;
mod pack;
mod unseen;
mod verdict;
mod witness;

pub use age::MaxAge;
pub use catalogue::{AppliesTo, Catalogue, Check, Control, Enforcement, Metadata, Need, Parameters, Scope};
pub use engine::PolicyEngine;
pub use error::PolicyError;
pub use input::{PolicyInput, Unseen};
pub use lint::{Warning, lint};
