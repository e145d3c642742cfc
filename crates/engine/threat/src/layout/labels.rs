//! Puts a label on each edge where it covers no box, no other label and as few other edges as possible.
//!
//! Invariant: no label overlaps an element, a zone's title or another label. A label without room is left out; the
//! text is then still the edge's tooltip.

use super::grid::Grid;
use super::route::cells;
use super::{PITCH, Point, Rect, Scene};

/// How large a label wants to be, and what it can make do with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want {
    /// Width of the whole label in pixels.
    pub(crate) full: i32,
    /// Width of the risk badge alone, 0 if there is none.
    pub(crate) least: i32,
    /// Labels of lower number choose their place first.
    pub(crate) turn: usize,
}

/// Height of a label in pixels.
pub(crate) const LABEL_HEIGHT: i32 = 16;
/// Free pixels around a label.
const CLEARANCE: i32 = 4;

/// Places the labels; in pixels, in the order of `wants`.
pub(super) fn place(scene: &Scene, grid: &Grid, wants: &[Want]) -> Vec<Option<Rect>> {
    let mut labels: Vec<Option<Rect>> = vec![None; wants.len()];
    let mut taken: Vec<Rect> = scene.nodes.iter().map(Rect::pixels).collect();
    taken.extend(scene.zones.iter().map(|(_, zone)| {
        let zone = zone.pixels();
        Rect { x: zone.x, y: zone.y, w: 150.min(zone.w), h: 24 }
    }));
    let mut order: Vec<usize> = (0..wants.len()).collect();
    order.sort_by_key(|at| (wants.get(*at).map(|want| want.turn), *at));
    for at in order {
        let (Some(want), Some(route)) = (wants.get(at), scene.routes.get(at)) else { continue };
        let cells = cells(route);
        let widths = [want.full, want.least];
        let found = widths.into_iter().filter(|w| *w > 0).find_map(|w| best(grid, scene, &cells, w, &taken));
        if let (Some(rect), Some(label)) = (found, labels.get_mut(at)) {
            taken.push(rect);
            *label = Some(rect);
        }
    }
    labels
}

fn best(grid: &Grid, scene: &Scene, route: &[Point], width: i32, taken: &[Rect]) -> Option<Rect> {
    let middle = i32::try_from(route.len() / 2).unwrap_or_default();
    let candidates = route.iter().zip(0_i32..).filter_map(|(point, at)| {
        let rect =
            Rect { x: point.0 * PITCH - width / 2, y: point.1 * PITCH - LABEL_HEIGHT / 2, w: width, h: LABEL_HEIGHT };
        let inside =
            rect.x > 0 && rect.y > 0 && rect.x + rect.w < scene.width * PITCH && rect.y + rect.h < scene.height * PITCH;
        let free = inside && taken.iter().all(|other| !rect.overlaps(other, CLEARANCE));
        let cost = || {
            foreign(grid, route, rect) * 12 + (at - middle).abs() + border(scene, rect) * 14 + bends(route, rect) * 10
        };
        free.then(|| (cost(), at, rect))
    });
    candidates.min_by_key(|(cost, at, _)| (*cost, *at)).map(|(_, _, rect)| rect)
}

/// Counts how often other edges run under `rect`.
fn foreign(grid: &Grid, route: &[Point], rect: Rect) -> i32 {
    let (left, right) = (rect.x / PITCH, (rect.x + rect.w) / PITCH);
    let (top, bottom) = ((rect.y + PITCH - 1) / PITCH, (rect.y + rect.h) / PITCH);
    let mut count = 0;
    for y in top..=bottom {
        for x in left..=right {
            let edges = grid.at((x, y)).map_or(0, |cell| i32::from(cell.horizontal.max(cell.vertical)));
            count += edges - i32::from(route.contains(&(x, y)));
        }
    }
    count.max(0)
}

/// Counts the corners of its own edge under `rect`: a hidden corner breaks the line for the eye.
fn bends(route: &[Point], rect: Rect) -> i32 {
    let corner = |three: &&[Point]| match three {
        [before, at, after] => {
            let (x, y) = (at.0 * PITCH, at.1 * PITCH);
            let turns = before.0 != after.0 && before.1 != after.1;
            turns && rect.x - 8 < x && x < rect.x + rect.w + 8 && rect.y - 8 < y && y < rect.y + rect.h + 8
        }
        _ => false,
    };
    i32::try_from(route.windows(3).filter(corner).count()).unwrap_or(i32::MAX)
}

/// Counts the zone borders under `rect`.
fn border(scene: &Scene, rect: Rect) -> i32 {
    let crosses = |zone: &Rect| {
        let zone = zone.pixels();
        let x_hit = [zone.x, zone.x + zone.w].iter().any(|x| rect.x - 6 < *x && *x < rect.x + rect.w + 6);
        let y_hit = [zone.y, zone.y + zone.h].iter().any(|y| rect.y < *y && *y < rect.y + rect.h);
        i32::from(x_hit) + i32::from(y_hit)
    };
    scene.zones.iter().map(|(_, zone)| crosses(zone)).sum()
}
