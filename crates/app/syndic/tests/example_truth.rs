//! Holds the assessment of the example to `TRUTH.toml`: nothing planted is missed, nothing else is alarmed about.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;

use serde::Deserialize;
use support::{Syndic, list, repository};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Truth {
    verdict: String,
    fault: Vec<Fault>,
    asset: Vec<Named>,
    flow: Vec<Flow>,
    control: Vec<Control>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    rule: String,
    path: String,
    #[serde(default)]
    member: Option<String>,
    severity: String,
    #[expect(dead_code, reason = "for the reader of the list")]
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    kind: String,
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flow {
    from: String,
    kind: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    id: String,
    result: String,
}

fn truth() -> Truth {
    let text = std::fs::read_to_string(repository().join("examples/acme-support/TRUTH.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

fn report() -> serde_json::Value {
    let (report, code) = Syndic::new().assess(&repository().join("examples/acme-support"), &["--no-store"]);
    assert_eq!(code, 1);
    report
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_planted_fault_is_found_and_nothing_else() {
    let report = report();
    let found: BTreeSet<_> = list(&report, "findings")
        .iter()
        .map(|finding| {
            let location = &finding["location"];
            (text(&finding["rule"]), text(&location["path"]), text(&location["member"]), text(&finding["severity"]))
        })
        .collect();
    let planted: BTreeSet<_> = truth()
        .fault
        .into_iter()
        .map(|fault| (fault.rule, fault.path, fault.member.unwrap_or_default(), fault.severity))
        .collect();
    let missed: Vec<_> = planted.difference(&found).collect();
    let alarmed: Vec<_> = found.difference(&planted).collect();
    assert!(missed.is_empty() && alarmed.is_empty(), "missed {missed:#?}\nfalse alarms {alarmed:#?}");
}

#[test]
fn the_inventory_is_the_one_of_the_truth_list() {
    let report = report();
    for Named { kind, names } in truth().asset {
        let found: BTreeSet<_> = list(&report, "assets")
            .iter()
            .filter(|asset| asset["kind"] == kind.as_str())
            .map(|asset| text(&asset["name"]))
            .collect();
        assert_eq!(found, names.into_iter().collect(), "{kind}");
    }
}

#[test]
fn the_flows_of_the_truth_list_are_drawn() {
    let report = report();
    let name = |urn: &serde_json::Value| {
        let assets = list(&report, "assets");
        text(&assets.iter().find(|asset| &asset["urn"] == urn).unwrap()["name"])
    };
    let found: BTreeSet<_> = list(&report, "relations")
        .iter()
        .map(|relation| (name(&relation["src"]), text(&relation["kind"]), name(&relation["dst"])))
        .collect();
    let missed: Vec<_> = truth()
        .flow
        .into_iter()
        .map(|flow| (flow.from, flow.kind, flow.to))
        .filter(|flow| !found.contains(flow))
        .collect();
    assert!(missed.is_empty(), "missed {missed:#?}\nfound {found:#?}");
}

#[test]
fn the_decision_is_the_one_of_the_truth_list() {
    let report = report();
    let truth = truth();
    assert_eq!(text(&report["decision"]["verdict"]), truth.verdict);
    for Control { id, result } in truth.control {
        let results: BTreeSet<_> = list(&report["decision"], "controls")
            .iter()
            .filter(|control| control["control"] == id.as_str())
            .map(|control| text(&control["result"]))
            .collect();
        assert!(results.contains(&result), "{id}: {results:?}");
    }
}
