//! How the application is served and how it talks: debuggers, CORS, binds, certificates, encryption, tunnels.

use syndic_detect::{Findings, Place};
use syndic_evidence::Severity;

use super::{ONCE_ASKED, hazards, inside, weigh};
use crate::{Facts, Hazard, HazardKind, ModelHost};

fn each(
    facts: &Facts,
    kind: HazardKind,
    findings: &mut Findings<'_>,
    message: fn(&Hazard) -> String,
    severity: fn(&Hazard) -> Option<Severity>,
) {
    let mut seen: Vec<&str> = Vec::new();
    let is_opt_in = |hazard: &Hazard| facts.opt_ins.contains(&hazard.at);
    // Of several alike the first that nobody has to ask for is the one to tell.
    let mut found: Vec<&Hazard> = hazards(facts, kind).collect();
    found.sort_by_key(|hazard| is_opt_in(hazard));
    for hazard in found {
        if seen.contains(&hazard.what.as_str()) {
            continue;
        }
        seen.push(&hazard.what);
        let draft = findings.report(facts.location(hazard.at), message(hazard));
        draft.discriminator.clone_from(&hazard.what);
        draft.confidence = draft.confidence.min(hazard.confidence);
        if let Some(severity) = severity(hazard) {
            draft.severity = severity;
        }
        if is_opt_in(hazard) {
            draft.message.push_str(ONCE_ASKED);
            draft.severity = Severity::Low;
        }
        weigh(facts, draft);
    }
}

/// Debugger or reload on; in a test it is meant to be.
pub(super) fn debug(facts: &Facts, findings: &mut Findings<'_>) {
    if Place::of(&facts.path) == Place::Test {
        return;
    }
    each(
        facts,
        HazardKind::Debug,
        findings,
        |hazard| format!("`{}`{} leaves the development mode on", hazard.what, inside(&hazard.function)),
        |hazard| (hazard.detail == "reload").then_some(Severity::Low),
    );
}

/// CORS for every origin.
pub(super) fn cors(facts: &Facts, findings: &mut Findings<'_>) {
    each(
        facts,
        HazardKind::Cors,
        findings,
        |hazard| match hazard.detail.as_str() {
            "credentials" => {
                "CORS allows every origin and credentials: any page a user visits may act as that user".to_owned()
            }
            _ => {
                "CORS allows every origin: any page a user visits may call this API from the user's network".to_owned()
            }
        },
        |hazard| (hazard.detail != "credentials").then_some(Severity::Low),
    );
}

/// Bound to all interfaces.
pub(super) fn bind_all(facts: &Facts, findings: &mut Findings<'_>) {
    each(
        facts,
        HazardKind::BindAll,
        findings,
        |hazard| format!("`{}` listens on every network interface", hazard.what),
        |_| None,
    );
}

/// Certificate checks off.
pub(super) fn tls(facts: &Facts, findings: &mut Findings<'_>) {
    each(
        facts,
        HazardKind::TlsDisabled,
        findings,
        |hazard| format!("`{}`{} accepts any certificate", hazard.what, inside(&hazard.function)),
        // Nobody stands between a process and its own machine.
        |hazard| (hazard.detail == "loopback").then_some(Severity::Low),
    );
}

/// A provider's client in a browser.
pub(super) fn browser_key(facts: &Facts, findings: &mut Findings<'_>) {
    each(
        facts,
        HazardKind::BrowserKey,
        findings,
        |hazard| format!("`{}` ships the provider's key to everybody who opens the page", hazard.what),
        |_| None,
    );
}

/// A tunnel to the internet.
pub(super) fn share(facts: &Facts, findings: &mut Findings<'_>) {
    each(
        facts,
        HazardKind::PublicShare,
        findings,
        |hazard| format!("`{}` opens this interface to the internet through a public tunnel", hazard.what),
        |_| None,
    );
}

/// A model reached without encryption beyond this machine.
pub(super) fn unencrypted(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for client in facts.providers.iter().filter(|client| client.encrypted == Some(false)) {
        let Some(base_url) = client.base_url.as_deref() else { continue };
        let is_loopback = crate::hosts::Endpoint::parse(base_url).is_some_and(|address| address.is_loopback());
        if is_loopback || seen.contains(&base_url) {
            continue;
        }
        seen.push(base_url);
        let message = format!("prompts and answers travel to `{base_url}` without encryption");
        let draft = findings.report(facts.location(client.at), message);
        base_url.clone_into(&mut draft.discriminator);
        if client.host == ModelHost::Own {
            draft.severity = Severity::Low;
        }
        weigh(facts, draft);
    }
}
