//! A small system and the runs over it.

use std::collections::BTreeMap;

use syndic_evidence::{
    Assessment, Asset, AssetKind, Confidence, ControlResult, ControlStatus, Coverage, Decision, Digest, Evidence,
    Finding, FindingDraft, Fingerprint, Location, PredicateType, Relation, RelationKind, Risk, Run, Severity,
    SkipReason, Skipped, Stride, Timestamp, Urn, Verdict, Zone,
};

/// The stores to test: a guard that keeps a temporary folder, and the address.
pub(crate) fn stores() -> Vec<(Option<tempfile::TempDir>, String)> {
    if let Ok(urls) = std::env::var("SYNDIC_TEST_STORES") {
        return urls.split(',').map(|url| (None, url.to_owned())).collect();
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("state/syndic.db").display());
    vec![(Some(folder), url)]
}

pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) system: Urn,
    pub(crate) assets: Vec<Asset>,
    pub(crate) findings: Vec<Finding>,
}

pub(crate) fn asset(system: &str, kind: AssetKind, path: &str) -> Asset {
    let asset = Asset::new(Urn::local(system, kind, path), kind, path, Zone::Data, Location::file(path));
    asset.prop("format", "pickle").prop("parameters", 12_345_678_901_u64)
}

pub(crate) fn finding(asset: &Asset, rule: &str, path: &str, severity: Severity) -> Finding {
    let draft = FindingDraft {
        rule: rule.to_owned(),
        asset: None,
        message: format!("{path} is wrong"),
        severity,
        confidence: Confidence::High,
        location: Location::line(path, 3),
        discriminator: String::new(),
        props: serde_json::Map::new(),
    };
    Finding::from_draft(draft, "A title", &asset.urn, Digest::of(b"evidence"))
}

pub(crate) fn skip(assessment: &mut Assessment, path: &str, reason: SkipReason) {
    assessment.run.coverage.skip(Skipped { path: path.to_owned(), reason, detail: "why".to_owned() });
}

impl World {
    pub(crate) fn new(name: &str) -> Self {
        let system = asset(name, AssetKind::System, "");
        let model = asset(name, AssetKind::Model, "models/deep/intent.pkl");
        let manifest = asset(name, AssetKind::Manifest, "requirements.txt");
        let findings = vec![
            finding(&model, "artifact.pickle-code", "models/deep/intent.pkl", Severity::Critical),
            finding(&manifest, "supply.dependency-unpinned", "requirements.txt", Severity::Low),
        ];
        Self { name: name.to_owned(), system: system.urn.clone(), assets: vec![system, model, manifest], findings }
    }

    /// The run with this number, a minute after the one before it. Equal numbers give equal runs.
    pub(crate) fn run(&self, number: u32) -> Assessment {
        let minute = i64::from(number) * 60;
        let finished_at = Timestamp::new(1_780_000_000 + minute, 123_000_000).unwrap();
        let evidence = self.evidence(number, finished_at);
        let mut findings = self.findings.clone();
        for finding in &mut findings {
            finding.evidence = vec![evidence.digest];
        }
        Assessment {
            run: Run {
                id: format!("{}-run-{number}", self.name),
                system: self.system.clone(),
                started_at: Timestamp::new(1_780_000_000 + minute - 5, 0).unwrap(),
                finished_at,
                tool_version: "0.1.0".to_owned(),
                rules: ["artifact.pickle-code", "supply.dependency-unpinned", "code.output-executed"]
                    .map(str::to_owned)
                    .to_vec(),
                coverage: Coverage { files_seen: 9, files_inspected: 9, ..Coverage::default() },
            },
            assets: self.assets.clone(),
            relations: vec![Relation::new(
                self.system.clone(),
                RelationKind::Contains,
                self.assets[0].urn.clone(),
                Location::file("x"),
            )],
            evidence: vec![evidence],
            findings,
            risks: vec![self.risk()],
            decision: self.decision(),
        }
    }

    fn evidence(&self, number: u32, at: Timestamp) -> Evidence {
        Evidence {
            digest: Digest::of(format!("{}{number}", self.name).as_bytes()),
            predicate_type: PredicateType::ArtifactScan,
            asset: self.assets[0].urn.clone(),
            subject_digest: Digest::of(b"subject"),
            collector: "artifact".to_owned(),
            tool_version: "0.1.0".to_owned(),
            collected_at: at,
            expires_at: number.is_multiple_of(2).then_some(at),
            key_id: "key".to_owned(),
            envelope: vec![0, 255, b'{'],
        }
    }

    fn risk(&self) -> Risk {
        Risk {
            fingerprint: Fingerprint::compute("threat.x-y", &self.system, &Location::file("x"), ""),
            rule: "threat.x-y".to_owned(),
            title: "Something may happen".to_owned(),
            stride: Stride::Tampering,
            asset: self.system.clone(),
            target: None,
            likelihood: 2,
            impact: 4,
            factors: vec!["+1 exposed".to_owned()],
            severity: Severity::Medium,
            mitigation: "Do something".to_owned(),
            references: vec!["AML.T0010".to_owned()],
            source: Location::file("x"),
        }
    }

    fn decision(&self) -> Decision {
        let status = ControlStatus {
            catalogue: "syndic-baseline".to_owned(),
            control: "MOD-01".to_owned(),
            title: "A title".to_owned(),
            asset: self.system.clone(),
            severity: Severity::High,
            blocking: true,
            result: ControlResult::Fail,
            reasons: vec!["because".to_owned()],
            evidence: vec![Digest::of(b"e")],
            remediation: "Convert".to_owned(),
            maps: BTreeMap::from([("eu-ai-act".to_owned(), vec!["15(5)".to_owned()])]),
        };
        Decision {
            subject: self.system.clone(),
            path: "data.syndic.decision".to_owned(),
            verdict: Verdict::Deny,
            policy_digest: Digest::of(b"policy"),
            input_digest: Digest::of(b"input"),
            controls: vec![status],
        }
    }
}
