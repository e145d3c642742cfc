//! The canonical identity of an asset, stable between runs and machines.
//!
//! A package URL where one exists (`pkg:pypi/torch@2.4.0`), else `urn:syndic:<system>:<kind>:<name>`.
//! `system` is the name of the assessed tree, so that the same path in two systems is two assets.
//! Source: RFC 8141 for the form, purl-spec for package URLs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::AssetKind;

/// Bytes that stand for themselves in the name part; everything else is percent-encoded.
const UNRESERVED: &[u8] = b"-._~/@+=()[],";

/// The canonical name of an asset. Two assets with the same URN are the same asset.
///
/// ```
/// use syndic_evidence::{AssetKind, Urn};
/// let urn = Urn::local("acme", AssetKind::Model, "models/intent model.pkl");
/// assert_eq!(urn.as_str(), "urn:syndic:acme:model:models/intent%20model.pkl");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Urn(String);

impl Urn {
    /// Names an asset of `kind` inside `system` by a path, a service name or another stable name.
    pub fn local(system: &str, kind: AssetKind, name: &str) -> Self {
        Self(format!("urn:syndic:{}:{}:{}", encode(system), kind.as_str(), encode(name)))
    }

    /// Names something outside any assessed system that everybody means alike, such as the provider `openai`.
    pub fn external(kind: AssetKind, name: &str) -> Self {
        Self(format!("urn:syndic:external:{}:{}", kind.as_str(), encode(&name.to_lowercase())))
    }

    /// Names a package: `pkg:<ecosystem>/<name>[@<version>]`.
    pub fn package(ecosystem: &str, name: &str, version: Option<&str>) -> Self {
        let version = version.map(|version| format!("@{}", encode(version))).unwrap_or_default();
        Self(format!("pkg:{}/{}{version}", encode(ecosystem), encode(name)))
    }

    /// Takes a text that is already a URN or purl, as read back from a store.
    pub fn from_canonical(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns kind and name of a local URN, the name decoded; nothing for a package or an external thing.
    ///
    /// ```
    /// use syndic_evidence::{AssetKind, Urn};
    /// let urn = Urn::local("acme", AssetKind::Model, "my model.pkl");
    /// assert_eq!(urn.local_parts(), Some((AssetKind::Model, "my model.pkl".to_owned())));
    /// ```
    pub fn local_parts(&self) -> Option<(AssetKind, String)> {
        let mut parts = self.0.strip_prefix("urn:syndic:")?.splitn(3, ':');
        let system = parts.next()?;
        let kind = parts.next()?;
        let name = parts.next()?;
        let kind = AssetKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
        (system != "external").then(|| (kind, decode(name)))
    }

    /// Returns the text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn encode(name: &str) -> String {
    use fmt::Write as _;
    name.bytes().fold(String::with_capacity(name.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_inside_a_name_is_encoded() {
        let urn = Urn::local("a:b", AssetKind::Service, "web:8080");
        assert_eq!(urn.as_str(), "urn:syndic:a%3Ab:service:web%3A8080");
    }

    #[test]
    fn a_package_without_version_has_no_at_sign() {
        assert_eq!(Urn::package("pypi", "torch", None).as_str(), "pkg:pypi/torch");
        assert_eq!(Urn::package("pypi", "torch", Some("2.4.0")).as_str(), "pkg:pypi/torch@2.4.0");
    }
}
