//! What all pages share: the views, the systems, how fresh this is, how a page is sent, what is said when there is none.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use syndic_evidence::{Timestamp, Urn};
use syndic_store::SystemSummary;

use crate::asked::Asked;
use crate::link::link;
use crate::server::Shared;
use crate::snapshot::Snapshot;
use crate::words;
use crate::{Status, Work};

const VIEWS: [(&str, &str); 5] = [
    ("Posture", "/"),
    ("Assets", "/assets"),
    ("Findings", "/findings"),
    ("Threats", "/diagram"),
    ("Decisions", "/decisions"),
];

/// Systems named in the frame; the store may know more.
const MAX_SYSTEMS: usize = 30;

/// The frame around every page.
pub(super) struct Frame {
    pub(super) views: Vec<View>,
    pub(super) systems: Vec<System>,
    pub(super) system: String,
    pub(super) verdict: &'static str,
    pub(super) run: String,
    pub(super) tool_version: String,
    pub(super) finished_at: String,
    pub(super) files_seen: String,
    pub(super) faults: u64,
    pub(super) notice: Option<Notice>,
    chosen: String,
}

pub(super) struct View {
    pub(super) name: &'static str,
    pub(super) href: String,
    pub(super) is_current: bool,
}

/// One of several systems in the store.
pub(super) struct System {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) verdict: &'static str,
    pub(super) is_current: bool,
}

/// What the reader must know before believing the page.
pub(super) struct Notice {
    pub(super) form: &'static str,
    pub(super) text: String,
}

impl Frame {
    pub(super) fn new(shared: &Shared, snapshot: &Snapshot, asked: &Asked, current: &'static str) -> Self {
        let run = &snapshot.assessment.run;
        let chosen = asked.system.clone().unwrap_or_default();
        let views = VIEWS.into_iter().map(|(name, path)| View {
            name,
            href: link(path, &[("system", &chosen)]),
            is_current: path == current,
        });
        Self {
            views: views.collect(),
            systems: systems(&snapshot.systems, &run.system, current),
            system: system_name(&run.system),
            verdict: snapshot.assessment.decision.verdict.as_str(),
            run: run.id.clone(),
            tool_version: run.tool_version.clone(),
            finished_at: moment(run.finished_at),
            files_seen: words::count(run.coverage.files_seen),
            faults: run.coverage.faults,
            notice: notice(&shared.console.status.borrow()),
            chosen,
        }
    }

    /// Returns the address of a page of the same system.
    pub(super) fn href(&self, path: &str, query: &[(&str, &str)]) -> String {
        let mut all = query.to_vec();
        all.push(("system", &self.chosen));
        link(path, &all)
    }

    /// Returns the address of an asset's own page.
    pub(super) fn asset(&self, urn: &Urn) -> String {
        self.href("/assets/detail", &[("urn", urn.as_str())])
    }
}

fn systems(known: &[SystemSummary], current: &Urn, path: &str) -> Vec<System> {
    if known.len() < 2 {
        return Vec::new();
    }
    let shown = known.iter().take(MAX_SYSTEMS).map(|summary| System {
        name: system_name(&summary.system),
        href: link(path, &[("system", summary.system.as_str())]),
        verdict: summary.verdict.as_str(),
        is_current: &summary.system == current,
    });
    shown.collect()
}

fn system_name(urn: &Urn) -> String {
    urn.local_parts().map_or_else(|| urn.to_string(), |(_, name)| name)
}

fn notice(status: &Status) -> Option<Notice> {
    match (&status.work, &status.unwatched) {
        (Work::Failed { at, problem }, _) => Some(Notice {
            form: "stale",
            text: format!(
                "This is out of date: the assessment at {} failed ({problem}). The terminal that runs Syndic says more.",
                moment(*at)
            ),
        }),
        (Work::Assessing(since), _) => Some(Notice {
            form: "busy",
            text: format!("A change seen at {} is being assessed; reload in a moment.", moment(*since)),
        }),
        (Work::Current, Some(problem)) => Some(Notice {
            form: "unsure",
            text: format!("Changes after this run may be missing here, because they are not all noticed: {problem}."),
        }),
        (Work::Current, None) => None,
    }
}

/// Returns a time to the second, in UTC.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Loads the assessment asked for, or the answer to send instead.
pub(super) async fn snapshot(shared: &Shared, asked: &Asked) -> Result<Arc<Snapshot>, Response> {
    let system = asked.system();
    if !shared.console.store.path().exists() {
        // What an open file of a deleted store still says is nobody's store any more.
        return Err(gone());
    }
    match shared.snapshots.latest(&shared.console.store, system.as_ref()).await {
        Ok(Some(snapshot)) => Ok(snapshot),
        Ok(None) if system.is_some() => {
            Err(message(StatusCode::NOT_FOUND, "No such system", "The store has no run of a system of this name."))
        }
        Ok(None) => Err(waiting()),
        Err(error) => Err(fault(&error)),
    }
}

/// The page before the first run; the only one that reloads by itself, for there is nothing to read on it yet.
fn waiting() -> Response {
    let mut answer = message(
        StatusCode::OK,
        "The first assessment is under way",
        "Nothing has been stored yet. This page looks again every two seconds.",
    );
    answer.headers_mut().insert("refresh", axum::http::HeaderValue::from_static("2"));
    answer
}

/// Says that the store was deleted while it was shown.
fn gone() -> Response {
    message(
        StatusCode::SERVICE_UNAVAILABLE,
        "The store is gone",
        "Its file was moved away or deleted. Put the state folder back, or stop Syndic and start it again for a new store.",
    )
}

/// Says that a page could not be made; the detail goes to the log.
pub(super) fn fault(error: &dyn std::error::Error) -> Response {
    tracing::error!(error = %error, "the page could not be made");
    message(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The store could not be read",
        "What was shown before may be out of date. `syndic findings` in a terminal says more.",
    )
}

/// Sends a rendered page.
pub(super) fn send(page: &impl Template) -> Response {
    page.render().map_or_else(|error| fault(&error), |text| Html(text).into_response())
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
