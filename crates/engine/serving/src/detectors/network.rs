//! Who can reach a service, and whether the way is encrypted.

use syndic_detect::Findings;
use syndic_evidence::{Location, Severity};

use super::authentication::{self, Answer};
use super::{called, report, settle};
use crate::facts::{Facts, Port, Reach, Service};
use crate::product::ProductClass;
use crate::provider;

/// Returns the port of a service that everyone can reach.
pub(super) fn public_port(service: &Service) -> Option<&Port> {
    service.ports.iter().find(|port| port.reach == Reach::Public)
}

/// Finds model servers, stores and workbenches that are published on every interface.
pub(super) fn port_exposed(facts: &Facts, findings: &mut Findings<'_>) {
    for service in &facts.services {
        let (Some(product), Some(port)) = (service.known_product(), public_port(service)) else { continue };
        let answer = authentication::of(service, product);
        let is_inside =
            matches!(product.class, ProductClass::Studio | ProductClass::Tracing | ProductClass::ModelGateway);
        let severity = match answer {
            Answer::Open | Answer::TurnedOff => Severity::High,
            // A store is nobody's public service, even behind a password.
            Answer::Asks if product.is_store() && !is_inside => Severity::Low,
            Answer::Asks => continue,
        };
        let way = match port.by.as_str() {
            "ports" => {
                format!("port {} on every interface of the host", port.published.as_deref().unwrap_or(&port.container))
            }
            by => format!("port {} through {by}", port.container),
        };
        let without = if severity == Severity::High { " without authentication" } else { "" };
        let message = format!("{} is published on {way}{without}", called(service));
        report(findings, facts, service, port.line, severity, message);
    }
}

/// Finds ways in and out that are not encrypted.
pub(super) fn tls_missing(facts: &Facts, findings: &mut Findings<'_>) {
    for ingress in facts.ingresses.iter().filter(|ingress| !ingress.has_tls) {
        let hosts = if ingress.hosts.is_empty() { "every host".to_owned() } else { ingress.hosts.join(", ") };
        let message = format!("{} answers for {hosts} without TLS", ingress.name);
        let draft = findings.report(Location::line(&facts.path, ingress.line), message);
        let is_private = |host: &String| {
            [".local", ".localhost", ".internal", ".test", ".lan"].iter().any(|end| host.ends_with(end))
                || host == "localhost"
        };
        let is_inside = !ingress.hosts.is_empty() && ingress.hosts.iter().all(is_private);
        draft.severity = settle(facts, if is_inside { Severity::Low } else { Severity::Medium });
        draft.discriminator.clone_from(&ingress.name);
    }
    for network in facts.networks.iter().filter(|network| network.form == "LoadBalancer" && !network.is_guarded) {
        let plain = |port: &&Port| {
            port.reach == Reach::Public
                && matches!(port.published.as_deref(), Some("80" | "8000" | "8080" | "5000" | "3000"))
        };
        let has_encrypted = network.ports.iter().any(|port| matches!(port.published.as_deref(), Some("443" | "8443")));
        let Some(port) = network.ports.iter().find(plain).filter(|_| !has_encrypted) else { continue };
        let message = format!(
            "load balancer {} takes plain HTTP on port {}",
            network.name,
            port.published.as_deref().unwrap_or("80")
        );
        let draft = findings.report(Location::line(&facts.path, network.line), message);
        draft.severity = settle(facts, Severity::Medium);
        draft.discriminator.clone_from(&network.name);
    }
    for service in &facts.services {
        let plain = service.env.iter().find_map(|setting| {
            let url = setting.url.as_ref().filter(|url| url.is_encrypted() == Some(false) && !url.is_local())?;
            provider::of_host(&url.host).map(|host| (setting, host.provider))
        });
        if let Some((setting, name)) = plain {
            let message = format!("{} sends requests to {name} without TLS ({})", called(service), setting.name);
            report(findings, facts, service, setting.line, Severity::High, message);
        }
    }
}
