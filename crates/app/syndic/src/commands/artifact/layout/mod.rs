//! Layouts: stores of content whose files come to models only together.
//!
//! A Hugging Face cache, a store of Ollama and an OCI image layout keep bytes under the digest of their content and say in
//! links or manifests which of them are one model. Every file has been scanned by itself already; here the parts of each
//! model are put together, and what the layout says is held against what is there. What disagrees is a finding of a rule
//! `layout.…`.

mod descriptor;
mod disk;
mod hub;
mod judge;
mod kept;
mod store;
mod whole;

pub(super) use descriptor::{Descriptor, digest_of};
pub(super) use judge::{Blob, Blobs, judge};
pub(super) use kept::Layouts;
pub(super) use whole::{Fault, Whole};
