//! Inference routes: method and authentication.

use syndic_detect::{Findings, Place};
use syndic_evidence::{Confidence, Severity};

use super::weigh;
use crate::Facts;

/// Rules about one route each; their findings are told apart by the route's label.
pub(super) const RULES: [&str; 2] = ["code.route-get", "code.route-unauthenticated"];
/// Beginnings of path parts of routes that only ask whether a service works.
const PROBES: &[&str] = &["health", "ready", "live", "ping", "status"];

/// An inference route answers GET.
pub(super) fn get(facts: &Facts, findings: &mut Findings<'_>) {
    for route in facts.routes.iter().filter(|route| route.method == "GET" && route.is_inference()) {
        // A name alone may be a page or a status; asking a model on GET is what is wrong.
        if !route.calls_model && route.handler.is_empty() {
            continue;
        }
        // A probe asks the model a constant question: nothing of a user's is in its address.
        let is_probe = route.path.split('/').any(|part| PROBES.iter().any(|word| part.starts_with(word)));
        if is_probe {
            continue;
        }
        let message =
            format!("`{}` runs inference on GET: what users send ends up in logs, caches and histories", route.label());
        let draft = findings.report(facts.location(route.at), message);
        draft.discriminator = route.label();
        if !route.calls_model {
            draft.confidence = Confidence::Low;
        }
        weigh(facts, draft);
    }
}

/// An inference route without any sign of authentication.
pub(super) fn unauthenticated(facts: &Facts, findings: &mut Findings<'_>) {
    if !Place::of(&facts.path).is_product() {
        return;
    }
    for route in facts.routes.iter().filter(|route| route.is_inference() && !route.has_auth) {
        let message = format!(
            "`{}` runs inference and nothing {} asks who is calling",
            route.label(),
            seen_in(&route.joined_from)
        );
        let draft = findings.report(facts.location(route.at), message);
        draft.discriminator = route.label();
        if route.on_router || !route.calls_model {
            // Whoever mounts the router may add authentication.
            draft.confidence = Confidence::Low;
            draft.severity = Severity::Medium;
        }
    }
}

/// Where was looked: in the file, or in the files it was joined with too.
fn seen_in(others: &[String]) -> &'static str {
    if others.is_empty() { "in this file" } else { "in this file or those it was read with" }
}
