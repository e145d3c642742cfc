//! Joins what the engines saw separately: one asset per identity, and references resolved to what is really there.
//!
//! Code says `joblib.load("models/intent.pkl")`, the walk found `app/models/intent.pkl`: the relation is bent to the
//! file. A reference to something that is not in the tree becomes an asset marked `"present": false`.

mod uncalled;

use std::collections::{BTreeMap, BTreeSet};

use syndic_collect::Owners;
use syndic_evidence::{Asset, AssetKind, Confidence, Location, Relation, RelationKind, Urn, Zone};

use super::file::{Inspected, Owner};
use super::fuse::fuse;
use super::stores;

/// Assets and relations, joined, with the inspections they came from.
pub(crate) struct Linked {
    pub(crate) inspected: Vec<Inspected>,
    pub(crate) assets: Vec<Asset>,
    pub(crate) relations: Vec<Relation>,
}

/// Joins the inspections of all files.
pub(crate) fn link(system: &str, owners: &Owners, mut inspected: Vec<Inspected>) -> Linked {
    let mut assets: BTreeMap<Urn, Asset> = BTreeMap::new();
    let mut relations: Vec<Relation> = Vec::new();
    let asking = uncalled::asking(&inspected);
    for found in &mut inspected {
        for mut asset in std::mem::take(&mut found.inspection.assets) {
            if asset.urn == found.inspection.subject && asset.kind != AssetKind::Application {
                asset.digest = asset.digest.or(Some(found.content.sha256));
                asset.blake3 = asset.blake3.or(Some(found.content.blake3));
                asset.size_bytes = asset.size_bytes.or(Some(found.content.size_bytes));
            }
            join(&mut assets, asset);
        }
        uncalled::settle(found, &asking);
        relations.append(&mut found.inspection.relations);
    }
    let mut given_way = fuse(&mut assets);
    given_way.extend(stores::join(&mut assets));
    for draft in inspected.iter_mut().flat_map(|found| &mut found.inspection.findings) {
        draft.asset = draft.asset.take().map(|urn| given_way.get(&urn).cloned().unwrap_or(urn));
    }
    let resolver = Resolver::new(&assets);
    for relation in &mut relations {
        for end in [&mut relation.src, &mut relation.dst] {
            if let Some(stays) = given_way.get(end) {
                end.clone_from(stays);
            }
        }
        relation.src = resolver.resolve(&relation.src);
        relation.dst = resolver.resolve(&relation.dst);
    }
    relations.retain(|relation| relation.src != relation.dst);
    drop_outputs(&assets, &mut relations);
    add_subjects(system, owners, &inspected, &mut assets);
    add_ends(system, &relations, &mut assets);
    relations.extend(structure(system, owners, &inspected, &assets));
    // Of several sightings the surest stays: one in a test must not stand for one in the product.
    relations.sort_by(|one, two| {
        let by_confidence = two.confidence.cmp(&one.confidence);
        one.key().cmp(&two.key()).then(by_confidence).then_with(|| one.source.cmp(&two.source))
    });
    relations.dedup_by(|later, earlier| later.key() == earlier.key());
    Linked { inspected, assets: assets.into_values().collect(), relations }
}

fn join(assets: &mut BTreeMap<Urn, Asset>, asset: Asset) {
    match assets.get_mut(&asset.urn) {
        Some(known) => known.absorb(asset),
        None => {
            assets.insert(asset.urn.clone(), asset);
        }
    }
}

/// Finds the asset in the tree that a path in code or configuration means.
struct Resolver {
    /// Last path component → every asset whose path ends so.
    by_name: BTreeMap<String, Vec<(String, Urn)>>,
    known: BTreeSet<Urn>,
}

impl Resolver {
    fn new(assets: &BTreeMap<Urn, Asset>) -> Self {
        let mut by_name: BTreeMap<String, Vec<(String, Urn)>> = BTreeMap::new();
        let files = assets.values().filter(|asset| asset.digest.is_some());
        for asset in files {
            let Some(path) = asset.sources.first().map(|source| source.path.clone()) else { continue };
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            by_name.entry(name).or_default().push((path, asset.urn.clone()));
        }
        Self { by_name, known: assets.keys().cloned().collect() }
    }

    /// Returns the one asset whose path ends as the reference does; the reference itself when none or several do.
    fn resolve(&self, urn: &Urn) -> Urn {
        if self.known.contains(urn) {
            return urn.clone();
        }
        let Some((kind, name)) = urn.local_parts() else { return urn.clone() };
        if !matches!(kind, AssetKind::Model | AssetKind::Dataset | AssetKind::Prompt) {
            return urn.clone();
        }
        let wanted = name.trim_start_matches("./").trim_start_matches("../").trim_start_matches('/');
        let last = wanted.rsplit('/').next().unwrap_or_default();
        let candidates = self.by_name.get(last).map(Vec::as_slice).unwrap_or_default();
        let ends_alike: Vec<_> =
            candidates.iter().filter(|(path, _)| path == wanted || path.ends_with(&format!("/{wanted}"))).collect();
        // In a container the path has another beginning (`/srv/models/x`): the file's own name decides if it is unique.
        match (ends_alike.as_slice(), candidates) {
            ([(_, found)], _) | ([], [(_, found)]) => found.clone(),
            _ => urn.clone(),
        }
    }
}

/// Leaves out files that an application writes while it runs and that are not in the tree: its logs, its caches, the
/// models it saves for its users. They are not what it was built from, so nobody can be asked to have inspected them.
/// What a pipeline writes stays, and so does a model that is loaded again.
fn drop_outputs(assets: &BTreeMap<Urn, Asset>, relations: &mut Vec<Relation>) {
    let kind = |urn: &Urn| urn.local_parts().map(|(kind, _)| kind);
    let is_output = |relation: &Relation| {
        relation.kind == RelationKind::Writes
            && kind(&relation.src) == Some(AssetKind::Application)
            && matches!(kind(&relation.dst), Some(AssetKind::Model | AssetKind::Dataset))
            && !assets.contains_key(&relation.dst)
    };
    let mut outputs: BTreeSet<Urn> = relations.iter().filter(|one| is_output(one)).map(|one| one.dst.clone()).collect();
    for relation in relations.iter() {
        let is_own = kind(&relation.src) == Some(AssetKind::Application);
        let is_used = matches!(relation.kind, RelationKind::Loads | RelationKind::TrainedOn | RelationKind::Serves);
        if is_used || (relation.kind == RelationKind::Writes && !is_own) {
            outputs.remove(&relation.dst);
        }
    }
    relations.retain(|relation| !outputs.contains(&relation.dst) && !outputs.contains(&relation.src));
}

/// Every inspected subject is an asset: applications, manifests and configuration files that no engine described.
fn add_subjects(system: &str, owners: &Owners, inspected: &[Inspected], assets: &mut BTreeMap<Urn, Asset>) {
    let root = Urn::local(system, AssetKind::System, system);
    join(assets, Asset::new(root, AssetKind::System, system, Zone::Application, Location::file(".")));
    for found in inspected {
        let subject = &found.inspection.subject;
        if !assets.contains_key(subject) {
            let kind = subject.local_parts().map_or(AssetKind::Configuration, |(kind, _)| kind);
            let asset = described(kind, subject, owners, found);
            join(assets, asset);
        }
    }
}

fn described(kind: AssetKind, urn: &Urn, owners: &Owners, found: &Inspected) -> Asset {
    if kind == AssetKind::Application {
        let owner = found.owner.clone().unwrap_or_else(|| Owner::of(owners, &found.path));
        let place = Location::file(if owner.folder.is_empty() { "." } else { &owner.folder });
        return Asset::new(urn.clone(), kind, owner.name, Zone::Application, place);
    }
    let zone = match kind {
        AssetKind::Manifest | AssetKind::Notebook | AssetKind::Pipeline => Zone::Pipeline,
        AssetKind::Model | AssetKind::Dataset | AssetKind::DataStore => Zone::Data,
        _ => Zone::Application,
    };
    let mut asset = Asset::new(urn.clone(), kind, &found.path, zone, Location::file(&found.path));
    asset.digest = Some(found.content.sha256);
    asset.blake3 = Some(found.content.blake3);
    asset.size_bytes = Some(found.content.size_bytes);
    asset
}

/// Both ends of every relation are assets: what is only referred to is marked as not present.
fn add_ends(system: &str, relations: &[Relation], assets: &mut BTreeMap<Urn, Asset>) {
    for relation in relations {
        for end in [&relation.src, &relation.dst] {
            if assets.contains_key(end) {
                continue;
            }
            let (kind, name) = end.local_parts().unwrap_or_else(|| outside(end));
            let zone = match kind {
                AssetKind::Provider | AssetKind::HostedModel => Zone::ThirdParty,
                AssetKind::User => Zone::Internet,
                AssetKind::Model | AssetKind::Dataset | AssetKind::DataStore | AssetKind::VectorStore => Zone::Data,
                AssetKind::Pipeline | AssetKind::Notebook => Zone::Pipeline,
                _ => Zone::Application,
            };
            let is_file = matches!(kind, AssetKind::Model | AssetKind::Dataset);
            let name = if kind == AssetKind::Application && name == system { system.to_owned() } else { name };
            let asset = Asset::new(end.clone(), kind, name, zone, relation.source.clone())
                .confidence(relation.confidence.min(Confidence::Medium));
            let asset = if is_file { asset.prop("present", false) } else { asset };
            join(assets, asset);
        }
    }
}

fn outside(urn: &Urn) -> (AssetKind, String) {
    let name = urn.as_str().rsplit([':', '/']).next().unwrap_or_default().to_owned();
    let kind = AssetKind::ALL
        .into_iter()
        .find(|kind| urn.as_str().contains(&format!(":external:{}:", kind.as_str())))
        .unwrap_or(AssetKind::Package);
    (kind, name)
}

/// The system contains its applications; an application contains the files that are its own.
fn structure(system: &str, owners: &Owners, inspected: &[Inspected], assets: &BTreeMap<Urn, Asset>) -> Vec<Relation> {
    let root = Urn::local(system, AssetKind::System, system);
    let masked: BTreeMap<&str, &str> =
        inspected.iter().filter_map(|found| Some((found.path.as_str(), found.owner.as_ref()?.name.as_str()))).collect();
    let owner_of = |path: &str| {
        let name = masked.get(path).map(|name| Urn::local(system, AssetKind::Application, name));
        name.unwrap_or_else(|| owners.urn(path))
    };
    let mut found = Vec::new();
    for asset in assets.values() {
        let Some(source) = asset.sources.first() else { continue };
        let owner = owner_of(&source.path);
        let parent = match asset.kind {
            AssetKind::Application => &root,
            AssetKind::Model | AssetKind::Dataset | AssetKind::Notebook | AssetKind::Manifest
                if assets.contains_key(&owner) =>
            {
                &owner
            }
            _ => continue,
        };
        found.push(Relation::new(parent.clone(), RelationKind::Contains, asset.urn.clone(), source.clone()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urn(kind: AssetKind, name: &str) -> Urn {
        Urn::local("shop", kind, name)
    }

    fn relation(src: &Urn, kind: RelationKind, dst: &Urn) -> Relation {
        Relation::new(src.clone(), kind, dst.clone(), Location::file("app/main.py"))
    }

    #[test]
    fn what_an_application_writes_for_itself_is_no_input_of_it() {
        let (app, job) = (urn(AssetKind::Application, "shop"), urn(AssetKind::Pipeline, "train.py"));
        let log = urn(AssetKind::Dataset, "log.csv");
        let prepared = urn(AssetKind::Dataset, "prepared.csv");
        let (saved, loaded) = (urn(AssetKind::Model, "saved.pt"), urn(AssetKind::Model, "loaded.pt"));
        let mut relations = vec![
            relation(&app, RelationKind::Writes, &log),
            relation(&app, RelationKind::Reads, &log),
            relation(&job, RelationKind::Writes, &prepared),
            relation(&app, RelationKind::Writes, &saved),
            relation(&app, RelationKind::Writes, &loaded),
            relation(&app, RelationKind::Loads, &loaded),
        ];
        drop_outputs(&BTreeMap::new(), &mut relations);
        let left: BTreeSet<&Urn> = relations.iter().map(|relation| &relation.dst).collect();
        assert_eq!(left, BTreeSet::from([&prepared, &loaded]));
    }
}
