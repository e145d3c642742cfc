//! How a bucket is reached: the endpoint, and the variables that AWS's own tools read.

use std::net::IpAddr;

use rusty_s3::Credentials;
use ureq::http::Uri;

use crate::error::{ArchiveError, Result};

/// Where a bucket is sought whose region nobody named.
const DEFAULT_REGION: &str = "us-east-1";
/// How often a request is tried if nobody says.
const DEFAULT_TRIES: u32 = 5;
/// More tries than this would only hide that the store is gone.
const MOST_TRIES: u32 = 20;

/// What is needed to reach a bucket. Its credentials are never printed.
#[derive(Debug, Clone)]
pub struct Access {
    pub(super) credentials: Credentials,
    pub(super) region: String,
    /// The endpoint given; AWS's own if none was.
    pub(super) endpoint: Option<Endpoint>,
    /// Times a request is tried.
    pub(super) tries: u32,
}

/// An endpoint that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) is_secure: bool,
    pub(super) is_loopback: bool,
}

impl Access {
    /// Takes the access from the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
    /// `AWS_REGION` or `AWS_DEFAULT_REGION`, `AWS_MAX_ATTEMPTS`, and without an `endpoint` also `AWS_ENDPOINT_URL_S3` or
    /// `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// [`ArchiveError::Settings`] if something is missing or wrong.
    pub fn from_environment(endpoint: Option<&str>) -> Result<Self> {
        Self::from_variables(endpoint, |name| std::env::var(name).ok())
    }

    /// As [`Access::from_environment`], with variables from elsewhere.
    ///
    /// # Errors
    /// As [`Access::from_environment`].
    pub fn from_variables(endpoint: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let needed = |name: &str| {
            set(name).ok_or_else(|| {
                ArchiveError::Settings(format!("{name} is not set: an archive in a bucket needs its credentials there"))
            })
        };
        let (key, secret) = (needed("AWS_ACCESS_KEY_ID")?, needed("AWS_SECRET_ACCESS_KEY")?);
        let credentials = match set("AWS_SESSION_TOKEN") {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        };
        let region =
            set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")).unwrap_or_else(|| DEFAULT_REGION.to_owned());
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(ArchiveError::Settings("AWS_REGION is not the name of a region".to_owned()));
        }
        let named =
            endpoint.map(str::to_owned).or_else(|| set("AWS_ENDPOINT_URL_S3")).or_else(|| set("AWS_ENDPOINT_URL"));
        let endpoint = named.as_deref().map(Endpoint::read).transpose()?;
        let tries = match set("AWS_MAX_ATTEMPTS") {
            None => DEFAULT_TRIES,
            Some(text) => text.parse().ok().filter(|tries| (1..=MOST_TRIES).contains(tries)).ok_or_else(|| {
                ArchiveError::Settings(format!("AWS_MAX_ATTEMPTS must be a number from 1 to {MOST_TRIES}"))
            })?,
        };
        Ok(Self { credentials, region, endpoint, tries })
    }
}

impl Endpoint {
    fn read(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            // What stands before an @ may be a password.
            let shown = if text.contains('@') { "the endpoint" } else { text };
            ArchiveError::Settings(format!("{shown} cannot be an endpoint: {why}"))
        };
        if text.contains(['@', '?', '#']) {
            return Err(wrong("it may have neither a user nor a query nor a fragment"));
        }
        let uri: Uri = text.parse().map_err(|_| wrong("it is no URL"))?;
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let is_loopback =
            host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_loopback => false,
            Some("http") => {
                return Err(wrong("only https:// is used away from this machine; SSL_CERT_FILE can name your own CA"));
            }
            _ => return Err(wrong("it must begin with https://")),
        };
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        Ok(Self { url: text.to_owned(), is_secure, is_loopback })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(endpoint: Option<&str>, variables: &[(&str, &str)]) -> Result<Access> {
        Access::from_variables(endpoint, |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")];

    #[test]
    fn the_variables_of_aws_are_read_and_never_shown() {
        let more = [("AWS_SESSION_TOKEN", "FwoGZXIv"), ("AWS_DEFAULT_REGION", "eu-west-1"), ("AWS_MAX_ATTEMPTS", "2")];
        let access = access(None, &[&KEYS[..], &more].concat()).unwrap();
        assert_eq!((access.region.as_str(), access.tries, &access.endpoint), ("eu-west-1", 2, &None));
        assert_eq!(access.credentials.token(), Some("FwoGZXIv"));
        let shown = format!("{access:?}");
        assert!(!shown.contains("wJalrXUtnFEMI") && !shown.contains("FwoGZXIv"), "{shown}");
    }

    #[test]
    fn what_is_missing_is_named() {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let others: Vec<_> = KEYS.into_iter().filter(|(key, _)| *key != name).collect();
            assert!(access(None, &others).unwrap_err().to_string().contains(name));
            assert!(access(None, &[&others[..], &[(name, "")]].concat()).unwrap_err().to_string().contains(name));
        }
        assert!(access(None, &[&KEYS[..], &[("AWS_MAX_ATTEMPTS", "0")]].concat()).is_err());
        assert!(access(None, &[&KEYS[..], &[("AWS_REGION", "a.example/?")]].concat()).is_err());
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for text in ["http://127.0.0.1:9000", "http://localhost:9", "http://[::1]:9000", "https://minio.example/s3"] {
            assert!(access(Some(text), &KEYS).is_ok(), "{text}");
        }
        for text in [
            "http://minio.example",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "minio:9000",
            "",
            "https://a:b@minio.example",
        ] {
            let error = access(Some(text), &KEYS).unwrap_err().to_string();
            assert!(!error.contains("a:b"), "{error}");
        }
    }

    #[test]
    fn an_endpoint_that_was_given_goes_before_the_variables() {
        let more = [("AWS_ENDPOINT_URL", "https://one.example"), ("AWS_ENDPOINT_URL_S3", "https://two.example")];
        let variables = [&KEYS[..], &more].concat();
        let url = |endpoint| access(endpoint, &variables).unwrap().endpoint.unwrap().url;
        assert_eq!(url(None), "https://two.example");
        assert_eq!(url(Some("https://three.example")), "https://three.example");
    }
}
