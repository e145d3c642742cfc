//! One request: where it goes, its body within bounds, the witness's answer.

use std::sync::Arc;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::limits::BODY_BYTES_LIMIT;
use crate::server::Serving;

/// Where checkpoints are submitted, below the witness's prefix, which is the server's root.
const ADD_CHECKPOINT: &str = "/add-checkpoint";

const TEXT: &str = "text/plain; charset=utf-8";

/// Answers a request; never fails, so that every client is told something.
pub(crate) async fn answer(
    request: Request<Incoming>,
    serving: Arc<Serving>,
) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    Ok(match (request.method(), request.uri().path()) {
        (&Method::POST, ADD_CHECKPOINT) => add_checkpoint(request.into_body(), serving).await,
        (_, ADD_CHECKPOINT) => only_post(),
        (&Method::GET, "/healthz") => plain(StatusCode::OK, "ok\n"),
        (&Method::GET, path) => checkpoint(path, &serving),
        _ => nothing_here(),
    })
}

/// The newest cosigned checkpoint of a log, for monitors: `/<origin hash>/checkpoint`.
fn checkpoint(path: &str, serving: &Serving) -> Response<Full<Bytes>> {
    let hash = path.strip_prefix('/').and_then(|path| path.strip_suffix("/checkpoint"));
    let note = hash.and_then(|hash| serving.desk.witness.checkpoint(hash));
    note.map_or_else(nothing_here, |note| with(StatusCode::OK, TEXT, note))
}

fn nothing_here() -> Response<Full<Bytes>> {
    let body =
        "nothing is here: POST /add-checkpoint submits one, GET /<SHA-256 of origin>/checkpoint shows the newest\n";
    plain(StatusCode::NOT_FOUND, body)
}

async fn add_checkpoint(body: Incoming, serving: Arc<Serving>) -> Response<Full<Bytes>> {
    let body = match read(body, &serving).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    // Judging ends with a sync of the disk, which may take long.
    let judged = tokio::task::spawn_blocking(move || {
        let answer = serving.desk.witness.add_checkpoint(&body);
        (serving.desk.told)(&body, &answer);
        answer
    });
    let Ok(answer) = judged.await else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "the witness failed; nothing was cosigned\n");
    };
    let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    with(status, answer.content_type(), answer.body())
}

/// Reads a body of bounded size in bounded time.
async fn read(body: Incoming, serving: &Serving) -> Result<Bytes, Response<Full<Bytes>>> {
    let too_large = || closing(StatusCode::PAYLOAD_TOO_LARGE, "no request to a witness is as large as this\n");
    if body.size_hint().lower() > BODY_BYTES_LIMIT as u64 {
        return Err(too_large());
    }
    let whole = Limited::new(body, BODY_BYTES_LIMIT).collect();
    match tokio::time::timeout(serving.limits.body, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(problem)) if problem.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(closing(StatusCode::BAD_REQUEST, "the body broke off\n")),
        Err(_) => Err(closing(StatusCode::REQUEST_TIMEOUT, "the body took too long\n")),
    }
}

fn only_post() -> Response<Full<Bytes>> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "submit checkpoints with POST\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

/// An answer after which what else the client sends is not read.
fn closing(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    let mut response = plain(status, body);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn plain(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    with(status, TEXT, body.to_owned())
}

fn with(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
