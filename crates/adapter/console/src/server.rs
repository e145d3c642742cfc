//! The routes and the server.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use syndic_detect::Rulebook;
use syndic_store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Status;
use crate::guard::guard;
use crate::pages;
use crate::snapshot::Snapshots;

/// The style sheet, the same as that of the HTML report.
const CSS: &str = include_str!("../../report/assets/page.css");

const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b57a4"/><path d="M22 10.5c-1.6-1.7-3.6-2.5-6-2.5-3.6 0-6 1.7-6 4.2 0 5.6 9.6 2.5 9.6 6 0 1.4-1.4 2.3-3.7 2.3-2.2 0-4-.8-5.4-2.4L8.600 20.300c1.800 2.400 4.300 3.700 7.400 3.700 4.300 0 7-2.200 7-5.600 0-6.200-9.400-3.400-9.400-6.100 0-1 1-1.600 2.500-1.600 1.600 0 3 .6 4.200 1.800z" fill="#fff"/></svg>"##;

/// What the pages are made from.
#[derive(Debug)]
pub struct Console {
    /// The store that runs write to.
    pub store: Store,
    /// Every rule, for the pages that explain.
    pub rules: Rulebook,
    /// Whether the store is up to date with the tree.
    pub status: watch::Receiver<Status>,
}

/// What every handler gets.
pub(crate) struct Shared {
    pub(crate) console: Console,
    pub(crate) snapshots: Snapshots,
}

/// Returns the routes; also what tests drive without a socket.
pub fn router(console: Console) -> Router {
    Router::new()
        .route("/", get(pages::posture))
        .route("/assets", get(pages::assets))
        .route("/assets/detail", get(pages::asset))
        .route("/findings", get(pages::findings))
        .route("/findings/{fingerprint}", get(pages::finding))
        .route("/diagram", get(pages::diagram))
        .route("/diagram.svg", get(pages::picture))
        .route("/decisions", get(pages::decisions))
        .route("/evidence/{digest}", get(pages::evidence))
        .route("/evidence/{digest}/envelope.json", get(pages::envelope))
        .route("/static/page.css", get(|| async { asset("text/css; charset=utf-8", CSS) }))
        .route("/static/icon.svg", get(|| async { asset("image/svg+xml", ICON) }))
        .route("/healthz", get(|| async { "ok\n" }))
        .fallback(|| async {
            pages::message(StatusCode::NOT_FOUND, "No such page", "Nothing is served under this address.")
        })
        .layer(middleware::from_fn(guard))
        .with_state(Arc::new(Shared { console, snapshots: Snapshots::default() }))
}

fn asset(content_type: &'static str, body: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// Serves until `shutdown` is done; requests under way are finished.
///
/// # Errors
/// The listener's own error.
pub async fn serve(
    listener: TcpListener,
    console: Console,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(console)).with_graceful_shutdown(shutdown).await
}
