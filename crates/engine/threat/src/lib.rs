//! Derives the data-flow diagram, its trust boundaries and its STRIDE threats.
//!
//! [`derive`] turns assets and relations into a [`Model`] a person can read: detail is folded, data classes are
//! carried along flows. [`ThreatEngine`] asks every threat rule about every element and interaction and ranks the
//! answers. [`svg`] and [`mermaid`] draw the model; equal models give equal bytes.
//!
//! ```
//! use syndic_evidence::{Asset, AssetKind, Location, Urn, Zone};
//! let system = Urn::local("acme", AssetKind::System, "acme");
//! let urn = Urn::local("acme", AssetKind::Endpoint, "POST /chat");
//! let chat = Asset::new(urn, AssetKind::Endpoint, "POST /chat", Zone::Application, Location::line("main.py", 7));
//! let model = syndic_threat::derive(&system, &[chat], &[]);
//! assert_eq!(model.elements.len(), 2, "somebody calls an endpoint: its users are implied");
//! let risks = syndic_threat::ThreatEngine::builtin().unwrap().threats(&model, &[]);
//! assert!(syndic_threat::svg(&model, &risks).contains("POST /chat"));
//! ```
//!
//! Source: STRIDE per interaction (Shostack, Threat Modeling, 2014, chapter 3); MITRE ATLAS; OWASP LLM Top 10 2025.

mod aggregate;
mod derive;
mod engine;
#[cfg(test)]
mod fixtures;
mod fold;
mod graph;
mod group;
mod layout;
mod marks;
mod mermaid;
mod model;
mod propagate;
mod rules;
mod score;
mod svg;
mod text;

pub use derive::derive;
pub use engine::{RISK_LIMIT, ThreatEngine};
pub use mermaid::mermaid;
pub use model::{Element, Flow, Mark, Model, Shape};
pub use svg::svg;
