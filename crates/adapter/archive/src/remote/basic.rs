//! A name and a password as HTTP sends them. Source: RFC 7617.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Returns the value of an `Authorization` header.
pub(super) fn header(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{user}:{password}")))
}

/// Splits what Docker's configuration keeps as `auth`.
pub(super) fn pair(encoded: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let header = header("ann", "a:b c");
        assert_eq!(pair(header.strip_prefix("Basic ").unwrap()), Some(("ann".to_owned(), "a:b c".to_owned())));
        assert_eq!(pair("!"), None);
    }
}
