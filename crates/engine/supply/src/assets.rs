//! The assets a manifest brings: itself, and the AI packages it asks for.

use serde_json::{Map, Value};
use syndic_evidence::{Asset, AssetKind, Confidence, Input, Location, Relation, RelationKind, Urn, Zone};

use crate::ai::class_of;
use crate::facts::{Facts, Group, Pin, Requirement};

/// More AI packages than this are not listed from one manifest.
const MAX_PACKAGES: usize = 2_000;

/// Returns the manifest as an asset; nothing for settings and commands, which are part of other assets.
pub(crate) fn manifest(input: &Input<'_>, facts: &Facts) -> Option<Asset> {
    if !facts.kind.lists_packages() {
        return None;
    }
    let count = |fits: fn(&Requirement) -> bool| facts.requirements.iter().filter(|found| fits(found)).count();
    let location = Location::file(input.path);
    let asset = Asset::new(input.subject.clone(), AssetKind::Manifest, input.path, Zone::Pipeline, location)
        .prop("format", serde_json::to_value(facts.kind).unwrap_or_default())
        .prop("ecosystem", facts.kind.ecosystem())
        .prop("packages", count(|_| true))
        .prop("pinned", count(|found| found.pinned == Pin::Exact))
        .prop("hashed", count(|found| found.hashed))
        .prop("locked", facts.has_lock || facts.kind.is_lock());
    Some(asset)
}

/// Returns the AI packages with the edges that say who asks for them.
pub(crate) fn packages(input: &Input<'_>, facts: &Facts) -> (Vec<Asset>, Vec<Relation>) {
    let wanted = facts.requirements.iter().filter(|found| found.group != Group::Build);
    let known =
        wanted.filter_map(|found| class_of(found.ecosystem(facts.kind), &found.name).map(|class| (found, class)));
    let mut assets: Vec<Asset> = Vec::new();
    let mut relations = Vec::new();
    for (found, class) in known.take(MAX_PACKAGES) {
        let asset = package(input, facts, found, class);
        if assets.iter().any(|other| other.urn == asset.urn) {
            continue;
        }
        let near = if facts.kind.lists_packages() { input.subject } else { input.owner };
        let source = Location::line(input.path, found.line);
        relations.push(Relation::new(near.clone(), RelationKind::DependsOn, asset.urn.clone(), source.clone()));
        // What a lock file adds may be a dependency's dependency: only the wish ties it to the application itself.
        if !facts.kind.is_lock() && found.group.is_shipped() && near != input.owner {
            relations.push(Relation::new(input.owner.clone(), RelationKind::DependsOn, asset.urn.clone(), source));
        }
        assets.push(asset);
    }
    (assets, relations)
}

fn package(input: &Input<'_>, facts: &Facts, found: &Requirement, class: &str) -> Asset {
    let ecosystem = found.ecosystem(facts.kind);
    let name =
        if ecosystem == "pypi" { found.name.to_ascii_lowercase().replace(['_', '.'], "-") } else { found.name.clone() };
    let version = (found.pinned == Pin::Exact).then(|| found.specifier.trim_start_matches(['=', 'v', ' ']));
    let version = version.filter(|version| !version.is_empty() && !version.contains(','));
    // A package URL writes the group of a Maven artifact as a folder.
    let in_url = if ecosystem == "maven" { name.replacen(':', "/", 1) } else { name.clone() };
    let urn = Urn::package(ecosystem, &in_url, version);
    let mut asset =
        Asset::new(urn, AssetKind::Package, name, Zone::Application, Location::line(input.path, found.line))
            .confidence(Confidence::High)
            .prop("class", class)
            .prop("ecosystem", ecosystem)
            .prop("group", serde_json::to_value(found.group).unwrap_or_default());
    let mut extra = Map::new();
    if let Some(version) = version {
        extra.insert("version".to_owned(), Value::from(version));
    } else if !found.specifier.is_empty() {
        extra.insert("specifier".to_owned(), Value::from(found.specifier.as_str()));
    }
    asset.props.extend(extra);
    asset
}
