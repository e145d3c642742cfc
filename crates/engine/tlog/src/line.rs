//! Lines of the text formats: decimal numbers and hashes in their only spelling.

use crate::Hash;

/// Reads a decimal number without sign or leading zero.
pub(crate) fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}

/// Reads lines of one hash each, at most `limit`; `None` if one is something else or there are more.
pub(crate) fn hashes<'a>(lines: impl Iterator<Item = &'a str>, limit: usize) -> Option<Vec<Hash>> {
    let mut hashes = Vec::new();
    for line in lines {
        if hashes.len() == limit {
            return None;
        }
        hashes.push(line.parse().ok()?);
    }
    Some(hashes)
}

/// Says whether a text has an ASCII control character other than a newline, which no signed note may have.
pub(crate) fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!([number("0"), number("10")], [Some(0), Some(10)]);
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        for wrong in ["", "00", "01", "+1", "-0", " 1", "1 ", "1\n", "18446744073709551616", "0x1", "١"] {
            assert_eq!(number(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn more_hashes_than_the_limit_are_not_read() {
        let text = crate::EMPTY_ROOT.to_string();
        assert_eq!(hashes([text.as_str(); 2].into_iter(), 2).map(|hashes| hashes.len()), Some(2));
        assert_eq!(hashes([text.as_str(); 3].into_iter(), 2), None);
    }
}
