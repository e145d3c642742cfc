//! What a page is asked for: the query, read once, unknown values falling back to "all".

use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;
use syndic_evidence::{FindingState, Severity, Urn};

use crate::pages::message;

/// The query of any page.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// URN of the system; the one assessed last if absent.
    pub(crate) system: Option<String>,
    /// Kind of asset.
    pub(crate) kind: Option<String>,
    /// URN of an asset.
    pub(crate) urn: Option<String>,
    /// Engine whose rules found it.
    pub(crate) area: Option<String>,
    severity: Option<String>,
    state: Option<String>,
    page: Option<String>,
}

impl Asked {
    pub(crate) fn system(&self) -> Option<Urn> {
        self.system.as_deref().map(Urn::from_canonical)
    }

    pub(crate) fn severity(&self) -> Option<Severity> {
        self.severity.as_deref()?.parse().ok()
    }

    /// Returns the state of findings to list; open if absent.
    pub(crate) fn state(&self) -> FindingState {
        let states = [FindingState::Fixed, FindingState::Accepted, FindingState::FalsePositive];
        let named = states.into_iter().find(|state| Some(state.as_str()) == self.state.as_deref());
        named.unwrap_or(FindingState::Open)
    }

    /// Returns the number of the page, from 1.
    pub(crate) fn page(&self) -> usize {
        self.page.as_deref().and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let text = "The part of the address after `?` could not be read.";
        Query::try_from_uri(&parts.uri)
            .map(|Query(asked)| asked)
            .map_err(|_| message(StatusCode::BAD_REQUEST, "Not an address of this console", text))
    }
}
