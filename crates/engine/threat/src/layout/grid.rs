//! The cells edges run over: what is blocked, what is dear, what is taken.

use super::{Point, Rect, Scene};

/// Directions: right, down, left, up.
pub(super) const STEPS: [Point; 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

/// What one cell costs and carries.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    /// Inside an element.
    pub(super) blocked: bool,
    /// Extra cost of running through from left to right or back.
    pub(super) across: u32,
    /// Extra cost of running through from top to bottom or back.
    pub(super) along: u32,
    /// Edges that run from left to right or back.
    pub(super) horizontal: u16,
    /// Edges that run from top to bottom or back.
    pub(super) vertical: u16,
}

/// All cells of a picture.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) width: i32,
    pub(super) height: i32,
    cells: Vec<Cell>,
}

impl Grid {
    /// Makes the grid of a placed scene.
    pub(super) fn new(scene: &Scene) -> Self {
        let (width, height) = (scene.width.max(1) + 1, scene.height.max(1) + 1);
        let count = usize::try_from(width).unwrap_or(1) * usize::try_from(height).unwrap_or(1);
        let mut grid = Self { width, height, cells: vec![Cell::default(); count] };
        for (x, y, w, h) in [(0, 0, width, 1), (0, height - 2, width, 1), (0, 0, 1, height), (width - 2, 0, 1, height)]
        {
            // Edges keep off the rim of the picture.
            grid.each(Rect { x, y, w, h }, |cell| cell.blocked = true);
        }
        for (_, zone) in &scene.zones {
            grid.mark_zone(zone);
        }
        for node in &scene.nodes {
            grid.each(Rect { x: node.x - 1, y: node.y - 1, w: node.w + 2, h: node.h + 2 }, |cell| {
                cell.across += 6;
                cell.along += 6;
            });
            grid.each(*node, |cell| cell.blocked = true);
        }
        grid
    }

    fn mark_zone(&mut self, zone: &Rect) {
        // An edge on the border line would be taken for the border.
        for (x, w) in [(zone.x, 0), (zone.x + zone.w, 0)] {
            self.each(Rect { x, y: zone.y, w, h: zone.h }, |cell| cell.along += 60);
        }
        for y in [zone.y, zone.y + zone.h] {
            self.each(Rect { x: zone.x, y, w: zone.w, h: 0 }, |cell| cell.across += 60);
        }
        self.each(Rect { x: zone.x, y: zone.y + 1, w: zone.w.min(12), h: 1 }, |cell| {
            cell.across += 60;
            cell.along += 60;
        });
    }

    fn each(&mut self, area: Rect, mut change: impl FnMut(&mut Cell)) {
        for y in area.y..=area.y + area.h {
            for x in area.x..=area.x + area.w {
                if let Some(cell) = self.at_mut((x, y)) {
                    change(cell);
                }
            }
        }
    }

    /// Returns the number of a cell, if it is on the grid.
    pub(super) fn number(&self, (x, y): Point) -> Option<usize> {
        let inside = x >= 0 && y >= 0 && x < self.width && y < self.height;
        if inside { usize::try_from(y * self.width + x).ok() } else { None }
    }

    pub(super) fn at(&self, point: Point) -> Option<&Cell> {
        self.number(point).and_then(|number| self.cells.get(number))
    }

    fn at_mut(&mut self, point: Point) -> Option<&mut Cell> {
        self.number(point).and_then(|number| self.cells.get_mut(number))
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Takes (`taken`) or frees the cells under a route.
    pub(super) fn occupy(&mut self, route: &[Point], taken: bool) {
        let change = |count: &mut u16| *count = if taken { count.saturating_add(1) } else { count.saturating_sub(1) };
        for (from, to) in route.iter().zip(route.iter().skip(1)) {
            let horizontal = from.1 == to.1;
            for point in between(*from, *to) {
                if let Some(cell) = self.at_mut(point) {
                    change(if horizontal { &mut cell.horizontal } else { &mut cell.vertical });
                }
            }
        }
    }
}

/// Returns the points from `from` to `to`, both included, on a straight line.
pub(super) fn between(from: Point, to: Point) -> impl Iterator<Item = Point> {
    let step = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
    let count = (to.0 - from.0).abs().max((to.1 - from.1).abs());
    (0..=count).map(move |at| (from.0 + step.0 * at, from.1 + step.1 * at))
}
