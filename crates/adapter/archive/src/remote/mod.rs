//! Files where they lie: in a registry of the OCI distribution specification, or in a bucket, read by ranges.
//!
//! [`RemoteFile`] is a source like a file on a disk, of which only what is asked for is fetched. Servers are not believed:
//! lengths, ranges and digests are checked, redirections are followed only to public addresses over TLS or where the user
//! allowed it, and every answer, every request and the whole have bounds in bytes and time. Nothing is written to disk.

mod address;
mod basic;
mod challenge;
mod credentials;
mod error;
mod file;
mod object;
mod reference;
mod registry;
mod web;

pub use credentials::Credentials;
pub use error::RemoteError;
pub use file::{Fetched, RemoteFile};
pub use reference::OciReference;
pub use registry::{Registry, RegistryManifest};
pub use web::Reach;
