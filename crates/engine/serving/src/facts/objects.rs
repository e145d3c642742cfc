//! Kubernetes objects around workloads.

use serde::{Deserialize, Serialize};

use super::Port;

/// A Kubernetes Service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkService {
    /// Name, as other workloads call it.
    pub name: String,
    /// Line.
    pub line: u32,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`.
    pub form: String,
    /// Labels it selects.
    pub selector: Vec<(String, String)>,
    /// Ports.
    pub ports: Vec<Port>,
    /// Whether an annotation says that the load balancer ends TLS or is internal.
    pub is_guarded: bool,
}

/// A Kubernetes Ingress or an OpenShift Route.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingress {
    /// Name.
    pub name: String,
    /// Line.
    pub line: u32,
    /// Hosts it answers for.
    pub hosts: Vec<String>,
    /// Services it leads to.
    pub backends: Vec<String>,
    /// Whether TLS is set up, here or by an annotation.
    pub has_tls: bool,
    /// Whether an annotation asks for authentication.
    pub has_auth: bool,
}

/// A Kubernetes Secret with values in the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretObject {
    /// Name.
    pub name: String,
    /// Line of the first value that stands there.
    pub line: u32,
    /// Names of the values that stand there, never the values.
    pub keys: Vec<String>,
}
