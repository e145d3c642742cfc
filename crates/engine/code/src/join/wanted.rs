//! Which files that were put off others lead to: from routes to models, from executors to what they execute.
//!
//! Whoever is on no such way changes nothing, whatever stands in it. Work is linear in the number of links: a function
//! is followed once, from wherever it is reached first.

use std::collections::BTreeSet;

use super::project::{Found, FunctionId, Project};
use super::{mounts, reach, routes};
use crate::maps::HashSet;
use crate::{Facts, FunctionLinks};

/// Returns the positions of the files that have to be read before anything can be said.
pub(super) fn of(files: &[&Facts]) -> BTreeSet<usize> {
    if !files.iter().any(|facts| facts.is_deferred) {
        return BTreeSet::new();
    }
    let project = Project::new(files);
    let mut asked = Vec::new();
    let mut returned = Vec::new();
    for (file, facts) in files.iter().enumerate() {
        for route in &facts.routes {
            let mut route = route.clone();
            asked.extend(routes::handler(&project, file, &route).filter(|_| !route.calls_model));
            routes::guards(&project, file, &mut route);
            mounts::mount(&project, file, &mut route);
        }
        let sources =
            |paths: &[String]| -> Vec<Found> { paths.iter().filter_map(|path| project.find(file, path)).collect() };
        for seen in &facts.links.executed {
            returned.extend(sources(&seen.calls));
        }
        for seen in &facts.links.passed {
            // What is handed over matters only to a function that executes it.
            let executes = |id| project.function(id).is_some_and(|function| !function.executes.is_empty());
            if matches!(project.find(file, &seen.callee), Some(Found::Function(id)) if executes(id)) {
                returned.extend(sources(&seen.calls));
            }
        }
    }
    follow(
        asked,
        |id, function| {
            let local = function.local_calls.iter().filter_map(|name| project.local(id.0, name)).map(Found::Function);
            let other = function.calls.iter().filter_map(|path| project.find(id.0, path));
            if function.asks_model { Vec::new() } else { local.chain(other).collect() }
        },
        &project,
    );
    follow(
        returned,
        |id, function| {
            let other = function.returns_of.iter().filter_map(|path| project.find(id.0, path));
            if function.returns_output { Vec::new() } else { other.collect() }
        },
        &project,
    );
    project.wanted()
}

/// Goes from functions to those they lead to, as far as ways to a model are followed.
fn follow(start: Vec<Found>, leads_to: impl Fn(FunctionId, &FunctionLinks) -> Vec<Found>, project: &Project<'_>) {
    let mut seen: HashSet<FunctionId> = HashSet::default();
    let mut level = start;
    for _ in 0..=reach::MAX_CALLS {
        let mut next = Vec::new();
        for found in level {
            let Found::Function(id) = found else { continue };
            if seen.insert(id)
                && let Some(function) = project.function(id)
            {
                next.extend(leads_to(id, function));
            }
        }
        level = next;
    }
}
