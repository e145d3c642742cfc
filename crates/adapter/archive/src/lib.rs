//! Copies a ledger away from the machine that writes it: to a bucket of an S3-compatible store, or to a folder.
//!
//! The copy is a ledger's folder like the one it was made from, without `keys/`: contents in it stay sealed, and whoever
//! has the log's public key can verify it. [`archive`] sends what is new, [`ArchiveDisk`] reads the copy where it lies, so
//! that the ledger's own verifier checks it, and [`restore`] brings it back.
//!
//! # What is promised
//! * Nothing is sent that does not verify, and the log must extend the checkpoint the archive holds: one that was rolled
//!   back or is another one is named, and the archive stays as it is.
//! * Files go first, the checkpoint last. A reader goes by the checkpoint it finds and sees that log, whole, at any
//!   moment, also while records are being added and after a copy that was cut short.
//! * Every object is written only if it is not there yet, and only as the bytes whose SHA-256 goes with it. One that is
//!   there and is another is a [`Conflict`]; it is never overwritten. Two objects grow: the checkpoint, which is replaced by
//!   one that extends it, and the last segment, which is replaced only if it is the beginning of the new one. Both are
//!   replaced only in the version that was compared.
//! * `keys/`, master keys and signing keys are never read.
//!
//! ```
//! use std::sync::Arc;
//! use syndic_archive::{ArchiveDisk, Folder, Objects, Outcome, Scope, archive};
//! use syndic_attest::SigningKey;
//! use syndic_attest::note::{KeyUse, NoteSigner};
//! use syndic_ledger::disk::{Disk, SimDisk};
//! use syndic_ledger::sealer::Unsealed;
//! use syndic_ledger::verify::{Trust, verify};
//! use syndic_ledger::{Entry, Ledger, Options, Ports, SystemClock};
//!
//! let disk: Arc<dyn Disk> = Arc::new(SimDisk::new(1));
//! let ports = Ports { disk: Arc::clone(&disk), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) };
//! let options = Options { segment_bytes: 1 << 16, ..Options::new("acme.example/log", SigningKey::from_seed([1; 32])) };
//! let ledger = Ledger::create(&ports, &options)?;
//! ledger.append(vec![Entry { kind: "gateway.request".to_owned(), ..Entry::default() }])?;
//! ledger.close()?;
//!
//! let key = NoteSigner::new("acme.example/log", KeyUse::Note, SigningKey::from_seed([1; 32]))?.key().to_string();
//! let trust = Trust::new(&key)?;
//! # let folder = tempfile::tempdir()?;
//! # let there = folder.path().join("archive");
//! let objects: Arc<dyn Objects> = Arc::new(Folder::new(there));
//! let outcome = archive(&disk, &trust, objects.as_ref(), Scope::New)?;
//! assert!(matches!(outcome, Outcome::Archived(sent) if sent.head.size == 1));
//!
//! let copy: Arc<dyn Disk> = Arc::new(ArchiveDisk::open(objects)?);
//! assert!(verify(&copy, &trust).is_intact());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod copy;
mod error;
mod folder;
mod head;
mod objects;
mod parallel;
mod place;
mod plan;
pub mod remote;
mod remote_file;
mod restore;
mod s3;
mod view;

pub use body::Body;
pub use copy::{Archived, Conflict, Outcome, archive};
pub use error::ArchiveError;
pub use folder::Folder;
pub use objects::{Listed, Objects, Page, Part, Put, Stat, When};
pub use place::Place;
pub use plan::Scope;
pub use restore::{Restored, restore};
pub use s3::{Access, Bucket};
pub use view::ArchiveDisk;
