//! Faults of MCP servers.

use syndic_detect::Findings;
use syndic_evidence::{Location, Severity};

use super::settle;
use crate::assets::is_local;
use crate::facts::{Facts, McpServer};

fn report(findings: &mut Findings<'_>, facts: &Facts, server: &McpServer, severity: Severity, message: String) {
    let draft = findings.report(Location::line(&facts.path, server.line), message);
    draft.severity = settle(facts, if server.is_disabled { severity.milder() } else { severity });
    draft.discriminator.clone_from(&server.name);
    draft.props.insert("server".to_owned(), server.name.clone().into());
}

/// Finds servers whose package may be another one at the next start.
pub(super) fn unpinned(facts: &Facts, findings: &mut Findings<'_>) {
    for server in &facts.servers {
        let Some(package) = server.package.as_ref().filter(|package| !package.is_pinned) else { continue };
        let version = package.version.as_deref().map(|version| format!(" ({version})")).unwrap_or_default();
        let message =
            format!("MCP server {} fetches {}{version} anew without a fixed version", server.name, package.name);
        report(findings, facts, server, Severity::Medium, message);
    }
}

/// Finds servers that are reached without encryption.
pub(super) fn remote_plain(facts: &Facts, findings: &mut Findings<'_>) {
    for server in &facts.servers {
        let is_plain = matches!(server.scheme.as_deref(), Some("http" | "ws"));
        let Some(host) = server.host.as_deref().filter(|host| is_plain && !is_local(host)) else { continue };
        let message = format!("MCP server {} is reached at {host} without encryption", server.name);
        report(findings, facts, server, Severity::High, message);
    }
}

/// Finds file servers that are given everything.
pub(super) fn broad_filesystem(facts: &Facts, findings: &mut Findings<'_>) {
    for server in &facts.servers {
        if server.broad_folders.is_empty() {
            continue;
        }
        let message =
            format!("MCP server {} may read and write all of {}", server.name, server.broad_folders.join(", "));
        report(findings, facts, server, Severity::High, message);
    }
}

/// Finds servers that run fetched scripts, or whatever they are told.
pub(super) fn shell(facts: &Facts, findings: &mut Findings<'_>) {
    for server in &facts.servers {
        if server.runs_fetched_script {
            let message = format!("MCP server {} runs a script it fetches at every start", server.name);
            report(findings, facts, server, Severity::High, message);
        } else if server.is_shell {
            let message = format!("MCP server {} runs any command a model asks for", server.name);
            report(findings, facts, server, Severity::Medium, message);
        }
    }
}

/// Finds credentials in clear; the facts hold their names only.
pub(super) fn secret_literal(facts: &Facts, findings: &mut Findings<'_>) {
    for server in &facts.servers {
        if server.literal_secrets.is_empty() {
            continue;
        }
        let message =
            format!("MCP server {} has credentials in clear: {}", server.name, server.literal_secrets.join(", "));
        report(findings, facts, server, Severity::High, message);
    }
}
