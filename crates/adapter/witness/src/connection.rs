//! One connection, from its first byte to its end.

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::limits::{HEAD_BYTES_LIMIT, HEADERS_LIMIT};
use crate::request::answer;
use crate::server::Serving;

/// Serves a connection until it ends, has stayed its time, or the server stops; an answer under way is finished.
pub(crate) async fn connection(stream: TcpStream, serving: Arc<Serving>, mut stopped: watch::Receiver<bool>) {
    let limits = serving.limits;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_headers(HEADERS_LIMIT)
        .max_buf_size(HEAD_BYTES_LIMIT);
    let service = service_fn(move |request| answer(request, Arc::clone(&serving)));
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // What a client breaks off is its own affair.
        _ = serving.as_mut() => return,
        () = tokio::time::sleep(limits.connection) => {}
        // An error means that the server is gone, which is a stop as well.
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(limits.farewell, serving).await;
}
