//! One question over HTTP and its answer, within bounds, with redirections followed by our rules and not the server's.

use std::io::Read as _;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::{HeaderMap, Uri};
use ureq::unversioned::transport::DefaultConnector;

use super::address::{self, PublicOnly};
use super::error::{RemoteError, Result};
use crate::s3::roots;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be silent.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);
/// An answer may take this long, and a second more for each of so many bytes.
const BASE_TIME: Duration = Duration::from_secs(60);
const SLOWEST_BYTES_PER_SECOND: u64 = 64 << 10;
/// Redirections followed for one question.
const MAX_REDIRECTIONS: usize = 5;
/// Times a question is asked while the server says that it cannot answer now.
const MAX_TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How far requests may go.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Time for everything together.
    pub time: Duration,
    /// Whether the host that the user named may be asked without TLS. This machine always may.
    pub is_plain_allowed: bool,
    /// Other hosts (`host` or `host:port`) that redirections and token services may lead to, whatever their address.
    pub others: Vec<String>,
}

/// What asks one host, and those it leads to.
pub(super) struct Web {
    named: Agent,
    other: Agent,
    origin: Origin,
    others: Vec<String>,
    deadline: Instant,
}

/// Where an address begins: `https`, host, port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) is_secure: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'q> {
    pub(super) url: &'q str,
    pub(super) accept: &'q str,
    pub(super) authorization: Option<&'q str>,
    /// First and last byte.
    pub(super) range: Option<(u64, u64)>,
    /// Longest answer.
    pub(super) most_bytes: u64,
    /// Longest answer of a server that was asked for a range and gives the whole.
    pub(super) most_whole_bytes: u64,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// At most one byte more than was asked for: then it is too long.
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Origin {
    /// Takes the origin of an absolute address.
    pub(super) fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let is_secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        // What stands before an @ is meant to be taken for the host.
        if uri.authority()?.as_str().contains('@') {
            return None;
        }
        let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
        Some(Self { is_secure, host, port: uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 }) })
    }

    /// Returns it as the beginning of an address.
    pub(super) fn url(&self) -> String {
        format!("{}://{}:{}", if self.is_secure { "https" } else { "http" }, self.host, self.port)
    }

    fn shown(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Web {
    /// Makes ready to ask the host that the user named.
    ///
    /// # Errors
    /// A host that would be asked without TLS, or a system that trusts no certificate.
    pub(super) fn new(origin: Origin, reach: &Reach) -> Result<Self> {
        let is_loopback = address::is_loopback(&origin.host);
        if !origin.is_secure && !is_loopback && !reach.is_plain_allowed {
            let why = format!("{} would be asked without TLS: --plain-http allows that", origin.host);
            return Err(RemoteError::Settings(why));
        }
        let config = || -> Result<_> {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .accept_encoding("identity")
                .timeout_resolve(Some(CONNECT_TIMEOUT))
                .timeout_connect(Some(CONNECT_TIMEOUT))
                .timeout_per_read(Some(SILENCE_TIMEOUT))
                .timeout_per_write(Some(SILENCE_TIMEOUT))
                .user_agent(concat!("syndic/", env!("CARGO_PKG_VERSION")));
            let tls = roots::tls().map_err(|error| RemoteError::Settings(error.to_string()))?;
            Ok(config.tls_config(tls))
        };
        let named = if is_loopback { config()?.proxy(None).build() } else { config()?.build() };
        let other = Agent::with_parts(config()?.build(), DefaultConnector::default(), PublicOnly::default());
        let others = reach.others.iter().map(|host| host.to_ascii_lowercase()).collect();
        Ok(Self { named: named.new_agent(), other, origin, others, deadline: Instant::now() + reach.time })
    }

    pub(super) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Asks, again while the server cannot answer, and follows where it leads.
    ///
    /// # Errors
    /// Nobody answers, or what is answered is nothing to follow.
    pub(super) fn ask(&self, question: Question<'_>) -> Result<Answer> {
        let mut pause = FIRST_PAUSE;
        for tried in 1.. {
            let answer = self.follow(question);
            let is_passing = match &answer {
                Ok(answer) => matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504),
                Err(error) => matches!(error, RemoteError::Unreachable { .. }),
            };
            if !is_passing || tried >= MAX_TRIES {
                return answer;
            }
            std::thread::sleep(pause.min(self.left()?));
            pause *= 2;
        }
        Err(RemoteError::TimeOver)
    }

    fn follow(&self, question: Question<'_>) -> Result<Answer> {
        let mut url = question.url.to_owned();
        let mut asked_first = None;
        for _ in 0..=MAX_REDIRECTIONS {
            let origin = self.allowed(&url)?;
            // A credential stays with the host it was given for.
            let first = asked_first.get_or_insert_with(|| origin.clone());
            let authorization = question.authorization.filter(|_| *first == origin);
            let answer = self.once(&origin, Question { url: &url, authorization, ..question })?;
            let Some(location) = answer.header("location").filter(|_| is_redirection(answer.status)) else {
                return Ok(answer);
            };
            url = join(&origin, location)
                .ok_or_else(|| self.misbehaves("it redirects to something that is no address over HTTP".to_owned()))?;
        }
        Err(self.misbehaves(format!("it redirects more than {MAX_REDIRECTIONS} times")))
    }

    /// Says whether an address may be asked: of the host the user named, of a host the user allowed, or over TLS of a
    /// public one.
    fn allowed(&self, url: &str) -> Result<Origin> {
        let origin = Origin::of(url).ok_or_else(|| self.misbehaves("it leads to no address over HTTP".to_owned()))?;
        if self.is_named(&origin) {
            return Ok(origin);
        }
        let refused = |why: &str| {
            let shown = origin.shown();
            let why = format!("it leads to {shown}, {why}; --allow-redirect {shown} allows that");
            Err(self.misbehaves(why))
        };
        if address::is_loopback(&origin.host)
            || address::literal(&origin.host).is_some_and(|it| !address::is_public(it))
        {
            return refused("which is not on the public network");
        }
        if !origin.is_secure {
            return refused("without TLS");
        }
        Ok(origin)
    }

    fn is_named(&self, origin: &Origin) -> bool {
        *origin == self.origin || self.others.iter().any(|other| *other == origin.host || *other == origin.shown())
    }

    fn once(&self, origin: &Origin, question: Question<'_>) -> Result<Answer> {
        let agent = if self.is_named(origin) { &self.named } else { &self.other };
        let time = BASE_TIME
            + Duration::from_secs(question.most_bytes.max(question.most_whole_bytes) / SLOWEST_BYTES_PER_SECOND);
        let request = agent.get(question.url).header("accept", question.accept);
        let request = match question.authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        };
        let request = match question.range {
            Some((first, last)) => request.header("range", format!("bytes={first}-{last}")),
            None => request,
        };
        let time = time.min(self.left()?);
        let unreachable = |error: &ureq::Error| self.unreachable(origin, error);
        let request = request.config().timeout_global(Some(time)).build();
        let mut response = request.call().map_err(|error| unreachable(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if headers.get("content-encoding").is_some_and(|encoding| encoding.as_bytes() != b"identity") {
            return Err(self.misbehaves("it packs what was asked for as it is".to_owned()));
        }
        let mut body = Vec::new();
        let is_whole = status == 200 && question.range.is_some();
        let most_bytes = if is_whole { question.most_whole_bytes } else { question.most_bytes };
        let mut reader = response.body_mut().as_reader().take(most_bytes.saturating_add(1));
        reader.read_to_end(&mut body).map_err(|error| unreachable(&ureq::Error::Io(error)))?;
        Ok(Answer { status, headers, body })
    }

    fn left(&self) -> Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(RemoteError::TimeOver) } else { Ok(left) }
    }

    pub(super) fn misbehaves(&self, why: String) -> RemoteError {
        RemoteError::Misbehaves { place: self.origin.host.clone(), why }
    }

    fn unreachable(&self, origin: &Origin, error: &ureq::Error) -> RemoteError {
        let why = match error {
            ureq::Error::Io(error) => error.to_string(),
            ureq::Error::Timeout(_) => "no answer in time".to_owned(),
            ureq::Error::HostNotFound => "nobody knows that host".to_owned(),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => format!("TLS failed: {error}"),
            _ => "the answer was not understood".to_owned(),
        };
        if self.left().is_err() {
            return RemoteError::TimeOver;
        }
        RemoteError::Unreachable { place: origin.host.clone(), why }
    }
}

const fn is_redirection(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Returns the address that a redirection means.
fn join(origin: &Origin, location: &str) -> Option<String> {
    if let Some(rest) = location.strip_prefix("//") {
        return Some(format!("{}://{rest}", if origin.is_secure { "https" } else { "http" }));
    }
    if location.starts_with('/') {
        return Some(format!("{}{location}", origin.url()));
    }
    Origin::of(location).map(|_| location.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(origin: &str, others: &[&str]) -> Web {
        let others = others.iter().map(|host| (*host).to_owned()).collect();
        let reach = Reach { time: Duration::from_secs(5), is_plain_allowed: false, others };
        Web::new(Origin::of(origin).unwrap(), &reach).unwrap()
    }

    #[test]
    fn a_redirection_leads_only_to_public_hosts_over_tls() {
        let web = web("https://registry.example", &["cdn.internal", "10.0.0.9:444"]);
        for url in [
            "https://registry.example/x",
            "https://cdn.example/x",
            "https://8.8.8.8/",
            "https://cdn.internal/",
            "http://cdn.internal:99/",
            "https://10.0.0.9:444/",
        ] {
            assert!(web.allowed(url).is_ok(), "{url}");
        }
        for url in [
            "http://registry.example/x",
            "http://cdn.example/x",
            "https://127.0.0.1/",
            "https://localhost:1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://10.0.0.9/",
            "file:///etc/passwd",
            "https://registry.example@10.0.0.1/",
            "https://[::ffff:127.0.0.1]/",
        ] {
            assert!(web.allowed(url).is_err(), "{url}");
        }
    }

    #[test]
    fn relative_redirections_stay_with_their_host() {
        let origin = Origin::of("https://r.example:5000/v2/x").unwrap();
        assert_eq!(join(&origin, "/a?b").unwrap(), "https://r.example:5000/a?b");
        assert_eq!(join(&origin, "//c.example/a").unwrap(), "https://c.example/a");
        assert_eq!(join(&origin, "https://c.example/a").unwrap(), "https://c.example/a");
        assert_eq!(join(&origin, "gopher://c.example/a"), None);
        assert_eq!(join(&origin, "a/b"), None);
    }

    #[test]
    fn another_host_without_tls_needs_to_be_allowed() {
        let origin = || Origin::of("http://registry.example").unwrap();
        let mut reach = Reach { time: Duration::from_secs(5), is_plain_allowed: false, others: Vec::new() };
        assert!(Web::new(origin(), &reach).is_err());
        reach.is_plain_allowed = true;
        assert!(Web::new(origin(), &reach).is_ok());
        reach.is_plain_allowed = false;
        assert!(Web::new(Origin::of("http://127.0.0.1:5000").unwrap(), &reach).is_ok());
    }
}
