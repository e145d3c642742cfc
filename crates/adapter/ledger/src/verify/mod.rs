//! Checks a ledger from its files alone: no private key, no trust in the program or the machine that wrote it.
//!
//! Every frame, leaf, content digest, tile, entry bundle and signature is read; the segments in parallel, their
//! results joined in order. A record has up to three views: its frame, its hash in a tile, its leaf in a bundle. Where
//! they disagree, the signed root decides which is right, so that a problem is named where it is and not after it.
//!
//! With [`Scope::LogAndKeys`] the key slots are held against the log too, still without a key: a slot that is empty
//! counts as erased only if a record says so, and one that is not, in spite of such a record, was put back.
//!
//! What it cannot know, it says: records behind the newest signed head are counted, not vouched for; a log cut back to
//! an older head of its own is found only with a checkpoint kept elsewhere ([`Trust::known`]). A checkpoint frame that
//! was removed, while a later checkpoint is there, is not missed: it says nothing the later one does not.

mod join;
mod key_use;
mod keys;
mod order;
mod parallel;
mod partials;
mod piece;
mod report;
mod resync;
mod root;
mod run;
mod strays;
mod tail;
mod trust;
mod views;
mod walk;

pub use report::{KeyCounts, Problem, ProblemKind, Report};
pub use run::{Scope, verify, verify_scope, verify_with};
pub use trust::{Trust, TrustError};
