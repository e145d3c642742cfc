//! One finding: what, where, why it matters, what to do, what it rests on, what happened to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use syndic_detect::Rule;
use syndic_evidence::{Digest, Finding};
use syndic_store::StoreError;

use super::frame::{Frame, fault, message, moment, send, snapshot};
use crate::asked::Asked;
use crate::link::reference;
use crate::server::Shared;
use crate::words::said;

#[derive(Template)]
#[template(path = "finding.html")]
struct Page<'a> {
    frame: Frame,
    finding: &'a Finding,
    asset_name: &'a str,
    asset_href: Option<String>,
    props: Vec<(String, String)>,
    rule: Option<&'a Rule>,
    references: Vec<Reference<'a>>,
    evidence: &'a [Digest],
    events: Vec<Event>,
}

struct Reference<'a> {
    text: &'a str,
    href: Option<String>,
}

struct Event {
    at: String,
    kind: String,
    actor: String,
    note: String,
}

/// One finding.
pub(crate) async fn finding(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<String>, PathRejection>,
    asked: Asked,
) -> Result<Response, Response> {
    let missing = || {
        let text = "The store has no finding with this fingerprint.";
        message(StatusCode::NOT_FOUND, "No such finding", text)
    };
    let Path(fingerprint) = path.map_err(|_| missing())?;
    if fingerprint.bytes().any(|byte| !byte.is_ascii_hexdigit()) {
        return Err(missing());
    }
    let snapshot = snapshot(&shared, &asked).await?;
    let here = snapshot.assessment.findings.iter().find(|finding| finding.fingerprint.hex() == fingerprint);
    // Its life; two systems may share a finding on a thing outside both, then only what the run said is shown.
    let history = match shared.console.store.finding(&fingerprint).await {
        Ok(history) => Some(history),
        Err(StoreError::NoSuchFinding { .. }) => None,
        Err(error) => return Err(fault(&error)),
    };
    let finding = history.as_ref().map(|history| &history.finding).or(here).ok_or_else(missing)?;
    let rule = shared.console.rules.rule(&finding.rule);
    let frame = Frame::new(&shared, &snapshot, &asked, "/findings");
    let events = history.as_ref().map(|history| history.events.as_slice()).unwrap_or_default();
    Ok(send(&Page {
        asset_name: snapshot.name(&finding.asset),
        asset_href: snapshot.asset(&finding.asset).map(|asset| frame.asset(&asset.urn)),
        props: finding.props.iter().map(|(name, value)| (name.replace('_', " "), said(value))).collect(),
        references: rule.map(references).unwrap_or_default(),
        rule,
        evidence: &finding.evidence,
        events: events
            .iter()
            .map(|event| Event {
                at: moment(event.at),
                kind: event.kind.replace('_', " "),
                actor: event.actor.clone(),
                note: event.note.clone(),
            })
            .collect(),
        finding,
        frame,
    }))
}

fn references(rule: &Rule) -> Vec<Reference<'_>> {
    let references = &rule.references;
    let ids = [&references.cwe, &references.atlas, &references.owasp].into_iter().flatten();
    let ids = ids.map(|id| Reference { text: id, href: reference(id) });
    let pages = references.urls.iter().filter(|page| page.starts_with("https://"));
    ids.chain(pages.map(|page| Reference { text: page, href: Some(page.clone()) })).collect()
}
