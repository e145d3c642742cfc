//! Detectors over observations: one finding each where a person would mend each, one a file where not.

use syndic_detect::{Findings, Place};
use syndic_evidence::Location;

use crate::facts::{Facts, Observation, ObservationKind};

/// Details named in one aggregated message.
const NAMED: usize = 4;

/// Reports each observation of a kind by its own subject.
pub(super) fn each(facts: &Facts, out: &mut Findings<'_>, kind: ObservationKind) {
    for observation in of_kind(facts, kind) {
        let draft = out.report(place(facts, observation), observation.detail.clone());
        draft.discriminator.clone_from(&observation.subject);
    }
}

/// Reports all observations of a kind as one finding.
pub(super) fn aggregate(facts: &Facts, out: &mut Findings<'_>, kind: ObservationKind) {
    let seen: Vec<&Observation> = of_kind(facts, kind).collect();
    let Some(first) = seen.first() else { return };
    let mut details: Vec<&str> = seen.iter().take(NAMED).map(|observation| observation.detail.as_str()).collect();
    let further = format!("and {} more", seen.len().saturating_sub(NAMED));
    if seen.len() > NAMED {
        details.push(&further);
    }
    let location = if seen.len() == 1 { place(facts, first) } else { Location::file(&facts.path) };
    let draft = out.report(location, details.join("; "));
    draft.location.member = None;
    if !Place::of(&facts.path).is_product() {
        draft.severity = draft.severity.milder();
    }
}

fn of_kind(facts: &Facts, kind: ObservationKind) -> impl Iterator<Item = &Observation> {
    facts.observations.iter().filter(move |observation| observation.kind == kind)
}

fn place(facts: &Facts, observation: &Observation) -> Location {
    let mut location = Location::file(&facts.path);
    location.offset = observation.offset;
    location.member.clone_from(&observation.member);
    location
}
