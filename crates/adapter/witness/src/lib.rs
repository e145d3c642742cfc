//! The witness protocol over HTTP: a server around a [`syndic_ledger::witness::Witness`], and a client for logs.
//!
//! [`serve`] answers `POST /add-checkpoint`, and to monitors `GET /<origin hash>/checkpoint`, until it is told to stop. Everything a stranger can hold open or send has a
//! bound in [`Limits`]; what a request means is judged by the witness alone. [`HttpWitness`] is the other side, over
//! `http` or `https`: it follows no redirect, reads a bounded answer, and leaves believing it to the ledger.
//!
//! Source: C2SP tlog-witness.

mod address;
mod client;
mod connection;
mod limits;
mod request;
mod roots;
mod server;

pub use address::{Address, AddressError};
pub use client::HttpWitness;
pub use limits::{BODY_BYTES_LIMIT, Limits};
pub use server::{Desk, Told, serve};
