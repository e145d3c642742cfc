//! The collector of files: walks trees, reads and hashes content, and says which application owns a file.
//!
//! It states what is there and what could not be looked at; it judges nothing. Hostile trees are expected: loops,
//! FIFOs, devices, unreadable folders, names that are not UTF-8, sparse files of a terabyte.

mod file;
mod hash;
mod owner;
mod path;
mod scope;
mod walk;

pub use file::{FileReader, OpenError};
pub use hash::{ContentHash, hash_bytes, hash_reader};
pub use owner::Owners;
pub use path::display_path;
pub use scope::{Scope, ScopeError};
pub use walk::{Entry, Walk, walk};
