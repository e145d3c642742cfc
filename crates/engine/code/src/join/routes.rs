//! Routes with what other files say of them: the model their handler reaches, where their router is mounted.

use super::mounts;
use super::project::{Found, Project};
use super::reach::Reach;
use crate::Route;

/// Returns the routes of a file that other files change, by their position.
pub(super) fn joined(project: &Project<'_>, reach: &Reach<'_>, file: usize) -> Vec<(usize, Route)> {
    let Some(facts) = project.files.get(file) else { return Vec::new() };
    let routes = facts.routes.iter().enumerate();
    routes
        .filter_map(|(index, route)| {
            let mut changed = route.clone();
            model(project, reach, file, &mut changed);
            guards(project, file, &mut changed);
            mounts::mount(project, file, &mut changed);
            (changed != *route).then_some((index, changed))
        })
        .collect()
}

fn model(project: &Project<'_>, reach: &Reach<'_>, file: usize, route: &mut Route) {
    if route.calls_model {
        return;
    }
    if let Some(files) = handler(project, file, route).and_then(|handler| reach.asks(handler)) {
        route.calls_model = true;
        name(project, file, route, files);
    }
}

/// Returns the function that answers a route.
pub(super) fn handler(project: &Project<'_>, file: usize, route: &Route) -> Option<Found> {
    if route.handler_path.is_empty() {
        project.named(file, &route.handler).map(Found::Function)
    } else {
        project.find(file, &route.handler_path)
    }
}

/// A dependency from another file that checks who is calling.
pub(super) fn guards(project: &Project<'_>, file: usize, route: &mut Route) {
    if route.has_auth {
        return;
    }
    let guard = route.guards.iter().find_map(|path| match project.find(file, path)? {
        Found::Function(id) if project.function(id)?.checks_caller => Some(id.0),
        _ => None,
    });
    if let Some(guard) = guard {
        route.has_auth = true;
        name(project, file, route, vec![project.path(guard)]);
    }
}

/// Notes the files a decision about a route rests on.
pub(super) fn name(project: &Project<'_>, file: usize, route: &mut Route, files: Vec<&str>) {
    for path in files {
        if path != project.path(file) && !route.joined_from.iter().any(|known| known == path) {
            route.joined_from.push(path.to_owned());
        }
    }
}
