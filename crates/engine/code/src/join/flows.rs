//! Model output that one file gets and another executes.

use syndic_evidence::Confidence;

use super::project::{Found, Project};
use super::reach::Reach;
use crate::{Hazard, HazardKind, Origin, Passed, Spot};

/// Returns the hazards of a file that only other files make visible.
pub(super) fn joined(project: &Project<'_>, reach: &Reach<'_>, file: usize) -> Vec<Hazard> {
    let Some(facts) = project.files.get(file) else { return Vec::new() };
    let output = |paths: &[String]| {
        paths.iter().find_map(|path| project.find(file, path).and_then(|found| reach.returns(found)))
    };
    let mut found: Vec<Hazard> = Vec::new();
    for seen in &facts.links.executed {
        if let Some(files) = output(&seen.calls) {
            found.push(hazard(&seen.what, &files, &seen.function, seen.at));
        }
    }
    for seen in &facts.links.passed {
        let Some(Found::Function(id)) = project.find(file, &seen.callee) else { continue };
        let Some(executed) = project
            .function(id)
            .and_then(|function| function.executes.iter().find(|param| takes(seen, &param.name, param.position)))
        else {
            continue;
        };
        let source = if seen.is_output { Some(Vec::new()) } else { output(&seen.calls) };
        if let Some(mut files) = source {
            files.push(project.path(id.0));
            found.push(hazard(&executed.what, &files, &seen.function, seen.at));
        }
    }
    found.retain(|hazard| {
        !facts.hazards.iter().any(|known| known.kind == HazardKind::OutputExecuted && known.at == hazard.at)
    });
    found.sort_by(|one, two| (one.at, &one.what).cmp(&(two.at, &two.what)));
    found.dedup_by(|later, earlier| later.at == earlier.at);
    found
}

fn takes(seen: &Passed, name: &str, position: usize) -> bool {
    if seen.keyword.is_empty() { seen.position == position } else { seen.keyword == name }
}

fn hazard(what: &str, files: &[&str], function: &str, at: Spot) -> Hazard {
    Hazard {
        kind: HazardKind::OutputExecuted,
        what: what.to_owned(),
        detail: files.join(", "),
        function: function.to_owned(),
        origin: Origin::Remote,
        confidence: Confidence::Medium,
        at,
    }
}
