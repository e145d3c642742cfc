//! The verdict with what it rests on, the highest risks, and what was not looked at.

use std::collections::BTreeMap;

use syndic_evidence::{Assessment, ControlResult, Coverage, SkipReason, Skipped, Verdict};

use super::paint::{Page, Span, Tone};
use super::words::{cut, elide, visible};
use crate::count::by_control;
use crate::shorten::shortened;

const MAX_RISKS: usize = 5;
const MAX_SKIPPED: usize = 3;
const NAME_COLUMNS: usize = 40;
const RISK_COLUMNS: usize = 11;
const REASON_COLUMNS: usize = 20;

/// The name, the verdict and how much was looked at.
pub(crate) fn head(page: &mut Page, assessment: &Assessment) {
    let (tone, words) = verdict(assessment);
    page.heading(&cut(&visible(&system_name(assessment)), NAME_COLUMNS), &[Span::new(tone, &words)]);
    let coverage = &assessment.run.coverage;
    let seconds = assessment.run.finished_at.duration_since(assessment.run.started_at).as_secs_f64();
    let seen = format!(
        "{}, {} seen, {} hashed in {seconds:.1} s",
        count(coverage.files_seen, "file"),
        bytes(coverage.bytes_seen),
        bytes(coverage.bytes_hashed),
    );
    let left_out = coverage.skipped_total.saturating_sub(coverage.faults);
    let whole = if !coverage.is_complete() {
        let also =
            if left_out > 0 { format!(", {} left out of scope", count(left_out, "place")) } else { String::new() };
        Span::new(Tone::Warn, &format!("{} not looked at{also}", count(coverage.faults, "place")))
    } else if coverage.files_seen == 0 {
        Span::new(Tone::Warn, "no file was seen")
    } else if left_out > 0 {
        Span::quiet(&format!("all looked at but {} left out of scope", count(left_out, "place")))
    } else {
        Span::quiet("all looked at")
    };
    page.banner(&[Span::quiet(&seen), whole]);
}

fn verdict(assessment: &Assessment) -> (Tone, String) {
    let blocking = |wanted| {
        let controls = by_control(&assessment.decision.controls);
        let is_wanted = |result: &ControlResult| *result == wanted;
        let open = controls.iter().filter(|(result, statuses)| {
            is_wanted(result) && statuses.iter().any(|status| status.blocking && status.result == wanted)
        });
        u64::try_from(open.count()).unwrap_or(u64::MAX)
    };
    let has_assets = assessment.assets.iter().any(|asset| asset.urn != assessment.run.system);
    match assessment.decision.verdict {
        Verdict::Allow if !has_assets => {
            (Tone::Good, "ALLOW: no AI asset was found, so no control stands against it".to_owned())
        }
        Verdict::Allow => (Tone::Good, "ALLOW: every blocking control that applies passed".to_owned()),
        Verdict::Unknown => {
            let undecided = count(blocking(ControlResult::Unknown), "blocking control");
            (Tone::Warn, format!("UNKNOWN: {undecided} could not be decided, which counts as no"))
        }
        Verdict::Deny => {
            (Tone::Bad, format!("DENY: {} failed", count(blocking(ControlResult::Fail), "blocking control")))
        }
    }
}

fn system_name(assessment: &Assessment) -> String {
    let system = &assessment.run.system;
    let known = assessment.assets.iter().find(|asset| &asset.urn == system);
    known.map_or_else(|| system.to_string(), |asset| asset.name.clone())
}

/// The highest-scored threats.
pub(crate) fn risks(page: &mut Page, assessment: &Assessment) {
    if assessment.risks.is_empty() {
        return;
    }
    let shown = assessment.risks.len().min(MAX_RISKS);
    page.heading("Top risks", &[Span::quiet(&format!("{shown} of {}, scored 1 to 25", assessment.risks.len()))]);
    for risk in assessment.risks.iter().take(MAX_RISKS) {
        let label = Span::new(Tone::of(risk.severity), &format!("{:>2} {}", risk.score(), risk.severity));
        let category = Span::quiet(&risk.stride.title().to_lowercase());
        page.row(&label, RISK_COLUMNS, &[Span::plain(&risk.title), category]);
    }
}

/// What was not looked at, by reason, with examples.
pub(crate) fn coverage(page: &mut Page, assessment: &Assessment) {
    let coverage = &assessment.run.coverage;
    if coverage.is_complete() {
        return;
    }
    let note = format!("{}: the assessment is incomplete", count(coverage.faults, "place"));
    page.heading("Not looked at", &[Span::new(Tone::Warn, &note)]);
    let grouped = by_reason(coverage);
    let listed: usize = grouped.values().map(Vec::len).sum();
    for (reason, places) in grouped {
        let label = Span::new(Tone::Warn, &format!("{} {}", places.len(), reason.as_str()));
        let label_columns = REASON_COLUMNS.max(label.columns());
        let room = page.room(label_columns);
        let mut label = label;
        for place in places.iter().take(MAX_SKIPPED) {
            page.row(
                &label,
                label_columns,
                &[Span::plain(&elide(&visible(&place.path), room)), Span::quiet(&shortened(&place.detail))],
            );
            label = Span::plain("");
        }
        if places.len() > MAX_SKIPPED {
            let rest = format!("and {} more: --format json lists them", places.len() - MAX_SKIPPED);
            page.row(&label, label_columns, &[Span::quiet(&rest)]);
        }
    }
    let unlisted = coverage.faults.saturating_sub(u64::try_from(listed).unwrap_or(u64::MAX));
    if unlisted > 0 {
        // The list is bounded, the count is not: both together must make the sum above.
        page.paragraph(&[Span::new(Tone::Warn, &format!("and {} that are not listed", count(unlisted, "place")))]);
    }
}

fn by_reason(coverage: &Coverage) -> BTreeMap<SkipReason, Vec<&Skipped>> {
    let mut grouped: BTreeMap<SkipReason, Vec<&Skipped>> = BTreeMap::new();
    for skipped in coverage.skipped.iter().filter(|skipped| !skipped.reason.is_by_design()) {
        grouped.entry(skipped.reason).or_default().push(skipped);
    }
    grouped
}

/// A number with its noun.
fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
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
