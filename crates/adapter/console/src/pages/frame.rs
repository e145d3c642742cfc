//! What all pages share: the views, the footer, how a page is sent, and what is said when there is none.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use syndic_evidence::{Assessment, Verdict};

use crate::Console;

const VIEWS: [(&str, &str); 5] = [
    ("Posture", "/"),
    ("Assets", "/assets"),
    ("Findings", "/findings"),
    ("Diagram", "/diagram"),
    ("Decisions", "/decisions"),
];

/// The frame around every page.
pub(super) struct Frame {
    pub(super) views: Vec<View>,
    pub(super) system: String,
    pub(super) run: String,
    pub(super) finished_at: String,
    pub(super) files_seen: u64,
    pub(super) faults: u64,
}

pub(super) struct View {
    pub(super) name: &'static str,
    pub(super) href: &'static str,
    pub(super) is_current: bool,
}

impl Frame {
    pub(super) fn new(assessment: &Assessment, current: &str) -> Self {
        let system = &assessment.run.system;
        let name = assessment.assets.iter().find(|asset| &asset.urn == system).map(|asset| asset.name.clone());
        Self {
            views: VIEWS.into_iter().map(|(name, href)| View { name, href, is_current: href == current }).collect(),
            system: name.unwrap_or_else(|| system.to_string()),
            run: assessment.run.id.clone(),
            finished_at: assessment.run.finished_at.to_string(),
            files_seen: assessment.run.coverage.files_seen,
            faults: assessment.run.coverage.faults,
        }
    }
}

/// Returns the verdict in words.
pub(super) const fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "ALLOW: every blocking control that applies passed",
        Verdict::Unknown => "UNKNOWN: something needed to decide is missing, which counts as no",
        Verdict::Deny => "DENY: at least one blocking control failed",
    }
}

/// Loads the latest assessment, or the answer to send instead.
pub(super) async fn latest(console: &Console) -> Result<Assessment, Response> {
    match console.store.latest(None).await {
        Ok(Some(assessment)) => Ok(assessment),
        Ok(None) => Err(message(
            StatusCode::OK,
            "Nothing has been assessed yet",
            "The first run is under way or has not been started; reload in a moment.",
        )),
        Err(error) => Err(fault(&error)),
    }
}

/// Says that the store could not be read; the detail goes to the log.
pub(super) fn fault(error: &dyn std::error::Error) -> Response {
    tracing::error!(error = %error, "the store could not be read");
    message(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The store could not be read",
        "What is shown elsewhere may be stale. The terminal that runs `syndic up` says more.",
    )
}

/// Sends a rendered page.
pub(super) fn send(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => fault(&error),
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
}

/// Sends a page of one sentence.
pub(crate) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    let page = Message { title, text }.render().unwrap_or_else(|_| title.to_owned());
    (status, Html(page)).into_response()
}
