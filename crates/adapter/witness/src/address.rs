//! Where a witness is: the prefix below which `add-checkpoint` lies.

use std::fmt;
use std::str::FromStr;

use ureq::http::Uri;

/// Why a text is no address of a witness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the address of a witness: {why}")]
pub struct AddressError {
    /// What was given; without what may be a password.
    pub text: String,
    /// Why.
    pub why: &'static str,
}

/// The submission prefix of a witness, `http` or `https`, without a slash at its end.
///
/// ```
/// use syndic_witness::Address;
///
/// let address: Address = "https://witness.example/log-7/".parse()?;
/// assert_eq!(address.to_string(), "https://witness.example/log-7");
/// assert!("witness.example".parse::<Address>().is_err());
/// # Ok::<(), syndic_witness::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    prefix: String,
    is_secure: bool,
    is_loopback: bool,
}

impl Address {
    /// Returns where requests are posted to.
    pub fn add_checkpoint(&self) -> String {
        format!("{}/add-checkpoint", self.prefix)
    }

    /// Says whether it is reached over TLS.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Says whether it is on this machine, so that no proxy may be asked.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let shown = if text.contains('@') { "…" } else { text };
        let wrong = |why| AddressError { text: shown.to_owned(), why };
        if text.contains(['?', '#', '@']) {
            return Err(wrong("it may have neither a user nor a query nor a fragment"));
        }
        let uri: Uri = text.parse().map_err(|_| wrong("it is no URL"))?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("it must begin with https:// or http://")),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| wrong("it names no host"))?;
        let is_loopback = matches!(host, "127.0.0.1" | "[::1]") || host.eq_ignore_ascii_case("localhost");
        // Whoever copies the whole address from a page means the same witness.
        let prefix = text.strip_suffix("/add-checkpoint").unwrap_or(text).trim_end_matches('/').to_owned();
        Ok(Self { prefix, is_secure, is_loopback })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_kept_and_the_rest_cut() {
        for text in ["http://[::1]:7/w", "http://[::1]:7/w/", "http://[::1]:7/w/add-checkpoint"] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.add_checkpoint(), "http://[::1]:7/w/add-checkpoint", "{text}");
            assert!(address.is_loopback() && !address.is_secure());
        }
        assert!("https://w.example".parse::<Address>().is_ok_and(|w| w.is_secure() && !w.is_loopback()));
    }

    #[test]
    fn what_is_no_address_is_refused_and_no_password_repeated() {
        for text in ["", "w", "ftp://w/", "http://", "http:///x", "http://w/?a", "http://w/#a", "http://w w/", "//w/"] {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
        let error = "http://me:secret@w.example/".parse::<Address>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
