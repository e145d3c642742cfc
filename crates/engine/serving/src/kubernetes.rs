//! Reads Kubernetes objects: workloads, custom resources that serve models, and what stands in front of them.
//!
//! Source: the Kubernetes API reference; KServe, Seldon, KubeRay, Argo and Kubeflow custom resources.

use syndic_detect::document::Node;

use crate::compose::MAX_SERVICES;
use crate::documents;
use crate::exposure;
use crate::facts::{Facts, Service, ServiceForm};
use crate::kind::is_kubernetes_object;
use crate::network;
use crate::pod;

/// How deep a custom resource is searched for pod templates.
const MAX_SEARCH_DEPTH: usize = 12;

/// How many nodes of one custom resource are visited: shared nodes can make it larger than the file.
const MAX_SEARCH_NODES: usize = 20_000;

/// Reads every object into `facts`; returns what was left out.
pub(crate) fn read(text: &str, facts: &mut Facts) -> Vec<String> {
    let (documents, mut left_out) = documents::read(text);
    for document in &documents {
        let root = document.root();
        let is_list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
        let objects: Vec<Node<'_>> = match root.get("items") {
            Some(list) if is_list => list.items().collect(),
            _ => vec![root],
        };
        for object in objects.into_iter().filter(|object| is_kubernetes_object(*object)) {
            if facts.services.len() >= MAX_SERVICES {
                left_out
                    .push(format!("object at line {}: more than {MAX_SERVICES} containers in one file", object.line()));
                break;
            }
            read_object(object, facts);
        }
    }
    exposure::apply(facts);
    left_out
}

fn read_object(object: Node<'_>, facts: &mut Facts) {
    let text = |keys: &[&str]| object.path(keys).and_then(Node::as_str).unwrap_or_default();
    let kind = text(&["kind"]);
    let name = [text(&["metadata", "name"]), text(&["metadata", "generateName"])]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or("unnamed");
    match kind {
        "Service" => facts.networks.extend(network::read_service(object, name)),
        "Ingress" => facts.ingresses.push(network::read_ingress(object, name)),
        "Route" => facts.ingresses.push(network::read_route(object, name)),
        "Secret" => facts.secrets.extend(network::read_secret(object, name)),
        _ => {
            let before = facts.services.len();
            read_workload(object, kind, name, facts);
            if before == facts.services.len() {
                facts.services.extend(read_model_resource(object, kind, name));
            }
        }
    }
}

/// Finds the pod templates of a workload of whatever kind: mappings with a list `containers`.
fn read_workload(object: Node<'_>, kind: &str, name: &str, facts: &mut Facts) {
    let is_job = matches!(kind, "Job" | "CronJob" | "Workflow" | "CronWorkflow" | "TrainJob" | "RayJob")
        || kind.ends_with("TFJob")
        || kind.starts_with("PyTorch")
        || kind.starts_with("MPIJob");
    let mut open = vec![(object, 0_usize)];
    let mut visited = 0;
    while let Some((node, depth)) = open.pop() {
        visited += 1;
        if visited > MAX_SEARCH_NODES || facts.services.len() >= MAX_SERVICES {
            return;
        }
        if node.get("containers").is_some_and(Node::is_sequence) {
            let labels = object_labels(object, depth);
            for mut service in pod::read(node, name, kind, is_job) {
                service.labels.clone_from(&labels);
                make_unique(&mut service, facts);
                facts.services.push(service);
            }
        } else if depth < MAX_SEARCH_DEPTH {
            let children = node.entries().into_iter().map(|entry| entry.value).chain(node.items());
            let children: Vec<_> = children.map(|child| (child, depth + 1)).collect();
            open.extend(children.into_iter().rev());
        }
    }
}

/// Groups of one workload, and workloads of two kinds, may share a name; findings must tell them apart.
fn make_unique(service: &mut Service, facts: &Facts) {
    let is_taken = |name: &str| facts.services.iter().any(|other| other.name == name);
    if !is_taken(&service.name) {
        return;
    }
    let base = format!("{}/{}", service.name, service.workload);
    let numbered = (2..=MAX_SERVICES).map(|number| format!("{base}-{number}"));
    let free = std::iter::once(base.clone()).chain(numbered).find(|name| !is_taken(name));
    service.name = free.unwrap_or(base);
}

/// Returns the labels pods of the object carry.
fn object_labels(object: Node<'_>, depth: usize) -> Vec<(String, String)> {
    let of_template = object.path(&["spec", "template", "metadata", "labels"]);
    let labels = if depth <= 1 { object.path(&["metadata", "labels"]) } else { of_template };
    network::pairs(labels)
}

/// Reads a model server that a custom resource describes without a container: KServe, Seldon.
fn read_model_resource(object: Node<'_>, kind: &str, name: &str) -> Option<Service> {
    if !matches!(kind, "InferenceService" | "LLMInferenceService" | "SeldonDeployment" | "ServingRuntime" | "Model") {
        return None;
    }
    let source = ["storageUri", "modelUri", "uri", "storage"].iter().find_map(|key| find_text(object, key));
    let predictor = object.path(&["spec", "predictor"]).or_else(|| object.get("spec"))?;
    let model = predictor.get("model");
    let has_memory_limit = [Some(predictor), model]
        .into_iter()
        .flatten()
        .any(|node| node.path(&["resources", "limits", "memory"]).is_some());
    Some(Service {
        name: name.to_owned(),
        line: object.line(),
        form: ServiceForm::ModelResource,
        workload: kind.to_owned(),
        user: pod::read_user(model.unwrap_or(predictor), predictor),
        model_source: source.filter(|source| !source.contains('@')),
        has_memory_limit,
        labels: Vec::new(),
        ..Service::default()
    })
}

fn find_text(object: Node<'_>, key: &str) -> Option<String> {
    let mut open = vec![(object, 0_usize)];
    let mut visited = 0;
    while let Some((node, depth)) = open.pop() {
        visited += 1;
        if visited > MAX_SEARCH_NODES {
            return None;
        }
        if let Some(text) = node.get(key).and_then(Node::as_str) {
            return Some(text.chars().take(300).collect());
        }
        if depth < MAX_SEARCH_DEPTH {
            open.extend(
                node.entries().into_iter().map(|entry| entry.value).chain(node.items()).map(|child| (child, depth + 1)),
            );
        }
    }
    None
}
