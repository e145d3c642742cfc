//! Keeps evidence, findings and decisions in SQLite.
//!
//! [`Store::record`] writes one assessment in one transaction; everything else reads. One fingerprint is one row of its
//! system for ever: seen again keeps it, gone from a place that was covered fixes it, back again re-opens it.
//!
//! Invariants:
//! * A run fixes only what it covered: same rule ran, place was not skipped, list of skipped places was not cut.
//! * What a person said (accepted, false positive) survives every run.
//! * Evidence is append-only; the database itself refuses to change it, and to delete what retention did not drop.
//! * The last runs of a system stay whole; older ones keep their decision and what it and open findings cite.
//! * A run says what evidence it rests on ([`Pledge`]), so that evidence taken away is missed.
//! * What a run leaves behind can be signed ([`Store::record_signed`]), so that a changed decision or finding is found.
//! * What ledger records speak for points to them ([`Store::point`]); what none speaks for yet is known.
//! * Text from the assessed tree reaches SQL only as a bound value.
//!
//! Two runs that record at the same time wait for each other (write lock taken at the start, busy timeout).

#[cfg(feature = "alteration")]
pub mod alteration;
mod changes;
mod control_text;
mod covered;
mod diff;
mod error;
mod filter;
mod first_form;
mod judge;
mod open;
mod pledge;
mod pointers;
mod read;
mod read_rows;
mod record;
mod record_findings;
mod retention;
mod row_digests;
mod rows;
mod seal;
mod standing;
mod stored;
mod tables;
mod unrecorded;
mod write;

pub use changes::Changes;
pub use diff::{ControlChange, Diff};
pub use error::StoreError;
pub use filter::{AssetFilter, FindingFilter};
pub use first_form::FirstForm;
pub use judge::{Judgement, JudgementRecord, SignJudgement};
pub use open::Store;
pub use pledge::{Pledge, RunEvidence};
pub use pointers::{Pointed, PointingRow};
pub use retention::{DEFAULT_KEPT_RUNS, LEAST_KEPT_RUNS};
pub use row_digests::RowDigests;
pub use seal::{RunRecord, SignRecord};
pub use standing::{Judged, Standing};
pub use stored::{FindingEvent, FindingHistory, StoredAsset, StoredDecision, SystemSummary};
pub use tables::{Owner, Tables, control_rows, row_noun, row_owner};
pub use unrecorded::{Unrecorded, UnrecordedEvent, UnrecordedEvidence, UnrecordedJudgement, UnrecordedRun};
