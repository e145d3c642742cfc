//! One service seen from two sides: the client in code and what a deployment runs. Stores, and model servers of one's own.
//!
//! Code that opens Chroma without saying where means the only Chroma the system deploys; code that names a host means
//! the service of that name. Anything else stays apart: two stores too many are seen, one too few is not.

use std::collections::BTreeMap;

use serde_json::Value;
use syndic_evidence::{Asset, AssetKind, Urn};

/// Joins stores that code opens to the services they are; returns what each joined identity became.
pub(super) fn join(assets: &mut BTreeMap<Urn, Asset>) -> BTreeMap<Urn, Urn> {
    let mut deployed: BTreeMap<String, Vec<(String, Urn)>> = BTreeMap::new();
    for asset in assets.values().filter(|asset| is_service(asset) && is_deployed(asset)) {
        if let (Some(product), Some((_, name))) = (product(asset), asset.urn.local_parts()) {
            let service = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            deployed.entry(product).or_default().push((service, asset.urn.clone()));
        }
    }
    let opened = assets.values().filter(|asset| is_client_side(asset) && !is_deployed(asset));
    let became: BTreeMap<Urn, Urn> = opened
        .filter_map(|asset| Some((asset.urn.clone(), service(asset, deployed.get(&product(asset)?)?)?.clone())))
        .collect();
    for (from, to) in &became {
        if let Some(asset) = assets.remove(from)
            && let Some(known) = assets.get_mut(to)
        {
            known.absorb(asset);
        }
    }
    became
}

/// Returns the service a store is.
fn service<'a>(asset: &Asset, services: &'a [(String, Urn)]) -> Option<&'a Urn> {
    let target = asset.props.get("target").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    if target.is_empty() {
        let [(_, only)] = services else { return None };
        return Some(only);
    }
    // `chroma:8000`, and `chroma.team.svc` inside a cluster.
    let host = target.split(':').next().unwrap_or_default();
    if matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "host.docker.internal") {
        // On a developer's machine: what the deployment runs there, if there is one of the product.
        let [(_, only)] = services else { return None };
        return Some(only);
    }
    let first = if host.contains(".svc") { host.split('.').next().unwrap_or_default() } else { host };
    services.iter().find(|(name, _)| name == first).map(|(_, urn)| urn)
}

fn is_store(asset: &Asset) -> bool {
    matches!(asset.kind, AssetKind::VectorStore | AssetKind::DataStore)
}

/// What a deployment may run under a product's name.
fn is_service(asset: &Asset) -> bool {
    is_store(asset) || asset.kind == AssetKind::Service
}

/// What code may know such a service as; of model servers only those that are called at an address of one's own.
fn is_client_side(asset: &Asset) -> bool {
    is_store(asset) || (asset.kind == AssetKind::Provider && asset.props.contains_key("target"))
}

fn is_deployed(asset: &Asset) -> bool {
    ["image", "build", "workload"].iter().any(|name| asset.props.contains_key(*name))
}

fn product(asset: &Asset) -> Option<String> {
    Some(asset.props.get("product")?.as_str()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_evidence::{Location, Zone};

    fn store(name: &str, product: &str) -> Asset {
        let urn = Urn::local("t", AssetKind::VectorStore, name);
        Asset::new(urn, AssetKind::VectorStore, name, Zone::Data, Location::file("x")).prop("product", product)
    }

    fn joined(all: Vec<Asset>) -> Vec<String> {
        let mut assets = all.into_iter().map(|asset| (asset.urn.clone(), asset)).collect();
        join(&mut assets);
        assets.into_values().map(|asset| asset.name).collect()
    }

    #[test]
    fn a_store_without_address_is_the_only_service_of_its_product() {
        let service = store("vectors", "Chroma").prop("image", "chromadb/chroma");
        let other = store("qdrant", "Qdrant").prop("image", "qdrant/qdrant");
        assert_eq!(joined(vec![store("chroma", "Chroma"), service.clone(), other]), ["qdrant", "vectors"]);
        let second = store("more", "Chroma").prop("image", "chromadb/chroma");
        assert_eq!(joined(vec![store("chroma", "Chroma"), service, second]).len(), 3);
    }

    #[test]
    fn a_store_on_this_machine_is_the_only_service_of_its_product() {
        let service = store("vectors", "Chroma").prop("image", "chromadb/chroma");
        let local = store("chroma:localhost:8000", "Chroma").prop("target", "localhost:8000");
        assert_eq!(joined(vec![local.clone(), service.clone()]), ["vectors"]);
        let second = store("more", "Chroma").prop("image", "chromadb/chroma");
        assert_eq!(joined(vec![local, service, second]).len(), 3);
    }

    #[test]
    fn a_model_server_called_on_this_machine_is_the_deployed_one() {
        let made = |kind, name: &str| {
            let urn = Urn::local("t", kind, name);
            Asset::new(urn, kind, name, Zone::Application, Location::file("x")).prop("product", "Ollama")
        };
        let served = made(AssetKind::Service, "ollama").prop("image", "ollama/ollama");
        let called = made(AssetKind::Provider, "localhost:11434").prop("target", "localhost:11434");
        let hosted = made(AssetKind::Provider, "Ollama cloud");
        assert_eq!(joined(vec![called, served, hosted]), ["Ollama cloud", "ollama"]);
    }

    #[test]
    fn a_store_with_an_address_is_the_service_of_that_name_only() {
        let service = store("vectors", "Chroma").prop("image", "chromadb/chroma");
        let named = store("chroma:vectors:8000", "Chroma").prop("target", "vectors:8000");
        let file = store("chroma:data/chroma", "Chroma").prop("target", "data/chroma");
        assert_eq!(joined(vec![named, service.clone()]), ["vectors"]);
        assert_eq!(joined(vec![file, service]).len(), 2);
    }
}
