//! Asks every threat rule about every interaction and element, and ranks what they say.

use std::collections::BTreeMap;

use serde::Serialize;
use syndic_detect::{Rule, RuleError, Rulebook};
use syndic_evidence::{
    Asset, AssetKind, Finding, Fingerprint, Inspection, Location, PredicateType, Relation, Risk, Urn,
};

use crate::aggregate::{Threat, aggregate};
use crate::derive::derive;
use crate::graph::{Graph, Interaction, Station};
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
    /// Controls of every rule of every engine, to bind findings to threats.
    controls: BTreeMap<String, Vec<String>>,
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
        let controls = Rulebook::all()?.rules().map(|rule| (rule.id.clone(), rule.controls.clone())).collect();
        Ok(Self { book: Rulebook::builtin("threat")?, controls })
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
        match asked.applies {
            Applies::Flow(applies) => {
                let interactions = model.flows.iter().filter_map(|flow| {
                    let (src, dst) = (graph.element(&flow.src)?, graph.element(&flow.dst)?);
                    let score = applies(&Interaction { graph, src, dst, flow })?;
                    let score = self.weigh(score, rule, graph, &[src, dst]);
                    Some(Threat { src, dst: Some(dst), source: &flow.source, score, others: Vec::new() })
                });
                interactions.collect()
            }
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

    /// Raises likelihood when something was found at an end that breaks a control the threat rests on.
    fn weigh(&self, score: Score, rule: &Rule, graph: &Graph<'_>, ends: &[&Element]) -> Score {
        let speaks_to = |finding: &str| {
            let controls = self.controls.get(finding).map_or(&[][..], Vec::as_slice);
            let shared = |id: &&String| rule.controls.contains(id) && !GENERAL_CONTROLS.contains(&id.as_str());
            controls.iter().find(shared).cloned()
        };
        let weaknesses = ends.iter().flat_map(|end| graph.weaknesses(end));
        let mut bound = weaknesses.filter_map(|weakness| Some((weakness, speaks_to(&weakness.rule)?)));
        let Some((worst, control)) = bound.next() else { return score };
        let more = match bound.count() {
            0 => String::new(),
            count => format!(", and {count} more"),
        };
        let why = format!("finding {} at {} breaks {control}{more}", worst.rule, worst.place);
        score.likelier(true, &why)
    }
}

fn risk(asked: &ThreatRule, rule: &Rule, threat: &Threat<'_>) -> Risk {
    let asset = threat.src.urn.clone();
    let target = threat.dst.map(|dst| dst.urn.clone());
    let other_end = target.as_ref().map_or("", Urn::as_str);
    let references = rule.references.atlas.iter().chain(&rule.references.owasp).chain(&rule.references.cwe);
    Risk {
        fingerprint: Fingerprint::compute(asked.rule, &asset, &Location::default(), other_end),
        rule: asked.rule.to_owned(),
        title: format!("{}: {}", asked.name, threat.way()),
        stride: asked.stride,
        likelihood: threat.score.likelihood,
        impact: threat.score.impact,
        severity: severity(threat.score.total()),
        mitigation: rule.fix.clone(),
        references: references.cloned().collect(),
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
