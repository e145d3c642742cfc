//! Assets that a manifest states: services, stores, endpoints, hosted models, providers.

use serde_json::json;
use syndic_detect::Place;
use syndic_evidence::{
    Asset, AssetKind, Confidence, FindingDraft, Input, Inspection, Location, Relation, RelationKind, Urn, Zone,
};

use crate::edges;
use crate::facts::{Facts, Reach, Service, ServiceForm};
use crate::product::ProductClass;
use crate::provider;
use crate::runs_as;

/// Adds every asset and relation of the facts to the inspection.
pub(crate) fn describe(input: Input<'_>, facts: &Facts, inspection: &mut Inspection) {
    let confidence = if Place::of(input.path).is_product() { Confidence::High } else { Confidence::Low };
    for service in facts.services.iter().filter(|service| is_asset(service)) {
        let asset = runs_as::tell(service_asset(input, service, confidence), input, facts, service);
        let urn = asset.urn.clone();
        inspection.assets.push(asset);
        add_endpoints(input, facts, service, &urn, confidence, inspection);
        add_http(input, service, &urn, confidence, inspection);
        add_model(input, service, &urn, inspection);
        add_providers(input, service, &urn, inspection);
        inspection.relations.extend(edges::of_service(input, facts, service, &urn));
    }
    add_unmatched_ingresses(input, facts, confidence, inspection);
}

/// Says whether a unit is shown: what only prepares a pod is not, nor an image of a chart that nobody knows, nor one of a
/// cloud's many functions that has nothing to do with AI.
fn is_asset(service: &Service) -> bool {
    match service.form {
        ServiceForm::InitContainer => false,
        ServiceForm::ChartImage => service.product.is_some(),
        ServiceForm::Function => service.runs_model,
        _ => true,
    }
}

/// Gives a finding the asset it is about: the service its properties name.
pub(crate) fn bind(system: &str, facts: &Facts, draft: &mut FindingDraft) {
    let named = draft.props.get("service").and_then(|name| name.as_str());
    let service = facts.services.iter().find(|service| Some(service.name.as_str()) == named);
    draft.asset = service.filter(|service| is_asset(service)).map(|service| urn(system, service));
}

/// Returns what kind of asset a service is and the zone it stands in.
fn kind_and_zone(service: &Service) -> (AssetKind, Zone) {
    match service.known_product().map(|product| product.class) {
        Some(ProductClass::VectorStore) => (AssetKind::VectorStore, Zone::Data),
        Some(ProductClass::DataStore) => (AssetKind::DataStore, Zone::Data),
        Some(ProductClass::Workbench | ProductClass::Registry) => (AssetKind::Service, Zone::Pipeline),
        _ if service.is_job => (AssetKind::Service, Zone::Pipeline),
        _ => (AssetKind::Service, Zone::Application),
    }
}

/// Returns the identity of a service.
pub(crate) fn urn(system: &str, service: &Service) -> Urn {
    Urn::local(system, kind_and_zone(service).0, &service.name)
}

fn service_asset(input: Input<'_>, service: &Service, confidence: Confidence) -> Asset {
    let (kind, zone) = kind_and_zone(service);
    let name = match service.form {
        ServiceForm::Image => format!("image of {}", service.name),
        _ => service.name.clone(),
    };
    let product = service.known_product();
    let image = service.image.as_ref().filter(|image| !image.name.is_empty());
    let ports: Vec<&str> = service.ports.iter().map(|port| port.container.as_str()).collect();
    let is_published = service.ports.iter().any(|port| port.reach == Reach::Public);
    Asset::new(urn(input.system, service), kind, name, zone, Location::line(input.path, service.line))
        .confidence(confidence)
        .prop("product", product.map(|product| product.id))
        .prop("class", product.map(|product| format!("{:?}", product.class).to_lowercase()))
        .prop("image", image.map(crate::facts::ImageRef::display))
        .prop("workload", (!service.workload.is_empty()).then(|| service.workload.clone()))
        .prop("build", service.build_context.clone())
        .prop("ports", if ports.is_empty() { json!(null) } else { json!(ports) })
        .prop("published", is_published)
        .prop("gpu", service.uses_gpu.then_some(true))
}

fn add_endpoints(
    input: Input<'_>,
    facts: &Facts,
    service: &Service,
    urn: &Urn,
    confidence: Confidence,
    inspection: &mut Inspection,
) {
    let Some(port) = service.ports.iter().find(|port| port.reach == Reach::Public) else { return };
    let source = Location::line(input.path, port.line);
    // Port 0 asks the host for any free one.
    let published = port.published.as_deref().filter(|port| *port != "0").unwrap_or(&port.container);
    let name = format!("tcp {published} {}", service.name);
    let endpoint = Urn::local(input.system, AssetKind::Endpoint, &name);
    let is_tls = published == "443" || facts.ingresses.iter().any(|ingress| port.by == "Ingress" && ingress.has_tls);
    let asset = Asset::new(endpoint.clone(), AssetKind::Endpoint, name, Zone::Application, source.clone())
        .confidence(confidence)
        .prop("published_by", port.by.clone())
        .prop("port", published);
    inspection.assets.push(asset);
    inspection.relations.push(Relation::new(urn.clone(), RelationKind::Serves, endpoint, source.clone()));
    inspection.assets.push(users(input, source.clone()));
    let users = Urn::local(input.system, AssetKind::User, "users");
    let mut call = Relation::new(users, RelationKind::Calls, urn.clone(), source)
        .protocol(if is_tls { "https" } else { "tcp" })
        .confidence(confidence.min(Confidence::Medium));
    call.encrypted = is_tls.then_some(true);
    inspection.relations.push(call);
}

/// The addresses of a function, each with the people who reach it.
fn add_http(input: Input<'_>, service: &Service, urn: &Urn, confidence: Confidence, inspection: &mut Inspection) {
    for route in &service.http {
        let source = Location::line(input.path, route.line);
        let name = format!("{} {}", route.method, route.path);
        let endpoint = Urn::local(input.system, AssetKind::Endpoint, &name);
        let asset = Asset::new(endpoint.clone(), AssetKind::Endpoint, name, Zone::Application, source.clone())
            .confidence(confidence)
            .prop("method", route.method.clone())
            .prop("path", route.path.clone())
            .prop("authenticated", route.has_auth);
        inspection.assets.push(asset);
        inspection.relations.push(Relation::new(urn.clone(), RelationKind::Serves, endpoint.clone(), source.clone()));
        inspection.assets.push(users(input, source.clone()));
        let users = Urn::local(input.system, AssetKind::User, "users");
        let mut call = Relation::new(users, RelationKind::Calls, endpoint, source).protocol("https");
        call.encrypted = Some(true);
        call.authn = Some(if route.has_auth { "required" } else { "none" }.to_owned());
        inspection.relations.push(call.confidence(confidence.min(Confidence::Medium)));
    }
}

fn users(input: Input<'_>, source: Location) -> Asset {
    let urn = Urn::local(input.system, AssetKind::User, "users");
    Asset::new(urn, AssetKind::User, "users", Zone::Internet, source).confidence(Confidence::Medium)
}

/// An Ingress whose backends stand in other files still makes an endpoint.
fn add_unmatched_ingresses(input: Input<'_>, facts: &Facts, confidence: Confidence, inspection: &mut Inspection) {
    for ingress in &facts.ingresses {
        let is_known = facts.networks.iter().any(|network| ingress.backends.contains(&network.name));
        let Some(backend) = ingress.backends.first().filter(|_| !is_known) else { continue };
        let source = Location::line(input.path, ingress.line);
        let name = ingress.hosts.first().cloned().unwrap_or_else(|| ingress.name.clone());
        let endpoint = Urn::local(input.system, AssetKind::Endpoint, &name);
        let asset = Asset::new(endpoint.clone(), AssetKind::Endpoint, name, Zone::Application, source.clone());
        inspection
            .assets
            .push(asset.confidence(confidence).prop("published_by", "Ingress").prop("tls", ingress.has_tls));
        inspection.assets.push(users(input, source.clone()));
        let users = Urn::local(input.system, AssetKind::User, "users");
        let mut call = Relation::new(users, RelationKind::Calls, endpoint.clone(), source.clone())
            .protocol(if ingress.has_tls { "https" } else { "http" })
            .confidence(confidence);
        call.encrypted = Some(ingress.has_tls);
        inspection.relations.push(call);
        let service = Urn::local(input.system, AssetKind::Service, backend);
        let serves = Relation::new(service, RelationKind::Serves, endpoint, source).confidence(Confidence::Medium);
        inspection.relations.push(serves);
    }
}

/// Returns the model a server is told to serve, as written.
pub(crate) fn served_model(service: &Service) -> Option<String> {
    let flag = service.command.flag(&["model", "model-id", "model-path", "m", "hf-repo", "model-repository"]);
    let is_server = service.known_product().is_some_and(|product| product.class == ProductClass::ModelServer);
    let of_flag = flag.filter(|_| is_server).and_then(|flag| flag.value.clone());
    let of_word = || {
        let mut words = service.command.words.iter();
        words.find(|word| matches!(word.as_str(), "serve" | "run" | "pull"))?;
        words.next().filter(|_| is_server).cloned()
    };
    let of_env = || {
        let names = ["MODEL_ID", "HF_MODEL_ID", "MODEL_NAME", "MODEL"];
        let setting = service.env.iter().find(|setting| names.contains(&setting.name.as_str()))?;
        setting.value.clone().filter(|_| is_server)
    };
    let model = of_flag.or_else(of_word).or_else(of_env).or_else(|| service.model_source.clone())?;
    (!model.is_empty() && !model.contains('$')).then_some(model)
}

fn add_model(input: Input<'_>, service: &Service, urn: &Urn, inspection: &mut Inspection) {
    let Some(model) = served_model(service) else { return };
    let line = if service.command.line > 0 { service.command.line } else { service.line };
    let source = Location::line(input.path, line);
    if model.starts_with(['/', '.']) {
        let path = edges::host_path_of(input.path, service, &model);
        let target = path.map(|path| Urn::local(input.system, AssetKind::Model, &path));
        let relation = target.map(|target| Relation::new(urn.clone(), RelationKind::Loads, target, source));
        inspection.relations.extend(relation.map(|relation| relation.protocol("file").confidence(Confidence::Medium)));
        return;
    }
    let id = model.strip_prefix("hf://").unwrap_or(&model);
    let hosted = Urn::external(AssetKind::HostedModel, id);
    let asset = Asset::new(hosted.clone(), AssetKind::HostedModel, id, Zone::ThirdParty, source.clone());
    inspection.assets.push(asset);
    inspection.relations.push(Relation::new(urn.clone(), RelationKind::Loads, hosted, source).protocol("https"));
}

fn add_providers(input: Input<'_>, service: &Service, urn: &Urn, inspection: &mut Inspection) {
    // Anchors spread one block of settings over every service; a database calls nobody, whatever it is told.
    if service.known_product().is_some_and(|product| product.is_store() && product.class != ProductClass::VectorStore) {
        return;
    }
    for setting in &service.env {
        let of_host = setting.url.as_ref().and_then(|url| provider::of_host(&url.host));
        let name = of_host.map(|host| host.provider).or_else(|| provider::of_setting(&setting.name));
        let Some(name) = name else { continue };
        let confidence = if of_host.is_some() { Confidence::High } else { Confidence::Medium };
        let source = Location::line(input.path, setting.line);
        let provider = Urn::external(AssetKind::Provider, name);
        if inspection.relations.iter().any(|known| known.src == *urn && known.dst == provider) {
            continue;
        }
        let asset = Asset::new(provider.clone(), AssetKind::Provider, name, Zone::ThirdParty, source.clone());
        inspection.assets.push(asset.confidence(confidence));
        let protocol = setting.url.as_ref().filter(|_| of_host.is_some()).map_or("https", |url| url.scheme.as_str());
        // A token of the hub opens downloads; who asks a model there shows it by an address.
        let is_hub = name == "Hugging Face" && of_host.is_none();
        let kind = if is_hub { RelationKind::Reads } else { RelationKind::Calls };
        let mut call = Relation::new(urn.clone(), kind, provider, source).protocol(protocol);
        call.encrypted = setting.url.as_ref().filter(|_| of_host.is_some()).and_then(crate::facts::Url::is_encrypted);
        inspection.relations.push(call.confidence(confidence));
    }
}
