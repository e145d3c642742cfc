//! Credentials written into manifests. The facts hold their names only.

use syndic_detect::Findings;
use syndic_evidence::{Location, Severity};

use super::{called, listed, report, settle};
use crate::facts::{Facts, Literal, Setting};

/// Finds credentials in environment settings, build arguments and Secret objects.
pub(super) fn literal(facts: &Facts, findings: &mut Findings<'_>) {
    for service in &facts.services {
        let found: Vec<&Setting> = service.env.iter().filter(|setting| setting.literal.is_some()).collect();
        let Some(worst) = found.iter().max_by_key(|setting| setting.literal) else { continue };
        let mut names: Vec<String> = found.iter().map(|setting| setting.name.clone()).collect();
        names.dedup();
        let names = listed(&names);
        let (severity, message) = match worst.literal {
            Some(Literal::Real) => (Severity::High, format!("{} has credentials in clear: {names}", called(service))),
            Some(Literal::BuildArgument) => (
                Severity::Medium,
                format!("{} keeps build arguments that are credentials in its layers: {names}", called(service)),
            ),
            _ => (Severity::Low, format!("{} has default passwords that everybody knows: {names}", called(service))),
        };
        report(findings, facts, service, worst.line, severity, message);
    }
    for secret in &facts.secrets {
        let message = format!("Secret {} has its values in the manifest: {}", secret.name, listed(&secret.keys));
        let draft = findings.report(Location::line(&facts.path, secret.line), message);
        draft.severity = settle(facts, Severity::High);
        draft.discriminator = format!("secret {}", secret.name);
    }
}
