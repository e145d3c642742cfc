//! MCP servers of a configuration, who calls them, and what they reach.

use serde_json::json;
use syndic_evidence::{Asset, AssetKind, Confidence, Input, Inspection, Location, Relation, RelationKind, Urn, Zone};

use super::{agent_urn, is_local, sure};
use crate::facts::{Facts, McpServer, Reach, ReachKind};

/// Adds a server with its edges.
pub(super) fn add(input: Input<'_>, facts: &Facts, server: &McpServer, inspection: &mut Inspection) {
    let urn = Urn::local(input.system, AssetKind::McpServer, &server.name);
    let source = Location::line(input.path, server.line);
    let is_remote = server.host.as_deref().is_some_and(|host| !is_local(host));
    let zone = if is_remote { Zone::ThirdParty } else { Zone::Workstation };
    let package = server.package.as_ref();
    let asset = Asset::new(urn.clone(), AssetKind::McpServer, &server.name, zone, source.clone())
        .confidence(sure(input.path, Confidence::High))
        .prop("transport", server.transport.clone())
        .prop("command", (!server.command.is_empty()).then(|| server.command.clone()))
        .prop("package", package.map(|package| package.name.clone()))
        .prop("version", package.and_then(|package| package.version.clone()))
        .prop("host", server.host.clone())
        .prop("env", if server.env.is_empty() { json!(null) } else { json!(server.env) })
        .prop("disabled", server.is_disabled.then_some(true))
        .prop("reaches", if server.reaches.is_empty() { json!(null) } else { json!(said(&server.reaches)) });
    inspection.assets.push(asset);
    for reach in server.reaches.iter().filter(|_| !server.is_disabled) {
        add_reach(input, server, reach, inspection);
    }
    let agent = facts.agents.first().map(|agent| agent_urn(input, agent));
    let caller = agent.unwrap_or_else(|| input.owner.clone());
    let protocol = server.scheme.as_deref().unwrap_or("stdio");
    let mut call = Relation::new(caller, RelationKind::Calls, urn, source).protocol(protocol);
    call.encrypted = server.scheme.as_deref().map(|scheme| matches!(scheme, "https" | "wss"));
    inspection.relations.push(call.confidence(sure(input.path, Confidence::High)));
}

/// What a server reaches, in words.
fn said(reaches: &[Reach]) -> Vec<String> {
    let word = |reach: &Reach| match reach.kind {
        ReachKind::AnyAddress => "any address".to_owned(),
        ReachKind::Database => reach.product.clone().unwrap_or_default(),
        ReachKind::Folder | ReachKind::Service => reach.target.clone(),
    };
    reaches.iter().map(word).collect()
}

/// The store behind a server, read and written by it; the web is no store.
fn add_reach(input: Input<'_>, server: &McpServer, reach: &Reach, inspection: &mut Inspection) {
    let product = reach.product.clone().unwrap_or_default();
    let (id, name, zone, protocol) = match reach.kind {
        ReachKind::Folder => (format!("folder {}", reach.target), reach.target.clone(), Zone::Workstation, "file"),
        ReachKind::Database if reach.target.is_empty() => (product.to_lowercase(), product, Zone::Data, "tcp"),
        ReachKind::Database => (format!("{}:{}", product.to_lowercase(), reach.target), product, Zone::Data, "tcp"),
        ReachKind::Service => (reach.target.to_lowercase(), reach.target.clone(), Zone::ThirdParty, "https"),
        ReachKind::AnyAddress => return,
    };
    let source = Location::line(input.path, server.line);
    let confidence = sure(input.path, Confidence::High);
    let urn = Urn::local(input.system, AssetKind::DataStore, &id);
    let target = (reach.kind == ReachKind::Database && !reach.target.is_empty()).then(|| reach.target.clone());
    let asset = Asset::new(urn.clone(), AssetKind::DataStore, name, zone, source.clone()).confidence(confidence);
    inspection.assets.push(asset.prop("product", reach.product.clone()).prop("target", target));
    let from = Urn::local(input.system, AssetKind::McpServer, &server.name);
    for kind in [RelationKind::Reads, RelationKind::Writes] {
        let edge = Relation::new(from.clone(), kind, urn.clone(), source.clone()).protocol(protocol);
        inspection.relations.push(edge.confidence(confidence));
    }
}
