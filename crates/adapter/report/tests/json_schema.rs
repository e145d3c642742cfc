//! The published schema says exactly what the vocabulary says, and holds for what is written.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use support::{faults, json_schema};
use syndic_evidence::{
    AssetKind, Confidence, ControlResult, DataClass, FindingState, PredicateType, RelationKind, Severity, SkipReason,
    Stride, Verdict, Zone,
};

fn schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(json_schema()).unwrap()).unwrap()
}

fn hold(name: &str, variants: &[impl Serialize]) {
    let written: BTreeSet<String> =
        variants.iter().map(|variant| serde_json::to_value(variant).unwrap().as_str().unwrap().to_owned()).collect();
    let schema = schema();
    let listed = schema["$defs"][name]["enum"].as_array().unwrap_or_else(|| panic!("no enum {name}"));
    let listed: BTreeSet<String> = listed.iter().map(|value| value.as_str().unwrap().to_owned()).collect();
    assert_eq!(written, listed, "{name}");
}

/// Lists every variant of an enum that has no `ALL`; a new variant does not compile until it is named here.
macro_rules! variants {
    ($kind:ident: $($variant:ident),+) => {{
        let _named = |value: $kind| match value { $($kind::$variant => ()),+ };
        [$($kind::$variant),+]
    }};
}

#[test]
fn every_word_of_the_vocabulary_is_in_the_schema_and_no_other() {
    hold("asset_kind", &AssetKind::ALL);
    hold("zone", &Zone::ALL);
    hold("severity", &Severity::WORST_FIRST);
    hold("predicate_type", &PredicateType::ALL);
    hold("confidence", &variants!(Confidence: Low, Medium, High));
    hold("verdict", &variants!(Verdict: Allow, Unknown, Deny));
    hold("control_result", &variants!(ControlResult: Fail, Unknown, Waived, Pass, NotApplicable));
    hold("finding_state", &variants!(FindingState: Open, Fixed, Accepted, FalsePositive));
    hold("data_class", &variants!(DataClass: Pii, Financial, GovernmentId, Phi, Secret));
    hold(
        "relation_kind",
        &variants!(RelationKind: Contains, DependsOn, DerivedFrom, TrainedOn, Serves, Calls, Reads,
        Writes, Loads, Prompts, DeployedAs),
    );
    hold(
        "stride",
        &variants!(Stride: Spoofing, Tampering, Repudiation, InformationDisclosure, DenialOfService,
        ElevationOfPrivilege),
    );
    hold(
        "skip_reason",
        &variants!(SkipReason: Unreadable, NotRegular, Link, Sparse, Budget, Malformed, Unsupported,
        OutOfScope, Changed),
    );
}

#[test]
fn what_is_written_holds_to_the_schema() {
    for assessment in [support::acme(), support::nothing()] {
        let document: Value = serde_json::from_str(&syndic_report::json(&assessment)).unwrap();
        assert_eq!(faults(&json_schema(), &document), "");
    }
}

#[test]
fn a_document_with_a_foreign_field_or_word_does_not_hold() {
    let good: Value = serde_json::from_str(&syndic_report::json(&support::acme())).unwrap();
    for (pointer, value) in [
        ("/decision/verdict", Value::from("maybe")),
        ("/findings/0/evidence", Value::Array(Vec::new())),
        ("/assets/0/kind", Value::from("robot")),
        ("/run/coverage/skipped/0", serde_json::json!({"path": "a", "reason": "link", "detail": "", "extra": 1})),
        ("/decision/controls/0/reasons", Value::Array(Vec::new())),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert_ne!(faults(&json_schema(), &bad), "", "{pointer}");
    }
}

#[test]
fn every_definition_is_described_and_used() {
    let schema = schema();
    let text = schema.to_string();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        assert!(definition["description"].is_string(), "{name} has no description");
        assert!(text.contains(&format!("\"#/$defs/{name}\"")), "{name} is used by nothing");
    }
}
