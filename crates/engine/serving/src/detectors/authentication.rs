//! Whether a known product asks who is calling.

use syndic_detect::Findings;
use syndic_evidence::{Confidence, Severity};

use super::network::public_port;
use super::{called, report};
use crate::command::same_flag;
use crate::facts::{Facts, Service, ServiceForm};
use crate::product::{Authentication, Product};

/// What a product does with a caller it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It asks who is calling.
    Asks,
    /// It answers, because nobody told it to ask.
    Open,
    /// It answers, because it was told not to ask.
    TurnedOff,
}

/// Returns what a service does with a caller it does not know.
pub(super) fn of(service: &Service, product: &Product) -> Answer {
    if service.env.iter().any(|setting| setting.name == "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED" && setting.is_on()) {
        return Answer::TurnedOff;
    }
    match product.auth {
        Authentication::Never => Answer::Open,
        Authentication::OpenUntil { env, flags } => {
            let by_env = service
                .env
                .iter()
                .any(|setting| env.contains(&setting.name.as_str()) && (setting.is_on() ^ is_reversed(&setting.name)));
            // What an environment file or a configuration mounted over the product's own says is not known here.
            let may_be_elsewhere =
                (!env.is_empty() && !service.env_files.is_empty()) || has_mounted_configuration(service);
            let by_flag = service.command.flag(flags).is_some();
            if by_env || by_flag || may_be_elsewhere { Answer::Asks } else { Answer::Open }
        }
        Authentication::OnUntil { env, flags } => {
            let by_env = service.env.iter().any(|setting| {
                env.iter().any(|(name, off)| {
                    let value = setting.value.as_deref().map(str::to_ascii_lowercase);
                    let is_off = if off.is_empty() { setting.is_empty } else { value.as_deref() == Some(*off) };
                    setting.name == *name && is_off
                })
            });
            let by_flag = service.command.flags.iter().any(|flag| {
                flags.iter().any(|(name, off)| same_flag(name, &flag.name) && (*off == "*" || flag.is_empty))
            });
            if by_env || by_flag { Answer::TurnedOff } else { Answer::Asks }
        }
    }
}

/// Langflow logs everyone in unless told not to: the setting counts when it is off.
fn is_reversed(name: &str) -> bool {
    name == "LANGFLOW_AUTO_LOGIN"
}

fn has_mounted_configuration(service: &Service) -> bool {
    service.mounts.iter().any(|mount| {
        [".conf", ".yaml", ".yml", ".toml", ".json", ".ini", ".acl"].iter().any(|ending| mount.target.ends_with(ending))
    })
}

/// Finds known products that answer anyone.
pub(super) fn missing(facts: &Facts, findings: &mut Findings<'_>) {
    for service in facts.services.iter().filter(|service| {
        !matches!(service.form, ServiceForm::InitContainer | ServiceForm::ChartImage) && !service.is_job
    }) {
        let Some(product) = service.known_product() else { continue };
        let is_public = public_port(service).is_some();
        let can_ask = !matches!(product.auth, Authentication::Never);
        let severity = match (of(service, product), is_public) {
            (Answer::Asks, _) => continue,
            (Answer::TurnedOff, true) => Severity::High,
            (Answer::TurnedOff, false) | (Answer::Open, true) => Severity::Medium,
            // Behind nothing but the containers' own network, and with no switch to turn: nothing to do in this file.
            (Answer::Open, false) if !can_ask || service.form == ServiceForm::Image => continue,
            (Answer::Open, false) => Severity::Low,
        };
        let how = if of(service, product) == Answer::TurnedOff {
            "has its authentication turned off"
        } else {
            "asks no caller for credentials"
        };
        let line = if service.command.line > 0 { service.command.line } else { service.line };
        let draft = report(findings, facts, service, line, severity, format!("{} {how}", called(service)));
        if product.is_open_by_default() {
            draft.confidence = Confidence::Medium;
        }
    }
}
