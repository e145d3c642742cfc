//! What every answer carries and what every question must have.
//!
//! Invariant: every answer, faults included, passes here on its way out.
//!
//! The console listens on loopback without a login, so a page on the internet must not be able to read it through the
//! user's browser: the `Host` header must name loopback (which stops DNS rebinding), nothing may frame or embed the
//! pages, and no script runs at all.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                                       form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(header::HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Refuses what does not come to loopback by name, and adds the headers to every answer.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let mut response = if !is_loopback(request.headers()) {
        (StatusCode::MISDIRECTED_REQUEST, "this console answers on 127.0.0.1 and localhost only\n").into_response()
    } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let only = [(header::ALLOW, "GET, HEAD")];
        (StatusCode::METHOD_NOT_ALLOWED, only, "there is nothing to change here: GET and HEAD only\n").into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn is_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(host: &'static str) -> bool {
        is_loopback(&HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]))
    }

    #[test]
    fn a_rebound_name_is_refused() {
        assert!(accepts("127.0.0.1:7117") && accepts("LocalHost") && accepts("[::1]:7117"));
        assert!(!accepts("evil.example:7117") && !accepts("127.0.0.1.evil.example") && !accepts(""));
        assert!(!is_loopback(&HeaderMap::new()));
    }
}
