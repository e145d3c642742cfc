//! Gives every element and zone its box.

use std::collections::BTreeMap;

use syndic_evidence::Zone;

use super::order::{Column, GROUPS, columns, mean, neighbours, stack, tallest};
use super::{Rect, Scene};
use crate::model::Model;

/// Size of an element in cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) w: i32,
    pub(super) h: i32,
}

/// Cells between two elements above one another.
pub(super) const ROW_GAP: i32 = 3;
/// Width of every element.
pub(crate) const NODE_WIDTH: i32 = 12;
/// Cells between a zone's border and its elements.
const PADDING: i32 = 2;
/// Cells above the first row, for the zone's title.
const TITLE: i32 = 4;
/// Cells around the whole picture, so that edges can go round.
const MARGIN: i32 = 4;
/// Cells between zones above one another.
const ZONE_GAP: i32 = 4;
/// An element with many edges grows up to this height.
const TALLEST: i32 = 16;

/// Places zones and elements.
pub(super) fn place(model: &Model, ends: &[(usize, usize)]) -> Scene {
    let sizes = sizes(model, ends);
    let columns = columns(model, ends, &sizes);
    let mut scene = Scene { nodes: vec![Rect::default(); sizes.len()], ..Scene::default() };
    let heights: Vec<i32> = GROUPS.iter().map(|group| group_height(group, &columns, &sizes)).collect();
    let height = heights.iter().copied().max().unwrap_or_default();
    let mut x = MARGIN;
    for (group, own) in GROUPS.iter().zip(heights) {
        if own == 0 {
            continue;
        }
        let width =
            group.iter().filter_map(|zone| columns.get(zone)).map(|c| zone_width(c, ends)).max().unwrap_or_default();
        place_group(&mut scene, group, &columns, &sizes, &Frame { x, width, height, slack: height - own, ends });
        x += width + gutter(model, ends, group);
    }
    relax(&mut scene, &columns, ends);
    scene.width = scene.zones.iter().map(|(_, rect)| rect.x + rect.w).max().unwrap_or_default() + MARGIN;
    scene.height = height + 2 * MARGIN;
    scene
}

struct Frame<'a> {
    x: i32,
    width: i32,
    height: i32,
    slack: i32,
    ends: &'a [(usize, usize)],
}

fn sizes(model: &Model, ends: &[(usize, usize)]) -> Vec<Size> {
    let mut degree = vec![0; model.elements.len()];
    for (src, dst) in ends {
        for end in [src, dst] {
            if let Some(count) = degree.get_mut(*end) {
                *count += 1;
            }
        }
    }
    let of = |degree: i32| Size { w: NODE_WIDTH, h: (degree / 2 + 2).clamp(5, TALLEST) };
    degree.into_iter().map(of).collect()
}

fn group_height(group: &[Zone], columns: &BTreeMap<Zone, Vec<Column>>, sizes: &[Size]) -> i32 {
    let zones: Vec<i32> = group
        .iter()
        .filter_map(|zone| columns.get(zone))
        .map(|layers| tallest(layers, sizes) + TITLE + PADDING)
        .collect();
    let gaps = i32::try_from(zones.len()).unwrap_or(1).saturating_sub(1) * ZONE_GAP;
    zones.iter().sum::<i32>() + gaps.max(0)
}

/// Cells between layers inside of a zone: room for labels and for edges that turn.
fn layer_gap(layers: &[Column], ends: &[(usize, usize)]) -> i32 {
    let inside = |at: &usize| layers.iter().any(|column| column.contains(at));
    let inner = ends.iter().filter(|(src, dst)| inside(src) && inside(dst)).count();
    8 + i32::try_from(inner / 4).unwrap_or(6).min(6)
}

fn zone_width(layers: &[Column], ends: &[(usize, usize)]) -> i32 {
    let count = i32::try_from(layers.len()).unwrap_or(1);
    count * NODE_WIDTH + (count - 1) * layer_gap(layers, ends) + 2 * PADDING
}

/// Cells between two groups of zones: wider where more edges pass.
fn gutter(model: &Model, ends: &[(usize, usize)], left: &[Zone]) -> i32 {
    let rank = |at: &usize| {
        let zone = model.elements.get(*at).map(|element| element.zone)?;
        GROUPS.iter().position(|group| group.contains(&zone))
    };
    let here = GROUPS.iter().position(|group| *group == left);
    let crossing = ends
        .iter()
        .filter(|(src, dst)| {
            let (low, high) = (rank(src).min(rank(dst)), rank(src).max(rank(dst)));
            low <= here && here < high
        })
        .count();
    8 + i32::try_from(crossing / 2).unwrap_or(16).min(16)
}

fn place_group(
    scene: &mut Scene,
    group: &[Zone],
    columns: &BTreeMap<Zone, Vec<Column>>,
    sizes: &[Size],
    frame: &Frame<'_>,
) {
    let present: Vec<Zone> = group.iter().copied().filter(|zone| columns.contains_key(zone)).collect();
    let shares = i32::try_from(present.len()).unwrap_or(1).max(1);
    let mut y = MARGIN;
    let bottom = MARGIN + frame.height;
    for (at, zone) in present.iter().enumerate() {
        let Some(layers) = columns.get(zone) else { continue };
        let own = tallest(layers, sizes) + TITLE + PADDING;
        let is_last = at + 1 == present.len();
        let h = if is_last { bottom - y } else { own + frame.slack / shares };
        let rect = Rect { x: frame.x, y, w: frame.width, h };
        scene.zones.push((*zone, rect));
        place_columns(scene, layers, sizes, rect, layer_gap(layers, frame.ends));
        y += h + ZONE_GAP;
    }
}

fn place_columns(scene: &mut Scene, layers: &[Column], sizes: &[Size], zone: Rect, gap: i32) {
    let count = i32::try_from(layers.len()).unwrap_or(1);
    let used = count * NODE_WIDTH + (count - 1) * gap;
    let mut x = zone.x + (zone.w - used) / 2;
    for column in layers {
        let free = zone.h - TITLE - PADDING - stack(column, sizes);
        let mut y = zone.y + TITLE + free / 2;
        for at in column {
            let (Some(size), Some(node)) = (sizes.get(*at), scene.nodes.get_mut(*at)) else { continue };
            *node = Rect { x, y, w: size.w, h: size.h };
            y += size.h + ROW_GAP;
        }
        x += NODE_WIDTH + gap;
    }
}

/// Moves elements up and down inside their zone towards their neighbours, keeping order and gaps.
fn relax(scene: &mut Scene, columns: &BTreeMap<Zone, Vec<Column>>, ends: &[(usize, usize)]) {
    let neighbours = neighbours(ends, scene.nodes.len());
    for _ in 0..6 {
        for (zone, rect) in scene.zones.clone() {
            for column in columns.get(&zone).into_iter().flatten() {
                let middles: Vec<i32> = scene.nodes.iter().map(Rect::middle2).collect();
                let wished = column.iter().map(|at| mean(&neighbours, &middles, *at)).collect::<Vec<_>>();
                shift(scene, column, &wished, rect);
            }
        }
    }
}

fn shift(scene: &mut Scene, column: &[usize], wished: &[i32], zone: Rect) {
    let mut least = zone.y + TITLE;
    for (at, wish) in column.iter().zip(wished) {
        let Some(node) = scene.nodes.get_mut(*at) else { continue };
        node.y = ((wish - node.h) / 2).max(least);
        least = node.y + node.h + ROW_GAP;
    }
    let mut most = zone.y + zone.h - PADDING;
    for at in column.iter().rev() {
        let Some(node) = scene.nodes.get_mut(*at) else { continue };
        node.y = node.y.min(most - node.h);
        most = node.y - ROW_GAP;
    }
}
