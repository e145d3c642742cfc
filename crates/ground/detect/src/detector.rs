//! A detector: a rule id and a function from an engine's facts to findings.

use syndic_evidence::{Confidence, FindingDraft, Location, Severity, Urn};

use crate::{Rule, Rulebook};

/// One entry of an engine's static slice. `F` is the engine's facts: what it read, before any judgement.
pub struct Detector<F: ?Sized + 'static> {
    /// Id of the rule this detector implements.
    pub rule: &'static str,
    /// Looks at the facts and reports each fault.
    pub run: fn(&F, &mut Findings<'_>),
}

impl<F: ?Sized> std::fmt::Debug for Detector<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detector").field("rule", &self.rule).finish_non_exhaustive()
    }
}

impl<F: ?Sized> Detector<F> {
    /// Runs every detector of a slice over one subject's facts.
    ///
    /// A detector without a rule in `book` reports nothing; `check_completeness` keeps that from happening.
    pub fn run_all(slice: &[Self], book: &Rulebook, facts: &F) -> Vec<FindingDraft> {
        let mut drafts = Vec::new();
        for detector in slice {
            if let Some(rule) = book.rule(detector.rule) {
                (detector.run)(facts, &mut Findings { rule, drafts: &mut drafts });
            }
        }
        drafts
    }
}

/// Where a detector puts what it finds; fills in what the rule says.
#[derive(Debug)]
pub struct Findings<'a> {
    rule: &'a Rule,
    drafts: &'a mut Vec<FindingDraft>,
}

impl Findings<'_> {
    /// Reports one fault at `location`. `message` is one sentence about this very case.
    ///
    /// The returned draft can be refined: `report(…).discriminator = name`.
    pub fn report(&mut self, location: Location, message: impl Into<String>) -> &mut FindingDraft {
        let index = self.drafts.len();
        self.drafts.push(draft(self.rule, location, message.into()));
        #[expect(clippy::indexing_slicing, reason = "the element was pushed on the line above")]
        &mut self.drafts[index]
    }

    /// Reports one fault of an asset other than the inspected one.
    pub fn report_on(&mut self, asset: Urn, location: Location, message: impl Into<String>) -> &mut FindingDraft {
        let draft = self.report(location, message);
        draft.asset = Some(asset);
        draft
    }

    /// Returns the severity the rule has in the usual case.
    pub fn severity(&self) -> Severity {
        self.rule.severity
    }

    /// Returns the confidence the rule has in the usual case.
    pub fn confidence(&self) -> Confidence {
        self.rule.confidence
    }
}

fn draft(rule: &Rule, location: Location, message: String) -> FindingDraft {
    FindingDraft {
        rule: rule.id.clone(),
        asset: None,
        message,
        severity: rule.severity,
        confidence: rule.confidence,
        location,
        discriminator: String::new(),
        props: serde_json::Map::new(),
    }
}
