//! Findings: the list, and one with its rule, evidence and history.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use syndic_detect::Rule;
use syndic_evidence::{Finding, FindingState, Severity};
use syndic_store::{FindingEvent, StoreError};

use super::frame::{Frame, fault, latest, message, send};
use crate::Console;

/// One page lists at most this many findings.
const MAX_FINDINGS: usize = 1_000;

#[derive(Deserialize)]
pub(crate) struct Filter {
    severity: Option<String>,
}

#[derive(Template)]
#[template(path = "findings.html")]
struct Findings<'a> {
    frame: Frame,
    filters: Vec<Link>,
    findings: Vec<&'a Finding>,
    more: usize,
}

struct Link {
    name: String,
    href: String,
    count: usize,
    is_current: bool,
}

/// The list of open findings.
pub(crate) async fn findings(State(console): State<Arc<Console>>, Query(filter): Query<Filter>) -> Response {
    let assessment = match latest(&console).await {
        Ok(assessment) => assessment,
        Err(answer) => return answer,
    };
    let open: Vec<&Finding> =
        assessment.findings.iter().filter(|finding| finding.state == FindingState::Open).collect();
    let wanted: Option<Severity> = filter.severity.and_then(|text| text.parse().ok());
    let mut filters = vec![Link {
        name: "all".to_owned(),
        href: "/findings".to_owned(),
        count: open.len(),
        is_current: wanted.is_none(),
    }];
    filters.extend(Severity::WORST_FIRST.into_iter().map(|severity| Link {
        name: severity.to_string(),
        href: format!("/findings?severity={severity}"),
        count: open.iter().filter(|finding| finding.severity == severity).count(),
        is_current: wanted == Some(severity),
    }));
    let chosen: Vec<&Finding> =
        open.into_iter().filter(|finding| wanted.is_none_or(|wanted| wanted == finding.severity)).collect();
    send(&Findings {
        frame: Frame::new(&assessment, "/findings"),
        filters,
        more: chosen.len().saturating_sub(MAX_FINDINGS),
        findings: chosen.into_iter().take(MAX_FINDINGS).collect(),
    })
}

#[derive(Template)]
#[template(path = "finding.html")]
struct One<'a> {
    frame: Frame,
    finding: Finding,
    rule: Option<&'a Rule>,
    events: Vec<FindingEvent>,
}

/// One finding.
pub(crate) async fn finding(State(console): State<Arc<Console>>, Path(fingerprint): Path<String>) -> Response {
    let assessment = match latest(&console).await {
        Ok(assessment) => assessment,
        Err(answer) => return answer,
    };
    match console.store.finding(&fingerprint).await {
        Ok(history) => send(&One {
            frame: Frame::new(&assessment, "/findings"),
            rule: console.rules.rule(&history.finding.rule),
            finding: history.finding,
            events: history.events,
        }),
        Err(StoreError::NoSuchFinding { .. }) => {
            message(StatusCode::NOT_FOUND, "No such finding", "The store has no finding with this fingerprint.")
        }
        Err(error) => fault(&error),
    }
}
