//! The detectors: functions from [`Facts`] to findings, in one slice.

mod authentication;
mod container;
mod credentials;
mod images;
mod network;
mod runtime;
mod steps;

use syndic_detect::{Detector, Findings, Place};
use syndic_evidence::{FindingDraft, Location, Severity};

use crate::facts::{Facts, Service, ServiceForm};

/// Every detector of the engine.
pub(crate) static DETECTORS: &[Detector<Facts>] = &[
    Detector { rule: "serving.container-root", run: container::root },
    Detector { rule: "serving.container-privileged", run: container::privileged },
    Detector { rule: "serving.hostpath-mount", run: container::host_path },
    Detector { rule: "serving.image-unpinned", run: images::unpinned },
    Detector { rule: "serving.port-exposed", run: network::port_exposed },
    Detector { rule: "serving.tls-missing", run: network::tls_missing },
    Detector { rule: "serving.auth-missing", run: authentication::missing },
    Detector { rule: "serving.debug-enabled", run: runtime::debug_enabled },
    Detector { rule: "serving.limits-missing", run: runtime::limits_missing },
    Detector { rule: "serving.remote-code", run: runtime::remote_code },
    Detector { rule: "serving.secret-literal", run: credentials::literal },
    Detector { rule: "serving.remote-add", run: steps::remote_add },
    Detector { rule: "serving.insecure-download", run: steps::insecure_download },
];

/// Reports a fault of one service at `line`, and names the service so that the finding is bound to its asset.
fn report<'a>(
    findings: &'a mut Findings<'_>,
    facts: &Facts,
    service: &Service,
    line: u32,
    severity: Severity,
    message: String,
) -> &'a mut FindingDraft {
    let draft = findings.report(Location::line(&facts.path, line.max(1)), message);
    draft.severity = settle(facts, severity);
    if service.form != ServiceForm::Image {
        draft.discriminator.clone_from(&service.name);
    }
    draft.props.insert("service".to_owned(), service.name.clone().into());
    draft
}

/// Returns the severity a fault has in this file: milder where the file does not ship, and milder still in tests,
/// whose services live for minutes on a machine that holds nothing.
pub(crate) fn settle(facts: &Facts, severity: Severity) -> Severity {
    match Place::of(&facts.path) {
        Place::Test => severity.milder().milder(),
        Place::Product if !is_for_development(&facts.path) => severity,
        _ => severity.milder(),
    }
}

/// Says whether a manifest is for a developer's machine, by its name.
fn is_for_development(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    lower.contains(".devcontainer/")
        || words.any(|word| {
            matches!(
                word,
                "dev" | "develop" | "development" | "local" | "test" | "tests" | "override" | "ci" | "devcontainer"
            )
        })
}

/// Returns how a person calls the service.
fn called(service: &Service) -> String {
    match (service.form, &service.product) {
        (ServiceForm::Image, _) => "the image".to_owned(),
        (_, Some(product)) if !product.eq_ignore_ascii_case(&service.name) => format!("{} ({product})", service.name),
        _ => service.name.clone(),
    }
}

/// Joins names for a sentence; many are cut short.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}
