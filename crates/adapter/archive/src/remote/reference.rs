//! The name of an artifact in a registry: `oci://HOST[:PORT]/REPOSITORY[:TAG|@DIGEST]`. Source: OCI distribution
//! specification 1.1, "Pulling manifests".

use std::fmt;
use std::str::FromStr;

use super::error::RemoteError;

/// Where Docker Hub answers, and what people call it.
const HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");
/// Longest name of a repository, and of a tag.
const MAX_NAME_CHARS: usize = 255;
const MAX_TAG_CHARS: usize = 128;

/// A reference to an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OciReference {
    /// `host` or `host:port`, as given.
    pub host: String,
    /// The repository.
    pub repository: String,
    /// A tag, or a digest with its algorithm.
    pub reference: String,
}

impl OciReference {
    /// Says whether a text means to name an artifact.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("oci://")
    }

    /// Returns the digest if that is what the reference is.
    pub fn digest(&self) -> Option<&str> {
        self.reference.contains(':').then_some(self.reference.as_str())
    }

    /// Returns the host that answers.
    pub(super) fn server(&self) -> &str {
        if self.host == HUB.0 { HUB.1 } else { &self.host }
    }
}

impl FromStr for OciReference {
    type Err = RemoteError;

    fn from_str(text: &str) -> Result<Self, RemoteError> {
        let wrong = |why: &str| RemoteError::Settings(format!("{text:?} names no artifact: {why}"));
        let rest = text.strip_prefix("oci://").ok_or_else(|| wrong("write oci://HOST/REPOSITORY:TAG"))?;
        let (host, path) = rest.split_once('/').ok_or_else(|| wrong("write oci://HOST/REPOSITORY:TAG"))?;
        if !is_host(host) {
            return Err(wrong("its host is no name with an optional port"));
        }
        let (name, reference) = match (path.split_once('@'), path.rsplit_once(':')) {
            (Some((name, digest)), _) => (name.split(':').next().unwrap_or(name), digest),
            (None, Some((name, tag))) => (name, tag),
            (None, None) => (path, "latest"),
        };
        let is_digest = path.contains('@');
        if is_digest && !is_sha256(reference) {
            return Err(wrong("a digest is sha256: and 64 small hexadecimal digits"));
        }
        if !is_digest && !is_tag(reference) {
            return Err(wrong("a tag has up to 128 letters, digits and _.-"));
        }
        if name.is_empty() || name.len() > MAX_NAME_CHARS || !name.split('/').all(is_component) {
            return Err(wrong("a repository has small letters, digits and ._- between single slashes"));
        }
        let repository = if host == HUB.0 && !name.contains('/') { format!("library/{name}") } else { name.to_owned() };
        Ok(Self { host: host.to_owned(), repository, reference: reference.to_owned() })
    }
}

impl fmt::Display for OciReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.digest().is_some() { '@' } else { ':' };
        write!(f, "oci://{}/{}{mark}{}", self.host, self.repository, self.reference)
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", rest.strip_prefix(':')),
        Some(_) => return false,
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    !name.is_empty() && name.bytes().all(is_plain) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

fn is_component(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    part.bytes().all(|byte| is_plain(byte) || matches!(byte, b'.' | b'_' | b'-'))
        && part.bytes().next().is_some_and(is_plain)
        && part.bytes().last().is_some_and(is_plain)
        && !part.contains("..")
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !tag.is_empty()
        && tag.len() <= MAX_TAG_CHARS
        && tag.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
        && tag.bytes().next().is_some_and(is_word)
}

pub(super) fn is_sha256(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, same) in [
            ("oci://r.example/a/b:1.0".to_owned(), "oci://r.example/a/b:1.0".to_owned()),
            ("oci://127.0.0.1:5000/a".to_owned(), "oci://127.0.0.1:5000/a:latest".to_owned()),
            ("oci://[::1]:5000/a:x".to_owned(), "oci://[::1]:5000/a:x".to_owned()),
            ("oci://docker.io/ubuntu".to_owned(), "oci://docker.io/library/ubuntu:latest".to_owned()),
            (format!("oci://r.example/a@{digest}"), format!("oci://r.example/a@{digest}")),
            (format!("oci://r.example/a:1@{digest}"), format!("oci://r.example/a@{digest}")),
        ] {
            assert_eq!(text.parse::<OciReference>().unwrap().to_string(), same);
        }
        assert_eq!("oci://docker.io/ubuntu".parse::<OciReference>().unwrap().server(), "registry-1.docker.io");
    }

    #[test]
    fn what_could_mean_another_place_is_refused() {
        for text in [
            "",
            "oci://",
            "oci://r.example",
            "oci://r.example/",
            "oci:///a",
            "oci://u:p@r.example/a",
            "oci://r.example/../a",
            "oci://r.example/a//b",
            "oci://r.example/A",
            "oci://r.example/a:b c",
            "oci://r.example/a@sha256:12",
            "oci://r.example/a@md5:12",
            "oci://r.example/a?x",
            "oci://r.example:x/a",
        ] {
            assert!(text.parse::<OciReference>().is_err(), "{text}");
        }
    }
}
