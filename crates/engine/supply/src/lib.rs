//! Reads dependency manifests and lock files, and finds what makes an AI system's supply chain attackable.
//!
//! Text in, [`syndic_evidence::Inspection`] out: [`recognise`] tells by name and content what a file is, the readers
//! under `read` turn it into [`Facts`] (what is asked for, from where, how firmly), the detectors under `detect` look
//! at the facts alone. No file is opened and no registry is asked.
//!
//! Sources: PEP 440, 503, 508, 621, 735, 751; the pip requirements file format; the documented forms of the other
//! ecosystems' manifests.

mod ai;
mod assets;
mod detect;
mod engine;
mod facts;
mod kind;
mod popular;
mod read;

pub use engine::{SupplyEngine, Surroundings};
pub use facts::{Facts, Group, Include, IncludeKind, Index, IndexKind, Pin, Requirement, Role, Script, Source};
pub use kind::{ManifestKind, recognise};
