//! The vocabulary every part of Syndic speaks, and nothing else.
//!
//! One data flow runs through the program: a collector *observes*, what it saw is [`Evidence`], an engine derives
//! [`Finding`]s from evidence, policy turns both into [`Decision`]s, reports and actions follow from decisions.
//! This crate holds those nouns. It does no I/O, has no clock and starts no thread: times come in as values.

mod assessment;
mod asset;
mod classification;
mod coverage;
mod decision;
mod digest;
mod finding;
mod input;
mod inspection;
mod location;
mod relation;
mod risk;
mod run;
mod severity;
mod statement;
mod urn;

pub use assessment::Assessment;
pub use asset::{Asset, AssetKind, Confidence, Zone};
pub use classification::{Classification, DataClass, Extent};
pub use coverage::{Coverage, SkipReason, Skipped};
pub use decision::{ControlResult, ControlStatus, Decision, Verdict};
pub use digest::{Blake3Digest, Digest, DigestError};
pub use finding::{Finding, FindingDraft, FindingState, Fingerprint};
pub use input::Input;
pub use inspection::Inspection;
pub use location::Location;
pub use relation::{Relation, RelationKind};
pub use risk::{Risk, Stride};
pub use run::Run;
pub use severity::Severity;
pub use statement::{Evidence, PredicateType, SUBJECT_LIMIT, Statement, Subject};
pub use urn::Urn;

/// A point in time, UTC, printed as RFC 3339.
pub use jiff::Timestamp;
