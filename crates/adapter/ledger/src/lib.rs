//! Keeps what happened, provably: a tamper-evident, encrypted, append-only log in a folder.
//!
//! Programs share a [`Ledger`] among their threads. [`Ledger::append`] returns when its records are durable: many
//! callers share one write and one sync. About every second a [`SignedCheckpoint`] states size and root of the RFC 6962
//! tree over all records; with it and [`Ledger::prove`] anybody can check that a record is in the log and was not
//! changed, without trusting who keeps it. Contents are sealed for their subjects, so that a subject can be erased
//! while every proof stays valid.
//!
//! # What is promised
//! * A receipt means durable: no crash of process or machine loses the record, as long as the disk's syncs do not lie.
//! * An error means not acknowledged, not "never written": a record may be found later whose append failed.
//! * After a failed sync or write nothing is acknowledged until the ledger is opened again. A full disk refuses and
//!   goes on once there is space.
//! * Opening cuts a torn tail and says so. Damage below a signed size is never repaired, it is named
//!   ([`LedgerError::Damaged`]). What was appended after the newest checkpoint is covered by no signature: there
//!   tampering cannot be told from tearing.
//! * A disk that lies about syncs, or an intruder who rolls back the whole folder, is found out only by who knows a
//!   later head: hand the heads that witnesses keep to [`Options::known_heads`].
//!
//! # Layout
//! `log.json` says whose log it is; `segments/` holds the records in [`frame`]s, `checkpoint` the newest signed
//! root, `tile/` the tree as C2SP tlog-tiles has it (derived, made again when wrong), `keys/` the [`keys`].
//!
//! ```
//! use std::sync::Arc;
//! use syndic_attest::SigningKey;
//! use syndic_ledger::disk::SimDisk;
//! use syndic_ledger::sealer::Unsealed;
//! use syndic_ledger::{Content, Entry, Ledger, Options, Ports, SystemClock};
//!
//! let ports = Ports {
//!     disk: Arc::new(SimDisk::new(1)),
//!     clock: Arc::new(SystemClock),
//!     sealer: Arc::new(Unsealed),
//! };
//! let options = Options { segment_bytes: 1 << 16, ..Options::new("acme.example/log", SigningKey::from_seed([1; 32])) };
//! let ledger = Ledger::create(&ports, &options)?;
//! let entry = Entry { kind: "gateway.request".to_owned(), content: b"what was asked".to_vec(), ..Entry::default() };
//! let receipts = ledger.append(vec![entry])?;
//!
//! let checkpoint = ledger.checkpoint()?;
//! let proof = ledger.prove(receipts[0].index, checkpoint.head.size)?;
//! proof.verify_hash(receipts[0].leaf_hash, &checkpoint.head)?;
//! assert_eq!(ledger.read(0)?.content, Content::Plain(b"what was asked".to_vec()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod admin;
mod catalogue;
mod clock;
pub mod copying;
pub mod disk;
mod entry;
mod erased;
mod error;
pub mod frame;
mod group;
pub mod hold;
pub mod keys;
pub mod leaf;
mod ledger;
mod log;
mod options;
mod prefix;
mod proofs;
mod prover;
mod publish;
mod queue;
mod read;
mod recovery;
pub mod retention;
mod scan;
pub mod sealer;
pub mod search;
mod segment;
mod signing;
pub mod simulation;
mod stage;
mod tail;
mod threads;
mod tiles;
pub mod verify;
pub mod witness;
mod writer;

pub use clock::{Clock, OsRandom, Random, SystemClock};
pub use entry::{Content, Entry, MAX_CONTENT_BYTES, Receipt, Record};
pub use error::{Damage, DamageKind, LedgerError, Remains};
pub use ledger::Ledger;
pub use log::{DESCRIPTION_PATH, Description, Log};
pub use options::{OnFull, Options, Ports};
pub use prover::Prover;
pub use publish::{CHECKPOINT_PATH, SignedCheckpoint};
pub use recovery::Recovery;
pub use threads::GAP_KIND;

/// Largest payload of a frame in bytes: the largest content, sealed, with the largest leaf, and room to spare.
pub const MAX_FRAME_BYTES: usize = 16 << 20;
