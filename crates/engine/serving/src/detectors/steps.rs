//! Build steps that take what the network gives.

use syndic_detect::Findings;
use syndic_evidence::{FindingDraft, Severity};

use super::{listed, report};
use crate::facts::{Facts, Step, StepKind};

/// Finds remote files and scripts that become part of an image unread.
pub(super) fn remote_add(facts: &Facts, findings: &mut Findings<'_>) {
    let is_meant = |step: &&Step| matches!(step.kind, StepKind::RemoteAdd | StepKind::PipedScript);
    once(facts, findings, is_meant, |steps| {
        let has_plain = steps.iter().any(|step| !step.is_encrypted);
        let severity = if has_plain { Severity::High } else { Severity::Low };
        (severity, format!("the build runs or adds what it downloads, unchecked, from {}", places(steps)))
    });
}

/// Finds downloads whose sender is not verified.
pub(super) fn insecure_download(facts: &Facts, findings: &mut Findings<'_>) {
    let is_meant = |step: &&Step| matches!(step.kind, StepKind::UncheckedTls | StepKind::PlainDownload);
    once(facts, findings, is_meant, |steps| {
        (Severity::Medium, format!("the build downloads without knowing from whom: {}", places(steps)))
    });
}

fn places(steps: &[&Step]) -> String {
    let mut places: Vec<String> = steps.iter().map(|step| step.what.clone()).collect();
    places.sort();
    places.dedup();
    listed(&places)
}

/// Reports the steps of one image in one finding.
fn once(
    facts: &Facts,
    findings: &mut Findings<'_>,
    is_meant: impl Fn(&&Step) -> bool,
    judge: impl Fn(&[&Step]) -> (Severity, String),
) {
    for service in &facts.services {
        let steps: Vec<&Step> = service.steps.iter().filter(&is_meant).collect();
        let Some(first) = steps.first() else { continue };
        let (severity, message) = judge(&steps);
        let _: &mut FindingDraft = report(findings, facts, service, first.line, severity, message);
    }
}
