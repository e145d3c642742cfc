//! Reads compose files: services with what they run, publish, mount and are told.
//!
//! Source: the Compose Specification.

use syndic_detect::document::Node;

use crate::dockerfile;
use crate::documents;
use crate::environment::MAX_SETTINGS;
use crate::facts::Command;
use crate::facts::{ImageRef, Mount, Privilege, Service, ServiceForm, Setting, User};
use crate::image::substitute;
use crate::ports::read_compose_port;
use crate::product::Product;

/// A file has at most this many services.
pub(crate) const MAX_SERVICES: usize = 500;

/// Capabilities that give the host away, or nearly.
pub(crate) const FULL_CAPABILITIES: [&str; 8] =
    ["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF", "NET_ADMIN"];

/// Reads every service of a compose file; returns what was left out too.
pub(crate) fn read(text: &str) -> (Vec<Service>, Vec<String>) {
    let (documents, mut left_out) = documents::read(text);
    let mut services = Vec::new();
    for document in &documents {
        for entry in document.root().get("services").map(Node::entries).unwrap_or_default() {
            if services.len() >= MAX_SERVICES {
                left_out.push(format!("service {}: more than {MAX_SERVICES} services in one file", entry.key));
                break;
            }
            if entry.value.is_mapping() {
                services.push(read_service(entry.key, entry.line, entry.value));
            }
        }
    }
    (services, left_out)
}

fn read_service(name: &str, line: u32, node: Node<'_>) -> Service {
    let image = node.get("image").and_then(|image| {
        let text = image.as_str()?;
        Some(ImageRef::read(&substitute(text, &|_| None), image.line()))
    });
    let mut command = node.get("entrypoint").map(Command::read_node).unwrap_or_default();
    if let Some(arguments) = node.get("command") {
        command.extend(Command::read_node(arguments));
    }
    let by_image = image.as_ref().and_then(Product::of_image);
    let product = by_image.or_else(|| Product::of_words(&command.words)).map(|product| product.id.to_owned());
    let Build { context: build_context, file: build_file, target: build_target, user: build_user } = read_build(node);
    Service {
        name: name.to_owned(),
        line,
        form: ServiceForm::Compose,
        image,
        build_context,
        build_file,
        build_target,
        product,
        user: read_user(node, build_user),
        privileges: read_privileges(node),
        mounts: items(node, "volumes").filter_map(read_mount).collect(),
        ports: items(node, "ports").filter_map(read_compose_port).collect(),
        env: read_environment(node),
        env_files: read_env_files(node),
        command,
        depends_on: names(node.get("depends_on")),
        has_memory_limit: has_memory_limit(node),
        uses_gpu: uses_gpu(node),
        read_only_root: node.get("read_only").and_then(Node::as_bool),
        has_probe: node.get("healthcheck").is_some(),
        ..Service::default()
    }
}

fn items<'a>(node: Node<'a>, key: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
    node.get(key).into_iter().flat_map(Node::items).take(MAX_SETTINGS)
}

/// Reads a list of names, or the keys of a mapping.
fn names(node: Option<Node<'_>>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    let keys = node.entries().into_iter().map(|entry| entry.key.to_owned());
    let list = node.items().filter_map(|item| item.as_str().map(str::to_owned));
    keys.chain(list).take(MAX_SETTINGS).collect()
}

/// How a service is built.
#[derive(Default)]
struct Build {
    context: Option<String>,
    file: Option<String>,
    target: Option<String>,
    /// What the file itself says of the image's user: only of a Dockerfile that stands in it.
    user: User,
}

fn read_build(node: Node<'_>) -> Build {
    let Some(build) = node.get("build") else { return Build::default() };
    let text = |key: &str| build.get(key).and_then(Node::as_str).map(str::to_owned);
    let context = build.as_str().map(str::to_owned).or_else(|| text("context")).unwrap_or_else(|| ".".to_owned());
    let user = text("dockerfile_inline").map_or(User::Unsaid, |text| match dockerfile::read("", &text).user {
        user @ (User::Unprivileged | User::Drops) if build.get("target").is_none() => user,
        _ => User::Unknown,
    });
    Build { context: Some(context), file: text("dockerfile"), target: text("target"), user }
}

fn read_user(node: Node<'_>, of_build: User) -> User {
    let Some(user) = node.get("user").and_then(Node::as_str) else { return of_build };
    let user = substitute(user, &|_| None);
    match user.split(':').next().unwrap_or_default() {
        "root" | "0" => User::Root,
        name if name.contains('$') => User::Unknown,
        _ => User::Unprivileged,
    }
}

fn read_privileges(node: Node<'_>) -> Vec<Privilege> {
    let mut found = Vec::new();
    let mut add = |setting: String, is_full: bool, line: u32| found.push(Privilege { setting, is_full, line });
    if let Some(value) = node.get("privileged").filter(|value| value.as_bool() == Some(true)) {
        add("privileged: true".to_owned(), true, value.line());
    }
    for key in ["pid", "ipc", "network_mode", "userns_mode", "uts"] {
        if let Some(value) = node.get(key).filter(|value| value.as_str() == Some("host")) {
            add(format!("{key}: host"), key == "pid", value.line());
        }
    }
    for capability in items(node, "cap_add") {
        let name = capability.as_str().unwrap_or_default().to_ascii_uppercase();
        let name = name.trim_start_matches("CAP_").to_owned();
        if FULL_CAPABILITIES.contains(&name.as_str()) {
            add(
                format!("cap_add: {name}"),
                matches!(name.as_str(), "ALL" | "SYS_ADMIN" | "SYS_MODULE"),
                capability.line(),
            );
        }
    }
    for option in items(node, "security_opt") {
        let text = option.as_str().unwrap_or_default().replace([':', ' '], "=");
        if matches!(text.as_str(), "seccomp=unconfined" | "apparmor=unconfined") {
            add(format!("security_opt: {text}"), false, option.line());
        }
    }
    for volume in items(node, "volumes") {
        let source = volume.get("source").and_then(Node::as_str).or_else(|| volume.as_str()).unwrap_or_default();
        if is_runtime_socket(source) {
            add("mounts the container runtime's socket".to_owned(), true, volume.line());
        }
    }
    found
}

/// Says whether a path is the socket of a container runtime: who can write to it is root on the host.
pub(crate) fn is_runtime_socket(source: &str) -> bool {
    ["docker.sock", "containerd.sock", "crio.sock", "podman.sock"].iter().any(|socket| source.contains(socket))
}

fn read_mount(node: Node<'_>) -> Option<Mount> {
    let line = node.line();
    if let Some(text) = node.as_str() {
        let text = substitute(text, &|_| None);
        let mut parts = text.split(':');
        let source = parts.next()?.to_owned();
        let target = parts.next()?.to_owned();
        let is_read_only = parts.next().is_some_and(|mode| mode.split(',').any(|word| word == "ro"));
        let is_host_path = source.starts_with(['/', '.', '~', '$']);
        return Some(Mount { source, target, is_host_path, is_read_only, line });
    }
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    let is_read_only = node.get("read_only").and_then(Node::as_bool) == Some(true);
    let is_host_path = text("type") == "bind";
    Some(Mount { source: text("source"), target: text("target"), is_host_path, is_read_only, line })
}

fn read_environment(node: Node<'_>) -> Vec<Setting> {
    let Some(environment) = node.get("environment") else { return Vec::new() };
    let pairs = environment.entries().into_iter().map(|entry| {
        let value = entry.value.as_str();
        Setting::read(entry.key, value, entry.line)
    });
    let list = environment.items().filter_map(|item| {
        let text = item.as_str()?;
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        Some(Setting::read(name, value, item.line()))
    });
    pairs.chain(list).take(MAX_SETTINGS).collect()
}

fn read_env_files(node: Node<'_>) -> Vec<String> {
    let Some(files) = node.get("env_file") else { return Vec::new() };
    let path = |item: Node<'_>| item.as_str().or_else(|| item.get("path").and_then(Node::as_str)).map(str::to_owned);
    path(files).into_iter().chain(files.items().filter_map(path)).take(MAX_SETTINGS).collect()
}

fn has_memory_limit(node: Node<'_>) -> bool {
    node.get("mem_limit").is_some() || node.path(&["deploy", "resources", "limits", "memory"]).is_some()
}

fn uses_gpu(node: Node<'_>) -> bool {
    node.get("gpus").is_some()
        || node.get("runtime").and_then(Node::as_str) == Some("nvidia")
        || node.path(&["deploy", "resources", "reservations", "devices"]).is_some()
}
