//! Finds how source code uses AI: providers, models, stores, prompts, routes, agents, and their faults.
//!
//! Reading goes in three steps. A cheap word scan ([`gate`]) turns away files that have nothing to do with AI or the
//! web. Python is parsed to a flat [`python::Sketch`] of imports, calls and assignments; other languages are read as
//! tokens ([`lines`]); of a few more only names of providers are read ([`mentions`]), and [`sight`] says which checks
//! that leaves undone. The readers in [`read`] turn either into [`Facts`], the serialisable record that enters the
//! evidence. Detectors look at facts only, and [`graph`] turns facts into assets and relations.
//!
//! Invariant: facts hold names, paths, digests and lengths; never prompt text, keys or credentials of a URL.

mod detectors;
mod engine;
mod facts;
mod gate;
mod graph;
mod hosts;
mod join;
mod language;
mod lines;
mod links;
mod maps;
mod mentions;
mod notebook;
mod python;
mod read;
mod route;
mod sight;
mod signs;

pub use engine::CodeEngine;
pub use facts::{
    AgentSeen, Facts, FileAction, FileUse, Hazard, HazardKind, HostedModelUse, ImportSeen, Install, InterfaceSeen,
    ModelHost, Origin, PipelineSeen, PromptSeen, ProviderUse, Spot, StoreUse,
};
pub use language::{Language, Reading};
pub use links::{Executed, FunctionLinks, Links, MountSeen, Passed};
pub use route::Route;
pub use sight::Sight;
