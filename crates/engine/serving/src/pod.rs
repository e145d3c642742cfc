//! Reads a pod specification: one service a container, with what the pod says for all of them.

use syndic_detect::document::Node;

use crate::compose::{FULL_CAPABILITIES, is_runtime_socket};
use crate::environment::MAX_SETTINGS;
use crate::facts::Command;
use crate::facts::{ImageRef, Mount, Port, Privilege, Reach, Service, ServiceForm, Setting, User};
use crate::product::Product;

/// Reads the containers of a pod specification.
pub(crate) fn read(pod: Node<'_>, name: &str, kind: &str, is_job: bool) -> Vec<Service> {
    let mut services = Vec::new();
    let lists = [("containers", ServiceForm::Container), ("initContainers", ServiceForm::InitContainer)];
    for (key, form) in lists {
        for (index, container) in pod.get(key).into_iter().flat_map(Node::items).take(100).enumerate() {
            let own = container.get("name").and_then(Node::as_str).unwrap_or("container");
            let is_main = index == 0 && form == ServiceForm::Container;
            let full_name = if is_main { name.to_owned() } else { format!("{name}/{own}") };
            let service =
                Service { name: full_name, form, workload: kind.to_owned(), is_job, ..read_container(container, pod) };
            services.push(service);
        }
    }
    services
}

fn read_container(node: Node<'_>, pod: Node<'_>) -> Service {
    let image = node.get("image").and_then(|image| Some(ImageRef::read(image.as_str()?, image.line())));
    let mut command = node.get("command").map(Command::read_node).unwrap_or_default();
    if let Some(arguments) = node.get("args") {
        command.extend(Command::read_node(arguments));
    }
    let by_image = image.as_ref().and_then(Product::of_image);
    let product = by_image.or_else(|| Product::of_words(&command.words)).map(|product| product.id.to_owned());
    let limits = node.path(&["resources", "limits"]);
    let uses_gpu = limits.is_some_and(|limits| limits.entries().iter().any(|entry| entry.key.ends_with("/gpu")));
    Service {
        line: node.line(),
        image,
        product,
        user: read_user(node, pod),
        privileges: read_privileges(node, pod),
        mounts: read_mounts(node, pod),
        ports: read_ports(node, pod),
        env: read_env(node),
        command,
        has_memory_limit: limits.is_some_and(|limits| limits.get("memory").is_some()),
        uses_gpu,
        read_only_root: node.path(&["securityContext", "readOnlyRootFilesystem"]).and_then(Node::as_bool),
        has_probe: node.get("livenessProbe").is_some() || node.get("readinessProbe").is_some(),
        ..Service::default()
    }
}

pub(crate) fn read_user(node: Node<'_>, pod: Node<'_>) -> User {
    let said = |key: &str| node.path(&["securityContext", key]).or_else(|| pod.path(&["securityContext", key]));
    if let Some(id) = said("runAsUser").and_then(Node::as_i64) {
        return if id == 0 { User::Root } else { User::Unprivileged };
    }
    match said("runAsNonRoot").and_then(Node::as_bool) {
        Some(true) => User::Unprivileged,
        _ => User::Unsaid,
    }
}

fn read_privileges(node: Node<'_>, pod: Node<'_>) -> Vec<Privilege> {
    let mut found = Vec::new();
    for (key, is_full) in [("hostPID", true), ("hostIPC", false), ("hostNetwork", false)] {
        if let Some(value) = pod.get(key).filter(|value| value.as_bool() == Some(true)) {
            found.push(Privilege { setting: format!("{key}: true"), is_full, line: value.line() });
        }
    }
    for (key, is_full) in [("privileged", true), ("allowPrivilegeEscalation", false)] {
        if let Some(value) = node.path(&["securityContext", key]).filter(|value| value.as_bool() == Some(true)) {
            found.push(Privilege { setting: format!("{key}: true"), is_full, line: value.line() });
        }
    }
    let added = node.path(&["securityContext", "capabilities", "add"]);
    for capability in added.into_iter().flat_map(Node::items).take(50) {
        let name = capability.as_str().unwrap_or_default().trim_start_matches("CAP_").to_ascii_uppercase();
        if FULL_CAPABILITIES.contains(&name.as_str()) {
            let is_full = matches!(name.as_str(), "ALL" | "SYS_ADMIN" | "SYS_MODULE");
            found.push(Privilege { setting: format!("capabilities.add: {name}"), is_full, line: capability.line() });
        }
    }
    for volume in pod.get("volumes").into_iter().flat_map(Node::items).take(MAX_SETTINGS) {
        let path = volume.path(&["hostPath", "path"]);
        if path.and_then(Node::as_str).is_some_and(is_runtime_socket) {
            let setting = "mounts the container runtime's socket".to_owned();
            found.push(Privilege { setting, is_full: true, line: volume.line() });
        }
    }
    found
}

fn read_mounts(node: Node<'_>, pod: Node<'_>) -> Vec<Mount> {
    let volumes: Vec<Node<'_>> = pod.get("volumes").into_iter().flat_map(Node::items).take(MAX_SETTINGS).collect();
    let mounts = node.get("volumeMounts").into_iter().flat_map(Node::items).take(MAX_SETTINGS);
    mounts
        .filter_map(|mount| {
            let name = mount.get("name").and_then(Node::as_str)?;
            let volume = volumes.iter().find(|volume| volume.get("name").and_then(Node::as_str) == Some(name));
            let host = volume.and_then(|volume| volume.path(&["hostPath", "path"])).and_then(Node::as_str);
            Some(Mount {
                source: host.unwrap_or(name).to_owned(),
                target: mount.get("mountPath").and_then(Node::as_str).unwrap_or_default().to_owned(),
                is_host_path: host.is_some(),
                is_read_only: mount.get("readOnly").and_then(Node::as_bool) == Some(true),
                line: mount.line(),
            })
        })
        .collect()
}

fn read_ports(node: Node<'_>, pod: Node<'_>) -> Vec<Port> {
    let is_host_network = pod.get("hostNetwork").and_then(Node::as_bool) == Some(true);
    let ports = node.get("ports").into_iter().flat_map(Node::items).take(100);
    ports
        .filter_map(|port| {
            let container = port.get("containerPort").and_then(Node::as_str)?.to_owned();
            let on_host = port.get("hostPort").and_then(Node::as_str).map(str::to_owned);
            let published = on_host.or_else(|| is_host_network.then(|| container.clone()));
            let reach = if published.is_some() { Reach::Public } else { Reach::Internal };
            let by = if is_host_network { "hostNetwork" } else { "hostPort" }.to_owned();
            Some(Port { container, published, reach, by, line: port.line() })
        })
        .collect()
}

fn read_env(node: Node<'_>) -> Vec<Setting> {
    let env = node.get("env").into_iter().flat_map(Node::items).take(MAX_SETTINGS);
    env.filter_map(|item| {
        let name = item.get("name").and_then(Node::as_str)?;
        let value = item.get("value").map(|value| value.as_str().unwrap_or_default());
        Some(Setting::read(name, value, item.line()))
    })
    .collect()
}
