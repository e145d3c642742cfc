//! Takes credentials out of addresses: `https://user:pass@host` becomes `https://***@host`.

/// What stands between the scheme and the rest of an address, in text and as a URN writes it.
const SEPARATORS: [&str; 2] = ["://", "%3A//"];

/// Returns the text without credentials, or nothing when there are none.
pub(super) fn concealed(text: &str) -> Option<String> {
    if !text.contains('@') {
        return None;
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_changed = false;
    while let Some(start) = SEPARATORS.iter().filter_map(|sign| Some(rest.find(sign)? + sign.len())).min() {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let ends = |character: char| character == '/' || character.is_whitespace() || "\"'`<>".contains(character);
        let authority = after.find(ends).map_or(after, |end| after.split_at(end).0);
        rest = after;
        if let Some(at) = authority.rfind('@').filter(|at| *at > 0 && !authority.starts_with("***@")) {
            result.push_str("***");
            rest = after.split_at(at).1;
            is_changed = true;
        }
    }
    result.push_str(rest);
    is_changed.then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_an_address_are_concealed_and_the_rest_stays() {
        let cases = [
            ("git+https://u:pa:ss@git.example/x.git@v1", Some("git+https://***@git.example/x.git@v1")),
            ("see http://tok@h and ftp://a:b@c/d", Some("see http://***@h and ftp://***@c/d")),
            ("https://host/path@1.2", None),
            ("anna@example.org", None),
            ("image@sha256:00", None),
        ];
        for (given, wanted) in cases {
            assert_eq!(concealed(given).as_deref(), wanted, "{given}");
        }
    }

    #[test]
    fn concealing_twice_equals_concealing_once() {
        let once = concealed("https://u:p@h/x").unwrap_or_default();
        assert_eq!(concealed(&once), None);
    }
}
