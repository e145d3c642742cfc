//! Detectors over pickles: what they import, how they end, and what the file name promised instead.

use std::collections::BTreeMap;

use syndic_detect::{Findings, Place};
use syndic_evidence::{Location, Severity};

use crate::facts::{Facts, Import, ObservationKind, PickleEnd, PickleFacts, Standing, Verdict};

/// Names listed in one message.
const NAMED: usize = 6;

/// One finding a denied callable: two calls of one callable are one thing to mend.
pub(super) fn malicious(facts: &Facts, out: &mut Findings<'_>) {
    let mut seen: BTreeMap<&str, (&PickleFacts, &Import, u32)> = BTreeMap::new();
    for (pickle, import) in imports(facts, Standing::Denied) {
        let entry = seen.entry(&import.name).or_insert((pickle, import, 0));
        entry.2 = entry.2.saturating_add(import.calls);
        if entry.1.arguments.is_none() {
            (entry.0, entry.1) = (pickle, import);
        }
    }
    for (name, (pickle, import, calls)) in seen {
        let called = match (&import.arguments, calls) {
            (Some(arguments), _) => format!("calls {name}({arguments})"),
            (None, 0) => format!("imports {name}"),
            (None, _) => format!("calls {name}"),
        };
        let message = format!("loading this file {called}: {}", import.reason);
        let draft = out.report(place(facts, pickle, import.offset), message);
        name.clone_into(&mut draft.discriminator);
    }
}

/// One finding a file with every name that no model needs or nobody knows; worse if one of them hides something.
pub(super) fn unreviewed(facts: &Facts, out: &mut Findings<'_>) {
    let worst_first = [Standing::Suspicious, Standing::Needless, Standing::Unreviewed];
    let odd: Vec<_> = worst_first.iter().flat_map(|standing| imports(facts, *standing)).collect();
    let Some((pickle, import)) = odd.first().copied() else { return };
    let mut names: Vec<&str> = odd.iter().map(|(_, import)| import.name.as_str()).collect();
    names.dedup();
    let further = names.len().saturating_sub(NAMED);
    let listed = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = if further > 0 { format!(" and {further} more") } else { String::new() };
    let why = match import.standing {
        Standing::Suspicious => import.reason.clone(),
        Standing::Needless => format!("{} {}, which no model needs", import.name, import.reason),
        _ => "which nobody has reviewed".to_owned(),
    };
    let message = format!("loading this file imports {listed}{more}: {why}");
    let draft = out.report(place(facts, pickle, import.offset), message);
    draft.location.member = None;
    if import.standing == Standing::Suspicious {
        draft.severity = Severity::High;
    } else if !Place::of(&facts.path).is_product() {
        draft.severity = draft.severity.milder();
    }
}

/// A pickle that does nothing wrong is still a format whose next version may.
pub(super) fn format(facts: &Facts, out: &mut Findings<'_>) {
    let is_plain = matches!(facts.verdict, Verdict::Clean | Verdict::Unreviewed);
    if !facts.format.may_run_code() || !is_plain {
        return;
    }
    let message = format!("{} file: loading it runs code it chooses", facts.format.as_str());
    let draft = out.report(Location::file(&facts.path), message);
    if !Place::of(&facts.path).is_product() {
        draft.severity = draft.severity.milder();
    }
}

/// Pickles that do not end as they should.
pub(super) fn malformed(facts: &Facts, out: &mut Findings<'_>) {
    let broken = facts.pickles.iter().find_map(|pickle| match &pickle.end {
        PickleEnd::Stop => None,
        PickleEnd::Broken { problem } | PickleEnd::Budget { problem } => Some((pickle, problem.as_str())),
    });
    let is_empty = facts.format.may_run_code() && facts.pickles.is_empty();
    let problem = match (broken, facts.not_inspected.first()) {
        (Some((_, problem)), _) => problem,
        (None, Some(what)) if facts.format.may_run_code() => what.as_str(),
        (None, _) if is_empty => "no pickle could be read in it",
        _ => return,
    };
    let location = broken.map_or_else(|| Location::file(&facts.path), |(pickle, _)| place(facts, pickle, 0));
    let message = format!("not wholly inspected: {problem}");
    let draft = out.report(location, message);
    draft.location.member = None;
    if !Place::of(&facts.path).is_product() {
        draft.severity = draft.severity.milder();
    }
}

/// The name promises a format without code and the content is one that runs code.
pub(super) fn mismatch(facts: &Facts, out: &mut Findings<'_>) {
    let Some(claimed) = facts.claimed else { return };
    let is_object_array = facts.observations.iter().any(|seen| seen.kind == ObservationKind::NpyObject);
    if is_object_array || !claimed.promises_no_code() || !facts.format.may_run_code() {
        return;
    }
    let message =
        format!("the name promises {} and the content is {}, which runs code", claimed.as_str(), facts.format.as_str());
    out.report(Location::file(&facts.path), message);
}

fn imports(facts: &Facts, standing: Standing) -> impl Iterator<Item = (&PickleFacts, &Import)> {
    facts
        .pickles
        .iter()
        .flat_map(|pickle| pickle.imports.iter().map(move |import| (pickle, import)))
        .filter(move |(_, import)| import.standing == standing)
}

fn place(facts: &Facts, pickle: &PickleFacts, offset: u64) -> Location {
    let mut location = Location::offset(&facts.path, pickle.offset.saturating_add(offset));
    location.member.clone_from(&pickle.member);
    location
}
