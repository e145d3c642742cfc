//! From places to findings: one for each value of each rule in a file, however often it stands there.

use std::collections::BTreeMap;

use serde_json::json;
use syndic_detect::{Rule, Rulebook};
use syndic_evidence::{Confidence, FindingDraft, Location, Severity};

use crate::judge::{PROVIDER_KEY, provider};
use crate::{SecretHit, SecretsFacts, Weakness};

/// Lines listed in a finding's props.
const LINE_LIMIT: usize = 20;

/// Derives the findings of a file, in order of first place.
pub(crate) fn derive(book: &Rulebook, facts: &SecretsFacts) -> Vec<FindingDraft> {
    let mut groups: BTreeMap<(&str, &str), Vec<&SecretHit>> = BTreeMap::new();
    for hit in &facts.hits {
        groups.entry((&hit.rule, &hit.fingerprint)).or_default().push(hit);
    }
    let mut drafts: Vec<(u64, FindingDraft)> = groups
        .values()
        .filter_map(|hits| {
            let first = hits.first()?;
            Some((first.offset, draft(book.rule(&first.rule)?, &facts.path, first, hits)))
        })
        .collect();
    drafts.sort_by_key(|(offset, _)| *offset);
    drafts.into_iter().map(|(_, draft)| draft).collect()
}

fn draft(rule: &Rule, path: &str, first: &SecretHit, hits: &[&SecretHit]) -> FindingDraft {
    let mut location = Location::line(path, first.line);
    location.column = Some(first.column);
    let lines: Vec<u32> = hits.iter().take(LINE_LIMIT).map(|hit| hit.line).collect();
    let props = [
        ("entropy", json!(first.entropy)),
        ("fingerprint", json!(first.fingerprint)),
        ("lines", json!(lines)),
        ("occurrences", json!(hits.len())),
        ("preview", json!(first.preview)),
        ("validated", json!(first.validated)),
    ];
    FindingDraft {
        rule: rule.id.clone(),
        asset: None,
        message: message(rule, first, hits.len()),
        severity: severity(rule, first),
        confidence: first.confidence.min(confidence_cap(rule)),
        location,
        discriminator: first.fingerprint.clone(),
        props: props
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    }
}

/// A rule whose form is shared with harmless values never speaks with more than its own confidence.
fn confidence_cap(rule: &Rule) -> Confidence {
    if rule.confidence == Confidence::Low { Confidence::Low } else { Confidence::High }
}

/// Returns how bad a place is: milder where the value is weak or stands outside of the product.
pub(crate) fn severity(rule: &Rule, hit: &SecretHit) -> Severity {
    match hit.weakness {
        Some(_) => Severity::Low,
        None if hit.is_outside_product && hit.validated != Some(true) => rule.severity.min(Severity::Low),
        None => rule.severity,
    }
}

fn message(rule: &Rule, hit: &SecretHit, count: usize) -> String {
    let what = match (&hit.name, provider(hit.name.as_deref().unwrap_or_default().as_bytes())) {
        (Some(name), Some(provider)) if rule.id == PROVIDER_KEY => format!("{provider} key in clear under `{name}`"),
        (Some(name), _) => format!("{} under `{name}`", rule.title),
        (None, _) => rule.title.clone(),
    };
    let doubt = match hit.weakness {
        Some(Weakness::Default) => ", a default everybody knows",
        Some(Weakness::ChecksumWrong) => ", but its checksum is wrong: perhaps made up",
        Some(Weakness::Illustration) => ", called an example or a hash on its line",
        Some(Weakness::LocalHost) => ", for a server on the same machine",
        None if hit.validated == Some(true) => ", checksum right",
        None if hit.is_outside_product => ", outside of product code",
        None => "",
    };
    let times = if count > 1 { format!(", {count} times") } else { String::new() };
    format!("{what}: {}{doubt}{times}", hit.preview)
}
