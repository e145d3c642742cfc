//! Which evidence speaks for which asset, by predicate.
//!
//! Evidence is collected about files and folders, but controls are about endpoints and services too. An asset's
//! witnesses are: evidence about the asset itself; about an asset at the same path (or, for a model or dataset that is a
//! folder, below it); about an asset one edge away (contains, serves, deployed as); about the system as a whole; and,
//! for what is not a file of its own, about the applications.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use serde::Serialize;
use syndic_evidence::{Asset, AssetKind, Digest, Evidence, RelationKind, Urn};

use crate::PolicyInput;

/// So many digests are named for one asset and predicate; the count goes on.
const DIGEST_LIMIT: usize = 10;

/// Evidence dated later than this after the decision has no usable date.
const CLOCK_SKEW_SECONDS: i64 = 600;

/// The evidence of one predicate about one asset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    /// Pieces of evidence, usable or not.
    pub(crate) count: u64,
    /// Age of the youngest usable piece; null when none is usable.
    pub(crate) newest_age_seconds: Option<i64>,
    /// The first few usable pieces.
    pub(crate) digests: Vec<Digest>,
}

impl Seen {
    fn add(&mut self, piece: &Piece) {
        self.count += 1;
        let Some(age) = piece.age_seconds else { return };
        self.newest_age_seconds = Some(self.newest_age_seconds.map_or(age, |newest| newest.min(age)));
        self.name(piece.digest);
    }

    fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.newest_age_seconds = match (self.newest_age_seconds, other.newest_age_seconds) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        for digest in &other.digests {
            self.name(*digest);
        }
    }

    fn name(&mut self, digest: Digest) {
        if self.digests.len() < DIGEST_LIMIT && !self.digests.contains(&digest) {
            self.digests.push(digest);
        }
    }
}

/// Predicate URI → what was seen.
pub(crate) type Witnesses = BTreeMap<String, Seen>;

/// One piece of evidence with its age; the age is absent when it does not count.
struct Piece {
    digest: Digest,
    age_seconds: Option<i64>,
}

/// Evidence by the asset it is about and by the path that asset lies at.
pub(crate) struct WitnessIndex<'a> {
    system: &'a Urn,
    by_asset: BTreeMap<&'a Urn, Witnesses>,
    by_path: BTreeMap<&'a str, Witnesses>,
    neighbours: HashMap<&'a Urn, Vec<&'a Urn>>,
    applications: Witnesses,
}

impl<'a> WitnessIndex<'a> {
    pub(crate) fn new(input: &PolicyInput<'a>) -> Self {
        let assets: HashMap<&Urn, &Asset> =
            std::iter::once(input.system).chain(input.assets).map(|asset| (&asset.urn, asset)).collect();
        let mut by_asset: BTreeMap<&Urn, Witnesses> = BTreeMap::new();
        for evidence in input.evidence {
            let piece = Piece { digest: evidence.digest, age_seconds: age(input, evidence, &assets) };
            let seen = by_asset.entry(&evidence.asset).or_default();
            seen.entry(evidence.predicate_type.uri().to_owned()).or_default().add(&piece);
        }
        let mut by_path: BTreeMap<&str, Witnesses> = BTreeMap::new();
        let mut applications = Witnesses::new();
        for asset in input.assets {
            let Some(seen) = by_asset.get(&asset.urn) else { continue };
            if asset.kind == AssetKind::Application {
                merge(&mut applications, seen);
            }
            if let Some(path) = first_path(asset) {
                merge(by_path.entry(path).or_default(), seen);
            }
        }
        Self { system: &input.system.urn, by_asset, by_path, neighbours: neighbours(input), applications }
    }

    /// Returns the witnesses of one asset.
    pub(crate) fn of(&self, asset: &Asset) -> Witnesses {
        let mut found = Witnesses::new();
        if asset.urn == *self.system {
            // In URN order, so that the digests named are the same on every run.
            for seen in self.by_asset.values() {
                merge(&mut found, seen);
            }
            return found;
        }
        let direct = self.by_asset.get(&asset.urn);
        merge_all(&mut found, direct);
        if let Some(path) = first_path(asset) {
            // The asset's own evidence lies at its own path too; without the check it would count twice.
            if direct.is_none() {
                merge_all(&mut found, self.by_path.get(path));
            }
            if matches!(asset.kind, AssetKind::Model | AssetKind::Dataset) {
                merge_all(&mut found, self.below(path));
            }
        }
        for urn in self.neighbours.get(&asset.urn).into_iter().flatten() {
            merge_all(&mut found, self.by_asset.get(urn));
        }
        merge_all(&mut found, self.by_asset.get(self.system));
        if !is_file(asset.kind) {
            merge(&mut found, &self.applications);
        }
        found
    }

    fn below(&self, folder: &str) -> Vec<&Witnesses> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        self.by_path
            .range::<str, _>((Bound::Excluded(prefix.as_str()), Bound::Unbounded))
            .take_while(|(path, _)| path.starts_with(&prefix))
            .map(|(_, seen)| seen)
            .collect()
    }
}

/// Says whether an asset of the kind is a file or folder whose own content is the evidence.
const fn is_file(kind: AssetKind) -> bool {
    matches!(
        kind,
        AssetKind::Model
            | AssetKind::Dataset
            | AssetKind::Notebook
            | AssetKind::Manifest
            | AssetKind::Configuration
            | AssetKind::Service
    )
}

fn first_path(asset: &Asset) -> Option<&str> {
    asset.sources.first().map(|source| source.path.as_str()).filter(|path| !path.is_empty())
}

fn merge_all<'w>(into: &mut Witnesses, from: impl IntoIterator<Item = &'w Witnesses>) {
    for seen in from {
        merge(into, seen);
    }
}

fn merge(into: &mut Witnesses, from: &Witnesses) {
    for (predicate, seen) in from {
        into.entry(predicate.clone()).or_default().absorb(seen);
    }
}

fn neighbours<'a>(input: &PolicyInput<'a>) -> HashMap<&'a Urn, Vec<&'a Urn>> {
    let mut found: HashMap<&Urn, Vec<&Urn>> = HashMap::new();
    for relation in input.relations {
        if matches!(relation.kind, RelationKind::Contains | RelationKind::Serves | RelationKind::DeployedAs) {
            found.entry(&relation.src).or_default().push(&relation.dst);
            found.entry(&relation.dst).or_default().push(&relation.src);
        }
    }
    found
}

/// Returns the age in seconds, or nothing when the evidence expired, is dated in the future or is about other content.
fn age(input: &PolicyInput<'_>, evidence: &Evidence, assets: &HashMap<&Urn, &Asset>) -> Option<i64> {
    if evidence.expires_at.is_some_and(|expiry| expiry <= input.now) {
        return None;
    }
    let age = input.now.as_second().saturating_sub(evidence.collected_at.as_second());
    if age < -CLOCK_SKEW_SECONDS {
        return None;
    }
    let is_about_other_content = assets.get(&evidence.asset).is_some_and(|asset| {
        matches!(asset.kind, AssetKind::Model | AssetKind::Dataset)
            && asset.sources.len() == 1
            && asset.digest.is_some_and(|digest| digest != evidence.subject_digest)
    });
    (!is_about_other_content).then_some(age.max(0))
}
