//! The console: what the store knows, as pages for people, served on loopback.
//!
//! Every page is rendered on the server from the store at the time of the request, needs no script, and computes no
//! status of its own. There is nothing to change here: every route answers GET and HEAD alone.
//!
//! Invariant: what may be older than the tree it speaks of says so ([`Status`]).

mod asked;
mod guard;
mod link;
mod pages;
mod server;
mod snapshot;
mod status;
// The report's words, so that both say the same; an adapter may not depend on another.
#[path = "../../report/src/html/words.rs"]
mod words;

pub use server::{Console, router, serve};
pub use status::{Status, Work};
