//! Assets by kind, the names that matter most first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use syndic_evidence::{Assessment, Asset, AssetKind, FindingState, Severity, Urn};

use super::paint::{Page, Span, Tone};
use super::words::{columns, cut, visible};
use crate::count::by_kind;

/// Kind and count: the longest kind is `Dependency manifests`.
const LABEL_COLUMNS: usize = 26;
/// Columns kept free for `, +123 more`.
const MORE_COLUMNS: usize = 12;

/// Every kind of asset with its count and the names that fit.
pub(crate) fn assets(page: &mut Page, assessment: &Assessment) {
    let kinds = by_kind(&assessment.assets);
    let total: usize = kinds.iter().map(|(_, assets)| assets.len()).sum();
    page.heading("Assets", &[Span::quiet(&total.to_string())]);
    if kinds.is_empty() {
        page.paragraph(&[Span::plain("No AI asset was found in what was looked at.")]);
    }
    let worst = worst_by_asset(assessment);
    for (kind, assets) in kinds {
        let label = Span::plain(&format!("{:<21}{:>5}", kind.plural(), assets.len()));
        let room = page.room(LABEL_COLUMNS) * lines(kind);
        page.row(&label, LABEL_COLUMNS, &[Span::new(Tone::Plain, &names(&assets, &worst, room))]);
    }
}

/// Models and data are what the reader came for.
const fn lines(kind: AssetKind) -> usize {
    if matches!(kind, AssetKind::Model | AssetKind::HostedModel | AssetKind::Dataset) { 2 } else { 1 }
}

fn worst_by_asset(assessment: &Assessment) -> BTreeMap<&Urn, Severity> {
    let mut worst = BTreeMap::new();
    for finding in assessment.findings.iter().filter(|finding| finding.state == FindingState::Open) {
        let known = worst.entry(&finding.asset).or_insert(finding.severity);
        *known = finding.severity.max(*known);
    }
    worst
}

/// Names, those with the worst findings first, equal ones counted, as many as `room` columns hold.
fn names(assets: &[&Asset], worst: &BTreeMap<&Urn, Severity>, room: usize) -> String {
    let mut ranked: Vec<&&Asset> = assets.iter().collect();
    ranked.sort_by_key(|asset| Reverse(worst.get(&asset.urn)));
    let short = short_names(assets);
    let mut labels: Vec<(String, usize)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for asset in ranked {
        let label = describe(asset, short.get(asset.name.as_str()).map_or(asset.name.as_str(), String::as_str));
        let place = *places.entry(label.clone()).or_insert(labels.len());
        match labels.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => labels.push((label, 1)),
        }
    }
    fill(&labels, assets.len(), room)
}

fn fill(labels: &[(String, usize)], total: usize, room: usize) -> String {
    let mut text = String::new();
    let mut shown = 0;
    for (number, (label, count)) in labels.iter().enumerate() {
        let label = if *count > 1 { format!("{label} ×{count}") } else { label.clone() };
        let separator = if text.is_empty() { "" } else { ", " };
        let reserve = if number + 1 == labels.len() { 0 } else { MORE_COLUMNS };
        if text.is_empty() {
            text = cut(&label, room.saturating_sub(reserve));
        } else if columns(&text) + separator.len() + columns(&label) + reserve <= room {
            text.push_str(separator);
            text.push_str(&label);
        } else {
            text.push_str(&format!(", +{} more", total - shown));
            break;
        }
        shown += count;
    }
    text
}

/// Returns for every file its shortest ending of whole path parts that no other file in the list has.
fn short_names<'a>(assets: &[&'a Asset]) -> BTreeMap<&'a str, String> {
    let paths: BTreeSet<&str> = assets.iter().filter(|asset| is_file(asset)).map(|asset| asset.name.as_str()).collect();
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for ending in paths.iter().flat_map(|path| endings(path)) {
        *users.entry(ending).or_default() += 1;
    }
    let shortest = |path: &'a str| endings(path).find(|ending| users.get(ending) == Some(&1)).unwrap_or(path);
    paths.iter().map(|path| (*path, visible(shortest(path)))).collect()
}

fn is_file(asset: &Asset) -> bool {
    asset.sources.first().is_some_and(|source| source.path == asset.name)
}

/// Endings of at most this many parts are tried; deeper namesakes keep their whole path.
const MAX_PARTS: usize = 4;

fn endings(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| path.get(at + 1..).unwrap_or(path)).take(MAX_PARTS).chain([path])
}

/// The name, and for a model or dataset the one fact that tells most.
fn describe(asset: &Asset, name: &str) -> String {
    let name = visible(name);
    let fact = match asset.kind {
        AssetKind::Model => model_fact(asset, &name),
        AssetKind::Dataset => asset.classification.as_ref().map_or_else(
            || "not classified".to_owned(),
            |found| found.classes.iter().map(|class| class.as_str().replace('_', " ")).collect::<Vec<_>>().join(", "),
        ),
        _ => String::new(),
    };
    if fact.is_empty() { name } else { format!("{name} ({})", visible(&fact)) }
}

/// Architecture, size, and the format where the name does not say it.
fn model_fact(asset: &Asset, name: &str) -> String {
    let text = |key: &str| asset.props.get(key).and_then(|value| value.as_str());
    let format = text("format").filter(|format| !name.to_lowercase().ends_with(&format!(".{format}")));
    let parameters = asset.props.get("parameters").and_then(serde_json::Value::as_u64).filter(|count| *count > 0);
    let parameters = parameters.map(|count| format!("{} parameters", short_number(count)));
    let facts: Vec<String> = [text("architecture").map(str::to_owned), format.map(str::to_owned), parameters]
        .into_iter()
        .flatten()
        .collect();
    cut(&facts.join(", "), 40)
}

fn short_number(count: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    STEPS.into_iter().find(|(step, _)| count >= *step).map_or_else(
        || count.to_string(),
        |(step, letter)| format!("{:.1}{letter}", count as f64 / step as f64).replace(".0", ""),
    )
}

#[cfg(test)]
mod tests {
    use syndic_evidence::{Location, Zone};

    use super::*;

    fn asset(kind: AssetKind, name: &str, path: &str) -> Asset {
        Asset::new(Urn::local("t", kind, name), kind, name, Zone::Data, Location::file(path))
    }

    fn shown(assets: &[Asset], room: usize) -> String {
        names(&assets.iter().collect::<Vec<_>>(), &BTreeMap::new(), room)
    }

    #[test]
    fn files_of_the_same_name_are_told_apart_by_their_folder() {
        let files = ["requirements.txt", "training/requirements.txt", "docs/setup.txt"];
        let assets = files.map(|path| asset(AssetKind::Manifest, path, path));
        assert_eq!(shown(&assets, 80), "requirements.txt, training/requirements.txt, setup.txt");
    }

    #[test]
    fn a_route_keeps_its_whole_name_and_namesakes_are_counted() {
        let assets = [("GET /v1/ask", "a.py"), ("agent", "a.py"), ("agent", "b.py")]
            .map(|(name, path)| asset(AssetKind::Endpoint, name, path));
        assert_eq!(shown(&assets, 80), "GET /v1/ask, agent ×2");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let assets: Vec<Asset> =
            (0..50).map(|n| asset(AssetKind::Package, &format!("package-{n:02}"), "r.txt")).collect();
        let text = shown(&assets, 40);
        assert_eq!(text, "package-00, package-01, +48 more");
    }
}
