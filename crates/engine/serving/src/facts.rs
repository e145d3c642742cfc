//! What a deployment manifest says, before any judgement: the facts that enter the evidence.
//!
//! Invariant: no value of a setting is kept unless its name is on the list of settings known to be harmless
//! (`environment::SAFE_VALUES`, `command::SAFE_FLAGS`). A credential is represented by its name alone.

mod command;
mod http;
mod objects;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use command::{Command, Flag, Step, StepKind};
pub use http::HttpRoute;
pub use objects::{Ingress, NetworkService, SecretObject};

/// Everything read from one manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Path relative to the assessed root.
    pub path: String,
    /// Name of the kind of manifest.
    pub kind: String,
    /// Deployed units: one a container.
    pub services: Vec<Service>,
    /// Kubernetes Services: names and ports in front of workloads.
    pub networks: Vec<NetworkService>,
    /// Kubernetes Ingresses and OpenShift Routes.
    pub ingresses: Vec<Ingress>,
    /// Kubernetes Secret objects with values in the manifest.
    pub secrets: Vec<SecretObject>,
    /// Parts that are there and could not be read, each with its line and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// What states a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceForm {
    /// The image a Dockerfile builds.
    #[default]
    Image,
    /// A service of a compose file.
    Compose,
    /// A container of a Kubernetes workload.
    Container,
    /// A container that ends before the others of its pod start.
    InitContainer,
    /// An image that the values of a Helm chart name.
    ChartImage,
    /// A model server described by a custom resource: KServe, Seldon.
    ModelResource,
    /// A function that a cloud runs, or a predictor that a tool packs.
    Function,
}

/// One deployed unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a manifest, not a state")]
pub struct Service {
    /// Name, unique in the file.
    pub name: String,
    /// Line it starts on.
    pub line: u32,
    /// What states it.
    pub form: ServiceForm,
    /// Kubernetes kind of the workload, such as `Deployment`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub workload: String,
    /// Whether it runs once and ends: training, migration.
    pub is_job: bool,
    /// The image it runs; for a Dockerfile, the base of the final stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageRef>,
    /// Every external image a Dockerfile builds from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<ImageRef>,
    /// Folder it is built from, relative to the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_context: Option<String>,
    /// Dockerfile it is built by, relative to the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_file: Option<String>,
    /// Stage of the Dockerfile it is built as, if not the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_target: Option<String>,
    /// Stage of a Dockerfile → the user an image of that stage runs as.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stage_users: BTreeMap<String, User>,
    /// Id of the known product it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The user it runs as.
    pub user: User,
    /// Privileges beyond a plain container's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
    /// Folders and files of the host or volumes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Ports it listens on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
    /// Whether a function answers with a model, as far as its manifest tells.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub runs_model: bool,
    /// Addresses by which a cloud lets people reach it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpRoute>,
    /// Environment settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<Setting>,
    /// Environment files, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env_files: Vec<String>,
    /// What it runs.
    pub command: Command,
    /// Services it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// Labels a Kubernetes Service may select it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<(String, String)>,
    /// Whether its memory is limited.
    pub has_memory_limit: bool,
    /// Whether it asks for a GPU.
    pub uses_gpu: bool,
    /// Whether its root file system is read-only, if said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only_root: Option<bool>,
    /// Whether a liveness or readiness check is declared.
    pub has_probe: bool,
    /// Where the model comes from, if a custom resource says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_source: Option<String>,
    /// Noteworthy build steps of a Dockerfile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// An image reference, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRef {
    /// Registry host; empty for the default registry.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub registry: String,
    /// Repository path without tag.
    pub name: String,
    /// Tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Whether a digest fixes the content.
    pub has_digest: bool,
    /// Whether a variable without default stands in it, so that what runs is unknown.
    pub is_variable: bool,
    /// Line.
    pub line: u32,
}

/// The user a container runs as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum User {
    /// Nothing is said: the image decides, and most images are root.
    #[default]
    Unsaid,
    /// Root, said outright.
    Root,
    /// Not root: said outright, or known of the image.
    Unprivileged,
    /// Something that was not read decides: a variable without a value.
    Unknown,
    /// Root at the start; the entry point is seen to drop to another user.
    Drops,
}

/// A privilege beyond a plain container's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privilege {
    /// The setting in the manifest's own words: `privileged: true`.
    pub setting: String,
    /// Whether it alone gives the host away.
    pub is_full: bool,
    /// Line.
    pub line: u32,
}

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Path on the host, or name of a volume.
    pub source: String,
    /// Path in the container.
    pub target: String,
    /// Whether the source is a path of the host.
    pub is_host_path: bool,
    /// Whether it cannot be written.
    pub is_read_only: bool,
    /// Line.
    pub line: u32,
}

/// Who can reach a port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Other containers only.
    #[default]
    Internal,
    /// The host itself: bound to loopback.
    Loopback,
    /// Everyone who reaches the host or the load balancer.
    Public,
}

/// A port of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Port in the container, as written (`8000`, `8000-8010`).
    pub container: String,
    /// Port outside, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Who can reach it.
    pub reach: Reach,
    /// How it is published: `ports`, `hostPort`, `NodePort`, `LoadBalancer`, `Ingress`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// Line.
    pub line: u32,
}

/// What is said about a credential's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// A build argument ends up in the image.
    BuildArgument,
    /// A well-known or short value, such as a default password.
    Weak,
    /// A value of its own.
    Real,
}

/// One environment setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Name.
    pub name: String,
    /// Line.
    pub line: u32,
    /// Value, only of settings known to be harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it is set to the empty text.
    pub is_empty: bool,
    /// Set if a credential stands here in clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub literal: Option<Literal>,
    /// The address in the value, without user, path and query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
}

/// The harmless part of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Url {
    /// Scheme, lower case.
    pub scheme: String,
    /// Host, lower case.
    pub host: String,
    /// Port, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
}
