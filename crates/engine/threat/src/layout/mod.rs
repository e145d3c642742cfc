//! Lays a model out: zones as columns, elements in layers, edges on a grid around the boxes, labels where they fit.
//!
//! Everything is integer arithmetic over sorted input, so equal models give equal pictures on every machine.
//! Positions of boxes and edges are in cells of [`PITCH`] pixels.

mod grid;
mod labels;
mod order;
mod place;
mod route;

pub(crate) use labels::Want;

use std::collections::BTreeMap;

use syndic_evidence::{Urn, Zone};

use crate::model::Model;

/// Pixels a cell; also the least distance between two parallel edges.
pub(crate) const PITCH: i32 = 14;

/// A box on the grid: it covers the points `x..=x+w`, `y..=y+h`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) w: i32,
    pub(crate) h: i32,
}

impl Rect {
    /// Says whether the two share more than a border, when each is grown by half of `margin`.
    pub(crate) const fn overlaps(&self, other: &Self, margin: i32) -> bool {
        self.x < other.x + other.w + margin
            && other.x < self.x + self.w + margin
            && self.y < other.y + other.h + margin
            && other.y < self.y + self.h + margin
    }

    /// Returns the same box in pixels.
    pub(crate) const fn pixels(&self) -> Self {
        Self { x: self.x * PITCH, y: self.y * PITCH, w: self.w * PITCH, h: self.h * PITCH }
    }

    /// Returns the vertical middle, doubled so that it stays whole.
    pub(crate) const fn middle2(&self) -> i32 {
        self.y * 2 + self.h
    }
}

/// A point in cells.
pub(crate) type Point = (i32, i32);

/// A finished layout.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    /// Width in cells.
    pub(crate) width: i32,
    /// Height in cells.
    pub(crate) height: i32,
    /// Zones with their boxes, in drawing order.
    pub(crate) zones: Vec<(Zone, Rect)>,
    /// Boxes of the elements, in the order of the model.
    pub(crate) nodes: Vec<Rect>,
    /// Corner points of the flows, in the order of the model.
    pub(crate) routes: Vec<Vec<Point>>,
    /// Boxes of the labels in pixels, in the order of the flows; absent where there is no room.
    pub(crate) labels: Vec<Option<Rect>>,
}

/// Lays `model` out. `wants` are the sizes the labels want, in the order of the flows.
pub(crate) fn lay_out(model: &Model, wants: &[Want]) -> Scene {
    let index: BTreeMap<&Urn, usize> =
        model.elements.iter().enumerate().map(|(at, element)| (&element.urn, at)).collect();
    let ends: Vec<(usize, usize)> = model
        .flows
        .iter()
        .map(|flow| {
            let end = |urn| index.get(urn).copied().unwrap_or_default();
            (end(&flow.src), end(&flow.dst))
        })
        .collect();
    let mut scene = place::place(model, &ends);
    let (routes, grid) = route::route(&scene, &ends);
    scene.routes = routes;
    scene.labels = labels::place(&scene, &grid, wants);
    scene
}
