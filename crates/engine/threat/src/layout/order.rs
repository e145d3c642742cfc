//! Divides elements into zones, layers and rows.
//!
//! A zone's layers follow the flows inside it (longest path, bounded). Rows follow the barycentre heuristic:
//! elements stand where their neighbours stand. Source: Sugiyama, Tagawa and Toda, 1981.

use std::collections::BTreeMap;

use syndic_evidence::{AssetKind, Zone};

use super::place::Size;
use crate::model::Model;

/// Zones that stand above one another share a column of the picture.
pub(super) const GROUPS: [&[Zone]; 4] =
    [&[Zone::Internet], &[Zone::Application, Zone::Workstation], &[Zone::Data, Zone::Pipeline], &[Zone::ThirdParty]];
/// A zone has at most this many layers from its flows.
const LAYERS: i32 = 3;
/// A layer of more rows is broken into several, unless the whole picture is tall anyway.
const ROWS: usize = 6;
/// Rounds of the barycentre heuristic.
const SWEEPS: usize = 16;

/// Elements of one layer of one zone, from top to bottom.
pub(super) type Column = Vec<usize>;

/// Returns for each zone its layers from left to right.
pub(super) fn columns(model: &Model, ends: &[(usize, usize)], sizes: &[Size]) -> BTreeMap<Zone, Vec<Column>> {
    let mut columns = BTreeMap::new();
    let ranks = ranks(model, ends);
    for zone in Zone::ALL {
        let mut layers: BTreeMap<i32, Column> = BTreeMap::new();
        for (at, _) in model.elements.iter().enumerate().filter(|(_, element)| element.zone == zone) {
            layers.entry(ranks.get(at).copied().unwrap_or_default()).or_default().push(at);
        }
        let rows = ROWS.max(model.elements.len() / 6);
        let broken = layers.into_values().flat_map(|layer| break_up(&layer, rows)).collect::<Vec<_>>();
        if !broken.is_empty() {
            columns.insert(zone, broken);
        }
    }
    settle(&mut columns, ends, sizes);
    columns
}

fn break_up(layer: &[usize], rows: usize) -> Vec<Column> {
    let parts = layer.len().div_ceil(rows).max(1);
    let size = layer.len().div_ceil(parts).max(1);
    layer.chunks(size).map(<[usize]>::to_vec).collect()
}

/// Returns the layer of each element inside its zone.
fn ranks(model: &Model, ends: &[(usize, usize)]) -> Vec<i32> {
    let zone = |at: usize| model.elements.get(at).map(|element| element.zone);
    let mut ranks = vec![0; model.elements.len()];
    let inner: Vec<(usize, usize)> = ends.iter().copied().filter(|(src, dst)| zone(*src) == zone(*dst)).collect();
    // Circles are cut by the bound on layers.
    for _ in 0..LAYERS {
        for (src, dst) in &inner {
            let next = ranks.get(*src).copied().unwrap_or(0) + 1;
            if let Some(rank) = ranks.get_mut(*dst) {
                *rank = next.min(LAYERS - 1).max(*rank);
            }
        }
    }
    let has_endpoints = model.elements.iter().any(|element| element.kind == AssetKind::Endpoint);
    for (at, element) in model.elements.iter().enumerate() {
        let loose = !inner.iter().any(|(src, dst)| *src == at || *dst == at);
        if let Some(rank) = ranks.get_mut(at).filter(|_| loose) {
            // Beside the code behind the endpoints, so that the endpoints keep the front to themselves.
            *rank =
                i32::from(has_endpoints && element.zone == Zone::Application && element.kind != AssetKind::Endpoint);
        }
    }
    ranks
}

/// Orders rows so that elements stand near their neighbours.
fn settle(columns: &mut BTreeMap<Zone, Vec<Column>>, ends: &[(usize, usize)], sizes: &[Size]) {
    let neighbours = neighbours(ends, sizes.len());
    let mut best = columns.clone();
    let mut least = i64::MAX;
    for _ in 0..SWEEPS {
        let middles = middles(columns, sizes);
        let strain = strain(&middles, ends);
        if strain < least {
            least = strain;
            best.clone_from(columns);
        }
        for layers in columns.values_mut() {
            for column in layers {
                column.sort_by_cached_key(|at| (mean(&neighbours, &middles, *at), *at));
            }
        }
    }
    *columns = best;
}

pub(super) fn neighbours(ends: &[(usize, usize)], count: usize) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); count];
    for (src, dst) in ends {
        for (one, other) in [(src, dst), (dst, src)] {
            if let Some(list) = neighbours.get_mut(*one) {
                list.push(*other);
            }
        }
    }
    neighbours
}

/// Returns the mean of the neighbours' positions, or the own one without neighbours.
pub(super) fn mean(neighbours: &[Vec<usize>], positions: &[i32], at: usize) -> i32 {
    let near = neighbours.get(at).map_or(&[][..], Vec::as_slice);
    let sum: i64 = near.iter().filter_map(|other| positions.get(*other)).map(|y| i64::from(*y)).sum();
    let count = i64::try_from(near.len()).unwrap_or(i64::MAX);
    let own = positions.get(at).copied().unwrap_or_default();
    if count == 0 { own } else { i32::try_from(sum / count).unwrap_or(own) }
}

/// Returns rough vertical positions: groups are centred, zones of a group stacked.
fn middles(columns: &BTreeMap<Zone, Vec<Column>>, sizes: &[Size]) -> Vec<i32> {
    let mut middles = vec![0; sizes.len()];
    for group in GROUPS {
        let total: i32 = group.iter().filter_map(|zone| columns.get(zone)).map(|layers| tallest(layers, sizes)).sum();
        let mut top = -total / 2;
        for layers in group.iter().filter_map(|zone| columns.get(zone)) {
            let height = tallest(layers, sizes);
            for column in layers {
                let mut y = top + (height - stack(column, sizes)) / 2;
                for at in column {
                    let h = sizes.get(*at).map_or(0, |size| size.h);
                    if let Some(middle) = middles.get_mut(*at) {
                        *middle = y + h / 2;
                    }
                    y += h + super::place::ROW_GAP;
                }
            }
            top += height + 6;
        }
    }
    middles
}

pub(super) fn tallest(layers: &[Column], sizes: &[Size]) -> i32 {
    layers.iter().map(|column| stack(column, sizes)).max().unwrap_or_default()
}

/// Returns the height of a column with its gaps.
pub(super) fn stack(column: &[usize], sizes: &[Size]) -> i32 {
    let boxes: i32 = column.iter().filter_map(|at| sizes.get(*at)).map(|size| size.h + super::place::ROW_GAP).sum();
    (boxes - super::place::ROW_GAP).max(0)
}

fn strain(middles: &[i32], ends: &[(usize, usize)]) -> i64 {
    let at = |index: &usize| middles.get(*index).copied().unwrap_or_default();
    ends.iter().map(|(src, dst)| i64::from((at(src) - at(dst)).abs())).sum()
}
