//! Open findings, worst first; one entry for a rule, however many places it was found in.

use std::collections::BTreeMap;

use syndic_evidence::{Assessment, Finding, FindingState, Severity};

use super::paint::{Page, Span, Tone};
use super::words::{columns, elide, visible};
use crate::count::by_severity;

const MAX_ENTRIES: usize = 12;
const LABEL_COLUMNS: usize = 8;
/// Digits of the fingerprint that a person types.
const SHORT: usize = 12;

/// The section.
pub(crate) fn findings(page: &mut Page, assessment: &Assessment) {
    let counts: Vec<Span> = by_severity(&assessment.findings)
        .iter()
        .map(|(severity, count)| Span::new(Tone::of(*severity), &format!("{count} {severity}")))
        .collect();
    let none = [Span::quiet("none in what was looked at")];
    page.heading("Findings", if counts.is_empty() { &none } else { &counts });
    let entries = by_rule(&assessment.findings);
    for findings in entries.iter().take(MAX_ENTRIES) {
        entry(page, findings);
    }
    let rest: usize = entries.iter().skip(MAX_ENTRIES).map(Vec::len).sum();
    if rest > 0 {
        let all = if page.is_stored() { "syndic findings" } else { "--format json lists them" };
        page.paragraph(&[Span::quiet(&format!("and {rest} more, none worse: {all}"))]);
    }
}

/// Groups open findings by severity and rule, in the order in which the first of each stands.
fn by_rule(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut entries: Vec<Vec<&Finding>> = Vec::new();
    let mut places: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.state == FindingState::Open) {
        let place = *places.entry((finding.severity, &finding.rule)).or_insert(entries.len());
        match entries.get_mut(place) {
            Some(entry) => entry.push(finding),
            None => entries.push(vec![finding]),
        }
    }
    // Stable: within a severity the order of the assessment stays.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.first().map(|finding| finding.severity)));
    entries
}

fn entry(page: &mut Page, findings: &[&Finding]) {
    let Some((first, others)) = findings.split_first() else { return };
    let tone = Tone::of(first.severity);
    let room = page.room(LABEL_COLUMNS);
    let place = elide(&visible(&first.location.to_string()), room);
    let label = Span::new(tone, first.severity.as_str());
    let identity = Span::quiet(&format!("{}  {}", first.rule, short(first)));
    page.ends(&label, LABEL_COLUMNS, &Span::new(Tone::Strong, &place), &identity);
    page.row(&Span::plain(""), LABEL_COLUMNS, &[Span::plain(message(first))]);
    if !others.is_empty() {
        page.row(&Span::plain(""), LABEL_COLUMNS, &[Span::quiet(&also(others, room))]);
    }
}

/// The other places, as many as one line holds.
fn also(others: &[&Finding], room: usize) -> String {
    let mut text =
        format!("also {}: ", if others.len() == 1 { "here".to_owned() } else { format!("in {} places", others.len()) });
    for (number, finding) in others.iter().enumerate() {
        let place = elide(&visible(&finding.location.to_string()), room / 2);
        let separator = if number == 0 { "" } else { ", " };
        if number > 0 && columns(&text) + columns(&place) + 5 > room {
            text.push_str(", …");
            break;
        }
        text.push_str(separator);
        text.push_str(&place);
    }
    text
}

/// The message without the place in front of it, which the line above already says.
pub(crate) fn message(finding: &Finding) -> &str {
    let whole = finding.location.to_string();
    let message = finding.message.as_str();
    [whole.as_str(), finding.location.path.as_str()]
        .into_iter()
        .filter(|place| !place.is_empty())
        .find_map(|place| message.strip_prefix(place)?.strip_prefix(": "))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(message)
}

/// The beginning of the fingerprint, as `syndic findings` takes it.
pub(crate) fn short(finding: &Finding) -> String {
    finding.fingerprint.hex().chars().take(SHORT).collect()
}
