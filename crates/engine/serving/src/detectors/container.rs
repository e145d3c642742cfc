//! What a container may do to its host: user, privileges, host folders.

use syndic_detect::Findings;
use syndic_evidence::{Confidence, Severity};

use super::{called, report};
use crate::facts::{Facts, Mount, Service, ServiceForm, User};

/// Finds containers that run as root.
pub(super) fn root(facts: &Facts, findings: &mut Findings<'_>) {
    for service in &facts.services {
        let (severity, message) = match (service.form, service.user) {
            (_, User::Root) => (Severity::Medium, format!("{} is told to run as root", called(service))),
            (ServiceForm::Image, User::Unsaid) => {
                (Severity::Medium, "the image has no USER instruction, so its process runs as root".to_owned())
            }
            (ServiceForm::Image, User::Drops) => {
                (Severity::Info, "the image starts as root and its entry point drops to another user".to_owned())
            }
            (ServiceForm::Container, User::Unsaid) if !service.name.contains('/') => (
                Severity::Low,
                format!("{} does not say runAsNonRoot, so an image's root user is let through", called(service)),
            ),
            _ => continue,
        };
        let draft = report(findings, facts, service, service.line, severity, message);
        if service.user != User::Root {
            draft.confidence = Confidence::Medium;
        }
    }
}

/// Finds containers with privileges that reach the host.
pub(super) fn privileged(facts: &Facts, findings: &mut Findings<'_>) {
    for service in &facts.services {
        let Some(first) = service.privileges.iter().max_by_key(|privilege| privilege.is_full) else { continue };
        let settings: Vec<String> = service.privileges.iter().map(|privilege| privilege.setting.clone()).collect();
        // Servers that split a model over processes need shared memory; the host's is more than they need.
        let is_shared_memory = settings.iter().all(|setting| setting == "ipc: host");
        let severity = match (first.is_full, is_shared_memory) {
            (true, _) => Severity::High,
            (false, true) => Severity::Low,
            (false, false) => Severity::Medium,
        };
        let message = format!("{} has privileges that reach the host: {}", called(service), settings.join(", "));
        report(findings, facts, service, first.line, severity, message);
    }
}

/// Finds host folders mounted into containers.
pub(super) fn host_path(facts: &Facts, findings: &mut Findings<'_>) {
    for service in &facts.services {
        let worst = service
            .mounts
            .iter()
            .filter_map(|mount| Some((weight(service, mount)?, mount)))
            .max_by_key(|(weight, _)| *weight);
        let Some((severity, mount)) = worst else { continue };
        let mode = if mount.is_read_only { "read-only" } else { "writable" };
        let message = format!("{} mounts the host's {} {mode}", called(service), mount.source);
        report(findings, facts, service, mount.line, severity, message);
    }
}

/// Folders of the host that hold keys, configuration or everything.
const SENSITIVE: [&str; 12] = [
    "/",
    "/etc",
    "/root",
    "/home",
    "/var",
    "/var/run",
    "/proc",
    "/sys",
    "/boot",
    "/usr",
    "/var/lib/kubelet",
    "/var/lib/docker",
];

fn weight(service: &Service, mount: &Mount) -> Option<Severity> {
    let source = if mount.source.len() > 1 { mount.source.trim_end_matches('/') } else { &mount.source };
    let is_socket = source.rsplit('.').next() == Some("sock");
    let is_harmless = ["/dev/", "/sys/fs/cgroup", "/tmp/", "/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo"]
        .iter()
        .any(|start| source.starts_with(start));
    if !mount.is_host_path || is_socket || is_harmless {
        return None;
    }
    let keys = ["/.ssh", "/.aws", "/.kube", "/.gnupg", "/.docker", "/.config/gcloud"];
    let is_keys = keys.iter().any(|folder| source.ends_with(folder));
    if SENSITIVE.contains(&source) || is_keys || source == "~" || source == "$HOME" || source == "${HOME}" {
        return Some(if mount.is_read_only { Severity::Medium } else { Severity::High });
    }
    // A compose bind mount of a project folder is how compose is used; a hostPath ties a pod to its node.
    matches!(service.form, ServiceForm::Container | ServiceForm::InitContainer).then_some(if mount.is_read_only {
        Severity::Low
    } else {
        Severity::Medium
    })
}
