//! The threat model: the data-flow diagram as a picture, then its flows and threats in words.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use syndic_evidence::{Risk, Urn};

use super::frame::{Frame, fault, send, snapshot};
use crate::asked::Asked;
use crate::server::Shared;
use crate::snapshot::Snapshot;

/// The picture carries its own style and nothing else; this lets that style apply and still runs nothing.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// The page lists at most this many flows and threats; the JSON report has all.
const MAX_ROWS: usize = 300;

#[derive(Template)]
#[template(path = "diagram.html")]
struct Diagram<'a> {
    frame: Frame,
    flows: Vec<FlowLine<'a>>,
    all_flows: usize,
    risks: &'a [Risk],
    all_risks: usize,
}

struct FlowLine<'a> {
    src: &'a str,
    dst: &'a str,
    label: &'a str,
    crosses: bool,
    classes: String,
    source: String,
}

/// Lays out the model off the async threads: a large one takes its time.
async fn drawn(snapshot: &Arc<Snapshot>) -> Result<(), Response> {
    let snapshot = Arc::clone(snapshot);
    let drawing = tokio::task::spawn_blocking(move || {
        snapshot.picture();
    });
    drawing.await.map_err(|error| fault(&error))
}

/// The page around the picture.
pub(crate) async fn diagram(State(shared): State<Arc<Shared>>, asked: Asked) -> Result<Response, Response> {
    let snapshot = snapshot(&shared, &asked).await?;
    drawn(&snapshot).await?;
    let model = snapshot.model();
    let names: std::collections::HashMap<&Urn, &str> =
        model.elements.iter().map(|element| (&element.urn, element.name.as_str())).collect();
    let flows = model.flows.iter().take(MAX_ROWS).map(|flow| FlowLine {
        src: names.get(&flow.src).copied().unwrap_or(flow.src.as_str()),
        dst: names.get(&flow.dst).copied().unwrap_or(flow.dst.as_str()),
        label: &flow.label,
        crosses: flow.crosses_boundary,
        classes: flow.classes.iter().map(|class| class.as_str().replace('_', " ")).collect::<Vec<_>>().join(", "),
        source: flow.source.to_string(),
    });
    let risks = &snapshot.assessment.risks;
    Ok(send(&Diagram {
        frame: Frame::new(&shared, &snapshot, &asked, "/diagram"),
        flows: flows.collect(),
        all_flows: model.flows.len(),
        risks: risks.get(..risks.len().min(MAX_ROWS)).unwrap_or_default(),
        all_risks: risks.len(),
    }))
}

/// The picture alone.
pub(crate) async fn picture(State(shared): State<Arc<Shared>>, asked: Asked) -> Result<Response, Response> {
    let snapshot = snapshot(&shared, &asked).await?;
    drawn(&snapshot).await?;
    let kind = [(header::CONTENT_TYPE, "image/svg+xml; charset=utf-8")];
    let mut response = (kind, snapshot.picture().to_owned()).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_POLICY));
    Ok(response)
}
