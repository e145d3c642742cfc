//! The form every detector has, and what detectors share.
//!
//! A [`Rule`] is data: what is wrong, why it matters, how to mend it, examples that must match and near misses that
//! must not. A [`Detector`] is a function over an engine's facts, registered in that engine's one static slice.
//! [`Rulebook`] holds the rules of one engine; [`check_completeness`] refuses a detector whose rule lacks a part.
//! [`Keywords`] finds where a rule is worth trying; [`document`] reads YAML, JSON and TOML into one tree that knows its line numbers; [`ReadAt`] is the port through
//! which pure engines read large files.

mod catalogue;
mod completeness;
mod detector;
pub mod document;
mod keywords;
mod lines;
mod place;
mod read_at;
mod rule;
mod rulebook;

pub use catalogue::{AiCatalogue, AiEnvVar, AiHost, AiSdk};
pub use completeness::check_completeness;
pub use detector::{Detector, Findings};
pub use keywords::{Keywords, Occurrence, Occurrences};
pub use lines::LineIndex;
pub use place::Place;
pub use read_at::{ReadAt, fill_at, read_vec_at};
pub use rule::{Example, Examples, Pattern, References, Rule};
pub use rulebook::{RuleError, Rulebook};
