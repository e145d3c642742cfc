//! Assets and relations that a configuration states.

mod servers;

use serde_json::json;
use syndic_detect::Place;
use syndic_evidence::{
    Asset, AssetKind, Confidence, FindingDraft, Input, Inspection, Location, Relation, RelationKind, Urn, Zone,
};

use crate::facts::{AgentFact, Facts, Mention, ModelFact};
use crate::kind::ConfigKind;

/// Adds every asset and relation of the facts to the inspection.
pub(crate) fn describe(input: Input<'_>, kind: ConfigKind, facts: &Facts, inspection: &mut Inspection) {
    add_mentions(input, kind, facts, inspection);
    for agent in &facts.agents {
        add_agent(input, agent, inspection);
    }
    for server in &facts.servers {
        servers::add(input, facts, server, inspection);
    }
    add_prompt(input, kind, facts, inspection);
    add_stages(input, facts, inspection);
    if let Some(model) = &facts.model {
        add_model(input, model, inspection);
    }
    add_hosted(input, facts, inspection);
}

/// Gives a finding the asset it is about, where its properties name an MCP server.
pub(crate) fn bind(system: &str, facts: &Facts, draft: &mut FindingDraft) {
    let named = draft.props.get("server").and_then(|name| name.as_str());
    let server = facts.servers.iter().find(|server| Some(server.name.as_str()) == named);
    draft.asset = server.map(|server| Urn::local(system, AssetKind::McpServer, &server.name));
}

fn is_template(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["example", "sample", "template", "dist"]
        .iter()
        .any(|word| lower.rsplit('/').next().is_some_and(|name| name.contains(word)))
}

fn sure(path: &str, usual: Confidence) -> Confidence {
    if Place::of(path).is_product() && !is_template(path) { usual } else { Confidence::Low }
}

fn add_mentions(input: Input<'_>, kind: ConfigKind, facts: &Facts, inspection: &mut Inspection) {
    let Some(first) = facts.mentions.first() else { return };
    let mut caller = input.owner.clone();
    match kind {
        ConfigKind::CiWorkflow => {
            caller = Urn::local(input.system, AssetKind::Pipeline, input.path);
            let source = Location::file(input.path);
            inspection.assets.push(Asset::new(caller.clone(), AssetKind::Pipeline, input.path, Zone::Pipeline, source));
        }
        ConfigKind::EnvFile => {
            let names: Vec<&str> = facts.mentions.iter().map(|mention| mention.by.as_str()).collect();
            let urn = Urn::local(input.system, AssetKind::Configuration, input.path);
            let source = Location::line(input.path, first.line);
            let asset = Asset::new(urn, AssetKind::Configuration, input.path, Zone::Application, source);
            inspection.assets.push(
                asset.prop("ai_settings", json!(names)).prop("template", is_template(input.path).then_some(true)),
            );
        }
        _ => {}
    }
    let mut seen: Vec<&str> = Vec::new();
    // An address says more than a name: those with a scheme come first.
    let (with, without): (Vec<&Mention>, Vec<&Mention>) =
        facts.mentions.iter().partition(|mention| mention.scheme.is_some());
    for mention in with.into_iter().chain(without) {
        if seen.contains(&mention.provider.as_str()) {
            continue;
        }
        seen.push(&mention.provider);
        let source = Location::line(input.path, mention.line);
        let confidence = sure(input.path, Confidence::Medium);
        let urn = Urn::external(AssetKind::Provider, &mention.provider);
        let asset = Asset::new(urn.clone(), AssetKind::Provider, &mention.provider, Zone::ThirdParty, source.clone());
        inspection.assets.push(asset.confidence(confidence).prop("named_by", mention.by.clone()));
        inspection.relations.push(relation_to(&caller, urn, mention, source, confidence));
    }
}

/// An address in force is where requests are sent. The name of a setting, or an address in a form to be filled in,
/// says that a provider can be set up: code that calls it shows that it is.
fn relation_to(caller: &Urn, provider: Urn, mention: &Mention, source: Location, confidence: Confidence) -> Relation {
    let Some(scheme) = mention.scheme.as_deref().filter(|_| confidence > Confidence::Low) else {
        return Relation::new(caller.clone(), RelationKind::DependsOn, provider, source).confidence(Confidence::Low);
    };
    let mut call = Relation::new(caller.clone(), RelationKind::Calls, provider, source).protocol(scheme);
    call.encrypted = Some(matches!(scheme, "https" | "wss"));
    call.confidence(confidence)
}

fn agent_urn(input: Input<'_>, agent: &AgentFact) -> Urn {
    Urn::local(input.system, AssetKind::Agent, &agent.name)
}

fn add_agent(input: Input<'_>, agent: &AgentFact, inspection: &mut Inspection) {
    let urn = agent_urn(input, agent);
    let source = Location::line(input.path, agent.line);
    let zone = if agent.is_assistant { Zone::Workstation } else { Zone::Application };
    let asset = Asset::new(urn.clone(), AssetKind::Agent, &agent.name, zone, source.clone())
        .confidence(sure(input.path, Confidence::High))
        .prop("framework", agent.framework.clone())
        .prop("model", agent.model.clone())
        .prop("tools", if agent.tools.is_empty() { json!(null) } else { json!(agent.tools) });
    inspection.assets.push(asset);
    if !agent.is_assistant {
        inspection.relations.push(Relation::new(input.owner.clone(), RelationKind::Contains, urn, source));
    }
}

/// Says whether a host is this machine or a private one.
pub(crate) fn is_local(host: &str) -> bool {
    !host.contains(['.', ':'])
        || host == "::1"
        || host.contains(['$', '{'])
        || ["127.", "10.", "192.168.", "0.0.0.0", "172.17."].iter().any(|start| host.starts_with(start))
        || [".local", ".internal", ".localhost", ".lan", ".svc"].iter().any(|end| host.ends_with(end))
}

fn add_prompt(input: Input<'_>, kind: ConfigKind, facts: &Facts, inspection: &mut Inspection) {
    let Some(prompt) = &facts.prompt else { return };
    let urn = Urn::local(input.system, AssetKind::Prompt, input.path);
    let source = Location::file(input.path);
    let is_instructions = kind == ConfigKind::AgentInstructions;
    let zone = if is_instructions { Zone::Workstation } else { Zone::Application };
    let place = Place::of(input.path);
    let is_sure = matches!(place, Place::Product)
        || (place == Place::Documentation && [".md", ".MD"].iter().any(|end| input.path.ends_with(end)));
    let mut asset = Asset::new(urn.clone(), AssetKind::Prompt, input.path, zone, source.clone())
        .confidence(if is_sure { Confidence::Medium } else { Confidence::Low })
        .prop("role", if is_instructions { "instructions" } else { &prompt.role })
        .prop("characters", prompt.characters)
        .prop("variables", if prompt.variables.is_empty() { json!(null) } else { json!(prompt.variables) });
    asset.digest = Some(prompt.digest);
    inspection.assets.push(asset);
    let user = facts.agents.first().map_or_else(|| input.owner.clone(), |agent| agent_urn(input, agent));
    inspection
        .relations
        .push(Relation::new(user, RelationKind::Prompts, urn, source).protocol("file").confidence(Confidence::Medium));
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins a path of a definition to its folder; nothing if it leaves the tree or holds a variable.
fn in_tree(input: Input<'_>, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) || path.contains(['$', '{']) || path.contains("..") || path.contains("://") {
        return None;
    }
    let folder = folder(input.path);
    let path = path.trim_start_matches("./");
    Some(if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") })
}

fn add_stages(input: Input<'_>, facts: &Facts, inspection: &mut Inspection) {
    const DATA: [&str; 8] = [".csv", ".parquet", ".jsonl", ".tsv", ".arrow", ".feather", ".npz", ".json"];
    const MODELS: [&str; 9] = [".pkl", ".joblib", ".pt", ".pth", ".onnx", ".safetensors", ".h5", ".keras", ".gguf"];
    for stage in &facts.stages {
        let name = format!("{}:{}", input.path, stage.name);
        let urn = Urn::local(input.system, AssetKind::Pipeline, &name);
        let source = Location::line(input.path, stage.line);
        let asset = Asset::new(urn.clone(), AssetKind::Pipeline, stage.name.clone(), Zone::Pipeline, source.clone());
        inspection.assets.push(asset.prop("reads", json!(stage.reads)).prop("writes", json!(stage.writes)));
        let ends = |path: &str, endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        let makes_model = stage.writes.iter().any(|path| ends(path, &MODELS));
        for (paths, is_read) in [(&stage.reads, true), (&stage.writes, false)] {
            for path in paths {
                let kind = if ends(path, &MODELS) {
                    AssetKind::Model
                } else if ends(path, &DATA) {
                    AssetKind::Dataset
                } else {
                    continue;
                };
                let relation = match (is_read, kind) {
                    (true, AssetKind::Dataset) if makes_model => RelationKind::TrainedOn,
                    (true, AssetKind::Model) => RelationKind::Loads,
                    (true, _) => RelationKind::Reads,
                    (false, _) => RelationKind::Writes,
                };
                let target = in_tree(input, path).map(|path| Urn::local(input.system, kind, &path));
                let edge =
                    target.map(|target| Relation::new(urn.clone(), relation, target, source.clone()).protocol("file"));
                inspection.relations.extend(edge);
            }
        }
    }
}

fn add_model(input: Input<'_>, model: &ModelFact, inspection: &mut Inspection) {
    let (kind, name) = match (model.subject.as_str(), folder(input.path)) {
        ("dataset", folder) => (AssetKind::Dataset, folder),
        (_, folder) => (AssetKind::Model, folder),
    };
    let is_modelfile = input.path.to_ascii_lowercase().contains("modelfile");
    let name = if name.is_empty() || is_modelfile { input.path } else { name };
    let urn = Urn::local(input.system, kind, name);
    let source = Location::file(input.path);
    let mut asset = Asset::new(urn.clone(), kind, name, Zone::Data, source.clone())
        .confidence(sure_of_card(input.path))
        .prop("license", model.license.clone())
        .prop("datasets", if model.datasets.is_empty() { json!(null) } else { json!(model.datasets) })
        .prop("base_model", if model.base_models.is_empty() { json!(null) } else { json!(model.base_models) });
    asset.props.extend(model.props.clone());
    inspection.assets.push(asset);
    for base in model.base_models.iter().filter(|base| !base.starts_with(['.', '/'])) {
        let hosted = Urn::external(AssetKind::HostedModel, base);
        let asset = Asset::new(hosted.clone(), AssetKind::HostedModel, base.clone(), Zone::ThirdParty, source.clone());
        inspection.assets.push(asset.confidence(Confidence::Medium));
        inspection.relations.push(Relation::new(urn.clone(), RelationKind::DerivedFrom, hosted, source.clone()));
    }
    let local = model.base_models.iter().filter(|base| base.starts_with('.')).filter_map(|base| in_tree(input, base));
    let derived = local.map(|path| Urn::local(input.system, AssetKind::Model, &path));
    let derived = derived.map(|target| Relation::new(urn.clone(), RelationKind::DerivedFrom, target, source.clone()));
    inspection.relations.extend(derived);
}

fn sure_of_card(path: &str) -> Confidence {
    // A card is a page, so its place is documentation by name; the folders above it decide.
    if Place::of(&format!("{}/x", folder(path))).is_product() { Confidence::Medium } else { Confidence::Low }
}

fn add_hosted(input: Input<'_>, facts: &Facts, inspection: &mut Inspection) {
    for hosted in &facts.hosted {
        let source = Location::line(input.path, hosted.line);
        let urn = Urn::external(AssetKind::HostedModel, &hosted.model);
        let asset =
            Asset::new(urn.clone(), AssetKind::HostedModel, hosted.model.clone(), Zone::ThirdParty, source.clone());
        let confidence = sure(input.path, Confidence::High);
        inspection.assets.push(asset.confidence(confidence).prop("provider", hosted.provider.clone()));
        let Some(name) = &hosted.provider else { continue };
        let provider = Urn::external(AssetKind::Provider, name);
        let asset = Asset::new(provider.clone(), AssetKind::Provider, name.clone(), Zone::ThirdParty, source.clone());
        inspection.assets.push(asset.confidence(confidence));
        let call =
            Relation::new(input.owner.clone(), RelationKind::Calls, provider.clone(), source.clone()).protocol("https");
        inspection.relations.push(call.confidence(confidence));
        inspection.relations.push(Relation::new(provider, RelationKind::Serves, urn, source));
    }
}
