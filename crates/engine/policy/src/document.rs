//! The policy input as Rego sees it: everything joined by key, every field present, null where nothing is known.
//!
//! Joining in Rust keeps evaluation linear in the size of the input; judging stays in Rego. The form is public:
//! `policies/input.schema.json` describes it and a test holds the two together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Map, Value};
use syndic_evidence::{
    Asset, AssetKind, Classification, Confidence, Coverage, DataClass, Extent, Finding, FindingState, Relation,
    RelationKind, Severity, Urn, Zone,
};

use crate::faults::{FAULT_LIMIT, Faults};
use crate::unseen::{Gaps, gaps};
use crate::witness::{WitnessIndex, Witnesses};
use crate::{Catalogue, Control, Enforcement, PolicyInput, Scope};

/// So many findings of one control and asset are handed to Rego, worst first; the rest is counted.
const CHARGED_LIMIT: usize = 20;

/// The engine that is handed every source file.
const SOURCE_ENGINE: &str = "code";

/// The input document.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    now: String,
    system: AssetView<'a>,
    controls: BTreeMap<&'a str, ControlView<'a>>,
    assets: BTreeMap<&'static str, Vec<AssetView<'a>>>,
    relations: Vec<RelationView<'a>>,
    callers: BTreeMap<&'a str, Vec<RelationView<'a>>>,
    findings: BTreeMap<&'a str, BTreeMap<&'a str, Vec<FindingView<'a>>>>,
    evidence: BTreeMap<&'a str, Witnesses>,
    unseen: Gaps<'a>,
    risks: RiskView,
    coverage: CoverageView,
    waivers: Vec<Value>,
    /// Findings that were cut from `findings`, by control and asset.
    #[serde(skip)]
    pub(crate) cut: HashMap<(String, String), usize>,
}

#[derive(Debug, Serialize)]
struct ControlView<'a> {
    kinds: &'a [AssetKind],
    per: Scope,
    blocking: bool,
    severity: Severity,
    fail_at_rank: usize,
    evidence: Vec<NeedView<'a>>,
}

#[derive(Debug, Serialize)]
struct NeedView<'a> {
    label: &'a str,
    predicates: &'a [String],
    max_age: String,
    max_age_seconds: i64,
}

#[derive(Debug, Serialize)]
struct AssetView<'a> {
    urn: &'a str,
    kind: AssetKind,
    name: &'a str,
    zone: Zone,
    digest: Option<String>,
    confidence: Confidence,
    confidence_rank: usize,
    path: Option<&'a str>,
    classification: Option<ClassificationView<'a>>,
    not_inspected: Vec<String>,
    props: &'a Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct ClassificationView<'a> {
    classes: &'a BTreeSet<DataClass>,
    is_whole: bool,
}

#[derive(Debug, Clone, Serialize)]
struct RelationView<'a> {
    src: &'a str,
    src_name: &'a str,
    src_zone: Option<Zone>,
    dst: &'a str,
    dst_name: &'a str,
    dst_zone: Option<Zone>,
    kind: RelationKind,
    protocol: Option<&'a str>,
    encrypted: Option<bool>,
    authn: Option<&'a str>,
    confidence_rank: usize,
    place: String,
}

#[derive(Debug, Serialize)]
struct FindingView<'a> {
    fingerprint: String,
    rule: &'a str,
    severity: Severity,
    severity_rank: usize,
    confidence: Confidence,
    confidence_rank: usize,
    message: &'a str,
    place: String,
}

#[derive(Debug, Serialize)]
struct RiskView {
    count: usize,
    highest_score: Option<u8>,
}

#[derive(Debug, Serialize)]
struct CoverageView {
    files_seen: u64,
    files_inspected: u64,
    skipped_total: u64,
    faults: u64,
    first_faults: Vec<String>,
    is_list_cut: bool,
    /// Source files and notebooks that were read, whether or not they use AI.
    source_files: u64,
}

impl<'a> Document<'a> {
    /// Lays out the input for the controls of `catalogue`.
    pub(crate) fn new(input: &PolicyInput<'a>, catalogue: &'a Catalogue) -> Self {
        let faults = Faults::new(input.coverage);
        let witnesses = WitnessIndex::new(input);
        let kinds: BTreeSet<AssetKind> =
            catalogue.controls.iter().flat_map(|control| control.applies_to.kind.iter().copied()).collect();
        let mut assets: BTreeMap<&str, Vec<AssetView<'_>>> =
            kinds.iter().map(|kind| (kind.as_str(), Vec::new())).collect();
        let mut evidence = BTreeMap::from([(input.system.urn.as_str(), witnesses.of(input.system))]);
        let others = input.assets.iter().filter(|asset| asset.kind != AssetKind::System);
        for asset in std::iter::once(input.system).chain(others) {
            if let Some(list) = assets.get_mut(asset.kind.as_str()) {
                list.push(asset_view(asset, &faults));
                evidence.entry(asset.urn.as_str()).or_insert_with(|| witnesses.of(asset));
            }
        }
        let (relations, callers) = relation_views(input);
        let (findings, cut) = charge(input, catalogue);
        Self {
            now: input.now.to_string(),
            system: asset_view(input.system, &faults),
            controls: catalogue.controls.iter().map(|control| (control.id.as_str(), control_view(control))).collect(),
            assets,
            relations,
            callers,
            findings,
            evidence,
            unseen: gaps(input, catalogue),
            risks: RiskView {
                count: input.risks.len(),
                highest_score: input.risks.iter().map(syndic_evidence::Risk::score).max(),
            },
            coverage: coverage_view(input.coverage),
            waivers: Vec::new(),
            cut,
        }
    }

    /// Returns the evidence that was looked at for one asset and control.
    pub(crate) fn evidence_of(&self, asset: &str, control: &Control) -> Vec<syndic_evidence::Digest> {
        let Some(witnesses) = self.evidence.get(asset) else { return Vec::new() };
        let predicates = control.evidence.iter().flat_map(|need| &need.predicate);
        let mut digests: Vec<_> = predicates
            .filter_map(|predicate| witnesses.get(predicate))
            .flat_map(|seen| seen.digests.iter().copied())
            .collect();
        digests.sort_unstable();
        digests.dedup();
        digests
    }
}

/// Position from mildest to worst: info 0 … critical 4.
fn severity_rank(severity: Severity) -> usize {
    Severity::WORST_FIRST.iter().rev().position(|one| *one == severity).unwrap_or_default()
}

const fn confidence_rank(confidence: Confidence) -> usize {
    match confidence {
        Confidence::Low => 0,
        Confidence::Medium => 1,
        Confidence::High => 2,
    }
}

fn control_view(control: &Control) -> ControlView<'_> {
    let need = |need: &'_ crate::Need| (need.max_age.to_string(), need.max_age.seconds());
    ControlView {
        kinds: &control.applies_to.kind,
        per: control.applies_to.per,
        blocking: control.enforcement == Enforcement::Blocking,
        severity: control.severity,
        fail_at_rank: severity_rank(control.parameters.fail_at),
        evidence: control
            .evidence
            .iter()
            .map(|one| {
                let (max_age, max_age_seconds) = need(one);
                NeedView { label: &one.label, predicates: &one.predicate, max_age, max_age_seconds }
            })
            .collect(),
    }
}

fn asset_view<'a>(asset: &'a Asset, faults: &Faults<'_>) -> AssetView<'a> {
    let path = asset.sources.first().map(|source| source.path.as_str());
    AssetView {
        urn: asset.urn.as_str(),
        kind: asset.kind,
        name: &asset.name,
        zone: asset.zone,
        digest: asset.digest.map(|digest| digest.to_string()),
        confidence: asset.confidence,
        confidence_rank: confidence_rank(asset.confidence),
        path,
        classification: asset.classification.as_ref().map(classification_view),
        not_inspected: if asset.kind == AssetKind::System { Vec::new() } else { faults.of(asset) },
        props: &asset.props,
    }
}

fn classification_view(found: &Classification) -> ClassificationView<'_> {
    ClassificationView { classes: &found.classes, is_whole: found.extent == Extent::Whole }
}

fn coverage_view(coverage: &Coverage) -> CoverageView {
    CoverageView {
        files_seen: coverage.files_seen,
        files_inspected: coverage.files_inspected,
        skipped_total: coverage.skipped_total,
        faults: coverage.faults,
        first_faults: coverage
            .skipped
            .iter()
            .filter(|skipped| !skipped.reason.is_by_design())
            .take(FAULT_LIMIT)
            .map(|skipped| format!("{} ({})", skipped.path, skipped.reason.as_str()))
            .collect(),
        is_list_cut: coverage.skipped_total > coverage.skipped.len() as u64,
        source_files: coverage.by_engine.get(SOURCE_ENGINE).copied().unwrap_or_default(),
    }
}

type Callers<'a> = BTreeMap<&'a str, Vec<RelationView<'a>>>;

fn relation_views<'a>(input: &PolicyInput<'a>) -> (Vec<RelationView<'a>>, Callers<'a>) {
    let assets: HashMap<&Urn, &Asset> =
        std::iter::once(input.system).chain(input.assets).map(|asset| (&asset.urn, asset)).collect();
    let views: Vec<_> = input.relations.iter().map(|relation| relation_view(relation, &assets)).collect();
    let mut callers = Callers::new();
    for view in &views {
        if view.kind.is_flow() || view.kind == RelationKind::DependsOn {
            callers.entry(view.dst).or_default().push(view.clone());
        }
    }
    (views, callers)
}

fn relation_view<'a>(relation: &'a Relation, assets: &HashMap<&Urn, &'a Asset>) -> RelationView<'a> {
    let (src, dst) = (assets.get(&relation.src), assets.get(&relation.dst));
    RelationView {
        src: relation.src.as_str(),
        src_name: src.map_or(relation.src.as_str(), |asset| &asset.name),
        src_zone: src.map(|asset| asset.zone),
        dst: relation.dst.as_str(),
        dst_name: dst.map_or(relation.dst.as_str(), |asset| &asset.name),
        dst_zone: dst.map(|asset| asset.zone),
        kind: relation.kind,
        protocol: relation.protocol.as_deref(),
        encrypted: relation.encrypted,
        authn: relation.authn.as_deref(),
        confidence_rank: confidence_rank(relation.confidence),
        place: relation.source.to_string(),
    }
}

type Charged<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Vec<FindingView<'a>>>>;

/// Charges each open finding to the controls of its rule: to its asset where the control looks at such assets one by
/// one, else to the system, so that no finding is lost for want of a subject.
fn charge<'a>(input: &PolicyInput<'a>, catalogue: &'a Catalogue) -> (Charged<'a>, HashMap<(String, String), usize>) {
    let kinds: HashMap<&Urn, AssetKind> = input.assets.iter().map(|asset| (&asset.urn, asset.kind)).collect();
    let controls: HashMap<&str, &Control> =
        catalogue.controls.iter().map(|control| (control.id.as_str(), control)).collect();
    let mut open: Vec<&Finding> = input.findings.iter().filter(|finding| finding.state == FindingState::Open).collect();
    // Surest of the bad ones first: what breaks a control must never be what is cut. Unsure ones break none.
    open.sort_by_key(|finding| {
        (finding.confidence == Confidence::Low, std::cmp::Reverse(finding.severity), finding.fingerprint)
    });
    let mut charged: Charged<'_> = controls.keys().map(|id| (*id, BTreeMap::new())).collect();
    let mut cut = HashMap::new();
    for finding in open {
        for id in input.rule_controls.get(&finding.rule).into_iter().flatten() {
            let Some(control) = controls.get(id.as_str()) else { continue };
            let is_subject = control.applies_to.per == Scope::Asset
                && kinds.get(&finding.asset).is_some_and(|kind| control.applies_to.kind.contains(kind));
            let urn = if is_subject { finding.asset.as_str() } else { input.system.urn.as_str() };
            let list = charged.entry(&control.id).or_default().entry(urn).or_default();
            if list.len() < CHARGED_LIMIT {
                list.push(finding_view(finding));
            } else {
                *cut.entry((control.id.clone(), urn.to_owned())).or_default() += 1;
            }
        }
    }
    (charged, cut)
}

fn finding_view(finding: &Finding) -> FindingView<'_> {
    FindingView {
        fingerprint: finding.fingerprint.to_string(),
        rule: &finding.rule,
        severity: finding.severity,
        severity_rank: severity_rank(finding.severity),
        confidence: finding.confidence,
        confidence_rank: confidence_rank(finding.confidence),
        message: &finding.message,
        place: finding.location.to_string(),
    }
}
