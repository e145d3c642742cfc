//! Carries data classes along flows: what a process reads, it may send on.
//!
//! A class starts at a store or prompt that holds it. It reaches who reads the store, then whom that process calls
//! or writes to. It stops at a model file: trained-in data comes out by attack, not by loading. Every class reaches
//! every element at most once, so the work is bounded by classes × flows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use syndic_evidence::{AssetKind, DataClass, RelationKind, Urn};

use crate::marks::hands_on;
use crate::model::{Element, Flow, Model, Shape};

/// Sets `inferred` of elements, `classes` and `inferred` of flows.
pub(crate) fn propagate(model: &mut Model) {
    let index: BTreeMap<Urn, usize> =
        model.elements.iter().enumerate().map(|(at, element)| (element.urn.clone(), at)).collect();
    let ends: Vec<(usize, usize)> =
        model.flows.iter().filter_map(|flow| Some((*index.get(&flow.src)?, *index.get(&flow.dst)?))).collect();
    let reach = reach(model, &ends);
    for (flow, (src, dst)) in model.flows.iter_mut().zip(&ends) {
        let (Some(from), Some(to)) = (model.elements.get(*src), model.elements.get(*dst)) else { continue };
        let held = |at: usize| reach.get(at).cloned().unwrap_or_default();
        if flow.data_arrives_at_src() && hands_back(to, flow) {
            flow.classes.extend(held(*dst));
            flow.inferred.extend(held(*dst).difference(&to.classes));
        }
        if flow.data_arrives_at_dst() && sends_on(from, to, flow) {
            flow.classes.extend(held(*src));
            flow.inferred.extend(held(*src).difference(&to.classes));
        }
    }
    for (element, reached) in model.elements.iter_mut().zip(reach) {
        element.inferred.extend(reached);
        element.inferred.retain(|class| !element.classes.contains(class));
    }
}

/// Returns for each element the classes it can hand on.
fn reach(model: &Model, ends: &[(usize, usize)]) -> Vec<BTreeSet<DataClass>> {
    let mut reach: Vec<BTreeSet<DataClass>> = model.elements.iter().map(starts_with).collect();
    let mut touching: Vec<Vec<usize>> = vec![Vec::new(); model.elements.len()];
    for (at, (src, dst)) in ends.iter().enumerate() {
        for end in [src, dst] {
            if let Some(list) = touching.get_mut(*end) {
                list.push(at);
            }
        }
    }
    let mut queue: VecDeque<usize> = (0..model.elements.len()).collect();
    while let Some(at) = queue.pop_front() {
        let held = reach.get(at).cloned().unwrap_or_default();
        for step in touching.get(at).into_iter().flatten() {
            let Some(next) = target(model, ends, *step, at) else { continue };
            let Some(there) = reach.get_mut(next) else { continue };
            let before = there.len();
            there.extend(&held);
            if there.len() > before {
                queue.push_back(next);
            }
        }
    }
    reach
}

fn starts_with(element: &Element) -> BTreeSet<DataClass> {
    let seen = element.classes.iter().filter(|class| hands_on(element.kind, **class));
    seen.chain(&element.inferred).copied().collect()
}

/// Returns where data held by element `at` goes along flow `step`, if it goes anywhere.
fn target(model: &Model, ends: &[(usize, usize)], step: usize, at: usize) -> Option<usize> {
    let flow = model.flows.get(step)?;
    let (src, dst) = *ends.get(step)?;
    let (from, to) = (model.elements.get(src)?, model.elements.get(dst)?);
    if at == dst && flow.data_arrives_at_src() && hands_back(to, flow) {
        return Some(src);
    }
    (at == src && flow.data_arrives_at_dst() && sends_on(from, to, flow)).then_some(dst)
}

/// A reader gets what a store holds; loading a model or training from it does not bring its training data along.
fn hands_back(store: &Element, flow: &Flow) -> bool {
    store.kind != AssetKind::Model && !flow.has(RelationKind::DerivedFrom) && store.shape != Shape::External
}

fn sends_on(from: &Element, to: &Element, flow: &Flow) -> bool {
    let moves = flow.has(RelationKind::Calls) || flow.has(RelationKind::Writes);
    moves && from.kind != AssetKind::User && to.kind != AssetKind::Endpoint
}
