//! Finds records by their public parts, newest first, without a key: kind, actor, subject, tags, time.
//!
//! The index is derived from the leaves: [`SearchIndex::open`] makes again what is missing or damaged. It is no
//! evidence; a hit is to be read from the log, and who must be sure that nothing was left out verifies the log and
//! opens the index in an empty `index/`.

mod filter;
mod gather;
mod index;
mod stored;

pub use filter::{Filter, FilterError};
pub use index::SearchIndex;
