//! Finds records by words of their contents, with the keys: [`ContentIndex`].
//!
//! # How it works
//! The records are in blocks. A block has for each term ([`words`]) the records that have it ([`gather`], [`places`]),
//! encrypted page by page under a key of its own ([`sealed`]). It is made from up to 65,536 records, and neighbours are
//! joined until it has up to a million ([`rewrite`], [`layout`]). The [`roster`] lists the blocks with their keys and is
//! sealed by the key store. A search asks block after block, the newest first, for the records that have all terms, reads
//! each from the log and holds it against the question ([`find`]): what is shown was read, and what shares a term's number
//! is passed over. Records no block covers, and contents that could not be indexed, are looked at.
//!
//! A disk answers one read in a millisecond or many, and a hundred at once in little more: what a search will read is told
//! to the disk in groups, before it is read in order.
//!
//! It is a format of its own because the index must be worthless without a key, lose a subject for ever, and read a few
//! pages of a file: what is made for searching text keeps its dictionary in clear and its deletions for later.
//!
//! # What holds
//! * Without the keys it says nothing but how large blocks are: neither words nor which records share one.
//! * An erasure destroys the key of the roster before it destroys the subject's, and with it every block that ever was, also
//!   in copies; blocks that hold nothing of the subject go on under a new one ([`forget`]). What is lost is made again.
//!   So does a retirement with the records it removes.
//! * What is damaged, cut, missing, put back or another ledger's is noticed by its tag, or by the leaf of its last record,
//!   and made again from the log. It is no evidence that nothing was left out: whoever has the keys can write another.
//! * Making it takes bounded memory, whatever the contents hold: a block ends early when it has many terms, and a
//!   content with more terms than fit is looked at by every search.

mod block;
mod build;
mod find;
mod forget;
mod gather;
mod index;
mod layout;
mod places;
mod question;
mod reader;
mod rewrite;
mod roster;
mod sealed;
mod span;
mod term;
mod words;

#[cfg(test)]
mod laws;

pub use find::{Asked, Finder, Seen};
pub(crate) use forget::{forget_all, forget_before, forget_subject};
pub use index::ContentIndex;
pub use question::{NoWord, Question};
