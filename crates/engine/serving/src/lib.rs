//! Reads deployment manifests (Dockerfiles, compose, Kubernetes, serverless functions) and finds what is wrong with how AI is served.
//!
//! [`recognise`] tells by content what a text is. [`ServingEngine::inspect`] reads it into [`Facts`], names the
//! services, stores, endpoints and providers in it, and runs the detectors over the facts alone.
//!
//! ```
//! use syndic_evidence::{AssetKind, Input, Urn};
//! use syndic_serving::{ManifestKind, ServingEngine, recognise};
//! let text = "services:\n  llm:\n    image: ollama/ollama:latest\n    ports: ['11434:11434']\n";
//! let kind = recognise("compose.yaml", text).unwrap();
//! assert_eq!(kind, ManifestKind::Compose);
//! let urn = Urn::local("acme", AssetKind::Configuration, "compose.yaml");
//! let input = Input { system: "acme", path: "compose.yaml", subject: &urn, owner: &urn };
//! let inspection = ServingEngine::builtin().unwrap().inspect(input, kind, text);
//! assert!(inspection.findings.iter().any(|finding| finding.rule == "serving.port-exposed"));
//! ```

mod assets;
mod claim;
mod command;
mod compose;
mod detectors;
mod dockerfile;
mod documents;
mod download;
mod edges;
mod engine;
mod environment;
mod exposure;
mod facts;
mod image;
mod kind;
mod kubernetes;
mod network;
mod pod;
mod ports;
mod product;
mod product_table;
mod provider;
mod runs_as;
mod serverless;
mod values;

pub use engine::ServingEngine;
pub use facts::{
    Command, Facts, Flag, HttpRoute, ImageRef, Ingress, Literal, Mount, NetworkService, Port, Privilege, Reach,
    SecretObject, Service, ServiceForm, Setting, Step, StepKind, Url, User,
};
pub use kind::{ManifestKind, recognise};
pub use product::{Authentication, Product, ProductClass};
