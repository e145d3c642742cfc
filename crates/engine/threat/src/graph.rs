//! The model indexed for threat rules: who touches whom, who is exposed, what was found wrong where.

use std::collections::{BTreeMap, VecDeque};

use syndic_evidence::{AssetKind, Confidence, Finding, FindingState, RelationKind, Severity, Urn, Zone};

use crate::model::{Element, Flow, Mark, Model, Shape};

/// A request is followed through at most this many processes.
const EXPOSURE_DEPTH: usize = 4;

/// Something that was found wrong with an element.
#[derive(Debug, Clone)]
pub(crate) struct Weakness {
    /// Rule of the finding.
    pub(crate) rule: String,
    /// Where it is.
    pub(crate) place: String,
    /// How bad.
    pub(crate) severity: Severity,
    /// How sure.
    pub(crate) confidence: Confidence,
}

impl Weakness {
    /// Says whether it is bad and sure enough to count against a control; the baseline's controls draw the line here
    /// too, and what they only note makes no threat likelier.
    pub(crate) fn counts(&self) -> bool {
        self.severity >= Severity::Medium && self.confidence >= Confidence::Medium
    }

    /// Says whether it is that the element answers without asking who calls.
    pub(crate) fn is_open_door(&self) -> bool {
        // A published port is reported as more than a note only where nothing asks for credentials behind it.
        self.rule == "serving.auth-missing" || (self.rule == "serving.port-exposed" && self.counts())
    }
}

/// A model with its indices.
#[derive(Debug)]
pub(crate) struct Graph<'a> {
    elements: BTreeMap<&'a Urn, &'a Element>,
    outs: BTreeMap<&'a Urn, Vec<&'a Flow>>,
    ins: BTreeMap<&'a Urn, Vec<&'a Flow>>,
    /// Element to the user whose requests reach it.
    exposed: BTreeMap<&'a Urn, &'a Element>,
    weaknesses: BTreeMap<&'a Urn, Vec<Weakness>>,
}

impl<'a> Graph<'a> {
    /// Indexes `model` and pins open findings to the elements that stand for their assets.
    pub(crate) fn new(model: &'a Model, findings: &[Finding]) -> Self {
        let mut graph = Self {
            elements: model.elements.iter().map(|element| (&element.urn, element)).collect(),
            outs: BTreeMap::new(),
            ins: BTreeMap::new(),
            exposed: BTreeMap::new(),
            weaknesses: BTreeMap::new(),
        };
        for flow in &model.flows {
            graph.outs.entry(&flow.src).or_default().push(flow);
            graph.ins.entry(&flow.dst).or_default().push(flow);
        }
        graph.expose(model);
        graph.pin(model, findings);
        graph
    }

    fn expose(&mut self, model: &'a Model) {
        let users = model.elements.iter().filter(|element| element.kind == AssetKind::User);
        let mut queue: VecDeque<(&Element, &Urn, usize)> = users.map(|user| (user, &user.urn, 0)).collect();
        while let Some((user, at, depth)) = queue.pop_front() {
            for flow in self.outs.get(at).into_iter().flatten() {
                let is_request = [RelationKind::Calls, RelationKind::Serves, RelationKind::Contains]
                    .iter()
                    .any(|kind| flow.has(*kind));
                let Some(next) = self.elements.get(&flow.dst) else { continue };
                let inside = next.shape == Shape::Process && next.kind != AssetKind::McpServer;
                if is_request && inside && depth < EXPOSURE_DEPTH && !self.exposed.contains_key(&flow.dst) {
                    self.exposed.insert(&flow.dst, user);
                    queue.push_back((user, &flow.dst, depth + 1));
                }
            }
        }
    }

    fn pin(&mut self, model: &'a Model, findings: &[Finding]) {
        let mut home: BTreeMap<&Urn, &Urn> = BTreeMap::new();
        for element in &model.elements {
            home.insert(&element.urn, &element.urn);
            home.extend(element.members.iter().map(|member| (member, &element.urn)));
        }
        for finding in findings.iter().filter(|finding| finding.state == FindingState::Open) {
            if let Some(element) = home.get(&finding.asset) {
                self.weaknesses.entry(element).or_default().push(Weakness {
                    rule: finding.rule.clone(),
                    place: finding.location.to_string(),
                    severity: finding.severity,
                    confidence: finding.confidence,
                });
            }
        }
        for list in self.weaknesses.values_mut() {
            list.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(&b.rule)).then(a.place.cmp(&b.place)));
        }
    }

    /// Returns the element with this URN.
    pub(crate) fn element(&self, urn: &Urn) -> Option<&'a Element> {
        self.elements.get(urn).copied()
    }

    /// Returns what was found wrong with an element, worst first.
    pub(crate) fn weaknesses(&self, element: &Element) -> &[Weakness] {
        self.weaknesses.get(&element.urn).map_or(&[], Vec::as_slice)
    }

    /// Returns flows out of `element` with their far ends.
    pub(crate) fn outs(&self, element: &Element) -> impl Iterator<Item = (&'a Flow, &'a Element)> {
        let flows = self.outs.get(&element.urn).into_iter().flatten();
        flows.filter_map(|flow| Some((*flow, self.element(&flow.dst)?)))
    }

    /// Returns flows into `element` with their near ends.
    pub(crate) fn ins(&self, element: &Element) -> impl Iterator<Item = (&'a Flow, &'a Element)> {
        let flows = self.ins.get(&element.urn).into_iter().flatten();
        flows.filter_map(|flow| Some((*flow, self.element(&flow.src)?)))
    }

    /// Returns the users whose requests reach `element`, if any do.
    pub(crate) fn users_of(&self, element: &Element) -> Option<&'a Element> {
        self.exposed.get(&element.urn).copied()
    }

    /// Returns the language model `element` sends prompts to; of several, one of a third party.
    pub(crate) fn llm_of(&self, element: &Element) -> Option<&'a Element> {
        let asked = self.outs(element).filter(|(flow, to)| asks(flow, to)).map(|(_, to)| to);
        asked.min_by_key(|to| to.zone != Zone::ThirdParty)
    }

    /// Returns the process behind an endpoint; a process users reach directly is its own.
    pub(crate) fn behind(&self, endpoint: &'a Element) -> Option<&'a Element> {
        if endpoint.kind != AssetKind::Endpoint {
            return Some(endpoint);
        }
        self.outs(endpoint).find(|(flow, _)| flow.has(RelationKind::Serves)).map(|(_, to)| to)
    }

    /// Returns the tools `element` can call.
    pub(crate) fn tools_of(&self, element: &Element) -> Vec<&'a Element> {
        self.outs(element).filter(|(_, to)| to.kind == AssetKind::McpServer).map(|(_, to)| to).collect()
    }
}

/// Says whether a flow puts a prompt to a language model.
pub(crate) fn asks(flow: &Flow, to: &Element) -> bool {
    let local = to.kind == AssetKind::Model && to.is(Mark::Generative);
    let served = to.kind == AssetKind::Service && to.is(Mark::Generative);
    let hosted =
        served || to.kind == AssetKind::HostedModel || (to.kind == AssetKind::Provider && to.is(Mark::Generative));
    (hosted && flow.has(RelationKind::Calls))
        || (local && (flow.has(RelationKind::Calls) || flow.has(RelationKind::Loads)))
}

/// One interaction under a rule's eye.
#[derive(Debug)]
pub(crate) struct Interaction<'a> {
    /// The whole model.
    pub(crate) graph: &'a Graph<'a>,
    /// Who acts.
    pub(crate) src: &'a Element,
    /// Acted on.
    pub(crate) dst: &'a Element,
    /// What moves.
    pub(crate) flow: &'a Flow,
}

impl<'a> Interaction<'a> {
    /// Returns the users whose requests reach the acting side.
    pub(crate) fn users(&self) -> Option<&'a Element> {
        self.graph.users_of(self.src)
    }

    /// Says whether the acting side runs own code: application, service, agent, notebook, pipeline.
    pub(crate) fn acts_as_process(&self) -> bool {
        let answers = matches!(self.src.kind, AssetKind::Endpoint | AssetKind::Provider | AssetKind::HostedModel);
        self.src.shape == Shape::Process && !answers
    }

    /// Says whether this puts a prompt to a language model.
    pub(crate) fn prompts_llm(&self) -> bool {
        self.acts_as_process() && asks(self.flow, self.dst)
    }

    /// Says whether a request to the other end is known to reach the model: an endpoint is sure when its handler was
    /// seen to ask one, and less sure when only its name says so.
    pub(crate) fn reaches_model(&self) -> bool {
        self.dst.kind != AssetKind::Endpoint || self.dst.confidence == Confidence::High
    }

    /// Says whether the acting side uses a tool server; one that it only carries is offered to others, who judge it.
    pub(crate) fn uses_tools(&self) -> bool {
        let only_carries = self.does(RelationKind::Contains) && !self.does(RelationKind::Calls);
        self.dst.kind == AssetKind::McpServer && !only_carries
    }

    /// Says whether the other end belongs to a third party.
    pub(crate) fn leaves(&self) -> bool {
        self.dst.zone == Zone::ThirdParty && self.src.zone != Zone::ThirdParty
    }

    /// Says whether the relation stands for `kind`.
    pub(crate) fn does(&self, kind: RelationKind) -> bool {
        self.flow.has(kind)
    }
}

/// One element under a rule's eye.
#[derive(Debug)]
pub(crate) struct Station<'a> {
    /// The whole model.
    pub(crate) graph: &'a Graph<'a>,
    /// The element.
    pub(crate) element: &'a Element,
}
