//! Legal holds: what must be neither erased nor retired, whatever else is asked. Recorded in the log, see [`crate::admin`].

mod scope;
mod standing;

pub use scope::{Hold, HoldScope, Scope};
