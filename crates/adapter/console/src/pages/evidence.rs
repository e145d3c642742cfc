//! One piece of evidence: what was signed, readable; and the DSSE envelope, byte for byte.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use syndic_evidence::{Digest, Evidence};

use super::frame::{Frame, fault, message, moment, send, snapshot};
use crate::asked::Asked;
use crate::server::Shared;
use crate::words;

/// The page shows at most this much of the statement; the envelope has all of it.
const MAX_SHOWN_BYTES: usize = 64 << 10;

/// A larger envelope is not read for the page, only handed out.
const MAX_READ_BYTES: usize = 4 << 20;

#[derive(Template)]
#[template(path = "evidence.html")]
struct Page<'a> {
    frame: Frame,
    evidence: &'a Evidence,
    predicate_type: &'a str,
    collected_at: String,
    expires_at: Option<String>,
    asset_name: &'a str,
    asset_href: Option<String>,
    size: String,
    statement: Option<String>,
    is_cut: bool,
}

/// Finds the evidence a path names.
async fn found(shared: &Shared, path: Result<Path<String>, PathRejection>) -> Result<Evidence, Response> {
    let Some(digest) = path.ok().and_then(|Path(text)| text.parse::<Digest>().ok()) else {
        let text = "Evidence is named by `sha256:` and 64 characters.";
        return Err(message(StatusCode::BAD_REQUEST, "Not a digest", text));
    };
    match shared.console.store.evidence(&digest).await {
        Ok(Some(evidence)) => Ok(evidence),
        Ok(None) => {
            Err(message(StatusCode::NOT_FOUND, "No such evidence", "The store has no evidence with this digest."))
        }
        Err(error) => Err(fault(&error)),
    }
}

/// The page about it.
pub(crate) async fn evidence(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<String>, PathRejection>,
    asked: Asked,
) -> Result<Response, Response> {
    let evidence = found(&shared, path).await?;
    let snapshot = snapshot(&shared, &asked).await?;
    let frame = Frame::new(&shared, &snapshot, &asked, "/decisions");
    let text = statement(&evidence.envelope);
    let is_cut = text.as_ref().is_some_and(|text| text.len() > MAX_SHOWN_BYTES);
    let predicate_type = serde_json::to_value(evidence.predicate_type).unwrap_or_default();
    Ok(send(&Page {
        predicate_type: predicate_type.as_str().unwrap_or_default(),
        collected_at: moment(evidence.collected_at),
        expires_at: evidence.expires_at.map(moment),
        asset_name: snapshot.name(&evidence.asset),
        asset_href: snapshot.asset(&evidence.asset).map(|asset| frame.asset(&asset.urn)),
        size: words::size(evidence.envelope.len() as u64),
        statement: text.map(|text| cut(text, MAX_SHOWN_BYTES)),
        is_cut,
        evidence: &evidence,
        frame,
    }))
}

/// The envelope as JSON, to be verified elsewhere.
pub(crate) async fn envelope(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Response> {
    let evidence = found(&shared, path).await?;
    let mut response =
        ([(header::CONTENT_TYPE, "application/vnd.dsse.envelope.v1+json")], evidence.envelope).into_response();
    let name = format!("attachment; filename=\"{}.dsse.json\"", evidence.digest.hex());
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Reads the signed statement for people; verifies nothing.
fn statement(envelope: &[u8]) -> Option<String> {
    if envelope.len() > MAX_READ_BYTES {
        return None;
    }
    let envelope: Value = serde_json::from_slice(envelope).ok()?;
    let payload = STANDARD.decode(envelope.get("payload")?.as_str()?).ok()?;
    let statement: Value = serde_json::from_slice(&payload).ok()?;
    serde_json::to_string_pretty(&statement).ok()
}

fn cut(mut text: String, limit: usize) -> String {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.truncate(end);
    text
}
