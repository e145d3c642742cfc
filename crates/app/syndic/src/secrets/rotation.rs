//! What to rotate, in which order, and how: one item for each value, however often it stands somewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;
use syndic_detect::Rulebook;
use syndic_evidence::Severity;

use super::outcome::Outcome;
use super::secret::Secret;

/// Places named of one value.
const SHOWN_PLACES: usize = 10;

/// One value to rotate.
#[derive(Debug, Serialize)]
struct Item {
    title: String,
    rule: String,
    severity: Severity,
    /// Whether it still stands in a file that is checked out; nothing is known of it outside of a history.
    is_present: Option<bool>,
    /// When it first leaked; only known of a history.
    since: Option<String>,
    /// `path:line`, at most ten.
    places: Vec<String>,
    /// How many places there are.
    place_count: usize,
    /// What to do, in this order.
    steps: Vec<String>,
}

/// Returns the plan.
///
/// # Errors
/// The compiled-in rules cannot be read.
pub(super) fn plan(outcome: &Outcome, is_json: bool) -> Result<String> {
    let items = items(outcome, &Rulebook::builtin("secrets")?);
    if is_json {
        let gaps = &outcome.not_inspected;
        let document = serde_json::json!({"schema_version": 1, "rotate": items, "not_inspected": gaps});
        return Ok(format!("{}\n", serde_json::to_string_pretty(&document)?));
    }
    let mut text = String::new();
    for (number, item) in items.iter().enumerate() {
        let _ = writeln!(text, "{}. {} ({}, {})", number + 1, item.title, item.severity, item.rule);
        for place in &item.places {
            let _ = writeln!(text, "   at {}", place.replace(char::is_control, "?"));
        }
        if item.place_count > item.places.len() {
            let _ = writeln!(text, "   and {} more places", item.place_count - item.places.len());
        }
        for step in &item.steps {
            let _ = writeln!(text, "   - {step}");
        }
    }
    for gap in &outcome.not_inspected {
        let _ = writeln!(text, "not inspected: {}: {}", gap.path.replace(char::is_control, "?"), gap.problem);
    }
    let _ = writeln!(text, "{} values to rotate", items.len());
    Ok(text)
}

fn items(outcome: &Outcome, book: &Rulebook) -> Vec<Item> {
    let mut groups: BTreeMap<&[u8; 32], Vec<&Secret>> = BTreeMap::new();
    for secret in &outcome.secrets {
        groups.entry(secret.value_digest.as_bytes()).or_default().push(secret);
    }
    let mut items: Vec<Item> = groups.values().filter_map(|group| item(group, book)).collect();
    // The worst first; of equals what leaked first, as it was open longest.
    items.sort_by(|a, b| {
        let key = |item: &Item| std::cmp::Reverse((item.severity, item.is_present));
        key(a).cmp(&key(b)).then_with(|| (&a.since, &a.places).cmp(&(&b.since, &b.places)))
    });
    items
}

fn item(group: &[&Secret], book: &Rulebook) -> Option<Item> {
    let worst = group.iter().max_by_key(|secret| (secret.severity, secret.confidence))?;
    let lives = || group.iter().filter_map(|secret| secret.lifetime.as_ref());
    let since = lives().map(|life| life.first_authored.clone()).min();
    let is_present = lives().next().is_some().then(|| lives().any(|life| life.is_present));
    let places = group.iter().map(|secret| format!("{}:{}", secret.path, secret.line));
    Some(Item {
        title: worst.title.clone(),
        rule: worst.rule.clone(),
        severity: worst.severity,
        is_present,
        places: places.take(SHOWN_PLACES).collect(),
        place_count: group.len(),
        steps: steps(worst, book, since.as_deref(), is_present),
        since,
    })
}

fn steps(secret: &Secret, book: &Rulebook, since: Option<&str>, is_present: Option<bool>) -> Vec<String> {
    let source = book.rule(&secret.rule).and_then(|rule| source(&rule.fix)).unwrap_or("the service that issued it");
    let since = since.map_or_else(|| "the first copy of the file".to_owned(), str::to_owned);
    let mut steps = vec![
        format!("issue a new one at {source}, with no more rights than it needs"),
        "hand the new one to what uses it, from the environment or a secret manager".to_owned(),
        format!("revoke the old one at {source}: removing the line does not undo the leak"),
        format!("search the logs there for use that is not yours since {since}"),
    ];
    match is_present {
        Some(true) | None => steps.push("take it out of the files named above and scan again".to_owned()),
        Some(false) => steps.push("it is in no file any more, but every copy of the history still holds it".to_owned()),
    }
    steps
}

/// Rules say where to revoke between `source (` and `)`.
fn source(fix: &str) -> Option<&str> {
    let rest = fix.split_once("at its source (")?.1;
    rest.split_once(')').map(|(source, _)| source)
}
