//! Decides which element each asset is drawn as: itself, a part of another, or not at all.
//!
//! Services fold into the application they run, published ports into the service behind them, prompts into the code
//! that sends them, hosted models into their provider. Manifests and configuration are not drawn but belong to an application, so that what is found in them
//! bears on its threats. Packages and the system itself are left out, and so is what only tests and examples use.

use std::collections::{BTreeMap, BTreeSet};

use syndic_detect::Place;
use syndic_evidence::{Asset, AssetKind, Confidence, Relation, RelationKind, Urn, Zone};

use crate::marks::{hands_on, marks};
use crate::model::{Element, Mark, Shape};

/// A part may be folded into a part at most this many times; hostile relations may form circles.
const CHAIN_LIMIT: usize = 8;

/// Which element each asset became.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// Elements by URN.
    pub(crate) elements: BTreeMap<Urn, Element>,
    /// Asset URN to element URN, for every asset that has one.
    pub(crate) home: BTreeMap<Urn, Urn>,
}

/// Folds assets into elements.
pub(crate) fn fold(assets: &[Asset], relations: &[Relation]) -> Folded {
    let has_product = assets.iter().any(|asset| is_evidence_of_use(asset) && ships(asset));
    let shown = assets.iter().filter(|asset| !has_product || !is_evidence_of_use(asset) || ships(asset));
    let by_urn: BTreeMap<&Urn, &Asset> = shown.map(|asset| (&asset.urn, asset)).collect();
    let parents = parents(&by_urn, relations);
    let mut folded = Folded::default();
    for (urn, asset) in &by_urn {
        if let Some(home) = home(urn, &by_urn, &parents) {
            folded.home.insert((*urn).clone(), home.clone());
            if home == *urn {
                folded.elements.insert((*urn).clone(), element(asset));
            }
        }
    }
    for (urn, asset) in by_urn {
        let Some(home) = folded.home.get(urn).filter(|home| *home != urn) else { continue };
        let Some(element) = folded.elements.get_mut(home) else { continue };
        absorb(element, asset);
    }
    folded
}

/// Says whether an asset is one whose place tells if the product has it; applications and users stand for many files.
const fn is_evidence_of_use(asset: &Asset) -> bool {
    !matches!(asset.kind, AssetKind::System | AssetKind::Application | AssetKind::User | AssetKind::Package)
}

/// Says whether an asset was seen anywhere that ships. What only tests and examples use is no part of the running
/// system, so it is left out of the diagram unless there is nothing else to draw.
fn ships(asset: &Asset) -> bool {
    let is_page = |path: &str| [".md", ".mdc", ".mdx"].iter().any(|ending| path.ends_with(ending));
    let place = |path: &str| match path.rsplit_once('/') {
        // A page that configures an agent or describes a model is a page by name only: its folder decides.
        Some((folder, _)) if is_page(path) => Place::of(&format!("{folder}/x")),
        None if is_page(path) => Place::Product,
        _ => Place::of(path),
    };
    asset.sources.is_empty()
        || asset.sources.iter().any(|source| matches!(place(&source.path), Place::Product | Place::Vendored))
}

fn element(asset: &Asset) -> Element {
    let zone = match asset.kind {
        AssetKind::User => Zone::Internet,
        _ => asset.zone,
    };
    Element {
        urn: asset.urn.clone(),
        kind: asset.kind,
        shape: Shape::of(asset.kind, zone),
        name: asset.name.clone(),
        zone,
        classes: asset.classification.as_ref().map(|found| found.classes.clone()).unwrap_or_default(),
        inferred: BTreeSet::new(),
        marks: marks(asset),
        confidence: asset.confidence,
        source: asset.sources.first().cloned().unwrap_or_default(),
        count: 1,
        members: Vec::new(),
    }
}

fn absorb(element: &mut Element, part: &Asset) {
    element.members.push(part.urn.clone());
    let classes = part.classification.iter().flat_map(|found| &found.classes);
    match part.kind {
        AssetKind::Prompt => {
            element.marks.insert(Mark::SystemPrompt);
            // What stands in a prompt is sent with every request.
            element.inferred.extend(classes.filter(|class| hands_on(part.kind, **class)));
        }
        AssetKind::Service => element.classes.extend(classes),
        AssetKind::HostedModel => {
            let marks = marks(part);
            // One model without a fixed revision is enough for the provider to bring something new.
            if !marks.contains(&Mark::Pinned) {
                element.marks.insert(Mark::Unpinned);
            }
            element.marks.extend(marks);
        }
        _ => {}
    }
    element.confidence = element.confidence.max(part.confidence.min(Confidence::High));
}

/// Returns for every asset that may be a part the whole it belongs to.
fn parents<'a>(assets: &BTreeMap<&Urn, &'a Asset>, relations: &'a [Relation]) -> BTreeMap<&'a Urn, &'a Urn> {
    let kind = |urn: &Urn| assets.get(urn).map(|asset| asset.kind);
    let mut parents: BTreeMap<&Urn, &Urn> = BTreeMap::new();
    let mut sorted: Vec<&Relation> = relations.iter().collect();
    sorted.sort_by_key(|relation| relation.key());
    for relation in sorted {
        let (Some(src), Some(dst)) = (kind(&relation.src), kind(&relation.dst)) else { continue };
        let is_port = assets.get(&relation.dst).is_some_and(|asset| asset.props.contains_key("published_by"));
        let opens = relation.kind == RelationKind::Serves && dst == AssetKind::Endpoint && is_port;
        if relation.src != relation.dst && (opens || is_part(src, relation.kind, dst)) {
            parents.entry(&relation.dst).or_insert(&relation.src);
        }
    }
    for asset in assets.values().filter(|asset| asset.kind == AssetKind::HostedModel) {
        let named = asset.props.get("provider").and_then(|provider| provider.as_str()).map(str::to_lowercase);
        let provider = named.and_then(|named| {
            assets.values().find(|other| other.kind == AssetKind::Provider && other.name.to_lowercase() == named)
        });
        if let Some(provider) = provider {
            parents.entry(&asset.urn).or_insert(&provider.urn);
        }
    }
    adopt_orphans(assets, &mut parents);
    parents
}

/// Gives undrawn files that nothing claims to the only application, when there is just one.
fn adopt_orphans<'a>(assets: &BTreeMap<&Urn, &'a Asset>, parents: &mut BTreeMap<&'a Urn, &'a Urn>) {
    let mut applications = assets.values().filter(|asset| asset.kind == AssetKind::Application);
    let (Some(only), None) = (applications.next(), applications.next()) else { return };
    for asset in assets.values() {
        if matches!(asset.kind, AssetKind::Manifest | AssetKind::Configuration) {
            parents.entry(&asset.urn).or_insert(&only.urn);
        }
    }
}

const fn is_part(src: AssetKind, relation: RelationKind, dst: AssetKind) -> bool {
    let runs = !matches!(src, AssetKind::System);
    match (relation, dst) {
        (RelationKind::DeployedAs, AssetKind::Service) => matches!(src, AssetKind::Application),
        (RelationKind::Prompts | RelationKind::Contains, AssetKind::Prompt)
        | (RelationKind::Contains, AssetKind::Manifest)
        | (RelationKind::Reads | RelationKind::Contains, AssetKind::Configuration) => runs,
        (RelationKind::Contains | RelationKind::Serves, AssetKind::HostedModel) => matches!(src, AssetKind::Provider),
        _ => false,
    }
}

fn home<'a>(
    urn: &'a Urn,
    assets: &BTreeMap<&'a Urn, &'a Asset>,
    parents: &BTreeMap<&'a Urn, &'a Urn>,
) -> Option<&'a Urn> {
    let mut at = urn;
    for _ in 0..CHAIN_LIMIT {
        let kind = assets.get(at)?.kind;
        match parents.get(at) {
            Some(parent) => at = parent,
            None if is_drawn(kind) => return Some(at),
            None => return None,
        }
    }
    None
}

const fn is_drawn(kind: AssetKind) -> bool {
    !matches!(
        kind,
        AssetKind::System | AssetKind::Manifest | AssetKind::Package | AssetKind::Configuration | AssetKind::Prompt
    )
}

#[cfg(test)]
mod tests {
    use syndic_evidence::Location;

    use super::*;

    fn store(name: &str, path: &str) -> Asset {
        let urn = Urn::local("shop", AssetKind::DataStore, name);
        Asset::new(urn, AssetKind::DataStore, name, Zone::Data, Location::line(path, 3))
    }

    #[test]
    fn what_only_tests_use_is_drawn_when_there_is_nothing_else() {
        let (test, product) = (store("redis", "tests/compose.yml"), store("db", "compose.yml"));
        let both = fold(&[test.clone(), product.clone()], &[]).elements;
        assert_eq!(both.keys().collect::<Vec<_>>(), [&product.urn]);
        assert_eq!(fold(std::slice::from_ref(&test), &[]).elements.len(), 1);
    }

    #[test]
    fn a_page_that_configures_an_agent_ships() {
        assert!(ships(&store("agent", "AGENTS.md")));
        assert!(ships(&store("agent", "lib/AGENTS.md")));
        assert!(!ships(&store("agent", "examples/AGENTS.md")));
    }
}
