//! What must hold for every rule and ranking.

use std::collections::BTreeSet;

use syndic_detect::{Example, check_completeness};
use syndic_evidence::{AssetKind, Severity, Urn};

use super::*;
use crate::fixtures::{Sketch, System, acme, big, engine, finding, small, system_urn};

fn risks(system: &System) -> Vec<Risk> {
    engine().inspect(&system_urn(), &system.assets, &system.relations, &system.findings).1
}

fn matches(example: &Example) -> Vec<String> {
    let sketch: Sketch =
        serde_json::from_str(&example.text).unwrap_or_else(|error| panic!("{}: {error}", example.text));
    risks(&sketch.system()).into_iter().map(|risk| risk.rule).collect()
}

#[test]
fn every_threat_rule_is_whole_and_its_examples_hold() {
    let ids: Vec<&str> = rules::all().map(|rule| rule.rule).collect();
    assert!(ids.len() >= 30, "{} rules", ids.len());
    let faults = check_completeness("threat", &ids, matches);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn risks_name_their_ends_and_stand_highest_first() {
    let risks = risks(&acme());
    for risk in &risks {
        println!("{:2} {:?} {} [{}] {}", risk.score(), risk.severity, risk.title, risk.rule, risk.factors.join(" | "));
    }
    assert!(risks.iter().any(|risk| risk.title == "Prompt injection: users → acme-support → OpenAI"));
    assert!(risks.windows(2).all(|pair| pair[0].score() >= pair[1].score()));
    let prints: BTreeSet<_> = risks.iter().map(|risk| risk.fingerprint).collect();
    assert_eq!(prints.len(), risks.len());
}

#[test]
fn an_open_finding_that_breaks_the_same_control_raises_likelihood() {
    let mut system = small();
    let injection =
        |system: &System| risks(system).into_iter().find(|risk| risk.rule == "threat.prompt-injection").unwrap();
    let before = injection(&system);
    let asset = Urn::local("acme-support", AssetKind::Application, "chatbot");
    // Any rule serves as its own finding here: what binds the two is the control.
    system.findings.push(finding("threat.retrieval-injection", &asset));
    let after = injection(&system);
    assert_eq!(after.likelihood, before.likelihood + 1);
    assert!(after.factors.iter().any(|factor| factor.contains("app/main.py")));
    system.findings[0].state = syndic_evidence::FindingState::FalsePositive;
    assert_eq!(injection(&system).likelihood, before.likelihood);
}

#[test]
fn a_personal_dataset_and_a_third_party_call_make_an_inferred_flow() {
    let system = small();
    let model = derive(&system_urn(), &system.assets, &system.relations);
    let flow = model.flows.iter().find(|flow| flow.dst.as_str().ends_with("OpenAI")).unwrap();
    assert!(flow.inferred.contains(&syndic_evidence::DataClass::Pii));
    assert!(flow.crosses_boundary);
}

#[test]
fn services_prompts_and_hosted_models_fold_away() {
    let system = acme();
    let model = derive(&system_urn(), &system.assets, &system.relations);
    let kinds: BTreeSet<AssetKind> = model.elements.iter().map(|element| element.kind).collect();
    for folded in [AssetKind::Service, AssetKind::Prompt, AssetKind::HostedModel] {
        assert!(!kinds.contains(&folded), "{folded}");
    }
}

#[test]
fn the_model_survives_a_round_trip_through_its_evidence() {
    let system = acme();
    let (inspection, risks) = engine().inspect(&system_urn(), &system.assets, &system.relations, &[]);
    let model: Model = serde_json::from_value(inspection.facts["model"].clone()).unwrap();
    assert_eq!(engine().threats(&model, &[]), risks);
    assert!(inspection.assets.iter().any(|asset| asset.kind == AssetKind::User));
}

#[test]
fn many_alike_are_folded_and_counted() {
    let mut sketch = Sketch::default();
    for at in 0..14 {
        let text = format!(r#"{{"id":"m{at:02}","kind":"model","props":{{"format":"pickle"}}}}"#);
        sketch.elements.push(serde_json::from_str(&text).unwrap());
    }
    let system = sketch.system();
    let model = derive(&system_urn(), &system.assets, &system.relations);
    assert_eq!(model.elements.len(), 1);
    assert_eq!(model.elements[0].name, "14 models");
    assert_eq!(model.elements[0].members.len(), 13);
}

#[test]
fn the_big_system_stays_within_the_cap() {
    let risks = risks(&big());
    assert!(!risks.is_empty() && risks.len() <= RISK_LIMIT);
    assert!(risks.iter().all(|risk| risk.severity != Severity::Critical || risk.score() >= 20));
}

fn model_of(text: &str) -> Model {
    let system = serde_json::from_str::<Sketch>(text).unwrap().system();
    derive(&system_urn(), &system.assets, &system.relations)
}

#[test]
fn a_published_port_folds_into_the_service_behind_it() {
    let model = model_of(
        r#"{"elements": [{"id": "users", "kind": "user"}, {"id": "Chroma", "kind": "vector_store"},
            {"id": "tcp 8000", "kind": "endpoint", "props": {"published_by": "ports", "port": "8000"}}],
            "flows": [{"src": "Chroma", "kind": "serves", "dst": "tcp 8000"},
                      {"src": "users", "kind": "calls", "dst": "Chroma", "protocol": "tcp"}]}"#,
    );
    assert_eq!(model.elements.len(), 2);
    let asset = Urn::local("acme-support", AssetKind::VectorStore, "Chroma");
    let is_open = |findings: &[Finding]| {
        engine().threats(&model, findings).into_iter().any(|risk| risk.rule == "threat.store-unauthenticated")
    };
    // That it is published says nothing of whether it asks for credentials; a finding must.
    assert!(!is_open(&[]));
    let mut exposed = finding("serving.port-exposed", &asset);
    assert!(is_open(std::slice::from_ref(&exposed)));
    exposed.severity = Severity::Low;
    assert!(!is_open(&[exposed]));
}

#[test]
fn a_finding_that_breaks_no_control_makes_nothing_likelier() {
    let mut system = small();
    let likelihood = |system: &System| {
        risks(system).into_iter().find(|risk| risk.rule == "threat.prompt-injection").unwrap().likelihood
    };
    let before = likelihood(&system);
    let asset = Urn::local("acme-support", AssetKind::Application, "chatbot");
    system.findings.push(finding("code.prompt-injection", &asset));
    assert_eq!(likelihood(&system), before + 1);
    system.findings[0].severity = Severity::Low;
    assert_eq!(likelihood(&system), before);
    system.findings[0].severity = Severity::High;
    system.findings[0].confidence = syndic_evidence::Confidence::Low;
    assert_eq!(likelihood(&system), before);
}

#[test]
fn a_finding_bears_on_a_threat_by_more_than_a_wide_control() {
    let ties = &engine().ties;
    let control = |finding: &str, threat: &str| {
        let threat = engine().book.rule(threat).unwrap();
        ties[finding].control_of(threat).map(str::to_owned)
    };
    assert_eq!(control("code.prompt-injection", "threat.prompt-injection").as_deref(), Some("SEC-04"));
    assert_eq!(control("code.prompt-injection", "threat.vector-poisoning"), None);
    assert_eq!(control("code.model-unpinned", "threat.training-poisoning"), None);
}

#[test]
fn a_provider_that_is_only_set_up_draws_a_low_edge_and_no_prompt_flows() {
    let text = r#"{"elements": [{"id": "app", "kind": "application"}, {"id": "chat", "kind": "endpoint"},
        {"id": "OpenAI", "kind": "provider"}, {"id": "Groq", "kind": "provider"},
        {"id": "people", "kind": "data_store", "classes": ["pii"]}],
        "flows": [{"src": "app", "kind": "serves", "dst": "chat"}, {"src": "app", "kind": "calls", "dst": "OpenAI"},
                  {"src": "app", "kind": "reads", "dst": "people"}, {"src": "app", "kind": "depends_on", "dst": "Groq"}]}"#;
    let system = serde_json::from_str::<Sketch>(text).unwrap().system();
    let model = derive(&system_urn(), &system.assets, &system.relations);
    let edge = model.flows.iter().find(|flow| flow.dst.as_str().ends_with("Groq")).unwrap();
    assert_eq!((edge.confidence, edge.label.as_str()), (syndic_evidence::Confidence::Low, "uses"));
    assert!(edge.classes.is_empty());
    let titles: Vec<String> = engine().threats(&model, &[]).into_iter().map(|risk| risk.title).collect();
    assert!(titles.iter().any(|title| title.contains("OpenAI")));
    assert!(titles.iter().all(|title| !title.contains("Groq")), "{titles:?}");
}

#[test]
fn users_who_come_through_a_route_are_not_drawn_past_it() {
    let model = model_of(
        r#"{"elements": [{"id": "users", "kind": "user"}, {"id": "api", "kind": "application"},
            {"id": "web", "kind": "service"}, {"id": "POST /chat", "kind": "endpoint"}],
            "flows": [{"src": "api", "kind": "deployed_as", "dst": "web"},
                      {"src": "api", "kind": "serves", "dst": "POST /chat"},
                      {"src": "users", "kind": "calls", "dst": "web", "protocol": "tcp"}]}"#,
    );
    let ends: Vec<_> = model.flows.iter().map(|flow| (flow.src.as_str(), flow.dst.as_str())).collect();
    assert_eq!(ends.len(), 2, "{ends:?}");
}

#[test]
fn an_own_model_server_stands_inside_and_takes_prompts() {
    let model = model_of(
        r#"{"elements": [{"id": "chat", "kind": "endpoint"}, {"id": "api", "kind": "application"},
            {"id": "vllm", "kind": "service", "props": {"class": "modelserver"}},
            {"id": "tickets", "kind": "data_store", "classes": ["pii"]}],
            "flows": [{"src": "api", "kind": "serves", "dst": "chat"}, {"src": "api", "kind": "reads", "dst": "tickets"},
                      {"src": "api", "kind": "calls", "dst": "vllm"}]}"#,
    );
    let rules: BTreeSet<String> = engine().threats(&model, &[]).into_iter().map(|risk| risk.rule).collect();
    assert!(rules.contains("threat.prompt-injection"));
    assert!(!rules.contains("threat.provider-disclosure"));
}

#[test]
fn one_rule_over_many_alike_flows_is_one_risk() {
    let mut sketch: Sketch = serde_json::from_str(r#"{"elements": [{"id": "api", "kind": "application"}]}"#).unwrap();
    for at in 0..8 {
        let store = format!(r#"{{"id": "db{at}", "kind": "data_store"}}"#);
        let flow = format!(r#"{{"src": "api", "kind": "reads", "dst": "db{at}", "authn": "none"}}"#);
        sketch.elements.push(serde_json::from_str(&store).unwrap());
        sketch.flows.push(serde_json::from_str(&flow).unwrap());
    }
    let open: Vec<Risk> =
        risks(&sketch.system()).into_iter().filter(|risk| risk.rule == "threat.store-unauthenticated").collect();
    assert_eq!(open.len(), 1);
    assert!(open[0].title.ends_with("(and 7 alike)"), "{}", open[0].title);
}

#[test]
fn a_tool_server_that_is_only_offered_poisons_nobody_here() {
    let with = |kind: &str| {
        let text = format!(
            r#"{{"elements": [{{"id": "app", "kind": "application"}}, {{"id": "llm", "kind": "provider"}},
                {{"id": "tools", "kind": "mcp_server"}}],
                "flows": [{{"src": "app", "kind": "calls", "dst": "llm"}}, {{"src": "app", "kind": "{kind}", "dst": "tools"}}]}}"#
        );
        let sketch: Sketch = serde_json::from_str(&text).unwrap();
        risks(&sketch.system()).into_iter().map(|risk| risk.rule).collect::<BTreeSet<_>>()
    };
    for rule in ["threat.tool-poisoning", "threat.agency-excess", "threat.tool-injection"] {
        assert!(with("calls").contains(rule) && !with("contains").contains(rule), "{rule}");
    }
}
