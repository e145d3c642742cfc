//! What an administrator does to a ledger: erase a subject, hold, release, retire, rotate the master key. Each action
//! is a record of the log itself, so that nobody can do it unseen.
//!
//! # Records
//! | kind | tags | says |
//! | --- | --- | --- |
//! | `ledger.erased` | `subject`, `slots`, `unreadable`, `keys` | the contents of a pseudonym, sealed with the keys in these slots, cannot be read any more |
//! | `ledger.held` | `hold`, `scope`, and `subject` or `key`, `value` | nothing in scope may be erased or retired |
//! | `ledger.released` | `hold` | that hold ended |
//! | `ledger.retention` | `days`, `minimum` | how long records are kept from now on |
//! | `ledger.retired` | `from`, `before`, `days` | the segments of these records were removed, their leaves kept |
//! | `ledger.rotated` | `generation` | the key store is under a new master key |
//! | `ledger.witnesses` | `key`, one for each | these witnesses cosign the log from now on; without a tag: nobody does |
//!
//! Tags stand in the log in clear, so they hold pseudonyms and never a subject's name. The reason is the encrypted
//! content; it is kept under the log's own subject, which cannot be erased, so it should not name anybody either.
//!
//! # State
//! Holds, erasures, retention are derived by reading the leaves of the log ([`State`]). A retired record's leaf
//! stays in its entry bundle, so retirement loses nothing of it. Every derivation ends by comparing the root of all leaves read with
//! the ledger's own: a left out or invented action does not pass. The file `admin/state` only shortens the reading. It is sealed under
//! the key store, continues from its size and frontier, and is ignored if it does not fit.
//!
//! A key that is gone is erased only if such a record lists its slot, and a key that is there in spite of one was put
//! back: [`Admin::open`] and [`Admin::rotate`] destroy it again and record that. What was lost is brought back from a
//! backup by [`Admin::merge_keys`].
//!
//! # Crashes
//! An action is either recorded or was not taken, with three exceptions that are put right by the next [`Admin::open`]:
//! an erasure begun (`admin/erasing` names it, sealed), a rotation not yet recorded (the key store knows its
//! generation), and segments not yet removed (by the next [`Admin::retire`]).

mod action;
mod administrator;
mod cache;
mod erase;
mod erasures;
mod error;
mod leaves;
mod lost;
mod lost_kept;
mod merge;
mod naming;
mod plain;
mod replay;
mod revived;
mod rotate;
mod state;
mod witnesses;

pub use action::{ERASED_KIND, HELD_KIND, RELEASED_KIND, RETENTION_KIND, RETIRED_KIND, ROTATED_KIND, WITNESSES_KIND};
pub use administrator::{Admin, Cause};
pub use erase::{Erased, is_erasing};
pub use error::AdminError;
pub use merge::MergedKeys;
pub use naming::names;
pub use plain::{is_blank, is_hidden};
pub use revived::Revived;
pub use state::State;
pub use witnesses::NamedWitnesses;

pub(crate) use action::Action;
pub(crate) use administrator::{refuse_hidden, refuse_naming, refuse_unseen};
pub(crate) use erasures::Erasures;
pub(crate) use leaves::Leaves;
