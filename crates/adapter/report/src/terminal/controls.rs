//! Controls that failed or could not be decided, each with the rules or the reason behind it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use syndic_evidence::{Assessment, ControlResult, ControlStatus, Severity};

use super::paint::{Page, Span, Tone};
use crate::count::by_control;
use crate::shorten::shortened;

const MAX_CONTROLS: usize = 24;
const RESULT_COLUMNS: usize = 15;
/// Rules named behind a failed control.
const MAX_RULES: usize = 3;

/// The section.
pub(crate) fn controls(page: &mut Page, assessment: &Assessment) {
    let grouped = by_control(&assessment.decision.controls);
    let counted = |wanted| grouped.iter().filter(|(result, _)| *result == wanted).count();
    let results = [
        (ControlResult::Fail, "failed", Tone::Bad),
        (ControlResult::Unknown, "unknown", Tone::Warn),
        (ControlResult::Waived, "waived", Tone::Plain),
        (ControlResult::Pass, "passed", Tone::Good),
        (ControlResult::NotApplicable, "not applicable", Tone::Quiet),
    ];
    let note: Vec<Span> = results
        .into_iter()
        .map(|(result, words, tone)| (counted(result), words, tone))
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, words, tone)| Span::new(tone, &format!("{count} {words}")))
        .collect();
    page.heading("Controls", &note);
    let mut open: Vec<_> =
        grouped.iter().filter(|(result, _)| matches!(result, ControlResult::Fail | ControlResult::Unknown)).collect();
    open.sort_by_key(|(result, statuses)| (*result, Reverse(rank(statuses))));
    for (result, statuses) in open.iter().take(MAX_CONTROLS) {
        control(page, *result, statuses);
    }
    if open.len() > MAX_CONTROLS {
        page.paragraph(&[Span::quiet(&format!("and {} more: --format html shows all", open.len() - MAX_CONTROLS))]);
    }
    if open.is_empty() {
        page.paragraph(&[Span::plain("Nothing failed and nothing was left undecided.")]);
    }
}

/// Blocking before advisory, then what the worst finding behind it says, then the control's own severity.
pub(crate) fn rank(statuses: &[&ControlStatus]) -> (bool, Option<Severity>, Option<Severity>) {
    let reasons = statuses.iter().flat_map(|status| &status.reasons);
    (
        statuses.iter().any(|status| status.blocking),
        reasons.filter_map(|reason| Some(finding_behind(reason)?.1)).max(),
        statuses.iter().map(|status| status.severity).max(),
    )
}

fn control(page: &mut Page, result: ControlResult, statuses: &[&ControlStatus]) {
    let same: Vec<&&ControlStatus> = statuses.iter().filter(|status| status.result == result).collect();
    let Some(first) = same.first() else { return };
    let tone = if result == ControlResult::Fail { Tone::Bad } else { Tone::Warn };
    let label = Span::new(tone, &format!("{:<7}  {}", result.as_str(), first.control));
    let mut rest = vec![Span::plain(&first.title)];
    if !first.blocking {
        rest.push(Span::quiet("advisory"));
    }
    let reasons: Vec<&str> = same.iter().flat_map(|status| &status.reasons).map(String::as_str).collect();
    let rules: BTreeSet<&str> = reasons.iter().filter_map(|reason| Some(finding_behind(reason)?.0)).collect();
    let other: Vec<&&str> = reasons.iter().filter(|reason| finding_behind(reason).is_none()).collect();
    if !rules.is_empty() {
        rest.push(Span::quiet(&named(&rules)));
    }
    page.row(&label, RESULT_COLUMNS, &rest);
    if let Some((reason, more)) = other.split_first().filter(|_| rules.is_empty()) {
        let more = if more.is_empty() { String::new() } else { format!("and {} more", more.len()) };
        page.row(&Span::plain(""), RESULT_COLUMNS, &[Span::quiet(&shortened(reason)), Span::quiet(&more)]);
    }
}

fn named(rules: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = rules.iter().copied().take(MAX_RULES).collect();
    let more = rules.len() - shown.len();
    let more = if more > 0 { format!(", +{more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Reads rule and severity off a reason that rests on a finding: the policy writes `place: message [rule, severity]`.
pub(crate) fn finding_behind(reason: &str) -> Option<(&str, Severity)> {
    let (_, tail) = reason.strip_suffix(']')?.rsplit_once(" [")?;
    let (rule, severity) = tail.split_once(", ")?;
    Some((rule, severity.parse().ok()?)).filter(|(rule, _)| rule.contains('.') && !rule.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_from_a_finding_tells_its_rule() {
        let reason = "a.py:5: `joblib.load` runs code [really] [code.pickle-load, medium]";
        assert_eq!(finding_behind(reason), Some(("code.pickle-load", Severity::Medium)));
        assert_eq!(finding_behind("no licence of faq.jsonl is on record"), None);
        assert_eq!(finding_behind("first: tests/a[False].gz (not supported), b[True, high]"), None);
    }
}
