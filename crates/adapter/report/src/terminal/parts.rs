//! The sections of the summary.

use syndic_evidence::{
    Assessment, Asset, AssetKind, ControlResult, ControlStatus, Finding, FindingState, Severity, Verdict,
};

use super::paint::{Page, Tone, cut};
use crate::count::{by_control, by_kind, by_severity};

const MAX_RISKS: usize = 5;
const MAX_FINDINGS: usize = 12;
const MAX_CONTROLS: usize = 10;
const MAX_SKIPPED: usize = 5;
const MAX_STEPS: usize = 5;

/// The name, the verdict and how much was looked at.
pub(crate) fn head(page: &mut Page<'_>, assessment: &Assessment) {
    let (tone, words) = match assessment.decision.verdict {
        Verdict::Allow => (Tone::Good, "ALLOW: every blocking control that applies passed"),
        Verdict::Unknown => (Tone::Warn, "UNKNOWN: something needed to decide is missing, which counts as no"),
        Verdict::Deny => (Tone::Bad, "DENY: at least one blocking control failed"),
    };
    let name = system_name(assessment);
    let verdict = page.tone(tone, words);
    let name = page.tone(Tone::Strong, &name);
    page.line(&format!("\n{name}   {verdict}"));
    let coverage = &assessment.run.coverage;
    let seconds = assessment.run.finished_at.duration_since(assessment.run.started_at).as_secs_f64();
    let text = format!(
        "{} files, {} seen, {} hashed in {seconds:.1} s; {} not looked at",
        coverage.files_seen,
        bytes(coverage.bytes_seen),
        bytes(coverage.bytes_hashed),
        coverage.faults,
    );
    let text = page.tone(Tone::Quiet, &text);
    page.line(&text);
}

fn system_name(assessment: &Assessment) -> String {
    let system = &assessment.run.system;
    let known = assessment.assets.iter().find(|asset| &asset.urn == system);
    known.map_or_else(|| system.to_string(), |asset| asset.name.clone())
}

/// Every kind of asset with its count and the names that fit.
pub(crate) fn assets(page: &mut Page<'_>, assessment: &Assessment) {
    let kinds = by_kind(&assessment.assets);
    page.heading("Assets", &format!("{} in all", assessment.assets.len().saturating_sub(1)));
    if kinds.is_empty() {
        page.line("  No AI asset was found in what was looked at.");
    }
    for (kind, assets) in kinds {
        let label = format!("{:<21}{:>4}", kind.plural(), assets.len());
        let names = names(&assets, page.width().saturating_sub(32));
        page.row(Tone::Plain, &label, 26, &names);
    }
}

fn names(assets: &[&Asset], room: usize) -> String {
    let mut text = String::new();
    for (index, asset) in assets.iter().enumerate() {
        let described = describe(asset);
        let separator = if text.is_empty() { "" } else { ", " };
        if index > 0 && text.chars().count() + described.chars().count() + 2 > room {
            text.push_str(", …");
            break;
        }
        text.push_str(separator);
        text.push_str(&cut(&described, room));
    }
    text
}

/// The name, and for a model or dataset the one fact that tells most.
fn describe(asset: &Asset) -> String {
    let fact = match asset.kind {
        AssetKind::Model => asset.props.get("format").and_then(|value| value.as_str()).unwrap_or_default().to_owned(),
        AssetKind::Dataset => asset.classification.as_ref().map_or_else(String::new, |found| {
            found.classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join("+")
        }),
        _ => String::new(),
    };
    let name = asset.name.rsplit('/').next().unwrap_or(&asset.name);
    if fact.is_empty() { name.to_owned() } else { format!("{name} ({fact})") }
}

/// The highest-scored threats.
pub(crate) fn risks(page: &mut Page<'_>, assessment: &Assessment) {
    if assessment.risks.is_empty() {
        return;
    }
    page.heading("Top risks", &format!("{} of {}", assessment.risks.len().min(MAX_RISKS), assessment.risks.len()));
    for risk in assessment.risks.iter().take(MAX_RISKS) {
        let label = format!("{:>2} {}", risk.score(), risk.severity);
        let tone = Tone::of(risk.severity);
        page.row(tone, &label, 12, &format!("{} ({})", risk.title, risk.stride.title().to_lowercase()));
    }
}

/// Open findings, worst first.
pub(crate) fn findings(page: &mut Page<'_>, assessment: &Assessment) {
    let counts: Vec<String> =
        by_severity(&assessment.findings).iter().map(|(severity, count)| format!("{count} {severity}")).collect();
    let note = if counts.is_empty() { "none in what was looked at".to_owned() } else { counts.join(", ") };
    page.heading("Findings", &note);
    let open: Vec<&Finding> =
        assessment.findings.iter().filter(|finding| finding.state == FindingState::Open).collect();
    for finding in open.iter().take(MAX_FINDINGS) {
        let severity = finding.severity.as_str();
        page.row(Tone::of(finding.severity), severity, 9, &format!("{}  {}", finding.location, finding.message));
        page.row(Tone::Plain, "", 9, &page.tone(Tone::Quiet, &format!("{}  {}", finding.rule, short(finding))));
    }
    if open.len() > MAX_FINDINGS {
        let rest = open.len() - MAX_FINDINGS;
        page.line(&format!("  … and {rest} more: `syndic findings`, or --format html for the whole list"));
    }
}

fn short(finding: &Finding) -> String {
    finding.fingerprint.hex().chars().take(12).collect()
}

/// Controls that failed or could not be decided.
pub(crate) fn controls(page: &mut Page<'_>, assessment: &Assessment) {
    let grouped = by_control(&assessment.decision.controls);
    let count = |wanted| grouped.iter().filter(|(result, _)| *result == wanted).count();
    let note = format!(
        "{} pass, {} fail, {} unknown, {} not applicable",
        count(ControlResult::Pass),
        count(ControlResult::Fail),
        count(ControlResult::Unknown),
        count(ControlResult::NotApplicable),
    );
    page.heading("Controls", &note);
    let mut open: Vec<_> = grouped
        .iter()
        .filter(|(result, _)| matches!(result, ControlResult::Fail | ControlResult::Unknown))
        .collect();
    open.sort_by_key(|(result, statuses)| (*result, std::cmp::Reverse(statuses.first().map(|first| first.severity))));
    for (result, statuses) in open.iter().take(MAX_CONTROLS) {
        control(page, *result, statuses);
    }
    if open.len() > MAX_CONTROLS {
        page.line(&format!("  … and {} more", open.len() - MAX_CONTROLS));
    }
}

fn control(page: &mut Page<'_>, result: ControlResult, statuses: &[&ControlStatus]) {
    let Some(first) = statuses.iter().find(|status| status.result == result) else { return };
    let tone = if result == ControlResult::Fail { Tone::Bad } else { Tone::Warn };
    let advisory = if first.blocking { "" } else { " (advisory)" };
    let same = statuses.iter().filter(|status| status.result == result).count();
    let more = if same > 1 { format!(" [{same} assets]") } else { String::new() };
    let reason = first.reasons.first().map(String::as_str).unwrap_or_default();
    page.row(tone, result.as_str(), 9, &format!("{}  {}{advisory}{more}: {reason}", first.control, first.title));
}

/// What was not looked at, with why.
pub(crate) fn coverage(page: &mut Page<'_>, assessment: &Assessment) {
    let coverage = &assessment.run.coverage;
    if coverage.is_complete() {
        return;
    }
    page.heading("Not looked at", &format!("{} places; the assessment is incomplete", coverage.faults));
    let faults: Vec<_> = coverage.skipped.iter().filter(|skipped| !skipped.reason.is_by_design()).collect();
    for skipped in faults.iter().take(MAX_SKIPPED) {
        page.row(Tone::Warn, skipped.reason.as_str(), 18, &format!("{}  {}", skipped.path, skipped.detail));
    }
    if faults.len() > MAX_SKIPPED {
        page.line(&format!("  … and {} more: see --format json", faults.len() - MAX_SKIPPED));
    }
}

/// What to do first: the remedies of the worst failed controls, then how to see more.
pub(crate) fn next_steps(page: &mut Page<'_>, assessment: &Assessment) {
    page.heading("Next steps", "");
    let mut failed: Vec<&ControlStatus> = assessment
        .decision
        .controls
        .iter()
        .filter(|status| status.result == ControlResult::Fail && status.blocking)
        .collect();
    failed.sort_by_key(|status| std::cmp::Reverse(status.severity));
    let mut seen: Vec<&str> = Vec::new();
    for status in failed {
        if seen.len() < MAX_STEPS && !seen.contains(&status.control.as_str()) {
            seen.push(&status.control);
            page.row(Tone::Plain, &format!("{}.", seen.len()), 2, &format!("{}: {}", status.control, status.remediation));
        }
    }
    let worst = assessment.findings.iter().find(|finding| finding.severity >= Severity::Low);
    if let Some(finding) = worst {
        page.line(&format!("  Explain a rule:   syndic explain {}", finding.rule));
    }
    page.line("  See it all:       syndic assess PATH --output report.html");
}

/// Bytes as a person reads them.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {name}") }
}
