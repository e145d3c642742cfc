//! Routes edges at right angles around the boxes: A* over cells with direction, dear bends, dearer crossings.
//!
//! Edges are routed from short to long, then once more each, now knowing all others. The work is bounded; an edge
//! for which the budget does not suffice is drawn as a simple corner.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::grid::{Grid, STEPS, between};
use super::{Point, Rect, Scene};

const STEP: u32 = 10;
const BEND: u32 = 34;
const CROSSING: u32 = 40;
const SHARING: u32 = 900;
/// States looked at for one edge, and for all edges of a picture.
const EDGE_BUDGET: usize = 250_000;
const TOTAL_BUDGET: usize = 6_000_000;
/// With more edges the second round is left out.
const SECOND_ROUND: usize = 140;

/// Routes all edges; returns their corner points, and the grid they lie on.
pub(super) fn route(scene: &Scene, ends: &[(usize, usize)]) -> (Vec<Vec<Point>>, Grid) {
    let mut grid = Grid::new(scene);
    let mut search = Search::new(grid.len());
    let mut routes = vec![Vec::new(); ends.len()];
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|edge| (distance(scene, ends, *edge), *edge));
    let rounds = if ends.len() <= SECOND_ROUND { 2 } else { 1 };
    for _ in 0..rounds {
        for edge in &order {
            let Some((from, to)) = boxes(scene, ends, *edge) else { continue };
            let Some(route) = routes.get_mut(*edge) else { continue };
            grid.occupy(route, false);
            *route = search.find(&grid, from, to).unwrap_or_else(|| corner(from, to));
            grid.occupy(route, true);
        }
    }
    (routes, grid)
}

fn boxes(scene: &Scene, ends: &[(usize, usize)], edge: usize) -> Option<(Rect, Rect)> {
    let (src, dst) = ends.get(edge)?;
    Some((*scene.nodes.get(*src)?, *scene.nodes.get(*dst)?))
}

fn distance(scene: &Scene, ends: &[(usize, usize)], edge: usize) -> i32 {
    boxes(scene, ends, edge).map_or(0, |(a, b)| (a.x - b.x).abs() + (a.middle2() - b.middle2()).abs() / 2)
}

/// A way with one or two corners that ignores boxes: the last resort.
fn corner(from: Rect, to: Rect) -> Vec<Point> {
    let start = (from.x + from.w, from.y + from.h / 2);
    let end = (to.x, to.y + to.h / 2);
    let turn = i32::midpoint(start.0, end.0);
    vec![start, (turn, start.1), (turn, end.1), end]
}

/// Where an edge may leave or reach a box: the cell outside, the direction outwards, what it costs.
fn ports(node: Rect) -> Vec<(Point, usize, u32)> {
    let mut ports = Vec::new();
    let off_centre = |at: i32, size: i32| (at * 2 - size).unsigned_abs() * 2;
    for at in 1..node.h {
        let cost = off_centre(at, node.h);
        ports.push(((node.x + node.w + 1, node.y + at), 0, cost));
        ports.push(((node.x - 1, node.y + at), 2, cost));
    }
    for at in 2..node.w - 1 {
        let cost = off_centre(at, node.w) + 20;
        ports.push(((node.x + at, node.y + node.h + 1), 1, cost));
        ports.push(((node.x + at, node.y - 1), 3, cost));
    }
    ports
}

const fn opposite(direction: usize) -> usize {
    (direction + 2) % 4
}

fn moved(point: Point, direction: usize) -> Point {
    let step = STEPS.get(direction).copied().unwrap_or_default();
    (point.0 + step.0, point.1 + step.1)
}

/// Memory of the search, kept between edges.
struct Search {
    cost: Vec<u32>,
    /// Direction before the one a state is in; 4 at the start.
    came: Vec<u8>,
    touched: Vec<usize>,
    spent: usize,
}

impl Search {
    fn new(cells: usize) -> Self {
        Self { cost: vec![u32::MAX; cells * 4], came: vec![4; cells * 4], touched: Vec::new(), spent: 0 }
    }

    fn find(&mut self, grid: &Grid, from: Rect, to: Rect) -> Option<Vec<Point>> {
        for state in self.touched.drain(..) {
            if let Some(cost) = self.cost.get_mut(state) {
                *cost = u32::MAX;
            }
        }
        let goals: BTreeMap<(Point, usize), u32> =
            ports(to).into_iter().map(|(cell, outwards, cost)| ((cell, opposite(outwards)), cost)).collect();
        let mut open = BinaryHeap::new();
        for (cell, direction, cost) in ports(from) {
            if let Some(cost) = enter(grid, cell, direction).map(|more| more + cost) {
                self.reach(grid, &mut open, (cell, direction, 4, cost), to);
            }
        }
        let (end, direction) = self.explore(grid, &mut open, &goals, to)?;
        self.trace(grid, end, direction)
    }

    fn explore(
        &mut self,
        grid: &Grid,
        open: &mut BinaryHeap<Reverse<(u32, u32, Point, usize)>>,
        goals: &BTreeMap<(Point, usize), u32>,
        to: Rect,
    ) -> Option<(Point, usize)> {
        let mut best: Option<(u32, Point, usize)> = None;
        let mut steps = 0;
        while let Some(Reverse((estimate, cost, cell, direction))) = open.pop() {
            steps += 1;
            self.spent += 1;
            if best.is_some_and(|(least, ..)| estimate >= least) || steps > EDGE_BUDGET || self.spent > TOTAL_BUDGET {
                break;
            }
            if let Some(last) = goals.get(&(cell, direction)) {
                if best.is_none_or(|(least, ..)| cost + last < least) {
                    best = Some((cost + last, cell, direction));
                }
                continue;
            }
            for next in [direction, (direction + 1) % 4, (direction + 3) % 4] {
                let turn = if next == direction { 0 } else { bend(grid, cell, next) };
                let there = moved(cell, next);
                if let Some(more) = enter(grid, there, next) {
                    let from = u8::try_from(direction).unwrap_or(4);
                    self.reach(grid, open, (there, next, from, cost + more + turn), to);
                }
            }
        }
        best.map(|(_, cell, direction)| (cell, direction))
    }

    fn reach(
        &mut self,
        grid: &Grid,
        open: &mut BinaryHeap<Reverse<(u32, u32, Point, usize)>>,
        (cell, direction, from, cost): (Point, usize, u8, u32),
        to: Rect,
    ) {
        let Some(state) = grid.number(cell).map(|number| number * 4 + direction) else { return };
        let (Some(known), Some(came)) = (self.cost.get_mut(state), self.came.get_mut(state)) else { return };
        if cost < *known {
            if *known == u32::MAX {
                self.touched.push(state);
            }
            *known = cost;
            *came = from;
            open.push(Reverse((cost + remaining(cell, to), cost, cell, direction)));
        }
    }

    /// Follows the way back and returns its corners, with the points on the borders of both boxes.
    fn trace(&self, grid: &Grid, end: Point, direction: usize) -> Option<Vec<Point>> {
        let mut corners = vec![moved(end, direction)];
        let (mut cell, mut heading) = (end, direction);
        for _ in 0..grid.len() * 4 {
            let state = grid.number(cell)? * 4 + heading;
            let before = usize::from(*self.came.get(state)?);
            let back = moved(cell, opposite(heading));
            if before == 4 {
                corners.push(back);
                corners.reverse();
                return Some(corners);
            }
            if before != heading {
                corners.push(back);
            }
            (cell, heading) = (back, before);
        }
        None
    }
}

/// Cost of the rest of the way at least: never too much, so the search finds the cheapest.
fn remaining(cell: Point, to: Rect) -> u32 {
    let dx = (to.x - cell.0).max(cell.0 - to.x - to.w).max(0);
    let dy = (to.y - cell.1).max(cell.1 - to.y - to.h).max(0);
    (dx + dy).unsigned_abs().saturating_sub(1) * STEP
}

fn enter(grid: &Grid, cell: Point, direction: usize) -> Option<u32> {
    let here = grid.at(cell).filter(|cell| !cell.blocked)?;
    let (shared, crossed, extra) = if direction.is_multiple_of(2) {
        (here.horizontal, here.vertical, here.across)
    } else {
        (here.vertical, here.horizontal, here.along)
    };
    Some(STEP + u32::from(shared) * SHARING + u32::from(crossed) * CROSSING + extra)
}

/// Cost of turning in `cell` into direction `next`.
fn bend(grid: &Grid, cell: Point, next: usize) -> u32 {
    let taken = grid.at(cell).map_or(0, |cell| if next.is_multiple_of(2) { cell.horizontal } else { cell.vertical });
    // A corner on another edge reads as if the two were joined.
    let touched = grid.at(cell).map_or(0, |cell| cell.horizontal + cell.vertical);
    BEND + u32::from(taken) * SHARING + u32::from(touched > 0) * SHARING / 2
}

/// Returns every cell of a route.
pub(super) fn cells(route: &[Point]) -> Vec<Point> {
    let mut cells: Vec<Point> =
        route.iter().zip(route.iter().skip(1)).flat_map(|(from, to)| between(*from, *to)).collect();
    cells.dedup();
    cells
}
