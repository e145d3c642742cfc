//! Which assets were not wholly looked at, from the run's coverage.

use std::collections::BTreeMap;
use std::ops::Bound;

use syndic_evidence::{Asset, AssetKind, Coverage, Skipped};

/// So many skipped places are named.
pub(crate) const FAULT_LIMIT: usize = 5;

/// What was not looked at, by path.
pub(crate) struct Faults<'a> {
    by_path: BTreeMap<&'a str, Vec<&'a Skipped>>,
}

impl<'a> Faults<'a> {
    pub(crate) fn new(coverage: &'a Coverage) -> Self {
        let mut by_path: BTreeMap<&str, Vec<&Skipped>> = BTreeMap::new();
        for skipped in coverage.skipped.iter().filter(|skipped| !skipped.reason.is_by_design()) {
            by_path.entry(outer(&skipped.path)).or_default().push(skipped);
        }
        Self { by_path }
    }

    /// Returns why an asset was not wholly looked at: skipped itself, inside it, or a folder above it.
    pub(crate) fn of(&self, asset: &Asset) -> Vec<String> {
        let Some(path) = asset.sources.first().map(|source| outer(&source.path)) else { return Vec::new() };
        let inside = format!("{path}/");
        let below = self.by_path.range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded));
        let is_container = matches!(asset.kind, AssetKind::Model | AssetKind::Dataset);
        let below = below.take_while(|(at, _)| is_container && at.starts_with(&inside)).map(|(_, list)| list);
        ancestors(path)
            .filter_map(|at| self.by_path.get(at))
            .chain(below)
            .flatten()
            .take(FAULT_LIMIT)
            .map(|skipped| format!("{}: {}", skipped.reason.as_str(), skipped.detail))
            .collect()
    }
}

/// The file an archive member lies in.
fn outer(path: &str) -> &str {
    path.split('!').next().unwrap_or(path)
}

/// The path itself and every folder above it.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder))
}
