//! Finds records by their public parts, newest first, without a key: kind, actor, subject, tags, time; and by words of
//! their contents with the keys, see [`ContentIndex`].
//!
//! The index is derived from the leaves: [`SearchIndex::open`] makes again what is missing or cut, and a query that
//! meets damage says that `index/` is to be removed. It is no evidence; a hit is to be read from the log, and who must be sure that nothing was left out verifies the log and
//! opens the index in an empty `index/`.

mod contents;
mod filter;
mod gather;
mod index;
mod order;
mod pages;
mod source;
mod stored;

pub use contents::{Asked, ContentIndex, Finder, NoWord, Question, Seen};
pub(crate) use contents::{forget_all, forget_before, forget_subject};
pub use filter::{Filter, FilterError, parse_pseudonym, parse_time_us};
pub use index::SearchIndex;
pub use order::{Order, Page};
