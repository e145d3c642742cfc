//! A small assessment with one of everything, fixed times and ids, and the schemas to hold reports to.

#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub, reason = "each test file uses a part of this")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use syndic_evidence::{
    Assessment, Asset, AssetKind, Classification, Confidence, ControlResult, ControlStatus, Coverage, DataClass,
    Decision, Digest, Evidence, Extent, Finding, FindingDraft, FindingState, Fingerprint, Location, PredicateType,
    Relation, RelationKind, Risk, Run, Severity, SkipReason, Skipped, Stride, Timestamp, Urn, Verdict, Zone,
};

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn urn(kind: AssetKind, name: &str) -> Urn {
    Urn::local("acme", kind, name)
}

fn model() -> Asset {
    let mut asset = Asset::new(
        urn(AssetKind::Model, "models/意図 intent.pkl"),
        AssetKind::Model,
        "models/意図 intent.pkl",
        Zone::Data,
        Location::file("models/意図 intent.pkl"),
    )
    .prop("format", "pickle")
    .prop("parameters", 12_345_678_u64);
    asset.digest = Some(Digest::of(b"model"));
    asset.size_bytes = Some(1_234);
    asset
}

fn dataset() -> Asset {
    let path = "data/tickets.csv";
    let mut asset =
        Asset::new(urn(AssetKind::Dataset, path), AssetKind::Dataset, path, Zone::Data, Location::file(path));
    asset.classification = Some(Classification {
        classes: BTreeSet::from([DataClass::Pii, DataClass::Financial]),
        extent: Extent::Sampled { inspected: 1_000, total: Some(5_000) },
    });
    asset
}

pub fn finding(rule: &str, title: &str, severity: Severity, location: Location, message: &str) -> Finding {
    let draft = FindingDraft {
        rule: rule.to_owned(),
        asset: None,
        message: message.to_owned(),
        severity,
        confidence: Confidence::High,
        location,
        discriminator: String::new(),
        props: serde_json::Map::new(),
    };
    Finding::from_draft(draft, title, &urn(AssetKind::Model, "models/意図 intent.pkl"), Digest::of(b"evidence"))
}

fn findings() -> Vec<Finding> {
    let pickle = Location::offset("models/意図 intent.pkl", 70);
    let mut accepted = finding(
        "code.pickle-load",
        "Loader that runs code",
        Severity::Medium,
        Location::line("app/intent.py", 5),
        "`joblib.load` runs code from a local file",
    );
    accepted.state = FindingState::Accepted;
    let mut fixed = accepted.clone();
    fixed.state = FindingState::Fixed;
    let unpinned = |path: &str, line| {
        let message = "3 of 3 dependencies not fixed to one version";
        finding(
            "supply.dependency-unpinned",
            "Dependency without a fixed version",
            Severity::Medium,
            Location::line(path, line),
            message,
        )
    };
    vec![
        finding(
            "artifact.pickle-malicious",
            "Pickle that runs a dangerous callable when loaded",
            Severity::Critical,
            pickle,
            "models/意図 intent.pkl: loading this file calls posix.getcwd(): starts programs",
        ),
        accepted,
        fixed,
        unpinned("requirements.txt", 3),
        unpinned("training/requirements.txt", 1),
    ]
}

fn control(id: &str, title: &str, result: ControlResult, is_blocking: bool, reasons: &[&str]) -> ControlStatus {
    ControlStatus {
        catalogue: "syndic-baseline".to_owned(),
        control: id.to_owned(),
        title: title.to_owned(),
        asset: urn(AssetKind::System, "acme"),
        severity: Severity::High,
        blocking: is_blocking,
        result,
        reasons: reasons.iter().map(|&reason| reason.to_owned()).collect(),
        evidence: vec![Digest::of(b"evidence")],
        remediation: format!("Do what {id} asks for, and assess again."),
        maps: BTreeMap::from([("owasp-llm-2025".to_owned(), vec!["LLM03:2025".to_owned()])]),
    }
}

fn decision(verdict: Verdict, controls: Vec<ControlStatus>) -> Decision {
    Decision {
        subject: urn(AssetKind::System, "acme"),
        path: "data.syndic.decision".to_owned(),
        verdict,
        policy_digest: Digest::of(b"policy"),
        input_digest: Digest::of(b"input"),
        controls,
    }
}

fn risk() -> Risk {
    let asset = urn(AssetKind::Application, "acme");
    let target = urn(AssetKind::Model, "models/意図 intent.pkl");
    let source = Location::line("app/intent.py", 5);
    Risk {
        fingerprint: Fingerprint::compute("threat.load-code", &asset, &source, target.as_str()),
        rule: "threat.load-code".to_owned(),
        title: "Code runs when the model is loaded: acme → intent.pkl".to_owned(),
        stride: Stride::ElevationOfPrivilege,
        asset,
        target: Some(target),
        likelihood: 4,
        impact: 5,
        factors: vec!["+1 likelihood: finding artifact.pickle-malicious".to_owned()],
        severity: Severity::Critical,
        mitigation: "Convert the weights to safetensors.".to_owned(),
        references: vec!["AML.T0011.000".to_owned()],
        source,
    }
}

fn run(coverage: Coverage) -> Run {
    Run {
        id: "01JD4Q3V9R6T8W2X5Y7Z0A1B3C".to_owned(),
        system: urn(AssetKind::System, "acme"),
        started_at: time("2026-01-02T03:04:05Z"),
        finished_at: time("2026-01-02T03:04:06.5Z"),
        tool_version: "0.1.0".to_owned(),
        rules: vec!["artifact.pickle-malicious".to_owned(), "code.pickle-load".to_owned()],
        coverage,
    }
}

fn system() -> Asset {
    Asset::new(urn(AssetKind::System, "acme"), AssetKind::System, "acme", Zone::Application, Location::file("."))
}

/// One of everything.
pub fn acme() -> Assessment {
    let mut coverage = Coverage {
        files_seen: 12,
        files_inspected: 11,
        bytes_seen: 4_321,
        bytes_hashed: 4_321,
        by_engine: BTreeMap::from([("artifact".to_owned(), 1)]),
        ..Coverage::default()
    };
    let skip = |path: &str, reason, detail: &str| Skipped { path: path.to_owned(), reason, detail: detail.to_owned() };
    coverage.skip(skip("locked/weights 100%.bin", SkipReason::Unreadable, "permission denied"));
    coverage.skip(skip(".git", SkipReason::OutOfScope, "version control"));
    let app = Asset::new(
        urn(AssetKind::Application, "acme"),
        AssetKind::Application,
        "acme",
        Zone::Application,
        Location::file("."),
    );
    let loads = Relation::new(app.urn.clone(), RelationKind::Loads, model().urn, Location::line("app/intent.py", 5));
    let evidence = Evidence {
        digest: Digest::of(b"evidence"),
        predicate_type: PredicateType::ArtifactScan,
        asset: model().urn,
        subject_digest: Digest::of(b"model"),
        collector: "artifact".to_owned(),
        tool_version: "0.1.0".to_owned(),
        collected_at: time("2026-01-02T03:04:05Z"),
        expires_at: None,
        key_id: Digest::of(b"key").hex(),
        envelope: b"{}".to_vec(),
    };
    let malicious =
        "models/意図 intent.pkl@0x46: loading this file calls posix.getcwd() [artifact.pickle-malicious, critical]";
    let controls = vec![
        control("MOD-03", "Model files were inspected and are not malicious", ControlResult::Fail, true, &[malicious]),
        control(
            "SUP-01",
            "Dependencies are pinned",
            ControlResult::Fail,
            false,
            &["requirements.txt:3: not pinned [supply.dependency-unpinned, medium]"],
        ),
        control(
            "INV-01",
            "The inventory is complete",
            ControlResult::Unknown,
            true,
            &["1 of 12 files could not be looked at"],
        ),
        control("SEC-01", "No secrets in code", ControlResult::Pass, true, &[]),
        control("AGT-01", "Agents are pinned", ControlResult::NotApplicable, true, &[]),
    ];
    Assessment {
        run: run(coverage),
        assets: vec![app, dataset(), model(), system()],
        relations: vec![loads.protocol("file")],
        evidence: vec![evidence],
        findings: findings(),
        risks: vec![risk()],
        decision: decision(Verdict::Deny, controls),
    }
}

/// A tree in which there is no AI.
pub fn nothing() -> Assessment {
    let controls = vec![
        control("INV-01", "The inventory is complete", ControlResult::Pass, true, &[]),
        control("MOD-01", "Models use a code-free weight format", ControlResult::NotApplicable, true, &[]),
    ];
    Assessment {
        run: run(Coverage {
            files_seen: 2,
            files_inspected: 2,
            bytes_seen: 20,
            bytes_hashed: 20,
            ..Coverage::default()
        }),
        assets: vec![system()],
        relations: Vec::new(),
        evidence: Vec::new(),
        findings: Vec::new(),
        risks: Vec::new(),
        decision: decision(Verdict::Allow, controls),
    }
}

/// The root of the source tree.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Returns what a JSON Schema file finds wrong with a document; empty when it holds.
pub fn faults(schema: &Path, document: &Value) -> String {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    let index = compiler.compile(schema.to_str().unwrap(), &mut schemas).unwrap();
    schemas.validate(document, index).err().map_or_else(String::new, |error| format!("{error:#}"))
}

pub fn sarif_schema() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sarif-schema-2.1.0.json")
}

pub fn json_schema() -> PathBuf {
    repository().join("docs/schema/assessment-v1.schema.json")
}
