//! Derives the data-flow diagram from what was found.
//!
//! Order: fold assets into elements, turn relations into flows, add the users that public endpoints imply, fold
//! crowds, carry data classes along flows. Every step works on sorted maps, so the order of the input does not show.

use std::collections::{BTreeMap, BTreeSet};

use syndic_evidence::{Asset, AssetKind, Confidence, Location, Relation, RelationKind, Urn, Zone};

use crate::fold::{Folded, fold};
use crate::group::group;
use crate::model::{Element, Flow, Mark, Model, Shape};
use crate::propagate::propagate;

/// Protocols a label names.
const CHANNELS: &[&str] = &["http", "https", "ws", "wss", "grpc", "grpcs", "tcp", "tls", "mtls", "sse", "ftp"];

/// Derives the diagram of `system`. Equal sets of assets and relations give equal models.
pub fn derive(system: &Urn, assets: &[Asset], relations: &[Relation]) -> Model {
    let folded = fold(assets, relations);
    let mut flows = BTreeMap::new();
    let mut sorted: Vec<&Relation> = relations.iter().collect();
    sorted.sort_by_key(|relation| (relation.key(), &relation.source));
    for relation in sorted {
        add_relation(&mut flows, &folded, relation);
    }
    let mut elements = folded.elements;
    connect_endpoints(&elements, &mut flows);
    add_users(system, &mut elements, &mut flows);
    drop_shortcuts(&elements, &mut flows);
    drop_hints(&mut elements, &flows);
    let (elements, flows) = group(elements, flows);
    let mut model = Model {
        system: system.clone(),
        elements: elements.into_values().collect(),
        flows: flows.into_values().collect(),
    };
    propagate(&mut model);
    finish(&mut model);
    model
}

/// Flows by their ends.
pub(crate) type Flows = BTreeMap<(Urn, Urn), Flow>;

fn add_relation(flows: &mut Flows, folded: &Folded, relation: &Relation) {
    let (Some(src), Some(dst)) = (folded.home.get(&relation.src), folded.home.get(&relation.dst)) else { return };
    let (Some(from), Some(to)) = (folded.elements.get(src), folded.elements.get(dst)) else { return };
    if src == dst {
        return;
    }
    match (relation.kind, from.kind, to.kind) {
        // A request travels from the endpoint into the code that answers on it.
        (RelationKind::Serves | RelationKind::Contains, _, AssetKind::Endpoint) => {
            merge(flows, flow(dst, src, RelationKind::Serves, relation));
        }
        (RelationKind::Serves, _, AssetKind::Model) => merge(flows, flow(src, dst, RelationKind::Loads, relation)),
        (RelationKind::DependsOn, _, _) if !matches!(to.kind, AssetKind::Application) => {
            let weak = relation.clone().confidence(Confidence::Low);
            if !flows.contains_key(&(src.clone(), dst.clone())) {
                merge(flows, flow(src, dst, RelationKind::DependsOn, &weak));
            }
        }
        // What code runs inside of itself gets its requests.
        (RelationKind::Contains, _, AssetKind::Agent | AssetKind::McpServer) if from.shape == Shape::Process => {
            merge(flows, flow(src, dst, RelationKind::Contains, relation));
        }
        (RelationKind::DerivedFrom, _, _) => merge(flows, flow(src, dst, RelationKind::DerivedFrom, relation)),
        (kind, _, _) if kind.is_flow() => merge(flows, flow(src, dst, kind, relation)),
        _ => {}
    }
}

fn flow(src: &Urn, dst: &Urn, kind: RelationKind, relation: &Relation) -> Flow {
    Flow {
        src: src.clone(),
        dst: dst.clone(),
        label: String::new(),
        kinds: BTreeSet::from([kind]),
        protocol: relation.protocol.clone(),
        encrypted: relation.encrypted,
        authn: relation.authn.clone(),
        classes: BTreeSet::new(),
        inferred: BTreeSet::new(),
        crosses_boundary: false,
        confidence: relation.confidence,
        source: relation.source.clone(),
    }
}

/// Adds a flow, or what it adds to the one with the same ends. The weaker channel wins: it is the one attacked.
pub(crate) fn merge(flows: &mut Flows, flow: Flow) {
    let key = (flow.src.clone(), flow.dst.clone());
    let Some(known) = flows.get_mut(&key) else {
        flows.insert(key, flow);
        return;
    };
    known.kinds.extend(flow.kinds);
    if known.kinds.len() > 1 {
        known.kinds.remove(&RelationKind::DependsOn);
    }
    known.protocol = known.protocol.take().or(flow.protocol);
    known.encrypted = match (known.encrypted, flow.encrypted) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (one, other) => one.or(other),
    };
    known.authn = match (known.authn.take(), flow.authn) {
        (Some(one), _) if one == "none" => Some(one),
        (_, Some(other)) if other == "none" => Some(other),
        (one, other) => one.or(other),
    };
    if flow.confidence > known.confidence {
        known.confidence = flow.confidence;
        known.source = flow.source;
    }
}

/// Joins an endpoint nobody claims to the only application there is.
fn connect_endpoints(elements: &BTreeMap<Urn, Element>, flows: &mut Flows) {
    let mut applications = elements.values().filter(|element| element.kind == AssetKind::Application);
    let (Some(only), None) = (applications.next(), applications.next()) else { return };
    let claimed: BTreeSet<&Urn> = flows.keys().map(|(src, _)| src).collect();
    let orphans = elements.values().filter(|e| e.kind == AssetKind::Endpoint && !claimed.contains(&e.urn));
    let guessed: Vec<Flow> = orphans
        .map(|endpoint| {
            let guess =
                Relation::new(only.urn.clone(), RelationKind::Serves, endpoint.urn.clone(), endpoint.source.clone());
            flow(&endpoint.urn, &only.urn, RelationKind::Serves, &guess.confidence(Confidence::Low))
        })
        .collect();
    for flow in guessed {
        merge(flows, flow);
    }
}

/// Adds the users an endpoint implies when the observers named none: an endpoint exists to be called.
fn add_users(system: &Urn, elements: &mut BTreeMap<Urn, Element>, flows: &mut Flows) {
    let called: BTreeSet<&Urn> = flows.keys().map(|(_, dst)| dst).collect();
    let uncalled: Vec<(Urn, Location)> = elements
        .values()
        .filter(|e| e.kind == AssetKind::Endpoint && e.zone != Zone::ThirdParty && !called.contains(&e.urn))
        .map(|endpoint| (endpoint.urn.clone(), endpoint.source.clone()))
        .collect();
    let Some((_, place)) = uncalled.first() else { return };
    let known = elements.values().find(|element| element.kind == AssetKind::User).map(|user| user.urn.clone());
    let user = known.unwrap_or_else(|| {
        let name = system.local_parts().map_or_else(|| "system".to_owned(), |(_, name)| name);
        let urn = Urn::local(&name, AssetKind::User, "users");
        elements.insert(urn.clone(), implied_user(&urn, place));
        urn
    });
    for (endpoint, place) in uncalled {
        let call = Relation::new(user.clone(), RelationKind::Calls, endpoint.clone(), place);
        merge(flows, flow(&user, &endpoint, RelationKind::Calls, &call.confidence(Confidence::Medium)));
    }
}

/// Leaves out that users reach a process where it is shown through which endpoints they do.
fn drop_shortcuts(elements: &BTreeMap<Urn, Element>, flows: &mut Flows) {
    let kind = |urn: &Urn| elements.get(urn).map(|element| element.kind);
    let fronted: BTreeSet<Urn> = flows
        .keys()
        .filter(|(src, _)| kind(src) == Some(AssetKind::Endpoint))
        .map(|(_, process)| process.clone())
        .collect();
    flows.retain(|(src, dst), _| kind(src) != Some(AssetKind::User) || !fronted.contains(dst));
}

/// Leaves out what is only a hint and hangs together with nothing: an array file that may be a model.
fn drop_hints(elements: &mut BTreeMap<Urn, Element>, flows: &Flows) {
    let connected: BTreeSet<&Urn> = flows.keys().flat_map(|(src, dst)| [src, dst]).collect();
    elements.retain(|urn, element| element.confidence > Confidence::Low || connected.contains(urn));
}

fn implied_user(urn: &Urn, place: &Location) -> Element {
    Element {
        urn: urn.clone(),
        kind: AssetKind::User,
        shape: Shape::External,
        name: "users".to_owned(),
        zone: Zone::Internet,
        classes: BTreeSet::new(),
        inferred: BTreeSet::new(),
        marks: BTreeSet::from([Mark::Implied]),
        confidence: Confidence::Medium,
        source: place.clone(),
        count: 1,
        members: Vec::new(),
    }
}

/// Sets what follows from both ends of each flow: the boundary and the label.
fn finish(model: &mut Model) {
    let ends: BTreeMap<Urn, (Zone, AssetKind, bool)> = model
        .elements
        .iter()
        .map(|element| (element.urn.clone(), (element.zone, element.kind, element.is(Mark::Generative))))
        .collect();
    for flow in &mut model.flows {
        let (Some(src), Some(dst)) = (ends.get(&flow.src), ends.get(&flow.dst)) else { continue };
        flow.crosses_boundary = src.0 != dst.0;
        flow.label = label(flow, dst.1, dst.2);
    }
}

fn label(flow: &Flow, dst: AssetKind, generates: bool) -> String {
    let verb = if flow.has(RelationKind::Serves) || dst == AssetKind::Endpoint {
        "requests"
    } else if flow.has(RelationKind::Reads) && flow.has(RelationKind::Writes) {
        "reads, writes"
    } else if flow.has(RelationKind::Writes) {
        "writes"
    } else if flow.has(RelationKind::TrainedOn) {
        "trains on"
    } else if flow.has(RelationKind::Loads) {
        "loads"
    } else if flow.has(RelationKind::DerivedFrom) {
        "derives from"
    } else if flow.has(RelationKind::Reads) {
        "reads"
    } else if flow.has(RelationKind::DependsOn) {
        "uses"
    } else if flow.has(RelationKind::Contains) && !flow.has(RelationKind::Calls) {
        "runs"
    } else if dst == AssetKind::McpServer {
        "tool calls"
    } else if generates {
        "prompts"
    } else {
        "calls"
    };
    // Only protocols that tell how a channel is kept: that a database speaks its own says nothing new.
    let shown = |protocol: &&str| CHANNELS.contains(protocol);
    match flow.protocol.as_deref().filter(shown) {
        Some(protocol) => format!("{verb} · {}", protocol.to_uppercase()),
        None => verb.to_owned(),
    }
}
