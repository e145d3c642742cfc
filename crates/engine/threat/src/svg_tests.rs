//! What must hold for every picture.

use proptest::prelude::*;
use syndic_evidence::{Asset, AssetKind, DataClass, Location, Relation, RelationKind, Urn, Zone};

use super::svg;
use crate::fixtures::{System, acme, big, engine, small, system_urn};
use crate::layout::{Rect, lay_out};
use crate::model::Model;
use crate::{derive, mermaid};

fn model(system: &System) -> Model {
    derive(&system_urn(), &system.assets, &system.relations)
}

fn picture(system: &System) -> String {
    let model = model(system);
    let risks = engine().threats(&model, &system.findings);
    svg(&model, &risks)
}

/// Writes the pictures for looking at, when the folder for them exists.
#[test]
fn every_fixture_draws() {
    for (name, system) in [("small", small()), ("acme", acme()), ("big", big())] {
        let picture = picture(&system);
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
        dump(name, &picture, &mermaid(&model(&system)));
    }
}

#[expect(clippy::disallowed_methods, reason = "pictures are written for a person to look at, in tests only")]
fn dump(name: &str, picture: &str, text: &str) {
    if let Ok(folder) = std::env::var("SYNDIC_PICTURES") {
        std::fs::write(format!("{folder}/{name}.svg"), picture).unwrap();
        std::fs::write(format!("{folder}/{name}.mmd"), text).unwrap();
    }
}

#[test]
fn the_order_of_the_input_does_not_show() {
    for system in [small(), acme(), big()] {
        let mut shuffled = system.clone();
        shuffled.assets.reverse();
        let half = shuffled.assets.len() / 2;
        shuffled.assets.rotate_left(half);
        shuffled.relations.reverse();
        shuffled.relations.rotate_left(half);
        assert_eq!(picture(&system), picture(&shuffled));
    }
}

#[test]
fn no_label_overlaps_an_element_or_another_label() {
    for system in [small(), acme(), big()] {
        let model = model(&system);
        let risks = engine().threats(&model, &[]);
        let ranking = super::Ranking::new(&model, &risks);
        let wants: Vec<_> = model.flows.iter().map(|flow| super::edge::want(flow, &ranking)).collect();
        let scene = lay_out(&model, &wants);
        let labels: Vec<Rect> = scene.labels.iter().flatten().copied().collect();
        for (at, label) in labels.iter().enumerate() {
            assert!(scene.nodes.iter().all(|node| !label.overlaps(&node.pixels(), 0)));
            assert!(labels[at + 1..].iter().all(|other| !label.overlaps(other, 0)));
        }
        for (at, node) in scene.nodes.iter().enumerate() {
            assert!(scene.nodes[at + 1..].iter().all(|other| !node.overlaps(other, 1)));
        }
    }
}

#[test]
fn no_edge_runs_through_a_box() {
    for system in [small(), acme(), big()] {
        let model = model(&system);
        let scene = lay_out(&model, &[]);
        for route in &scene.routes {
            for pair in route.windows(2) {
                let (x, y) = (pair[0].0.min(pair[1].0), pair[0].1.min(pair[1].1));
                let segment = Rect { x, y, w: (pair[0].0 - pair[1].0).abs(), h: (pair[0].1 - pair[1].1).abs() };
                assert!(scene.nodes.iter().all(|node| !segment.overlaps(node, 0)), "{segment:?}");
            }
        }
    }
}

#[test]
fn a_hostile_name_stays_text() {
    let mut system = small();
    for asset in &mut system.assets {
        asset.name = "</text><script>alert(1)</script>\"]; click n0 \u{202e}\u{0}".to_owned();
    }
    let picture = picture(&system);
    assert!(!picture.contains("<script") && !picture.contains('\u{0}') && !picture.contains('\u{202e}'));
    let text = mermaid(&model(&system));
    assert!(!text.contains("<script") && !text.contains("\"];"), "{text}");
}

#[test]
fn nothing_found_draws_an_empty_picture() {
    assert!(picture(&System::default()).ends_with("</svg>\n"));
}

fn any_system() -> impl Strategy<Value = System> {
    let asset = (0..AssetKind::ALL.len(), 0..40_u8, 0..Zone::ALL.len(), any::<String>(), any::<bool>());
    let relation = (any::<prop::sample::Index>(), 0..11_usize, any::<prop::sample::Index>());
    (prop::collection::vec(asset, 0..60), prop::collection::vec(relation, 0..90)).prop_map(|(assets, relations)| {
        let assets: Vec<Asset> = assets
            .into_iter()
            .map(|(kind, id, zone, name, personal)| {
                let kind = AssetKind::ALL[kind];
                let urn = Urn::local("s", kind, &id.to_string());
                let mut asset = Asset::new(urn, kind, name, Zone::ALL[zone], Location::file("a.py"));
                asset.classification = personal.then(|| syndic_evidence::Classification {
                    classes: [DataClass::Pii].into(),
                    extent: syndic_evidence::Extent::Whole,
                });
                asset
            })
            .collect();
        let kinds = [
            RelationKind::Contains,
            RelationKind::DependsOn,
            RelationKind::DerivedFrom,
            RelationKind::TrainedOn,
            RelationKind::Serves,
            RelationKind::Calls,
            RelationKind::Reads,
            RelationKind::Writes,
            RelationKind::Loads,
            RelationKind::Prompts,
            RelationKind::DeployedAs,
        ];
        let relations = if assets.is_empty() {
            Vec::new()
        } else {
            relations
                .into_iter()
                .map(|(src, kind, dst)| {
                    let (src, dst) = (src.get(&assets).urn.clone(), dst.get(&assets).urn.clone());
                    Relation::new(src, kinds[kind], dst, Location::file("a.py"))
                })
                .collect()
        };
        System { assets, relations, findings: Vec::new() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_graph_is_drawn_whole_and_ranked(system in any_system()) {
        let model = model(&system);
        prop_assert!(model.elements.len() <= crate::group::ELEMENT_LIMIT);
        for flow in &model.flows {
            prop_assert!(model.element(&flow.src).is_some() && model.element(&flow.dst).is_some());
        }
        let risks = engine().threats(&model, &[]);
        prop_assert!(risks.len() <= crate::RISK_LIMIT);
        prop_assert!(risks.windows(2).all(|pair| pair[0].score() >= pair[1].score()));
        prop_assert!(svg(&model, &risks).ends_with("</svg>\n"));
        prop_assert!(mermaid(&model).starts_with("flowchart LR\n"));
    }
}

/// A hundred elements that call one another: far more edges than anybody can follow.
#[test]
fn a_graph_of_thousands_of_flows_is_folded_and_ends() {
    let kinds = [AssetKind::Service, AssetKind::Agent, AssetKind::McpServer, AssetKind::DataStore];
    let mut system = System::default();
    for zone in Zone::ALL {
        for (at, kind) in (0..16).map(|at| (at, kinds[at % 4])) {
            let urn = Urn::local("s", kind, &format!("{zone:?}-{at}"));
            system.assets.push(Asset::new(urn, kind, format!("{at}"), zone, Location::default()));
        }
    }
    for src in &system.assets {
        for dst in system.assets.iter().step_by(3) {
            system.relations.push(Relation::new(
                src.urn.clone(),
                RelationKind::Calls,
                dst.urn.clone(),
                Location::default(),
            ));
        }
    }
    assert!(system.relations.len() > 3000 && model(&system).flows.len() <= 600);
    assert!(picture(&system).ends_with("</svg>\n"));
}
