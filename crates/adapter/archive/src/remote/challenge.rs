//! What a registry demands before it answers: the `WWW-Authenticate` header. Source: RFC 9110 section 11; the token
//! authentication of the OCI distribution specification.

/// What is demanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A name and a password.
    Basic,
    /// A token of a service.
    Bearer {
        /// Where to ask for it.
        realm: String,
        /// For which service.
        service: Option<String>,
    },
}

impl Challenge {
    /// Reads a header; nothing if it demands something else.
    pub(super) fn read(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameters = parameters(rest);
        let value = |name: &str| {
            parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        Some(Self::Bearer { realm: value("realm")?, service: value("service") })
    }
}

/// Splits `a="b",c=d`; a backslash in quotes keeps what follows as it is.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut letters = text.chars().peekable();
    loop {
        let name: String = std::iter::from_fn(|| letters.next_if(|letter| *letter != '=')).collect();
        if letters.next().is_none() {
            return found;
        }
        let mut value = String::new();
        if letters.next_if_eq(&'"').is_some() {
            while let Some(letter) = letters.next().filter(|letter| *letter != '"') {
                value.extend(if letter == '\\' { letters.next() } else { Some(letter) });
            }
            letters.by_ref().find(|letter| *letter == ',');
        } else {
            value.extend(letters.by_ref().take_while(|letter| *letter != ','));
        }
        found.push((name.trim().to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demands_are_read_as_registries_write_them() {
        let text =
            r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a,b:pull""#;
        let expected = Challenge::Bearer {
            realm: "https://auth.example/token".to_owned(),
            service: Some("registry.example".to_owned()),
        };
        assert_eq!(Challenge::read(text), Some(expected));
        let bare = Challenge::Bearer { realm: "https://a.example/t".to_owned(), service: None };
        assert_eq!(Challenge::read("bearer realm=https://a.example/t"), Some(bare));
        assert_eq!(Challenge::read("Basic realm=\"x\""), Some(Challenge::Basic));
        for other in ["", "Bearer", "Bearer service=\"x\"", "Negotiate", "Bearer realm"] {
            assert_eq!(Challenge::read(other), None, "{other}");
        }
    }
}
