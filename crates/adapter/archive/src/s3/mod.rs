//! An archive in a bucket of an S3-compatible store.
//!
//! Requests are signed by `rusty-s3` (SigV4 in the query) and sent by `ureq` over rustls. Every object is sent with its
//! SHA-256 as the S3 checksum, which is part of the signature: a store that follows S3 refuses other bytes and keeps the
//! checksum. Writes are conditional (`If-None-Match`, `If-Match`).

mod access;
mod exchange;
mod listing;
pub(crate) mod roots;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rusty_s3::actions::{GetObject, HeadObject, ListObjectsV2, PutObject};
use rusty_s3::{S3Action as _, UrlStyle};

pub use access::Access;

use crate::body::Body;
use crate::error::{ArchiveError, Result};
use crate::objects::{Listed, Objects, Page, Part, Put, Stat, When};
use crate::place::Place;
use exchange::{Client, Reply};

/// A page of a list is not longer: 1000 names of at most 1024 bytes with what goes with them.
const LIST_BYTES_LIMIT: u64 = 8 << 20;
/// The largest object S3 takes in one request.
const MOST_BYTES: u64 = 5 << 30;

/// A prefix of a bucket.
pub struct Bucket {
    client: Client,
    access: Access,
    bucket: rusty_s3::Bucket,
    prefix: String,
    name: String,
}

impl Bucket {
    /// Stands for the objects below a prefix of a bucket; nothing is asked yet.
    ///
    /// # Errors
    /// [`ArchiveError::Settings`] if the endpoint cannot be used or the system trusts no certificate.
    pub fn new(bucket: &str, prefix: &str, access: Access) -> Result<Self> {
        let name = Place::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() }.to_string();
        // A certificate of AWS covers no dots in a bucket's name; other stores mostly know paths only.
        let style =
            if access.endpoint.is_none() && !bucket.contains('.') { UrlStyle::VirtualHost } else { UrlStyle::Path };
        let suffix = if access.region.starts_with("cn-") { "com.cn" } else { "com" };
        let endpoint = access.endpoint.as_ref().map_or_else(
            || format!("https://s3.{}.amazonaws.{suffix}", access.region),
            |endpoint| endpoint.url.clone(),
        );
        let unusable = || ArchiveError::Settings(format!("{endpoint} cannot be an endpoint for {name}"));
        let url = endpoint.parse().map_err(|_| unusable())?;
        let signed = rusty_s3::Bucket::new(url, style, bucket.to_owned(), access.region.clone());
        let bucket = signed.map_err(|_| unusable())?;
        Ok(Self { client: Client::new(&access, name.clone())?, access, bucket, prefix: prefix.to_owned(), name })
    }

    fn key(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }

    fn refused(&self, doing: &str, reply: &Reply) -> ArchiveError {
        let code = reply.code();
        let next = match (code, reply.status) {
            (
                "SignatureDoesNotMatch"
                | "InvalidAccessKeyId"
                | "ExpiredToken"
                | "InvalidToken"
                | "TokenRefreshRequired",
                _,
            ) => "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
            ("RequestTimeTooSkewed", _) => "set this machine's clock",
            ("NoSuchBucket", _) => "make the bucket first, or name another",
            ("NotImplemented", _) | (_, 501) => "use a store that has conditional writes (If-None-Match and If-Match)",
            ("PermanentRedirect" | "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError", _)
            | (_, 301 | 307) => "set AWS_REGION to the bucket's region",
            ("BadDigest" | "InvalidDigest" | "XAmzContentChecksumMismatch" | "XAmzContentSHA256Mismatch", _) => {
                "what arrived was not what was sent: run it again"
            }
            (_, 401 | 403) => {
                "check the credentials; they need s3:ListBucket, s3:GetObject, and to archive s3:PutObject, there"
            }
            _ => "ask who runs the store",
        };
        ArchiveError::Refused {
            place: self.name.clone(),
            doing: doing.to_owned(),
            status: reply.status,
            code: if code.is_empty() { "without a reason".to_owned() } else { code.to_owned() },
            next,
        }
    }

    fn strange(&self, doing: &str, what: &str) -> ArchiveError {
        ArchiveError::Unfit { place: self.name.clone(), why: format!("asked to {doing}, it answered {what}") }
    }
}

/// Says whether there is no such object, as opposed to no such bucket.
fn is_absent(reply: &Reply) -> bool {
    reply.status == 404 && reply.code() != "NoSuchBucket"
}

impl Objects for Bucket {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn put(&self, path: &str, body: &Body, when: When<'_>) -> Result<Put> {
        let doing = format!("write {path}");
        if body.bytes() > MOST_BYTES {
            return Err(ArchiveError::Unfit {
                place: self.name.clone(),
                why: format!("{path} has {} bytes, S3 takes {MOST_BYTES} in one request", body.bytes()),
            });
        }
        let key = self.key(path);
        let mut action = PutObject::new(&self.bucket, Some(&self.access.credentials), &key);
        let headers = action.headers_mut();
        headers.insert("x-amz-checksum-sha256", BASE64.encode(body.sha256()));
        headers.insert("x-amz-sdk-checksum-algorithm", "SHA256");
        match when {
            When::Absent => headers.insert("if-none-match", "*"),
            When::Is(version) => headers.insert("if-match", version.to_owned()),
        }
        let reply = self.client.ask(&doing, action, Some(body), 0)?;
        match reply.status {
            200 => Ok(Put::Done),
            412 => Ok(Put::Refused),
            // The version to be replaced is gone.
            _ if is_absent(&reply) => Ok(Put::Refused),
            _ => Err(self.refused(&doing, &reply)),
        }
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>> {
        let doing = format!("look at {path}");
        let key = self.key(path);
        let mut action = HeadObject::new(&self.bucket, Some(&self.access.credentials), &key);
        action.headers_mut().insert("x-amz-checksum-mode", "ENABLED");
        let reply = self.client.ask(&doing, action, None, 0)?;
        match reply.status {
            200 => {}
            404 => return Ok(None),
            _ => return Err(self.refused(&doing, &reply)),
        }
        let bytes = reply.header("content-length").and_then(|length| length.parse().ok());
        let version = reply.header("etag").map(str::to_owned);
        let (Some(bytes), Some(version)) = (bytes, version) else {
            return Err(self.strange(&doing, "without a length and an ETag"));
        };
        let sha256 = reply.header("x-amz-checksum-sha256").and_then(|text| BASE64.decode(text).ok());
        Ok(Some(Stat { bytes, sha256: sha256.and_then(|digest| digest.try_into().ok()), version }))
    }

    fn read(&self, path: &str, from: u64, most: usize) -> Result<Option<Part>> {
        let doing = format!("read {path}");
        let key = self.key(path);
        let last = from.saturating_add(most as u64).saturating_sub(1);
        let mut action = GetObject::new(&self.bucket, Some(&self.access.credentials), &key);
        action.headers_mut().insert("range", format!("bytes={from}-{last}"));
        let reply = self.client.ask(&doing, action, None, most as u64)?;
        let range = reply.header("content-range").unwrap_or_default();
        let total = range.rsplit_once('/').and_then(|(_, total)| total.parse().ok());
        let length = reply.body.len() as u64;
        let total = match (reply.status, total) {
            (200, _) if from == 0 => length,
            (206, Some(total)) if range.starts_with(&format!("bytes {from}-")) => total,
            // Nothing is there from this byte on.
            (416, total) => {
                let total = total.unwrap_or(from);
                return Ok(Some(Part { bytes: Vec::new(), total, version: String::new() }));
            }
            (200 | 206, _) => return Err(self.strange(&doing, "with other bytes than those asked for")),
            _ if is_absent(&reply) => return Ok(None),
            _ => return Err(self.refused(&doing, &reply)),
        };
        if length != total.saturating_sub(from).min(most as u64) {
            return Err(self.strange(&doing, "with another length than it stated"));
        }
        let Some(version) = reply.header("etag").map(str::to_owned) else {
            return Err(self.strange(&doing, "without an ETag"));
        };
        Ok(Some(Part { bytes: reply.body, total, version }))
    }

    fn list(&self, folder: &str, from: Option<&str>) -> Result<Page> {
        let doing = format!("list {folder}/");
        let prefix = format!("{}/", self.key(folder));
        let mut action = ListObjectsV2::new(&self.bucket, Some(&self.access.credentials));
        action.with_prefix(prefix.clone());
        action.with_delimiter("/");
        if let Some(token) = from {
            action.with_continuation_token(token.to_owned());
        }
        let reply = self.client.ask(&doing, action, None, LIST_BYTES_LIMIT)?;
        if reply.status != 200 {
            return Err(self.refused(&doing, &reply));
        }
        let text =
            std::str::from_utf8(&reply.body).map_err(|_| self.strange(&doing, "with something that is not text"))?;
        let listed =
            ListObjectsV2::parse_response(text).map_err(|_| self.strange(&doing, "with something that is no list"))?;
        let named = |key: &str| key.strip_prefix(&prefix).filter(|name| !name.is_empty()).map(str::to_owned);
        let objects = listed.contents.into_iter();
        let objects =
            objects.filter_map(|found| Some(Listed { name: named(&found.key)?, bytes: found.size.unwrap_or(0) }));
        Ok(Page { objects: objects.collect(), next: listed.next_continuation_token })
    }
}
