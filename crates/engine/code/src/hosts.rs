//! What a URL in code says about the far end: host, whether it is ours, whether the channel is encrypted.

/// The parts of a URL that may be told: never user, password, path or query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Scheme in lower case.
    pub scheme: String,
    /// Host in lower case.
    pub host: String,
    /// Port as written.
    pub port: Option<String>,
}

impl Endpoint {
    /// Reads the address part of a URL; nothing if the text is no URL or its host is not literal.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (host, Some(port.to_owned()))
            }
            _ => (address, None),
        };
        let is_literal =
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte));
        let is_scheme =
            !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        (is_literal && is_scheme).then(|| Self {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Says whether the host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "0.0.0.0" | "[::1]" | "host.docker.internal")
            || self.host.starts_with("127.")
    }

    /// Says whether the host is this machine or one of the organisation's own network, by the form of its name.
    pub(crate) fn is_own(&self) -> bool {
        self.is_loopback()
            || !self.host.contains('.')
            || self.host.starts_with("10.")
            || self.host.starts_with("192.168.")
            || (16..32).any(|part| self.host.starts_with(&format!("172.{part}.")))
            || [".local", ".internal", ".lan", ".svc", ".cluster.local", ".intranet", ".corp"]
                .iter()
                .any(|ending| self.host.ends_with(ending))
    }

    /// Says whether the scheme encrypts; nothing for a scheme that does not tell.
    pub(crate) fn encrypted(&self) -> Option<bool> {
        match self.scheme.as_str() {
            "https" | "grpcs" | "wss" | "rediss" | "ftps" => Some(true),
            "http" | "ws" | "redis" | "ftp" => Some(false),
            _ => None,
        }
    }

    /// Returns `host:port` or `host`.
    pub(crate) fn address(&self) -> String {
        match &self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Returns `scheme://host:port`.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_survive() {
        let seen = Endpoint::parse("postgresql://app:hunter2@db.internal:5432/rag?x=1").unwrap();
        assert_eq!(seen.origin(), "postgresql://db.internal:5432");
        assert!(seen.is_own());
    }

    #[test]
    fn a_host_made_of_variables_is_not_told() {
        assert_eq!(Endpoint::parse("https://{host}/v1"), None);
    }
}
