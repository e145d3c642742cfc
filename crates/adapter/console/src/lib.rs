//! The console: what the store knows, as pages for people, served on loopback.
//!
//! Every page is rendered on the server from the store at the time of the request, needs no script, and computes no
//! status of its own. There is nothing to change here: every route answers GET alone.

mod guard;
mod pages;
mod server;

pub use server::{Console, router, serve};
