//! Decisions over real evidence types, and the public form of the policy input.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test stops at the first surprise and reads the committed pack"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use syndic_evidence::{
    Asset, AssetKind, Classification, Confidence, ControlResult, ControlStatus, Coverage, DataClass, Decision, Digest,
    Evidence, Extent, Finding, FindingDraft, FindingState, Location, PredicateType, Relation, RelationKind, Severity,
    SkipReason, Skipped, Timestamp, Urn, Verdict, Zone,
};
use syndic_policy::{PolicyEngine, PolicyInput, Unseen};

/// One system in memory.
struct World {
    system: Asset,
    assets: Vec<Asset>,
    relations: Vec<Relation>,
    findings: Vec<Finding>,
    evidence: Vec<Evidence>,
    coverage: Coverage,
    unseen: Vec<Unseen>,
    rule_controls: BTreeMap<String, Vec<String>>,
    now: Timestamp,
}

fn asset(kind: AssetKind, name: &str, path: &str) -> Asset {
    Asset::new(Urn::local("acme", kind, name), kind, name, Zone::Application, Location::file(path))
}

fn evidence(asset: &Asset, predicate_type: PredicateType, collected_at: &str) -> Evidence {
    let subject_digest = asset.digest.unwrap_or_else(|| Digest::of(asset.name.as_bytes()));
    Evidence {
        digest: Digest::of(format!("{}{predicate_type}", asset.urn).as_bytes()),
        predicate_type,
        asset: asset.urn.clone(),
        subject_digest,
        collector: "test".to_owned(),
        tool_version: "0".to_owned(),
        collected_at: collected_at.parse().unwrap(),
        expires_at: None,
        key_id: "key".to_owned(),
        envelope: Vec::new(),
    }
}

const SEEN: &str = "2026-05-01T00:00:00Z";

impl World {
    /// A system in which every control that evidence can show passes.
    fn clean() -> Self {
        let system = asset(AssetKind::System, "acme", "");
        let application = asset(AssetKind::Application, "acme", ".");
        let mut model = asset(AssetKind::Model, "intent", "models/intent.safetensors");
        model.digest = Some(Digest::of(b"weights"));
        let mut dataset = asset(AssetKind::Dataset, "tickets", "data/tickets.csv");
        dataset.classification = Some(Classification { classes: BTreeSet::new(), extent: Extent::Whole });
        let endpoint = asset(AssetKind::Endpoint, "POST /chat", "app/main.py");
        let service = asset(AssetKind::Service, "web", "compose.yaml").prop("runs_as", "non_root");
        let manifest = asset(AssetKind::Manifest, "requirements.txt", "requirements.txt");
        let evidence = vec![
            evidence(&system, PredicateType::Inventory, SEEN),
            evidence(&application, PredicateType::CodeFacts, SEEN),
            evidence(&model, PredicateType::ArtifactScan, SEEN),
            evidence(&dataset, PredicateType::DatasetProfile, SEEN),
            evidence(&service, PredicateType::Deployment, SEEN),
            evidence(&manifest, PredicateType::Dependencies, SEEN),
            evidence(&application, PredicateType::SecretsScan, SEEN),
        ];
        Self {
            relations: vec![Relation::new(
                application.urn.clone(),
                RelationKind::Serves,
                endpoint.urn.clone(),
                Location::line("app/main.py", 3),
            )],
            system,
            assets: vec![application, model, dataset, endpoint, service, manifest],
            findings: Vec::new(),
            evidence,
            coverage: Coverage {
                files_seen: 6,
                files_inspected: 6,
                by_engine: BTreeMap::from([("code".to_owned(), 1)]),
                ..Coverage::default()
            },
            unseen: Vec::new(),
            rule_controls: BTreeMap::from([
                ("artifact.pickle-code".to_owned(), vec!["MOD-01".to_owned(), "MOD-03".to_owned()]),
                ("secrets.key-found".to_owned(), vec!["SEC-01".to_owned()]),
                ("code.output-run".to_owned(), vec!["SEC-05".to_owned(), "SRV-05".to_owned()]),
                ("code.debug-on".to_owned(), vec!["SRV-04".to_owned()]),
                ("code.route-open".to_owned(), vec!["SEC-02".to_owned()]),
            ]),
            now: "2026-05-02T00:00:00Z".parse().unwrap(),
        }
    }

    fn asset(&mut self, kind: AssetKind) -> &mut Asset {
        self.assets.iter_mut().find(|asset| asset.kind == kind).unwrap()
    }

    fn find(&mut self, rule: &str, kind: AssetKind, severity: Severity, confidence: Confidence) -> &mut Finding {
        let (urn, location) = {
            let asset = self.asset(kind);
            (asset.urn.clone(), asset.sources.first().unwrap().clone())
        };
        let draft = FindingDraft {
            rule: rule.to_owned(),
            asset: Some(urn.clone()),
            message: "it is wrong".to_owned(),
            severity,
            confidence,
            location,
            discriminator: self.findings.len().to_string(),
            props: serde_json::Map::new(),
        };
        self.findings.push(Finding::from_draft(draft, "Title", &urn, Digest::of(b"e")));
        self.findings.last_mut().unwrap()
    }

    fn input(&self) -> PolicyInput<'_> {
        PolicyInput {
            system: &self.system,
            assets: &self.assets,
            relations: &self.relations,
            findings: &self.findings,
            evidence: &self.evidence,
            risks: &[],
            coverage: &self.coverage,
            unseen: &self.unseen,
            rule_controls: &self.rule_controls,
            now: self.now,
        }
    }

    fn decide(&self) -> Decision {
        PolicyEngine::builtin().unwrap().decide(&self.input()).unwrap()
    }
}

fn result(decision: &Decision, control: &str) -> ControlResult {
    decision.controls.iter().filter(|status| status.control == control).map(|status| status.result).min().unwrap()
}

#[test]
fn a_clean_system_with_fresh_evidence_is_allowed() {
    let decision = World::clean().decide();
    let open: Vec<_> = decision
        .controls
        .iter()
        .filter(|status| status.blocking && matches!(status.result, ControlResult::Fail | ControlResult::Unknown))
        .collect();
    assert!(open.is_empty(), "{open:#?}");
    assert_eq!(decision.verdict, Verdict::Allow);
}

#[test]
fn what_no_evidence_can_show_yet_is_unknown_and_says_how_to_get_it() {
    let decision = World::clean().decide();
    for control in ["SEC-03", "MOD-02"] {
        let status = decision.controls.iter().find(|status| status.control == control).unwrap();
        assert_eq!(status.result, ControlResult::Unknown);
        assert!(!status.reasons.is_empty() && !status.blocking && status.remediation.len() > 40);
    }
}

#[test]
fn an_open_finding_breaks_each_control_its_rule_lists() {
    let mut world = World::clean();
    world.find("artifact.pickle-code", AssetKind::Model, Severity::High, Confidence::High);
    let decision = world.decide();
    assert_eq!(decision.verdict, Verdict::Deny);
    for control in ["MOD-01", "MOD-03"] {
        let status = decision.controls.iter().find(|status| status.control == control).unwrap();
        assert_eq!(status.result, ControlResult::Fail);
        assert_eq!(status.asset, world.asset(AssetKind::Model).urn);
        assert!(!status.evidence.is_empty());
    }
}

#[test]
fn a_finding_that_is_fixed_accepted_or_false_breaks_nothing() {
    for state in [FindingState::Fixed, FindingState::Accepted, FindingState::FalsePositive] {
        let mut world = World::clean();
        world.find("secrets.key-found", AssetKind::Manifest, Severity::Critical, Confidence::High).state = state;
        assert_eq!(world.decide().verdict, Verdict::Allow);
    }
}

#[test]
fn a_mild_or_unsure_finding_is_shown_and_breaks_nothing() {
    for (severity, confidence) in [(Severity::Low, Confidence::High), (Severity::Critical, Confidence::Low)] {
        let mut world = World::clean();
        world.find("secrets.key-found", AssetKind::Manifest, severity, confidence);
        let decision = world.decide();
        assert_eq!(decision.verdict, Verdict::Allow);
        let status = decision.controls.iter().find(|status| status.control == "SEC-01").unwrap();
        assert_eq!((status.result, status.reasons.len()), (ControlResult::Pass, 1));
    }
}

#[test]
fn a_bad_finding_is_not_lost_behind_many_mild_ones() {
    let mut world = World::clean();
    for _ in 0..100 {
        world.find("secrets.key-found", AssetKind::Manifest, Severity::Low, Confidence::High);
        world.find("secrets.key-found", AssetKind::Manifest, Severity::Critical, Confidence::Low);
    }
    world.find("secrets.key-found", AssetKind::Manifest, Severity::Medium, Confidence::Medium);
    let decision = world.decide();
    assert_eq!(result(&decision, "SEC-01"), ControlResult::Fail);
    let status = decision.controls.iter().find(|status| status.control == "SEC-01").unwrap();
    assert_eq!(status.reasons.last().unwrap(), "and 181 more");
}

#[test]
fn evidence_that_is_missing_old_or_about_other_content_is_unknown() {
    let mut missing = World::clean();
    missing.evidence.retain(|evidence| evidence.predicate_type != PredicateType::ArtifactScan);
    let mut old = World::clean();
    old.now = "2026-08-01T00:00:00Z".parse().unwrap();
    let mut expired = World::clean();
    for evidence in &mut expired.evidence {
        evidence.expires_at = Some("2026-05-01T12:00:00Z".parse().unwrap());
    }
    let mut changed = World::clean();
    changed.asset(AssetKind::Model).digest = Some(Digest::of(b"other weights"));
    let mut future = World::clean();
    future.now = "2026-04-01T00:00:00Z".parse().unwrap();
    for world in [missing, old, expired, changed, future] {
        let decision = world.decide();
        assert_eq!(result(&decision, "MOD-03"), ControlResult::Unknown);
        assert_eq!(decision.verdict, Verdict::Unknown);
    }
}

#[test]
fn an_unclassified_dataset_and_an_unread_model_are_unknown() {
    let mut world = World::clean();
    world.asset(AssetKind::Dataset).classification = None;
    world.coverage.skip(Skipped {
        path: "models/intent.safetensors!inner.pkl".to_owned(),
        reason: SkipReason::Budget,
        detail: "2 GB, at most 1 GB".to_owned(),
    });
    let decision = world.decide();
    for control in ["DAT-01", "DAT-02", "MOD-01", "MOD-03", "INV-01"] {
        assert_eq!(result(&decision, control), ControlResult::Unknown, "{control}");
    }
    assert_eq!(result(&decision, "SRV-01"), ControlResult::Pass);
}

/// Marks the faults of a rule as not looked for in Ruby files of the application.
fn blind(world: &mut World, rule: &str) {
    let subject = world.asset(AssetKind::Application).urn.clone();
    let files = ["bot.rb", "lib/a.rb", "lib/b.rb", "lib/c.rb"].map(str::to_owned).to_vec();
    let predicate = PredicateType::CodeFacts;
    world.unseen.push(Unseen { rule: rule.to_owned(), predicate, subject, language: "Ruby".to_owned(), files });
}

#[test]
fn what_nobody_looked_for_is_unknown_with_language_and_files() {
    for (rule, control) in [("code.output-run", "SEC-05"), ("code.debug-on", "SRV-04"), ("code.route-open", "SEC-02")] {
        let mut world = World::clean();
        assert_eq!(result(&world.decide(), control), ControlResult::Pass, "{control}");
        blind(&mut world, rule);
        let decision = world.decide();
        assert_eq!(decision.verdict, Verdict::Unknown);
        let unknown = |status: &&ControlStatus| status.result == ControlResult::Unknown && status.blocking;
        let open: Vec<_> = decision.controls.iter().filter(unknown).collect();
        assert_eq!(open.iter().map(|status| status.control.as_str()).collect::<Vec<_>>(), [control]);
        let reason = &open[0].reasons[0];
        assert!(reason.contains("Ruby") && reason.contains("4 files") && reason.contains("bot.rb"), "{reason}");
    }
}

#[test]
fn a_control_that_other_evidence_shows_stays_as_it_is() {
    let mut world = World::clean();
    blind(&mut world, "code.output-run");
    assert_eq!(result(&world.decide(), "SRV-05"), ControlResult::Pass);
}

#[test]
fn controls_about_running_code_do_not_apply_where_there_is_none() {
    let mut world = World::clean();
    world.coverage.by_engine.clear();
    world.assets.retain(|asset| matches!(asset.kind, AssetKind::Application | AssetKind::Prompt));
    world.relations.clear();
    let decision = world.decide();
    for control in ["SEC-04", "SEC-05", "MOD-04", "SRV-04", "SRV-06"] {
        assert_eq!(result(&decision, control), ControlResult::NotApplicable, "{control}");
    }
    world.find("code.output-run", AssetKind::Application, Severity::High, Confidence::High);
    assert_eq!(result(&world.decide(), "SEC-05"), ControlResult::Fail);
}

#[test]
fn personal_data_that_trains_a_model_fails() {
    let mut world = World::clean();
    let classes = BTreeSet::from([DataClass::Phi]);
    world.asset(AssetKind::Dataset).classification = Some(Classification { classes, extent: Extent::Whole });
    let (model, dataset) = (world.asset(AssetKind::Model).urn.clone(), world.asset(AssetKind::Dataset).urn.clone());
    world.relations.push(Relation::new(model, RelationKind::TrainedOn, dataset, Location::file("train.py")));
    assert_eq!(result(&world.decide(), "DAT-02"), ControlResult::Fail);
}

#[test]
fn hostile_names_change_nothing_but_the_text() {
    let clean = World::clean().decide();
    let mut world = World::clean();
    for asset in &mut world.assets {
        asset.name = "\"} default allow := true\n{{data.syndic}} %s %!d \u{202e} ../../etc".to_owned();
        asset.props.insert("result\":\"pass".to_owned(), serde_json::json!({"$ref": "data"}));
    }
    let decision = world.decide();
    let results = |decision: &Decision| -> Vec<_> {
        decision.controls.iter().map(|status| (status.control.clone(), status.result)).collect()
    };
    assert_eq!(results(&decision), results(&clean));
}

#[test]
fn a_pack_that_allows_everything_is_overruled() {
    let mut files: Vec<(String, String)> = Vec::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../policies/baseline");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        files.push((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap()));
    }
    for (name, text) in &mut files {
        if name == "decision.rego" {
            *text = text.replace("default verdict := \"unknown\"", "default verdict := \"allow\"");
            *text = text.replace("verdict := \"deny\"", "verdict := \"allow\"");
        }
    }
    let mut world = World::clean();
    world.find("artifact.pickle-code", AssetKind::Model, Severity::High, Confidence::High);
    let engine = PolicyEngine::from_pack(&files).unwrap();
    assert_eq!(engine.decide(&world.input()).unwrap().verdict, Verdict::Deny);
    assert_ne!(engine.digest(), PolicyEngine::builtin().unwrap().digest());
}

#[test]
fn equal_inputs_give_equal_decisions_and_digests() {
    assert_eq!(World::clean().decide(), World::clean().decide());
    let mut world = World::clean();
    world.coverage.bytes_seen += 1;
    world.coverage.files_seen += 1;
    assert_ne!(world.decide().input_digest, World::clean().decide().input_digest);
}

#[test]
fn the_example_input_is_what_the_engine_sends_and_is_answered_as_recorded() {
    let mut world = World::clean();
    world.find("artifact.pickle-code", AssetKind::Model, Severity::High, Confidence::High);
    world.find("secrets.key-found", AssetKind::Manifest, Severity::Low, Confidence::Medium);
    world.asset(AssetKind::Dataset).classification = None;
    let engine = PolicyEngine::builtin().unwrap();
    let input = engine.input_json(&world.input()).unwrap();
    let answer = engine.answer_json(&input).unwrap();
    golden("example_input.json", &input);
    golden("example_answer.json", &answer);
}

/// Compares with a committed file; `SYNDIC_BLESS=1` writes it anew.
fn golden(name: &str, json: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../policies").join(name);
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let text = serde_json::to_string_pretty(&value).unwrap() + "\n";
    if std::env::var_os("SYNDIC_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(kept, value, "{name} changed: run with SYNDIC_BLESS=1 if that is meant");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever evidence is taken away and whatever is found: nothing blocking that did not pass is ever allowed.
    #[test]
    fn nothing_is_allowed_that_a_blocking_control_did_not_pass(
        keep in proptest::collection::vec(any::<bool>(), 7),
        severity in 0_usize..5,
        is_found: bool,
        name in ".{0,20}",
        days in 0_i64..60,
    ) {
        let mut world = World::clean();
        let mut keep = keep.into_iter();
        world.evidence.retain(|_| keep.next().unwrap_or(true));
        if is_found {
            let severity = *Severity::WORST_FIRST.get(severity).unwrap();
            world.find("artifact.pickle-code", AssetKind::Model, severity, Confidence::High);
        }
        world.asset(AssetKind::Model).name = name;
        world.now = SEEN.parse::<Timestamp>().unwrap() + std::time::Duration::from_secs(days.unsigned_abs() * 86_400);
        let decision = world.decide();
        let stopped = decision
            .controls
            .iter()
            .any(|status| status.blocking && matches!(status.result, ControlResult::Fail | ControlResult::Unknown));
        prop_assert_eq!(decision.verdict == Verdict::Allow, !stopped);
        for status in &decision.controls {
            let needs_reason = matches!(status.result, ControlResult::Fail | ControlResult::Unknown);
            prop_assert!(!needs_reason || !status.reasons.is_empty());
        }
    }
}

#[test]
fn a_large_system_is_decided_within_the_time_limit() {
    let mut world = World::clean();
    for number in 0..500 {
        let mut model = asset(AssetKind::Model, &format!("m{number}"), &format!("models/{number}.pkl"));
        model.digest = Some(Digest::of(model.name.as_bytes()));
        world.evidence.push(evidence(&model, PredicateType::ArtifactScan, SEEN));
        world.assets.push(model);
    }
    for number in 0..2_000 {
        world.find("artifact.pickle-code", AssetKind::Model, Severity::High, Confidence::High);
        let urn = world.assets.get(6 + number % 500).unwrap().urn.clone();
        world.findings.last_mut().unwrap().asset = urn;
    }
    assert_eq!(world.decide().verdict, Verdict::Deny);
}
