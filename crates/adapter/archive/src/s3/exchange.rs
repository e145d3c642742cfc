//! One question to the store and its answer, asked again while the store is not able to answer.

use std::io::Read as _;
use std::time::Duration;

use rusty_s3::{Method, S3Action};
use ureq::http::HeaderMap;
use ureq::{Agent, SendBody};

use super::access::Access;
use super::roots;
use crate::body::Body;
use crate::error::{ArchiveError, Result};

/// How long a signature is good for: a request is judged when it arrives.
const SIGNATURE_LIFE: Duration = Duration::from_secs(5 * 60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be silent.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
/// The first pause before asking again; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// An answer may take this long, and a second more for each of so many bytes: one that drips in is none.
const ANSWER_TIME: Duration = Duration::from_secs(120);
const SLOWEST_BYTES_PER_SECOND: u64 = 64 << 10;
/// An answer that states an error is not longer.
const ERROR_BYTES_LIMIT: u64 = 64 << 10;

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The code of an error in words of S3, such as `NoSuchKey`; empty if there is none.
    pub(super) fn code(&self) -> &str {
        let text = std::str::from_utf8(&self.body).unwrap_or_default();
        let code =
            text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
        // It is printed, and the answer is somebody else's.
        let is_code = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_code { code } else { "" }
    }

    /// Says whether asking again may help.
    fn is_passing(&self) -> bool {
        matches!(self.status, 408 | 429 | 500 | 502 | 503 | 504)
            || matches!(self.code(), "RequestTimeout" | "ConditionalRequestConflict" | "OperationAborted" | "SlowDown")
    }
}

/// What asks.
pub(super) struct Client {
    agent: Agent,
    tries: u32,
    place: String,
}

impl Client {
    /// Makes a client that calls the archive `place` to a person.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub(super) fn new(access: &Access, place: String) -> Result<Self> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(SILENCE_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .timeout_per_write(Some(SILENCE_TIMEOUT))
            .user_agent(concat!("syndic/", env!("CARGO_PKG_VERSION")));
        if access.endpoint.as_ref().is_none_or(|endpoint| endpoint.is_secure) {
            config = config.tls_config(roots::tls()?);
        }
        if access.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_loopback) {
            config = config.proxy(None);
        }
        Ok(Self { agent: config.build().new_agent(), tries: access.tries, place })
    }

    /// Asks until there is an answer that asking again would not change, at most as often as configured.
    ///
    /// `doing` says to a person what for; a good answer has at most `limit` bytes.
    pub(super) fn ask<'a, A: S3Action<'a>>(
        &self,
        doing: &str,
        mut action: A,
        body: Option<&Body>,
        limit: u64,
    ) -> Result<Reply> {
        let headers: Vec<(String, String)> =
            action.headers_mut().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut pause = FIRST_PAUSE;
        let mut asked = 0;
        loop {
            asked += 1;
            // Signed anew each time: a signature ages.
            let url = action.sign(SIGNATURE_LIFE);
            let why = match self.once(A::METHOD, url.as_str(), &headers, body, limit) {
                Ok(reply) if !reply.is_passing() => return Ok(reply),
                Ok(reply) => format!("the store answered {} {}", reply.status, reply.code()).trim_end().to_owned(),
                Err(problem) => plain(&problem),
            };
            if asked >= self.tries {
                return Err(ArchiveError::Unavailable {
                    place: self.place.clone(),
                    doing: doing.to_owned(),
                    tries: asked,
                    why,
                });
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn once(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Option<&Body>,
        limit: u64,
    ) -> Result<Reply, ureq::Error> {
        let mut response = match (method, body) {
            (Method::Put, Some(body)) => {
                let request = self.agent.put(url).header("content-length", body.bytes());
                let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
                request.send(SendBody::from_reader(&mut body.reader()))?
            }
            (Method::Head, _) => {
                let request = self.agent.head(url);
                headers.iter().fold(request, |request, (name, value)| request.header(name, value)).call()?
            }
            _ => {
                let time = ANSWER_TIME + Duration::from_secs(limit / SLOWEST_BYTES_PER_SECOND);
                let request = self.agent.get(url).config().timeout_global(Some(time)).build();
                headers.iter().fold(request, |request, (name, value)| request.header(name, value)).call()?
            }
        };
        let status = response.status().as_u16();
        let limit = if response.status().is_success() { limit } else { ERROR_BYTES_LIMIT };
        let mut bytes = Vec::new();
        if method != Method::Head {
            response.body_mut().as_reader().take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > limit {
                return Err(ureq::Error::BodyExceedsLimit(limit));
            }
        }
        Ok(Reply { status, headers: response.headers().clone(), body: bytes })
    }
}

/// Says what went wrong without the request's address, which holds the signature.
fn plain(problem: &ureq::Error) -> String {
    match problem {
        ureq::Error::Io(problem) => format!("connection failed: {problem}"),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "the endpoint's host is not known".to_owned(),
        ureq::Error::ConnectionFailed => "connection failed".to_owned(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => format!("TLS failed: {problem}"),
        ureq::Error::BodyExceedsLimit(_) => "the answer is longer than what was asked for".to_owned(),
        _ => "the answer was not understood".to_owned(),
    }
}
