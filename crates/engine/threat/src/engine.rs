//! Asks every threat rule about every interaction and element, and ranks what they say.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use syndic_detect::{Rule, RuleError, Rulebook};
use syndic_evidence::{
    Asset, AssetKind, Finding, Fingerprint, Inspection, Location, PredicateType, Relation, Risk, Urn,
};

use crate::aggregate::{Threat, aggregate};
use crate::derive::derive;
use crate::graph::{Graph, Interaction, Station, Weakness};
use crate::model::{Element, Mark, Model};
use crate::rules::{self, Applies, ThreatRule};
use crate::score::{Score, severity};

/// At most this many risks are listed; how many were left out stands in the facts.
pub const RISK_LIMIT: usize = 60;
/// Controls too general to bind a finding to a threat.
const GENERAL_CONTROLS: &[&str] = &["INV-01", "PRV-01", "DAT-01", "DAT-03"];

/// The threat engine with its rules.
#[derive(Debug)]
pub struct ThreatEngine {
    book: Rulebook,
    /// What every rule of every engine is about, to bind findings to threats.
    ties: BTreeMap<String, Ties>,
}

/// What a rule is about: the controls it speaks to and the weaknesses and techniques it names.
#[derive(Debug, Default)]
struct Ties {
    controls: Vec<String>,
    references: BTreeSet<String>,
}

impl Ties {
    fn of(rule: &Rule) -> Self {
        Self { controls: rule.controls.clone(), references: references(rule).cloned().collect() }
    }

    /// Returns the control by which a finding of this rule bears on a threat. Controls are wide ("access is
    /// controlled"), so the two must name a weakness or technique in common too: an open route is no open store.
    fn control_of(&self, threat: &Rule) -> Option<&str> {
        let is_near = references(threat).any(|reference| self.references.contains(reference));
        let shared = |id: &&String| threat.controls.contains(id) && !GENERAL_CONTROLS.contains(&id.as_str());
        self.controls.iter().find(shared).filter(|_| is_near).map(String::as_str)
    }
}

fn references(rule: &Rule) -> impl Iterator<Item = &String> {
    rule.references.atlas.iter().chain(&rule.references.owasp).chain(&rule.references.cwe)
}

/// What enters the evidence.
#[derive(Serialize)]
struct Facts<'a> {
    model: &'a Model,
    risks: &'a [Risk],
    risks_not_listed: usize,
}

impl ThreatEngine {
    /// Makes the engine with the compiled-in rules.
    ///
    /// # Errors
    /// A compiled-in rule file is not of the form; a test keeps that from happening.
    pub fn builtin() -> Result<Self, RuleError> {
        let ties = Rulebook::all()?.rules().map(|rule| (rule.id.clone(), Ties::of(rule))).collect();
        Ok(Self { book: Rulebook::builtin("threat")?, ties })
    }

    /// Returns every threat rule, by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.book.rules()
    }

    /// Returns the risks of `model`, highest score first, at most [`RISK_LIMIT`]. Open findings raise likelihood.
    pub fn threats(&self, model: &Model, findings: &[Finding]) -> Vec<Risk> {
        self.ranked(model, findings).0
    }

    /// Derives the model of `system` and its risks. `facts` hold both; users that are implied become assets.
    pub fn inspect(
        &self,
        system: &Urn,
        assets: &[Asset],
        relations: &[Relation],
        findings: &[Finding],
    ) -> (Inspection, Vec<Risk>) {
        let model = derive(system, assets, relations);
        let (risks, risks_not_listed) = self.ranked(&model, findings);
        let facts = Facts { model: &model, risks: &risks, risks_not_listed };
        // Only strings, numbers and lists: this cannot fail.
        let facts = serde_json::to_value(&facts).unwrap_or_default();
        let mut inspection = Inspection::new(system.clone(), PredicateType::ThreatModel, facts);
        inspection.assets = model.elements.iter().filter(|e| e.is(Mark::Implied)).map(implied).collect();
        if risks_not_listed > 0 {
            let note = format!("{risks_not_listed} lower risks: over the limit of {RISK_LIMIT} listed risks");
            inspection.not_inspected.push(note);
        }
        (inspection, risks)
    }

    fn ranked(&self, model: &Model, findings: &[Finding]) -> (Vec<Risk>, usize) {
        let graph = Graph::new(model, findings);
        let mut risks = Vec::new();
        for threat_rule in rules::all() {
            let Some(rule) = self.book.rule(threat_rule.rule) else { continue };
            let threats = self.ask(threat_rule, rule, model, &graph);
            risks.extend(aggregate(threats).into_iter().map(|threat| risk(threat_rule, rule, &threat)));
        }
        risks.sort_by(|a, b| {
            let by_score = b.score().cmp(&a.score()).then(b.impact.cmp(&a.impact));
            by_score.then_with(|| (&a.rule, &a.asset, &a.target).cmp(&(&b.rule, &b.asset, &b.target)))
        });
        let not_listed = risks.len().saturating_sub(RISK_LIMIT);
        risks.truncate(RISK_LIMIT);
        (risks, not_listed)
    }

    fn ask<'a>(&self, asked: &ThreatRule, rule: &Rule, model: &'a Model, graph: &'a Graph<'a>) -> Vec<Threat<'a>> {
        let interact = |applies: fn(&Interaction<'_>) -> Option<Score>, is_far_only: bool| {
            let interactions = model.flows.iter().filter_map(|flow| {
                let (src, dst) = (graph.element(&flow.src)?, graph.element(&flow.dst)?);
                let score = applies(&Interaction { graph, src, dst, flow })?;
                let near = (!is_far_only).then_some(src);
                let score = self.weigh(score, rule, graph, &near.into_iter().chain([dst]).collect::<Vec<_>>());
                Some(Threat { src, dst: Some(dst), source: &flow.source, score, others: Vec::new() })
            });
            interactions.collect()
        };
        match asked.applies {
            Applies::Flow(applies) => interact(applies, false),
            Applies::FarEnd(applies) => interact(applies, true),
            Applies::Element(applies) => {
                let stations = model.elements.iter().filter_map(|element| {
                    let score = applies(&Station { graph, element })?;
                    let score = self.weigh(score, rule, graph, &[element]);
                    Some(Threat { src: element, dst: None, source: &element.source, score, others: Vec::new() })
                });
                stations.collect()
            }
        }
    }

    /// Raises likelihood when something was found at an end that counts against a control the threat rests on.
    fn weigh(&self, score: Score, rule: &Rule, graph: &Graph<'_>, ends: &[&Element]) -> Score {
        let speaks_to = |weakness: &Weakness| self.ties.get(&weakness.rule)?.control_of(rule);
        let weaknesses = ends.iter().flat_map(|end| graph.weaknesses(end)).filter(|weakness| weakness.counts());
        let mut bound = weaknesses.filter_map(|weakness| Some((weakness, speaks_to(weakness)?)));
        let Some((worst, control)) = bound.next() else { return score };
        let more = match bound.count() {
            0 => String::new(),
            count => format!(", and {count} more"),
        };
        let (rule, severity, place) = (&worst.rule, worst.severity, &worst.place);
        score.likelier(true, &format!("finding {rule} ({severity}) at {place} counts against {control}{more}"))
    }
}

fn risk(asked: &ThreatRule, rule: &Rule, threat: &Threat<'_>) -> Risk {
    let asset = threat.src.urn.clone();
    let target = threat.dst.map(|dst| dst.urn.clone());
    let other_end = target.as_ref().map_or("", Urn::as_str);
    Risk {
        fingerprint: Fingerprint::compute(asked.rule, &asset, &Location::default(), other_end),
        rule: asked.rule.to_owned(),
        title: format!("{}: {}", asked.name, threat.way()),
        stride: asked.stride,
        likelihood: threat.score.likelihood,
        impact: threat.score.impact,
        severity: severity(threat.score.total()),
        mitigation: rule.fix.clone(),
        references: references(rule).cloned().collect(),
        source: threat.source.clone(),
        factors: threat.factors(),
        asset,
        target,
    }
}

fn implied(element: &Element) -> Asset {
    Asset::new(element.urn.clone(), AssetKind::User, element.name.clone(), element.zone, element.source.clone())
        .confidence(element.confidence)
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
