//! One self-contained HTML page: no script, no request to anywhere, readable in print.

mod words;

use askama::Template;
use syndic_detect::{Rule, Rulebook};
use syndic_evidence::{
    Assessment, Asset, AssetKind, ControlResult, ControlStatus, Coverage, Digest, Finding, FindingState, Risk, Skipped,
};

use crate::count::{by_control, by_kind, by_severity};
use crate::shorten::shortened;
use words::{Known, classes, known};

/// The style sheet; the console serves the same.
const CSS: &str = include_str!("../assets/page.css");

/// The page lists at most this many skipped places; the count is always whole.
const MAX_SKIPPED: usize = 500;

/// The page gives at most this many reasons a control.
const MAX_REASONS: usize = 8;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    css: &'static str,
    version: &'a str,
    system: &'a str,
    finished_at: String,
    verdict: &'static str,
    answer: &'static str,
    why: String,
    bytes_seen: String,
    bytes_hashed: String,
    coverage: &'a Coverage,
    cards: Vec<Card>,
    diagram: String,
    risks: &'a [Risk],
    findings: Vec<FindingLine<'a>>,
    controls: Vec<ControlLine<'a>>,
    kinds: Vec<(AssetKind, Vec<AssetLine<'a>>)>,
    skipped: Vec<&'a Skipped>,
    evidence_count: usize,
    key_id: &'a str,
    policy: Digest,
    run: &'a str,
}

struct Card {
    count: String,
    class: &'static str,
    label: String,
}

struct FindingLine<'a> {
    finding: &'a Finding,
    rule: Option<&'a Rule>,
    references: String,
}

struct ControlLine<'a> {
    id: &'a str,
    title: &'a str,
    result: &'static str,
    blocking: bool,
    about: String,
    reasons: Vec<String>,
    more: usize,
    needs_work: bool,
    remediation: &'a str,
    maps: String,
}

struct AssetLine<'a> {
    name: &'a str,
    digest: Option<Digest>,
    known: Vec<Known>,
    classes: String,
    source: String,
    confidence: &'static str,
}

/// Returns the page.
pub fn html(assessment: &Assessment, rules: &Rulebook) -> String {
    let model = syndic_threat::derive(&assessment.run.system, &assessment.assets, &assessment.relations);
    let page = Page {
        css: CSS,
        version: &assessment.run.tool_version,
        system: system_name(assessment),
        finished_at: assessment.run.finished_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        verdict: assessment.decision.verdict.as_str(),
        answer: words::verdict(assessment.decision.verdict).0,
        why: why(assessment),
        bytes_seen: words::size(assessment.run.coverage.bytes_seen),
        bytes_hashed: words::size(assessment.run.coverage.bytes_hashed),
        coverage: &assessment.run.coverage,
        cards: cards(assessment),
        diagram: syndic_threat::svg(&model, &assessment.risks),
        risks: &assessment.risks,
        findings: finding_lines(assessment, rules),
        controls: control_lines(&assessment.decision.controls),
        kinds: asset_lines(&assessment.assets),
        skipped: assessment.run.coverage.skipped.iter().take(MAX_SKIPPED).collect(),
        evidence_count: assessment.evidence.len(),
        key_id: assessment.evidence.first().map_or("none", |evidence| evidence.key_id.as_str()),
        policy: assessment.decision.policy_digest,
        run: &assessment.run.id,
    };
    // Rendering into a string fails only if a value's own Display fails, and none of ours does.
    page.render().unwrap_or_default()
}

fn system_name(assessment: &Assessment) -> &str {
    let system = &assessment.run.system;
    let known = assessment.assets.iter().find(|asset| &asset.urn == system);
    known.map_or(system.as_str(), |asset| asset.name.as_str())
}

/// Says in a sentence which controls stand in the way.
fn why(assessment: &Assessment) -> String {
    let deciding: Vec<ControlResult> = by_control(&assessment.decision.controls)
        .into_iter()
        .filter(|(_, statuses)| statuses.iter().any(|status| status.blocking))
        .map(|(result, _)| result)
        .collect();
    let of = |wanted: ControlResult| deciding.iter().filter(|result| **result == wanted).count();
    format!(
        "{} Of {} controls that decide, {} failed and {} could not be told.",
        words::verdict(assessment.decision.verdict).1,
        deciding.len(),
        of(ControlResult::Fail),
        of(ControlResult::Unknown),
    )
}

fn cards(assessment: &Assessment) -> Vec<Card> {
    let cards = by_severity(&assessment.findings).into_iter().map(|(severity, count)| Card {
        count: words::count(count as u64),
        class: severity.as_str(),
        label: format!("{severity} {}", if count == 1 { "finding" } else { "findings" }),
    });
    cards.collect()
}

fn finding_lines<'a>(assessment: &'a Assessment, rules: &'a Rulebook) -> Vec<FindingLine<'a>> {
    assessment
        .findings
        .iter()
        .filter(|finding| finding.state == FindingState::Open)
        .map(|finding| {
            let rule = rules.rule(&finding.rule);
            let references = rule.map(references).unwrap_or_default();
            FindingLine { finding, rule, references }
        })
        .collect()
}

fn references(rule: &Rule) -> String {
    let references = &rule.references;
    let all = [&references.cwe, &references.atlas, &references.owasp];
    all.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn control_lines(controls: &[ControlStatus]) -> Vec<ControlLine<'_>> {
    let mut grouped = by_control(controls);
    grouped.sort_by_key(|(result, _)| *result);
    grouped.into_iter().filter_map(|(result, statuses)| control_line(result, &statuses)).collect()
}

fn control_line<'a>(result: ControlResult, statuses: &[&'a ControlStatus]) -> Option<ControlLine<'a>> {
    let worst: Vec<&&ControlStatus> = statuses.iter().filter(|status| status.result == result).collect();
    let first = **worst.first()?;
    let reasons: Vec<&str> = worst.iter().flat_map(|status| status.reasons.iter().map(String::as_str)).collect();
    let frameworks = first.maps.iter().map(|(framework, clauses)| format!("{framework} {}", clauses.join(", ")));
    Some(ControlLine {
        id: &first.control,
        title: &first.title,
        result: result.as_str(),
        blocking: first.blocking,
        about: if statuses.len() == 1 { "1 asset".to_owned() } else { format!("{} assets", statuses.len()) },
        more: reasons.len().saturating_sub(MAX_REASONS),
        reasons: reasons.into_iter().take(MAX_REASONS).map(shortened).collect(),
        needs_work: matches!(result, ControlResult::Fail | ControlResult::Unknown),
        remediation: &first.remediation,
        maps: frameworks.collect::<Vec<_>>().join("; "),
    })
}

fn asset_lines(assets: &[Asset]) -> Vec<(AssetKind, Vec<AssetLine<'_>>)> {
    by_kind(assets).into_iter().map(|(kind, assets)| (kind, assets.into_iter().map(asset_line).collect())).collect()
}

fn asset_line(asset: &Asset) -> AssetLine<'_> {
    AssetLine {
        name: &asset.name,
        digest: asset.digest,
        known: known(asset),
        classes: classes(asset),
        source: asset.sources.first().map(ToString::to_string).unwrap_or_default(),
        confidence: asset.confidence.as_str(),
    }
}
