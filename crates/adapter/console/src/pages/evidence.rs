//! One piece of evidence: the DSSE envelope, byte for byte.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use syndic_evidence::Digest;

use super::frame::{fault, message};
use crate::Console;

/// The envelope as JSON, to be verified elsewhere.
pub(crate) async fn evidence(State(console): State<Arc<Console>>, Path(digest): Path<String>) -> Response {
    let Ok(digest) = digest.parse::<Digest>() else {
        return message(StatusCode::BAD_REQUEST, "Not a digest", "Evidence is named by `sha256:` and 64 characters.");
    };
    match console.store.evidence(&digest).await {
        Ok(Some(evidence)) => ([(header::CONTENT_TYPE, "application/vnd.dsse.envelope.v1+json")], evidence.envelope).into_response(),
        Ok(None) => message(StatusCode::NOT_FOUND, "No such evidence", "The store has no evidence with this digest."),
        Err(error) => fault(&error),
    }
}
