//! Relations between the services of a manifest: who is built from what, who calls or reads whom.

use syndic_evidence::{AssetKind, Confidence, Input, Location, Relation, RelationKind, Urn};

use crate::assets;
use crate::exposure;
use crate::facts::{Facts, Service, ServiceForm, Url};

/// Returns every relation that starts at a service, and the one from its owner.
pub(crate) fn of_service(input: Input<'_>, facts: &Facts, service: &Service, urn: &Urn) -> Vec<Relation> {
    let mut relations = Vec::new();
    let here = Location::line(input.path, service.line);
    if service.build_context.is_some() || matches!(service.form, ServiceForm::Image | ServiceForm::Function) {
        relations.push(Relation::new(input.owner.clone(), RelationKind::DeployedAs, urn.clone(), here.clone()));
    }
    relations.extend(
        build_file_of(input, service)
            .map(|image| Relation::new(urn.clone(), RelationKind::DependsOn, image, here.clone())),
    );
    for setting in &service.env {
        let Some(url) = &setting.url else { continue };
        let source = Location::line(input.path, setting.line);
        relations.extend(edge_to(input, facts, service, urn, url, &source));
    }
    for name in &service.depends_on {
        let Some(other) = facts.services.iter().find(|other| other.name == *name) else { continue };
        let target = assets::urn(input.system, other);
        if !relations.iter().any(|known| known.dst == target) {
            let kind = if is_store(other) { RelationKind::Reads } else { RelationKind::Calls };
            let edge = Relation::new(urn.clone(), kind, target, here.clone()).confidence(Confidence::Medium);
            relations.push(edge);
        }
    }
    relations
}

fn is_store(service: &Service) -> bool {
    service.known_product().is_some_and(super::product::Product::is_store)
}

/// The edge an address in a setting speaks of: to a service of this file, or to one of that name elsewhere.
fn edge_to(input: Input<'_>, facts: &Facts, from: &Service, urn: &Urn, url: &Url, source: &Location) -> Vec<Relation> {
    let label = url.host.split('.').next().unwrap_or_default();
    let is_cluster_name = !url.host.contains('.') || url.host.contains(".svc");
    if !is_cluster_name || label.is_empty() || matches!(label, "localhost" | "host") || label == from.name {
        return Vec::new();
    }
    let network = facts.networks.iter().find(|network| network.name == label);
    let target = facts
        .services
        .iter()
        .find(|service| service.name == label || network.is_some_and(|network| exposure::selects(network, service)));
    let (target_urn, store, confidence) = match target {
        Some(service) => (assets::urn(input.system, service), is_store(service), Confidence::High),
        // Kubernetes manifests stand in many files: the name alone says which service is meant.
        None if facts.kind == "kubernetes" => {
            (Urn::local(input.system, AssetKind::Service, label), false, Confidence::Low)
        }
        None => return Vec::new(),
    };
    let kinds: &[RelationKind] =
        if store { &[RelationKind::Reads, RelationKind::Writes] } else { &[RelationKind::Calls] };
    kinds
        .iter()
        .map(|kind| {
            let mut edge = Relation::new(urn.clone(), *kind, target_urn.clone(), source.clone())
                .protocol(url.scheme.clone())
                .confidence(confidence);
            edge.encrypted = url.is_encrypted();
            edge
        })
        .collect()
}

/// Returns the identity of the image that a compose service is built as.
pub(crate) fn build_file_of(input: Input<'_>, service: &Service) -> Option<Urn> {
    let context = service.build_context.as_deref()?;
    if context.contains("://") || context.contains('$') {
        return None;
    }
    let file = service.build_file.as_deref().unwrap_or("Dockerfile");
    let path = join(input.path, &format!("{context}/{file}"))?;
    Some(Urn::local(input.system, AssetKind::Service, &path))
}

/// Returns the path in the tree that a path in the container is mounted from.
pub(crate) fn host_path_of(manifest: &str, service: &Service, path: &str) -> Option<String> {
    let mut mounts = service.mounts.iter().filter(|mount| mount.is_host_path && mount.source.starts_with('.'));
    mounts.find_map(|mount| {
        let rest = path.strip_prefix(mount.target.trim_end_matches('/'))?;
        join(manifest, &format!("{}{rest}", mount.source))
    })
}

/// Joins a relative path to the folder of `manifest`; nothing if it leaves the tree.
fn join(manifest: &str, relative: &str) -> Option<String> {
    let folder = manifest.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_out_of_the_tree_is_no_path() {
        assert_eq!(join("deploy/compose.yaml", "../app/Dockerfile").as_deref(), Some("app/Dockerfile"));
        assert_eq!(join("compose.yaml", "../x"), None);
    }
}
