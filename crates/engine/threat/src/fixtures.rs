//! Systems for the tests: a small one, one like a support assistant, a big one, and arbitrary ones.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;
use syndic_evidence::{
    Asset, AssetKind, Classification, DataClass, Extent, Finding, FindingDraft, Location, Relation, RelationKind, Urn,
    Zone,
};

use crate::ThreatEngine;

/// A system as the examples of rule files write it: ids stand for URNs, everything but id and kind has a default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sketch {
    pub(crate) elements: Vec<SketchElement>,
    #[serde(default)]
    pub(crate) flows: Vec<SketchFlow>,
    #[serde(default)]
    pub(crate) findings: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SketchElement {
    pub(crate) id: String,
    pub(crate) kind: AssetKind,
    #[serde(default)]
    pub(crate) zone: Option<Zone>,
    #[serde(default)]
    pub(crate) classes: BTreeSet<DataClass>,
    #[serde(default)]
    pub(crate) props: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SketchFlow {
    pub(crate) src: String,
    pub(crate) kind: RelationKind,
    pub(crate) dst: String,
    #[serde(default)]
    pub(crate) protocol: Option<String>,
    #[serde(default)]
    pub(crate) encrypted: Option<bool>,
    #[serde(default)]
    pub(crate) authn: Option<String>,
}

/// A system in the form the engine takes.
#[derive(Debug, Default, Clone)]
pub(crate) struct System {
    pub(crate) assets: Vec<Asset>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) findings: Vec<Finding>,
}

/// The engine, made once for all tests.
pub(crate) fn engine() -> &'static ThreatEngine {
    static ENGINE: LazyLock<ThreatEngine> = LazyLock::new(|| ThreatEngine::builtin().unwrap());
    &ENGINE
}

pub(crate) fn system_urn() -> Urn {
    Urn::local("acme-support", AssetKind::System, "acme-support")
}

fn zone_of(kind: AssetKind) -> Zone {
    match kind {
        AssetKind::User => Zone::Internet,
        AssetKind::Provider | AssetKind::HostedModel => Zone::ThirdParty,
        AssetKind::Notebook | AssetKind::Pipeline => Zone::Pipeline,
        AssetKind::Agent | AssetKind::McpServer => Zone::Workstation,
        AssetKind::Model | AssetKind::Dataset | AssetKind::VectorStore | AssetKind::DataStore => Zone::Data,
        _ => Zone::Application,
    }
}

impl Sketch {
    pub(crate) fn system(&self) -> System {
        let kind_of = |id: &str| {
            self.elements.iter().find(|element| element.id == id).map_or(AssetKind::Service, |element| element.kind)
        };
        let urn = |id: &str| Urn::local("acme-support", kind_of(id), id);
        let assets = self.elements.iter().map(|element| {
            let place = Location::line(format!("{}.py", element.id), 1);
            let zone = element.zone.unwrap_or_else(|| zone_of(element.kind));
            let mut asset = Asset::new(urn(&element.id), element.kind, &element.id, zone, place);
            asset.props = element.props.clone();
            asset.classification = Some(Classification { classes: element.classes.clone(), extent: Extent::Whole });
            asset
        });
        let relations = self.flows.iter().map(|flow| {
            let mut relation =
                Relation::new(urn(&flow.src), flow.kind, urn(&flow.dst), Location::line("app/main.py", 12));
            relation.protocol.clone_from(&flow.protocol);
            relation.encrypted = flow.encrypted;
            relation.authn.clone_from(&flow.authn);
            relation
        });
        let findings = self.findings.iter().map(|(rule, id)| finding(rule, &urn(id)));
        System { assets: assets.collect(), relations: relations.collect(), findings: findings.collect() }
    }
}

pub(crate) fn finding(rule: &str, asset: &Urn) -> Finding {
    let draft = FindingDraft {
        rule: rule.to_owned(),
        asset: Some(asset.clone()),
        message: String::new(),
        severity: syndic_evidence::Severity::High,
        confidence: syndic_evidence::Confidence::High,
        location: Location::line("app/main.py", 30),
        discriminator: String::new(),
        props: serde_json::Map::new(),
    };
    Finding::from_draft(draft, "", asset, syndic_evidence::Digest::of(b"evidence"))
}

fn sketch(text: &str) -> System {
    serde_json::from_str::<Sketch>(text).unwrap().system()
}

pub(crate) fn small() -> System {
    sketch(include_str!("../tests/fixtures/small.json"))
}

pub(crate) fn acme() -> System {
    sketch(include_str!("../tests/fixtures/acme.json"))
}

/// Forty elements and eighty flows, wired by a fixed recurrence.
pub(crate) fn big() -> System {
    let kinds = [
        ("service", AssetKind::Service, 9, Zone::Application),
        ("route", AssetKind::Endpoint, 4, Zone::Application),
        ("store", AssetKind::DataStore, 6, Zone::Data),
        ("index", AssetKind::VectorStore, 3, Zone::Data),
        ("model", AssetKind::Model, 4, Zone::Data),
        ("train", AssetKind::Pipeline, 3, Zone::Pipeline),
        ("notebook", AssetKind::Notebook, 2, Zone::Pipeline),
        ("provider", AssetKind::Provider, 4, Zone::ThirdParty),
        ("tool", AssetKind::McpServer, 3, Zone::Workstation),
        ("agent", AssetKind::Agent, 2, Zone::Workstation),
    ];
    let mut sketch = Sketch::default();
    for (name, kind, count, zone) in kinds {
        for at in 0..count {
            let classes =
                if at == 0 && kind == AssetKind::DataStore { [DataClass::Pii].into() } else { BTreeSet::new() };
            let id = format!("{name}-{at}");
            let props = serde_json::Map::new();
            sketch.elements.push(SketchElement { id, kind, zone: Some(zone), classes, props });
        }
    }
    let mut state: u64 = 7;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    while sketch.flows.len() < 76 {
        let (src, kind, dst) = match next(7) {
            0 => (format!("service-{}", next(9)), RelationKind::Serves, format!("route-{}", next(4))),
            1 | 2 => (format!("service-{}", next(9)), RelationKind::Reads, format!("store-{}", next(6))),
            3 => (format!("service-{}", next(9)), RelationKind::Calls, format!("provider-{}", next(4))),
            4 => (format!("train-{}", next(3)), RelationKind::Writes, format!("model-{}", next(4))),
            5 => (format!("agent-{}", next(2)), RelationKind::Calls, format!("tool-{}", next(3))),
            _ => (format!("service-{}", next(9)), RelationKind::Reads, format!("index-{}", next(3))),
        };
        sketch.flows.push(SketchFlow { src, kind, dst, protocol: None, encrypted: None, authn: None });
    }
    sketch.system()
}
