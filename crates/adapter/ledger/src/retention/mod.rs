//! How long records are kept, and what happens then: whole segments are removed, oldest first, and stay provable.
//!
//! A segment is retired when its last record is older than the policy, no hold covers any of its records, and nothing
//! older stands before it: what one hold keeps, it keeps with everything after it. Of a retired record the leaf stays,
//! in its entry bundle; its content, the personal part, is gone.
//!
//! # Order
//! 1. The leaves in the segments are proved to be under the newest signed root; bundles and tiles that differ from them,
//!    or that a crash lost, are made again.
//! 2. A record `ledger.retired` says which records, and a checkpoint signs it.
//! 3. Bundles and tiles are synced: from now on the log can be opened and proved without the segments.
//! 4. The segments are removed, oldest first.
//!
//! A crash after 2 leaves segments that the log calls retired; the next retirement removes them, unless they were held
//! or the retention was lengthened since.

mod policy;
mod proof;
mod records;
mod retire;
mod survey;

pub use policy::{REQUIRED_DAYS, Retention};
pub use retire::{Keeping, KeptBecause, Prospect, Retirement};

pub(crate) use records::RetiredRecords;
