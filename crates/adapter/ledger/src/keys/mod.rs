//! The key store: who can read the contents of records, and how that ends for ever.
//!
//! Three layers of keys. The **master key** (32 bytes, in a file outside the ledger) protects the store; a random
//! **subject key** for each subject stands in the store, wrapped under a key derived from the master key; a random
//! **record key** for each record stands beside its content, wrapped under the subject key.
//! Erasing a subject overwrites its slot with zeros: all its contents turn into noise while the hashes of the log,
//! which cover the encrypted bytes only, stay valid.
//!
//! # The file `keys/slots`
//! Two copies of everything, in different 4 KiB blocks, so that no torn or lost block takes both:
//!
//! | bytes | what |
//! | --- | --- |
//! | 0 | header, first copy (layout in `header.rs`) |
//! | 4,096 | header, second copy |
//! | 8,192 + 8,192 n | slots 32 n to 32 n + 31, first copies, 128 bytes each (`slot.rs`) |
//! | 12,288 + 8,192 n | the same slots, second copies |
//!
//! A slot's number is never given twice, so a record that names an erased slot can never meet another key. Where the
//! file is older than the log, opening it for writing learns from the log which numbers are used up (`named.rs`; what
//! that came to so far is kept in `keys/named`, which can be made again).
//! Bytes of zero in both copies mean that the key is gone; whether it was erased only the log tells, since whoever can
//! write the file can make zeros. A slot past the end means that the store is older than the log.
//!
//! # The content of a record
//! Its layout is in `content.rs`. It is bound to its leaf, so it opens nowhere else.
//!
//! # Order of durability
//! [`KeyStore::seal`] may write a new subject's slot without waiting for the disk. [`KeyStore::flush`] must succeed
//! before any record sealed before it is written to the log: then no record on the disk can lack its key.
//! [`KeyStore::erase`] and [`KeyStore::rotate`] return when the disk has confirmed. After a failed write or sync of
//! either, or a failed flush, the store refuses everything but reading until it is opened again.
//!
//! # What erasure cannot reach
//! Copies made elsewhere (backups, snapshots), blocks a drive or a copy-on-write file system keeps aside, and the freed
//! blocks of a file that a rotation replaced. They hold the key only wrapped under the master key of their time:
//! rotating the master key and destroying the old one ends those too.

mod cache;
mod content;
mod erase;
mod error;
mod header;
mod inspection;
mod lost;
mod master;
mod merge;
mod named;
mod pseudonym;
mod recovery;
mod revived;
mod rotate;
mod sealing;
mod slot;
mod slot_file;
mod store;
mod wrapping;
mod xaes;

#[cfg(test)]
mod laws;

pub use content::SEAL_OVERHEAD;
pub(crate) use content::slot_of;
pub use erase::Erasure;
pub use error::KeyError;
pub(crate) use inspection::{Holding, Inspection, place_of};
pub use inspection::{slots_not_opening, were_keys_given_out};
pub use lost::LostKey;
pub use master::MasterKey;
pub use merge::KeyBackup;
pub use pseudonym::Pseudonym;
pub use recovery::KeyRecovery;
pub(crate) use revived::KeyPlace;
pub use rotate::Rotation;
pub(crate) use slot_file::{MISSING, PATH as KEYS_PATH};
pub use store::{Access, KeyStore};
