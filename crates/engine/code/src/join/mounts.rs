//! Where a router is mounted: its path and authentication may be written in another file than its routes.

use super::project::Project;
use super::routes::name;
use crate::maps::{HashMap, HashSet};
use crate::{MountSeen, Route};

/// Routers inside routers that are followed.
const MAX_MOUNTS: usize = 4;

/// Follows the router of a route to the application it ends on.
pub(super) fn mount(project: &Project<'_>, file: usize, route: &mut Route) {
    let Some((mut at, mut router)) = object(project, file, &route.router) else { return };
    let mut seen = HashSet::default();
    if at != file {
        // `from app.core import app`: the application itself stands in the other file.
        take_application(project, at, &router, file, route);
    }
    for _ in 0..MAX_MOUNTS {
        if !seen.insert((at, router.clone())) {
            return;
        }
        let Some((mounted_in, mount)) = project.mounted.get(&(at, router.clone())).copied() else { return };
        // What stands in the route's own file was read with it.
        if mounted_in != file {
            let options = project.files.get(mounted_in).and_then(|facts| facts.links.routers.get(&mount.into));
            let outer = options.map_or("", |options| if options.is_app { "" } else { options.prefix.as_str() });
            route.path = format!("{outer}{}{}", mount.prefix, route.path);
            route.has_auth |= mount.has_auth || options.is_some_and(|options| options.has_auth);
            name(project, file, route, vec![project.path(mounted_in)]);
        }
        let Some((into_file, into)) = object(project, mounted_in, &mount.into) else { return };
        take_application(project, into_file, &into, file, route);
        (at, router) = (into_file, into);
    }
}

/// Takes over what an application checks for all its routes; what hangs on an application hangs on nothing else.
fn take_application(project: &Project<'_>, at: usize, router: &str, file: usize, route: &mut Route) {
    let Some(links) = project.files.get(at).map(|facts| &facts.links) else { return };
    let is_app = links.routers.get(router).is_some_and(|options| options.is_app);
    if is_app && at != file {
        route.has_auth |= links.app_has_auth;
        route.has_rate_limit |= links.app_has_limit;
        route.on_router = false;
        name(project, file, route, vec![project.path(at)]);
    }
}

/// Returns the file and name of a router object as one file writes it.
fn object(project: &Project<'_>, file: usize, written: &str) -> Option<(usize, String)> {
    if written.is_empty() {
        return None;
    }
    if !written.contains('.') {
        return Some((file, written.to_owned()));
    }
    let (at, rest) = project.locate(file, written)?;
    let links = &project.files.get(at)?.links;
    match links.reexports.get(&rest) {
        Some(target) => project.locate(at, target),
        None => Some((at, rest)),
    }
}

/// Where each router is mounted: file and name of the router → file and text of the mount.
pub(super) type Mounted<'a> = HashMap<(usize, String), (usize, &'a MountSeen)>;

/// Resolves every mount once; the first of a router counts.
pub(super) fn mounted<'a>(project: &Project<'a>) -> Mounted<'a> {
    let mut found = Mounted::default();
    for (file, facts) in project.files.iter().enumerate() {
        for mount in &facts.links.mounts {
            if let Some(router) = object(project, file, &mount.target) {
                found.entry(router).or_insert((file, mount));
            }
        }
    }
    found
}
