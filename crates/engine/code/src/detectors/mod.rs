//! The detectors of this engine, over [`Facts`] only.

mod flows;
mod models;
mod routes;
mod serving;

use syndic_detect::{Detector, Place};
use syndic_evidence::{AssetKind, Confidence, FindingDraft, Inspection, Urn};

use crate::{Facts, Hazard, HazardKind};

/// What a message says of a danger that its callers decide about.
const ONCE_ASKED: &str = ", once a caller asks for it";

/// Every detector.
pub(crate) static DETECTORS: &[Detector<Facts>] = &[
    Detector { rule: "code.route-get", run: routes::get },
    Detector { rule: "code.route-unauthenticated", run: routes::unauthenticated },
    Detector { rule: "code.debug-enabled", run: serving::debug },
    Detector { rule: "code.cors-wildcard", run: serving::cors },
    Detector { rule: "code.bind-all", run: serving::bind_all },
    Detector { rule: "code.tls-disabled", run: serving::tls },
    Detector { rule: "code.channel-unencrypted", run: serving::unencrypted },
    Detector { rule: "code.share-public", run: serving::share },
    Detector { rule: "code.browser-key", run: serving::browser_key },
    Detector { rule: "code.remote-code", run: models::remote_code },
    Detector { rule: "code.model-unpinned", run: models::unpinned },
    Detector { rule: "code.pickle-load", run: models::deserialise },
    Detector { rule: "code.output-executed", run: flows::output_executed },
    Detector { rule: "code.prompt-injection", run: flows::prompt_injection },
    Detector { rule: "code.agent-dangerous-tool", run: flows::dangerous_tool },
];

/// Charges what is wrong with a route to its endpoint, where the endpoint was drawn; facts alone do not know its URN.
pub(crate) fn charge_endpoints(system: &str, inspection: &mut Inspection) {
    let routes = inspection.findings.iter_mut().filter(|draft| routes::RULES.contains(&draft.rule.as_str()));
    for draft in routes {
        let endpoint = Urn::local(system, AssetKind::Endpoint, &draft.discriminator);
        if inspection.assets.iter().any(|asset| asset.urn == endpoint) {
            draft.asset = Some(endpoint);
        }
    }
}

/// Hazards of one kind.
fn hazards(facts: &Facts, kind: HazardKind) -> impl Iterator<Item = &Hazard> {
    facts.hazards.iter().filter(move |hazard| hazard.kind == kind)
}

/// Lowers what stands in a file that does not ship: one step, in a test two, because a test is never deployed.
fn weigh(facts: &Facts, draft: &mut FindingDraft) {
    let place = Place::of(&facts.path);
    if place.is_product() {
        return;
    }
    draft.confidence = Confidence::Low;
    draft.severity = draft.severity.milder();
    if place == Place::Test {
        draft.severity = draft.severity.milder();
    }
}

/// ` in `name`` for a message; nothing at module level.
fn inside(function: &str) -> String {
    if function.is_empty() { String::new() } else { format!(" in `{function}`") }
}
