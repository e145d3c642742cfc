//! How a service is run: debug modes, limits, code that comes with a model.

use syndic_detect::Findings;
use syndic_evidence::{Location, Severity};

use super::{called, listed, report, settle};
use crate::facts::{Facts, Service, ServiceForm, Setting};

const DEBUG_SETTINGS: [&str; 6] = ["DEBUG", "FLASK_DEBUG", "DJANGO_DEBUG", "APP_DEBUG", "GRADIO_DEBUG", "FLASK_ENV"];

/// Finds services run in a debug or reload mode.
pub(super) fn debug_enabled(facts: &Facts, findings: &mut Findings<'_>) {
    for service in &facts.services {
        let by_setting = service.env.iter().find(|setting| is_debug(setting));
        let by_flag = debug_flag(service);
        let (what, line) = match (by_setting, by_flag) {
            (Some(setting), _) => (setting.name.clone(), setting.line),
            (None, Some(flag)) => (flag, service.command.line),
            (None, None) => continue,
        };
        let message = format!("{} runs in a debug mode ({what})", called(service));
        report(findings, facts, service, line, Severity::Medium, message);
    }
}

fn is_debug(setting: &Setting) -> bool {
    let value = setting.value.as_deref().map(str::to_ascii_lowercase);
    DEBUG_SETTINGS.contains(&setting.name.as_str())
        && matches!(value.as_deref(), Some("1" | "true" | "yes" | "on" | "development"))
}

/// Returns the flag that turns debugging on, for programs where it does.
fn debug_flag(service: &Service) -> Option<String> {
    let command = &service.command;
    let is_off = |value: Option<&str>| matches!(value, Some("false" | "False" | "0"));
    let is_web =
        ["uvicorn", "gunicorn", "flask", "fastapi", "hypercorn", "daphne"].iter().any(|name| command.has_word(name));
    let names: &[&str] = if is_web { &["reload", "debug"] } else { &["debug"] };
    let flag = command.flag(names).filter(|flag| !is_off(flag.value.as_deref()));
    // `fastapi dev` is the same mode under a word of its own.
    let is_dev = command.has_word("fastapi") && command.has_word("dev");
    let is_python =
        is_web || command.words.iter().any(|word| word.contains("python") || word.rsplit('.').next() == Some("py"));
    flag.filter(|_| is_python)
        .map(|flag| format!("--{}", flag.name))
        .or_else(|| is_dev.then(|| "fastapi dev".to_owned()))
}

/// Finds, once a file, model servers and workbenches that may take all of a machine's memory.
pub(super) fn limits_missing(facts: &Facts, findings: &mut Findings<'_>) {
    let is_meant = |service: &&Service| {
        let runs_models =
            service.known_product().is_some_and(super::super::product::Product::runs_models) || service.uses_gpu;
        let is_run = matches!(service.form, ServiceForm::Compose | ServiceForm::Container);
        is_run && runs_models && !service.has_memory_limit
    };
    let unlimited: Vec<&Service> = facts.services.iter().filter(is_meant).collect();
    let Some(first) = unlimited.first() else { return };
    let names: Vec<String> = unlimited.iter().map(|service| called(service)).collect();
    let verb =
        if names.len() == 1 { "runs models without a memory limit" } else { "run models without a memory limit" };
    let draft = findings.report(Location::line(&facts.path, first.line), format!("{} {verb}", listed(&names)));
    draft.severity = settle(facts, Severity::Low);
}

/// Finds servers told to run code that comes with a model.
pub(super) fn remote_code(facts: &Facts, findings: &mut Findings<'_>) {
    for service in &facts.services {
        let off = |value: Option<&str>| {
            matches!(value.map(str::to_ascii_lowercase).as_deref(), Some("false" | "0" | "no" | "off"))
        };
        let flag = service.command.flag(&["trust-remote-code"]).filter(|flag| !off(flag.value.as_deref()));
        let setting = service.env.iter().find(|setting| {
            matches!(setting.name.as_str(), "TRUST_REMOTE_CODE" | "HF_TRUST_REMOTE_CODE")
                && setting.value.is_some()
                && !setting.is_empty
                && !off(setting.value.as_deref())
        });
        let line = match (flag, setting) {
            (Some(_), _) => service.command.line,
            (None, Some(setting)) => setting.line,
            (None, None) => continue,
        };
        let is_pinned = service.command.flag(&["revision", "code-revision"]).is_some();
        let severity = if is_pinned { Severity::Low } else { Severity::High };
        let revision = if is_pinned { " at a named revision" } else { "" };
        let message = format!("{} runs whatever code comes with its model{revision}", called(service));
        report(findings, facts, service, line, severity, message);
    }
}
