//! Folds crowds: many elements of one kind in one zone become "14 models".
//!
//! First those that hang together with the same neighbours in the same way, then, if the crowd is still too large,
//! all of them. The last step bounds what is drawn whatever the input.

use std::collections::{BTreeMap, BTreeSet};

use syndic_evidence::{AssetKind, RelationKind, Urn, Zone};

use crate::derive::{Flows, merge};
use crate::model::{Element, Mark};

/// At most this many elements are drawn.
pub(crate) const ELEMENT_LIMIT: usize = 120;
/// With more flows than this nobody can follow one, so every kind is folded in its zone.
const FLOW_LIMIT: usize = 300;
/// Things that come in crowds are folded above this number in one zone.
const CROWD: usize = 4;
/// Things a reader wants to see one by one are folded above this number.
const COMPANY: usize = 10;

type Elements = BTreeMap<Urn, Element>;
/// What makes two elements look alike on the diagram: neighbours with direction and kinds, and marks.
type Signature = (BTreeSet<(bool, Urn, BTreeSet<RelationKind>)>, BTreeSet<Mark>);

/// Folds crowds of elements and joins their flows.
pub(crate) fn group(elements: Elements, flows: Flows) -> (Elements, Flows) {
    let signatures = signatures(&elements, &flows);
    let alike = crowds(&elements, limit_of, |element| signatures.get(&element.urn).cloned().unwrap_or_default());
    let (elements, flows) = join(elements, flows, &alike);
    let crowded = crowds(&elements, limit_of, |_| ());
    let (elements, flows) = join(elements, flows, &crowded);
    if elements.len() <= ELEMENT_LIMIT && flows.len() <= FLOW_LIMIT {
        return (elements, flows);
    }
    // Kinds times zones are fewer than the limit, so one element each is always drawable.
    let all = crowds(&elements, |_| 1, |_| ());
    join(elements, flows, &all)
}

const fn limit_of(kind: AssetKind) -> usize {
    match kind {
        AssetKind::Model
        | AssetKind::Dataset
        | AssetKind::Notebook
        | AssetKind::Endpoint
        | AssetKind::HostedModel
        | AssetKind::Pipeline => CROWD,
        _ => COMPANY,
    }
}

fn signatures(elements: &Elements, flows: &Flows) -> BTreeMap<Urn, Signature> {
    let mut signatures: BTreeMap<Urn, Signature> = BTreeMap::new();
    for (urn, element) in elements {
        signatures.entry(urn.clone()).or_default().1.clone_from(&element.marks);
    }
    for flow in flows.values() {
        signatures.entry(flow.src.clone()).or_default().0.insert((true, flow.dst.clone(), flow.kinds.clone()));
        signatures.entry(flow.dst.clone()).or_default().0.insert((false, flow.src.clone(), flow.kinds.clone()));
    }
    signatures
}

/// Returns for every element that is to be folded the first of its group.
fn crowds<K: Ord>(
    elements: &Elements,
    limit: impl Fn(AssetKind) -> usize,
    key: impl Fn(&Element) -> K,
) -> BTreeMap<Urn, Urn> {
    let mut sizes: BTreeMap<(AssetKind, Zone), usize> = BTreeMap::new();
    for element in elements.values() {
        *sizes.entry((element.kind, element.zone)).or_default() += 1;
    }
    let mut first: BTreeMap<(AssetKind, Zone, K), Urn> = BTreeMap::new();
    let mut joined = BTreeMap::new();
    for element in elements.values() {
        let size = sizes.get(&(element.kind, element.zone)).copied().unwrap_or_default();
        if size > limit(element.kind) {
            let head = first.entry((element.kind, element.zone, key(element))).or_insert_with(|| element.urn.clone());
            joined.insert(element.urn.clone(), head.clone());
        }
    }
    joined
}

fn join(elements: Elements, flows: Flows, heads: &BTreeMap<Urn, Urn>) -> (Elements, Flows) {
    let head_of = |urn: &Urn| heads.get(urn).unwrap_or(urn).clone();
    let mut joined: Elements = BTreeMap::new();
    for (urn, element) in elements {
        // Heads are the first of their group by URN, so a head is in the map before its members come.
        match joined.get_mut(&head_of(&urn)) {
            Some(head) => absorb(head, element),
            None => drop(joined.insert(urn, element)),
        }
    }
    let mut rerouted = Flows::new();
    for (_, mut flow) in flows {
        flow.src = head_of(&flow.src);
        flow.dst = head_of(&flow.dst);
        if flow.src != flow.dst {
            merge(&mut rerouted, flow);
        }
    }
    (joined, rerouted)
}

fn absorb(head: &mut Element, other: Element) {
    head.count += other.count;
    head.name = format!("{} {}", head.count, head.kind.plural().to_lowercase().replace("mcp", "MCP"));
    head.classes.extend(other.classes);
    head.inferred.extend(other.inferred);
    head.marks.extend(other.marks);
    if !head.is(Mark::Implied) {
        head.marks.remove(&Mark::Pinned);
    }
    head.confidence = head.confidence.max(other.confidence);
    head.members.push(other.urn);
    head.members.extend(other.members);
    head.members.sort();
}
