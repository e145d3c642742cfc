//! What to do first: the remedies of the worst failed controls, each with the command that shows the case.
//!
//! Commands that read the store are named only when the run is in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use syndic_evidence::{Assessment, ControlResult, ControlStatus, Finding, FindingState};

use super::controls::{finding_behind, rank};
use super::findings::short;
use super::paint::{Page, Span, Tone};
use crate::count::by_control;

const MAX_STEPS: usize = 5;
const STEP_COLUMNS: usize = 9;
const COMMAND_COLUMNS: usize = 41;

/// The section.
pub(crate) fn steps(page: &mut Page, assessment: &Assessment) {
    page.heading("Next steps", &[]);
    let grouped = by_control(&assessment.decision.controls);
    let mut open: Vec<_> = grouped
        .iter()
        .filter(|(result, statuses)| {
            matches!(result, ControlResult::Fail | ControlResult::Unknown)
                && statuses.iter().any(|status| status.blocking)
        })
        .collect();
    open.sort_by_key(|(result, statuses)| (*result, Reverse(rank(statuses))));
    let worst = worst_by_rule(assessment);
    for (number, (result, statuses)) in open.iter().take(MAX_STEPS).enumerate() {
        step(page, number + 1, *result, statuses, &worst);
    }
    if open.is_empty() {
        nothing_blocks(page, assessment);
    }
    commands(page, assessment);
}

fn worst_by_rule(assessment: &Assessment) -> BTreeMap<&str, &Finding> {
    let mut worst = BTreeMap::new();
    for finding in assessment.findings.iter().filter(|finding| finding.state == FindingState::Open) {
        let known = worst.entry(finding.rule.as_str()).or_insert(finding);
        if finding.severity > known.severity {
            *known = finding;
        }
    }
    worst
}

fn step(
    page: &mut Page,
    number: usize,
    result: ControlResult,
    statuses: &[&ControlStatus],
    worst: &BTreeMap<&str, &Finding>,
) {
    let Some(status) = statuses.iter().find(|status| status.result == result) else { return };
    let label = Span::plain(&format!("{number}. {}", status.control));
    page.row(&label, STEP_COLUMNS, &[Span::plain(&status.remediation)]);
    let reasons = statuses.iter().flat_map(|status| &status.reasons);
    let case = reasons.filter_map(|reason| worst.get(finding_behind(reason)?.0)).max_by_key(|finding| finding.severity);
    if let Some(finding) = case {
        let command = if page.is_stored() {
            format!("syndic findings {}", short(finding))
        } else {
            format!("syndic explain {}", finding.rule)
        };
        page.row(&Span::plain(""), STEP_COLUMNS, &[Span::new(Tone::Strong, &command)]);
    }
}

fn nothing_blocks(page: &mut Page, assessment: &Assessment) {
    let has_assets = assessment.assets.iter().any(|asset| asset.urn != assessment.run.system);
    let has_findings = assessment.findings.iter().any(|finding| finding.state == FindingState::Open);
    let words = match (has_assets, has_findings) {
        (false, false) => {
            "If AI is in use here, check that the path is the right one and that nothing needed was excluded."
        }
        (_, true) => "No blocking control stands against deployment. Look through the findings above in your own time.",
        (true, false) => "No blocking control stands against deployment. Assess again when something changes.",
    };
    page.paragraph(&[Span::plain(words)]);
}

/// Commands that show more. The path is not known here: a report may be printed far from where it was made.
fn commands(page: &mut Page, assessment: &Assessment) {
    let first = assessment.findings.iter().find(|finding| finding.state == FindingState::Open);
    let mut lines: Vec<(String, &str)> = Vec::new();
    page.blank();
    if let Some(finding) = first {
        lines.push((format!("syndic explain {}", finding.rule), "why it matters, how to mend it"));
        if page.is_stored() {
            lines.push(("syndic findings".to_owned(), "every open finding"));
        } else {
            lines.push(("syndic assess PATH --format json".to_owned(), "every open finding"));
        }
    }
    lines.push(("syndic assess PATH --output report.html".to_owned(), "the whole report, with diagram"));
    for (command, purpose) in lines {
        page.row(&Span::new(Tone::Strong, &command), COMMAND_COLUMNS, &[Span::quiet(purpose)]);
    }
}
