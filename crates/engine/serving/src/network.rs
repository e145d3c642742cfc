//! Kubernetes objects in front of workloads: Service, Ingress, Route; and Secret objects written out.

use syndic_detect::document::Node;

use crate::facts::{Ingress, NetworkService, Port, Reach, SecretObject};

/// Pairs, hosts and ports of one object are cut at this number.
const MAX_PARTS: usize = 200;

/// Returns the text pairs of a mapping.
pub(crate) fn pairs(node: Option<Node<'_>>) -> Vec<(String, String)> {
    let entries = node.map(Node::entries).unwrap_or_default();
    let pair =
        |entry: syndic_detect::document::Entry<'_>| Some((entry.key.to_owned(), entry.value.as_str()?.to_owned()));
    entries.into_iter().take(MAX_PARTS).filter_map(pair).collect()
}

fn annotation_says(object: Node<'_>, words: &[&str]) -> bool {
    let annotations = object.path(&["metadata", "annotations"]).map(Node::entries).unwrap_or_default();
    annotations.iter().any(|entry| {
        let key = entry.key.to_ascii_lowercase();
        let value = entry.value.as_str().unwrap_or_default();
        value != "false" && words.iter().any(|word| key.contains(word))
    })
}

pub(crate) fn read_service(object: Node<'_>, name: &str) -> Option<NetworkService> {
    let spec = object.get("spec")?;
    let form = spec.get("type").and_then(Node::as_str).unwrap_or("ClusterIP").to_owned();
    let is_guarded = annotation_says(object, &["ssl-cert", "tls", "certificate", "internal", "backend-config"]);
    let is_public = matches!(form.as_str(), "NodePort" | "LoadBalancer") && !annotation_says(object, &["internal"]);
    let text = |port: Node<'_>, key: &str| port.get(key).and_then(Node::as_str).map(str::to_owned);
    let ports = spec.get("ports").into_iter().flat_map(Node::items).take(MAX_PARTS).filter_map(|port| {
        let outer = text(port, "port")?;
        Some(Port {
            container: text(port, "targetPort").unwrap_or_else(|| outer.clone()),
            published: Some(text(port, "nodePort").unwrap_or(outer)),
            reach: if is_public { Reach::Public } else { Reach::Internal },
            by: form.clone(),
            line: port.line(),
        })
    });
    let ports = ports.collect();
    let selector = pairs(spec.get("selector"));
    Some(NetworkService { name: name.to_owned(), line: object.line(), form, selector, ports, is_guarded })
}

pub(crate) fn read_ingress(object: Node<'_>, name: &str) -> Ingress {
    let mut ingress = Ingress { name: name.to_owned(), line: object.line(), ..Ingress::default() };
    let Some(spec) = object.get("spec") else { return ingress };
    ingress.has_tls = spec.get("tls").is_some_and(|tls| tls.items().next().is_some())
        || annotation_says(object, &["certificate", "ssl", "tls", "cert-manager", "pre-shared-cert", "managed-cert"]);
    ingress.has_auth =
        annotation_says(object, &["auth-url", "auth-type", "auth-signin", "auth-secret", "authenticat", "auth-tls"]);
    let backend = |node: Node<'_>| {
        let name = node.path(&["service", "name"]).or_else(|| node.get("serviceName"))?;
        name.as_str().map(str::to_owned)
    };
    ingress.backends.extend(spec.get("defaultBackend").and_then(backend));
    for rule in spec.get("rules").into_iter().flat_map(Node::items).take(MAX_PARTS) {
        ingress.hosts.extend(rule.get("host").and_then(Node::as_str).map(str::to_owned));
        let paths = rule.path(&["http", "paths"]).into_iter().flat_map(Node::items).take(MAX_PARTS);
        ingress.backends.extend(paths.filter_map(|path| path.get("backend").and_then(backend)));
    }
    ingress.backends.sort();
    ingress.backends.dedup();
    ingress
}

pub(crate) fn read_route(object: Node<'_>, name: &str) -> Ingress {
    let text = |keys: &[&str]| object.path(keys).and_then(Node::as_str).map(str::to_owned);
    Ingress {
        name: name.to_owned(),
        line: object.line(),
        hosts: text(&["spec", "host"]).into_iter().collect(),
        backends: text(&["spec", "to", "name"]).into_iter().collect(),
        has_tls: object.path(&["spec", "tls"]).is_some(),
        has_auth: false,
    }
}

/// Reads a Secret whose values stand in the manifest. Sealed and templated values are no values.
pub(crate) fn read_secret(object: Node<'_>, name: &str) -> Option<SecretObject> {
    let mut keys = Vec::new();
    let mut line = object.line();
    for part in ["stringData", "data"] {
        for entry in object.get(part).map(Node::entries).unwrap_or_default().into_iter().take(MAX_PARTS) {
            let value = entry.value.as_str().unwrap_or_default();
            let lower = value.to_ascii_lowercase();
            let is_placeholder = value.len() < 4
                || value.contains(['<', '$', '{'])
                || ["change", "your", "replace", "example", "placeholder", "todo", "xxxx", "ref+", "enc["]
                    .iter()
                    .any(|word| lower.contains(word));
            let is_public = matches!(entry.key.rsplit('.').next(), Some("crt" | "pub"));
            if !is_placeholder && !is_public {
                line = if keys.is_empty() { entry.line } else { line };
                keys.push(entry.key.to_owned());
            }
        }
    }
    (!keys.is_empty()).then(|| SecretObject { name: name.to_owned(), line, keys })
}
