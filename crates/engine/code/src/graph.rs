//! Facts → assets and relations, from the application, pipeline or notebook the file is.

mod agents;
mod surroundings;

use syndic_detect::Place;
use syndic_evidence::{Asset, AssetKind, Confidence, Input, Inspection, Relation, RelationKind, Urn, Zone};

use crate::{Facts, FileAction, HostedModelUse, Language, ModelHost, ProviderUse, Route, Spot, StoreUse};

/// Draws everything the facts tell into the inspection.
pub(crate) fn draw(input: Input<'_>, facts: &Facts, inspection: &mut Inspection) {
    let is_product = Place::of(&facts.path).is_product();
    let mut graph = Graph { input, facts, actor: input.owner.clone(), is_product, inspection };
    graph.actor();
    graph.providers();
    graph.imports();
    graph.models();
    graph.stores();
    if Place::of(&facts.path) == Place::Test {
        return; // A test's routes, prompts and fixtures are not the system's.
    }
    graph.files();
    graph.routes();
    graph.prompts();
    graph.agents();
    graph.pipelines();
    graph.interfaces();
}

struct Graph<'a> {
    input: Input<'a>,
    facts: &'a Facts,
    actor: Urn,
    is_product: bool,
    inspection: &'a mut Inspection,
}

impl Graph<'_> {
    fn local(&self, kind: AssetKind, name: &str) -> Urn {
        Urn::local(self.input.system, kind, name)
    }

    fn asset(&self, urn: &Urn, kind: AssetKind, name: &str, zone: Zone, at: Spot) -> Asset {
        Asset::new(urn.clone(), kind, name, zone, self.facts.location(at))
    }

    fn add(&mut self, mut asset: Asset) {
        if !self.is_product {
            asset.confidence = Confidence::Low;
        }
        match self.inspection.assets.iter_mut().find(|known| known.urn == asset.urn) {
            Some(known) => known.absorb(asset),
            None => self.inspection.assets.push(asset),
        }
    }

    fn relate(&mut self, mut relation: Relation) {
        if !self.is_product {
            relation.confidence = Confidence::Low;
        }
        match self.inspection.relations.iter_mut().find(|known| known.key() == relation.key()) {
            Some(known) => known.confidence = known.confidence.max(relation.confidence),
            None => self.inspection.relations.push(relation),
        }
    }

    fn relation(&self, src: &Urn, kind: RelationKind, dst: &Urn, at: Spot) -> Relation {
        Relation::new(src.clone(), kind, dst.clone(), self.facts.location(at))
    }

    /// A notebook and a training script act for themselves; everything else acts as the application.
    fn actor(&mut self) {
        let at = Spot { line: 1, cell: None };
        if self.facts.language == Language::Notebook {
            self.actor = self.input.subject.clone();
            let name = self.facts.path.rsplit('/').next().unwrap_or(&self.facts.path);
            let mut asset = Asset::new(
                self.actor.clone(),
                AssetKind::Notebook,
                name,
                Zone::Pipeline,
                syndic_evidence::Location::file(self.facts.path.clone()),
            );
            let loose: Vec<&str> = self
                .facts
                .installs
                .iter()
                .filter(|install| !install.pinned)
                .map(|install| install.requirement.as_str())
                .collect();
            if !loose.is_empty() {
                asset = asset.prop("unpinned_installs", loose);
            }
            self.add(asset);
        } else if let Some(pipeline) = self.declared_pipeline() {
            self.actor = pipeline;
        } else if self.facts.is_training && Place::of(&self.facts.path) != Place::Test {
            let path = &self.facts.path;
            self.actor = self.local(AssetKind::Pipeline, path);
            let asset =
                self.asset(&self.actor, AssetKind::Pipeline, path, Zone::Pipeline, at).confidence(Confidence::Medium);
            self.add(asset);
        }
    }

    fn provider_urn(&self, name: &str, host: ModelHost) -> (Urn, Zone) {
        match host {
            ModelHost::Own => (self.local(AssetKind::Provider, name), Zone::Application),
            _ => (Urn::external(AssetKind::Provider, name), Zone::ThirdParty),
        }
    }

    fn providers(&mut self) {
        for seen in &self.facts.providers {
            self.provider(seen);
        }
    }

    fn provider(&mut self, seen: &ProviderUse) {
        let (urn, zone) = self.provider_urn(&seen.provider, seen.host);
        let asset = self.asset(&urn, AssetKind::Provider, &seen.provider, zone, seen.at);
        let product = (seen.host == ModelHost::Own).then(|| product_at(&seen.provider)).flatten();
        let asset = asset
            .prop("base_url", seen.base_url.clone())
            .prop("product", product)
            .prop("target", product.map(|_| seen.provider.clone()));
        self.add(asset.confidence(seen.confidence));
        let protocol = if seen.encrypted == Some(false) { "http" } else { "https" };
        let mut relation = self
            .relation(&self.actor, RelationKind::Calls, &urn, seen.at)
            .protocol(protocol)
            .confidence(seen.confidence);
        relation.encrypted = seen.encrypted;
        self.relate(relation);
    }

    /// An import of a provider's own package says that it may be called, less surely than a client does.
    fn imports(&mut self) {
        for seen in &self.facts.imports {
            let Some(provider) = &seen.provider else { continue };
            let has_client = self.facts.providers.iter().any(|client| {
                client.provider == *provider
                    || client.through.split('.').next().is_some_and(|root| seen.package.starts_with(root))
            });
            if !has_client {
                self.provider(&ProviderUse {
                    provider: provider.clone(),
                    through: seen.package.clone(),
                    host: ModelHost::ThirdParty,
                    base_url: None,
                    encrypted: None,
                    is_called: false,
                    confidence: seen.confidence.min(Confidence::Medium),
                    at: seen.at,
                });
            }
        }
    }

    fn model_urn(&self, seen: &HostedModelUse) -> Urn {
        let name = format!("{}/{}", seen.provider, seen.model);
        match seen.host {
            ModelHost::Own => self.local(AssetKind::HostedModel, &name),
            _ => Urn::external(AssetKind::HostedModel, &name),
        }
    }

    fn models(&mut self) {
        for seen in &self.facts.models {
            let (provider, zone) = self.provider_urn(&seen.provider, seen.host);
            let urn = self.model_urn(seen);
            let asset =
                self.asset(&urn, AssetKind::HostedModel, &seen.model, zone, seen.at).confidence(seen.confidence);
            self.add(asset.prop("provider", seen.provider.as_str()).prop("pinned", seen.pinned));
            if seen.host == ModelHost::InProcess {
                let hub = self
                    .asset(&provider, AssetKind::Provider, &seen.provider, zone, seen.at)
                    .confidence(seen.confidence);
                self.add(hub);
                let loads = self
                    .relation(&self.actor, RelationKind::Loads, &urn, seen.at)
                    .protocol("https")
                    .confidence(seen.confidence);
                self.relate(loads);
            } else {
                let known = self.facts.providers.iter().find(|client| client.provider == seen.provider);
                let encrypted = known.map_or(Some(true), |client| client.encrypted);
                let protocol = if encrypted == Some(false) { "http" } else { "https" };
                let mut calls = self
                    .relation(&self.actor, RelationKind::Calls, &urn, seen.at)
                    .protocol(protocol)
                    .confidence(seen.confidence);
                calls.encrypted = encrypted;
                self.relate(calls);
            }
            let serves = self.relation(&provider, RelationKind::Serves, &urn, seen.at).confidence(seen.confidence);
            self.relate(serves);
        }
    }

    fn stores(&mut self) {
        for seen in &self.facts.stores {
            self.store(seen);
        }
    }

    fn store(&mut self, seen: &StoreUse) {
        let kind = if seen.is_vector { AssetKind::VectorStore } else { AssetKind::DataStore };
        let product = seen.product.to_lowercase();
        let name = if seen.target.is_empty() { product.clone() } else { format!("{product}:{}", seen.target) };
        let urn = self.local(kind, &name);
        let zone = if seen.is_hosted { Zone::ThirdParty } else { Zone::Data };
        // A folder of documents is known by its name, a database by what it is.
        let shown = if product == "documents" && !seen.target.is_empty() { &seen.target } else { &seen.product };
        let asset = self.asset(&urn, kind, shown, zone, seen.at).confidence(seen.confidence);
        let target = (!seen.target.is_empty()).then(|| seen.target.clone());
        self.add(asset.prop("target", target).prop("product", seen.product.as_str()));
        for (is_used, kind) in [(seen.reads, RelationKind::Reads), (seen.writes, RelationKind::Writes)] {
            if is_used {
                let mut relation = self.relation(&self.actor, kind, &urn, seen.at).confidence(seen.confidence);
                relation.protocol.clone_from(&seen.protocol);
                relation.encrypted = match seen.protocol.as_deref() {
                    Some("https" | "rediss") => Some(true),
                    Some("http") => Some(false),
                    _ => None,
                };
                self.relate(relation);
            }
        }
    }

    /// Files are named by path only: the caller links them to the files that exist.
    fn files(&mut self) {
        for seen in &self.facts.files {
            let (kind, relation) = match seen.action {
                FileAction::LoadModel => (AssetKind::Model, RelationKind::Loads),
                FileAction::SaveModel => (AssetKind::Model, RelationKind::Writes),
                FileAction::ReadData => (AssetKind::Dataset, RelationKind::Reads),
                FileAction::WriteData => (AssetKind::Dataset, RelationKind::Writes),
            };
            let urn = self.local(kind, &seen.path);
            let edge = self.relation(&self.actor, relation, &urn, seen.at).protocol("file");
            self.relate(edge);
            if self.facts.is_training && seen.action == FileAction::ReadData {
                let trained =
                    self.relation(&self.actor, RelationKind::TrainedOn, &urn, seen.at).confidence(Confidence::Medium);
                self.relate(trained);
            }
        }
    }

    fn routes(&mut self) {
        for route in self.facts.routes.iter().filter(|route| route.is_inference()) {
            self.endpoint(route);
        }
    }

    fn endpoint(&mut self, route: &Route) {
        let label = route.label();
        let urn = self.local(AssetKind::Endpoint, &label);
        let confidence = if route.calls_model { Confidence::High } else { Confidence::Medium };
        let asset = self.asset(&urn, AssetKind::Endpoint, &label, Zone::Application, route.at).confidence(confidence);
        let asset = asset
            .prop("method", route.method.as_str())
            .prop("path", route.path.as_str())
            .prop("framework", route.framework.as_str())
            .prop("authenticated", route.has_auth)
            .prop("rate_limited", route.has_rate_limit);
        self.add(asset);
        let serves = self.relation(self.input.owner, RelationKind::Serves, &urn, route.at).confidence(confidence);
        self.relate(serves);
        let users = self.users(route.at);
        let mut calls = self.relation(&users, RelationKind::Calls, &urn, route.at).confidence(Confidence::Medium);
        calls.authn = Some(if route.has_auth { "required" } else { "none" }.to_owned())
            .filter(|_| route.has_auth || !route.on_router);
        self.relate(calls);
    }
}

/// The product that alone listens on the port of an address unless told otherwise.
fn product_at(address: &str) -> Option<&'static str> {
    match address.rsplit_once(':')?.1 {
        "11434" => Some("Ollama"),
        "1234" => Some("LM Studio"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
