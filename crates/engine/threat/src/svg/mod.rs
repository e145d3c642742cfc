//! Draws a model as one self-contained SVG: no script, no external reference, no id that could clash.
//!
//! Colours and strokes stand in presentation attributes, so the picture is whole where a policy refuses styles; the
//! one `<style>` block only adds the dark scheme. Every text from a model is escaped, every shortened name is whole
//! in a `<title>`. Meaning never rests on colour alone: classes and risks are written out.

mod badge;
mod edge;
mod element;
mod legend;
mod theme;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use syndic_evidence::{Risk, Urn, Zone};

use crate::layout::{Rect, Scene, lay_out};
use crate::model::Model;
use crate::text::escape;

/// Which risks bear on what is drawn, as positions in the ranking.
#[derive(Debug, Default)]
struct Ranking<'a> {
    risks: &'a [Risk],
    of_flow: BTreeMap<(&'a Urn, &'a Urn), Vec<usize>>,
    of_element: BTreeMap<&'a Urn, Vec<usize>>,
}

impl<'a> Ranking<'a> {
    fn new(model: &'a Model, risks: &'a [Risk]) -> Self {
        let mut ranking = Self { risks, ..Self::default() };
        let flows: BTreeSet<(&Urn, &Urn)> = model.flows.iter().map(|flow| (&flow.src, &flow.dst)).collect();
        for (rank, risk) in risks.iter().enumerate() {
            let ends = risk.target.as_ref().map(|target| (&risk.asset, target));
            match ends.filter(|ends| flows.contains(ends)) {
                Some(ends) => ranking.of_flow.entry(ends).or_default().push(rank),
                None => ranking.of_element.entry(&risk.asset).or_default().push(rank),
            }
        }
        ranking
    }

    fn flow(&self, src: &'a Urn, dst: &'a Urn) -> &[usize] {
        self.of_flow.get(&(src, dst)).map_or(&[], Vec::as_slice)
    }

    fn element(&self, urn: &'a Urn) -> &[usize] {
        self.of_element.get(urn).map_or(&[], Vec::as_slice)
    }
}

/// Returns the picture of `model`, with `risks` numbered R1, R2 … in their order. Equal input gives equal bytes.
pub fn svg(model: &Model, risks: &[Risk]) -> String {
    let ranking = Ranking::new(model, risks);
    let wants: Vec<_> = model.flows.iter().map(|flow| edge::want(flow, &ranking)).collect();
    let scene = lay_out(model, &wants);
    let picture = Rect { x: 0, y: 0, w: scene.width, h: scene.height }.pixels();
    let (width, legend) = legend::legend(model, risks, picture.w.max(720), picture.h);
    let height = picture.h + legend.height;
    let mut out = String::with_capacity(32_768);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" font-family=\"{}\">",
        theme::FONT
    );
    head(&mut out, model, risks);
    let _ = write!(out, "<rect class=\"paper\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", theme::PAPER);
    zones(&mut out, &scene);
    for (flow, route) in model.flows.iter().zip(&scene.routes) {
        edge::draw(&mut out, flow, route, &ranking);
    }
    crossings(&mut out, model, &scene);
    for (element, node) in model.elements.iter().zip(&scene.nodes) {
        element::draw(&mut out, element, node.pixels(), &ranking);
    }
    for ((flow, label), want) in model.flows.iter().zip(&scene.labels).zip(&wants) {
        if let Some(rect) = label {
            edge::label(&mut out, flow, *rect, rect.w >= want.full, &ranking);
        }
    }
    out.push_str(&legend.text);
    out.push_str("</svg>\n");
    out
}

fn head(out: &mut String, model: &Model, risks: &[Risk]) {
    let name = escape(model.system.as_str().rsplit(':').next().unwrap_or_default());
    let crossing = model.flows.iter().filter(|flow| flow.crosses_boundary).count();
    let _ = write!(
        out,
        "<title>Data-flow diagram of {name}</title><desc>{} elements and {} flows, {crossing} of them across a trust \
         boundary; {} risks.</desc><style>{}</style>",
        model.elements.len(),
        model.flows.len(),
        risks.len(),
        theme::STYLE
    );
}

fn zones(out: &mut String, scene: &Scene) {
    for (zone, rect) in &scene.zones {
        let rect = rect.pixels();
        let _ = write!(
            out,
            "<g><rect class=\"zone\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"14\" fill=\"{}\" stroke=\"{}\" \
             stroke-dasharray=\"7 5\" stroke-width=\"1.3\"/><text class=\"zonename\" x=\"{}\" y=\"{}\" font-size=\"13\" \
             font-weight=\"600\" letter-spacing=\".4\" fill=\"{}\">{}</text></g>",
            rect.x,
            rect.y,
            rect.w,
            rect.h,
            theme::ZONE,
            theme::BOUNDARY,
            rect.x + 16,
            rect.y + 23,
            theme::FAINT,
            zone.title()
        );
    }
}

/// Marks where a flow enters the zone it goes to: a red tick over the border.
fn crossings(out: &mut String, model: &Model, scene: &Scene) {
    let boxes: BTreeMap<Zone, Rect> = scene.zones.iter().copied().collect();
    for (flow, route) in model.flows.iter().zip(&scene.routes) {
        let zone = model.element(&flow.dst).and_then(|dst| boxes.get(&dst.zone));
        let (Some(zone), true) = (zone, flow.crosses_boundary) else { continue };
        let Some((x, y, is_horizontal)) = edge::enters(route, zone) else { continue };
        let (dx, dy) = if is_horizontal { (0, 9) } else { (9, 0) };
        let _ = write!(
            out,
            "<path class=\"tick\" d=\"M{} {}L{} {}\" stroke=\"{}\" stroke-width=\"2.6\" stroke-dasharray=\"4 3\"/>",
            x - dx,
            y - dy,
            x + dx,
            y + dy,
            theme::CROSSING
        );
    }
}

#[cfg(test)]
#[path = "../svg_tests.rs"]
mod tests;
