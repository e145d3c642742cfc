//! A repository of a registry: manifests and contents by the OCI distribution specification 1.1, with its token flow.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::address;
use super::basic;
use super::challenge::Challenge;
use super::credentials::Credentials;
use super::error::{RemoteError, Result};
use super::file::{Piece, Ranges, RemoteFile};
use super::reference::{OciReference, is_sha256};
use super::web::{Answer, Origin, Question, Reach, Web};

/// A manifest is not longer; registries refuse longer ones. A token neither.
const MAX_MANIFEST_BYTES: u64 = 4 << 20;
const MAX_TOKEN_BYTES: u64 = 64 << 10;
/// A content that a registry gives only as a whole may have this many bytes: it is held in memory.
const MAX_WHOLE_BYTES: u64 = 32 << 20;
/// Every form of manifest that is understood.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                         application/vnd.docker.distribution.manifest.v2+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json";

/// One repository.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    web: Web,
    repository: String,
    credentials: Credentials,
    authorization: Mutex<Option<String>>,
}

/// A manifest as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryManifest {
    /// Its bytes: the digest of a manifest is that of these.
    pub bytes: Vec<u8>,
    /// The digest that the registry says it has.
    pub stated_digest: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Registry {
    /// Makes ready to ask for artifacts of a repository; nothing is asked yet.
    ///
    /// # Errors
    /// [`RemoteError::Settings`].
    pub fn new(reference: &OciReference, credentials: Credentials, reach: &Reach) -> Result<Self> {
        let server = reference.server();
        let wrong = || RemoteError::Settings(format!("{server} is no host"));
        let mut origin = Origin::of(&format!("https://{server}")).ok_or_else(wrong)?;
        if address::is_loopback(&origin.host) || reach.is_plain_allowed {
            origin = Origin::of(&format!("http://{server}")).ok_or_else(wrong)?;
        }
        let web = Web::new(origin, reach)?;
        let authorization = credentials.token.as_ref().map(|token| format!("Bearer {token}"));
        let repository = reference.repository.clone();
        let inner = Inner { web, repository, credentials, authorization: Mutex::new(authorization) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Fetches a manifest by its tag or digest; nothing if there is none.
    ///
    /// # Errors
    /// The registry cannot be reached, refuses, or answers with something too long.
    pub fn manifest(&self, reference: &str) -> Result<Option<RegistryManifest>> {
        let answer = self.inner.ask(&format!("manifests/{reference}"), MANIFESTS, None, MAX_MANIFEST_BYTES)?;
        if answer.status == 404 {
            return Ok(None);
        }
        if answer.status != 200 {
            return Err(self.inner.refused(answer.status));
        }
        if answer.body.len() as u64 > MAX_MANIFEST_BYTES {
            return Err(self.inner.web.misbehaves(format!("a manifest has more than {MAX_MANIFEST_BYTES} bytes")));
        }
        let stated_digest = answer.header("docker-content-digest").map(str::to_owned);
        Ok(Some(RegistryManifest { bytes: answer.body, stated_digest }))
    }

    /// Opens a content by its digest; nothing if there is none.
    ///
    /// # Errors
    /// As [`Registry::manifest`]; a digest that is no SHA-256.
    pub fn blob(&self, digest: &str) -> Result<Option<RemoteFile>> {
        if !is_sha256(digest) {
            return Err(RemoteError::Settings(format!("{digest:?} is no SHA-256")));
        }
        RemoteFile::open(Box::new(Blob { inner: Arc::clone(&self.inner), digest: digest.to_owned() }))
    }
}

impl Inner {
    /// Asks for something of the repository, with a token if one is demanded.
    fn ask(&self, what: &str, accept: &str, range: Option<(u64, u64)>, most_bytes: u64) -> Result<Answer> {
        let url = format!("{}/v2/{}/{what}", self.web.origin().url(), self.repository);
        let once = |authorization: Option<String>| {
            let authorization = authorization.as_deref();
            self.web.ask(Question {
                url: &url,
                accept,
                authorization,
                range,
                most_bytes,
                most_whole_bytes: MAX_WHOLE_BYTES,
            })
        };
        let known = self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = once(known)?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let challenge = answer.header("www-authenticate").and_then(Challenge::read);
        let Some(fresh) = challenge.and_then(|challenge| self.authorize(challenge).transpose()).transpose()? else {
            return Err(self.refused(401));
        };
        *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        once(Some(fresh))
    }

    /// Returns what answers a challenge; nothing if we have nothing to answer with.
    fn authorize(&self, challenge: Challenge) -> Result<Option<String>> {
        let pair = self.credentials.pair.as_ref();
        let is_safe = |origin: &Origin| origin.is_secure || address::is_loopback(&origin.host);
        let (realm, service) = match challenge {
            Challenge::Basic => {
                let pair = pair.filter(|_| is_safe(self.web.origin()));
                return Ok(pair.map(|(user, password)| basic::header(user, password)));
            }
            Challenge::Bearer { realm, service } => (realm, service),
        };
        let origin = Origin::of(&realm)
            .ok_or_else(|| self.web.misbehaves("it names a token service that is no address over HTTP".to_owned()))?;
        let mark = if realm.contains('?') { '&' } else { '?' };
        // What is asked for is what is needed, whatever the registry proposes.
        let mut url = format!("{realm}{mark}scope={}", escaped(&format!("repository:{}:pull", self.repository)));
        if let Some(service) = service {
            url.push_str(&format!("&service={}", escaped(&service)));
        }
        let pair = pair.filter(|_| is_safe(&origin)).map(|(user, password)| basic::header(user, password));
        let authorization = pair.as_deref();
        let most_bytes = MAX_TOKEN_BYTES;
        let question = Question {
            url: &url,
            accept: "application/json",
            authorization,
            range: None,
            most_bytes,
            most_whole_bytes: most_bytes,
        };
        let answer = self.web.ask(question)?;
        if answer.status != 200 {
            return Err(self.refused(answer.status));
        }
        let is_plain = |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let token = serde_json::from_slice::<Token>(&answer.body).ok();
        let token = token.and_then(|token| token.token.or(token.access_token)).filter(is_plain);
        let token = token.ok_or_else(|| self.web.misbehaves("its token service gives no token".to_owned()))?;
        Ok(Some(format!("Bearer {token}")))
    }

    fn refused(&self, status: u16) -> RemoteError {
        let next = match (&self.credentials.helper, status) {
            (Some(helper), 401 | 403) => format!(
                "the credentials are kept by docker-credential-{helper}, which is not run: set SYNDIC_REGISTRY_USERNAME \
                 and SYNDIC_REGISTRY_PASSWORD"
            ),
            (None, 401 | 403) => {
                "check the name, and log in with docker or podman, or set SYNDIC_REGISTRY_USERNAME and \
                 SYNDIC_REGISTRY_PASSWORD"
                    .to_owned()
            }
            (_, 429) => "too many requests: wait, or log in".to_owned(),
            _ => "ask who runs the registry".to_owned(),
        };
        RemoteError::Refused { place: self.web.origin().host.clone(), status, next }
    }
}

/// A content of a repository.
struct Blob {
    inner: Arc<Inner>,
    digest: String,
}

impl Ranges for Blob {
    fn name(&self) -> String {
        self.inner.web.origin().host.clone()
    }

    fn piece(&self, from: u64, most: u64) -> Result<Option<Piece>> {
        let last = from.saturating_add(most).saturating_sub(1);
        let answer = self.inner.ask(&format!("blobs/{}", self.digest), "*/*", Some((from, last)), most)?;
        let misbehaves = |why: &str| Err(self.inner.web.misbehaves(why.to_owned()));
        match answer.status {
            404 => Ok(None),
            206 => {
                let stated = answer.header("content-range").and_then(content_range);
                let length = answer.body.len() as u64;
                match stated {
                    Some((first, end, total)) if first == from && end < total && end - first + 1 == length => {
                        Ok(Some(Piece { bytes: answer.body, total, is_whole: false }))
                    }
                    _ => misbehaves("it answers with another range than was asked for, or than it states"),
                }
            }
            200 if answer.body.len() as u64 > MAX_WHOLE_BYTES => misbehaves(&format!(
                "it knows no ranges, and the content has more than the {MAX_WHOLE_BYTES} bytes that are held in memory"
            )),
            200 => {
                let total = answer.body.len() as u64;
                Ok(Some(Piece { bytes: answer.body, total, is_whole: true }))
            }
            // An empty content has no first byte.
            416 if from == 0 && answer.header("content-range") == Some("bytes */0") => {
                Ok(Some(Piece { bytes: Vec::new(), total: 0, is_whole: true }))
            }
            416 => misbehaves("it says that a content has no first byte"),
            status => Err(self.inner.refused(status)),
        }
    }
}

/// Reads `bytes FIRST-LAST/TOTAL`.
fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
    (first <= last).then_some((first, last, total.parse().ok()?))
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_servers_write_them() {
        assert_eq!(content_range("bytes 0-9/100"), Some((0, 9, 100)));
        for text in ["", "bytes */100", "bytes 9-0/100", "bytes 0-9/*", "0-9/100", "bytes 0-99999999999999999999/1"] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }

    #[test]
    fn a_scope_is_escaped() {
        assert_eq!(escaped("repository:a/b:pull"), "repository%3Aa%2Fb%3Apull");
    }
}
