//! The rows behind `VALUES`: `(1, 'a', NULL), (2, f('b'), x'00');`.

/// Values read of one row.
const MOST_FIELDS: usize = 2_000;
/// Longest row, in bytes; an open quote would otherwise read every statement to the end of the file.
const LONGEST_ROW: usize = 1 << 20;

/// A place in the rows of one statement.
#[derive(Debug)]
pub(super) struct Literals<'a> {
    text: &'a str,
    at: usize,
    has_escapes: bool,
    is_broken: bool,
}

impl<'a> Literals<'a> {
    /// Starts behind `VALUES`; `has_escapes` says that a backslash in a text escapes what follows.
    pub(super) fn new(text: &'a str, has_escapes: bool) -> Self {
        Self { text, at: 0, has_escapes, is_broken: false }
    }

    /// Says whether the rows ended before the statement did.
    pub(super) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Returns what follows the rows.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the values of the next row, nothing for NULL; no row behind the last.
    pub(super) fn row(&mut self) -> Option<Vec<Option<String>>> {
        self.pass(|byte| byte.is_ascii_whitespace() || byte == b',');
        if self.peek() != Some(b'(') {
            return None;
        }
        let start = self.at;
        self.at += 1;
        let mut values = Vec::new();
        while values.len() < MOST_FIELDS && self.at - start < LONGEST_ROW {
            let (value, end) = self.value(start)?;
            values.push(value);
            if end == b')' {
                return Some(values);
            }
        }
        self.is_broken = true;
        None
    }

    /// Returns a value and the comma or parenthesis that ends it.
    fn value(&mut self, start: usize) -> Option<(Option<String>, u8)> {
        self.pass(|byte| byte.is_ascii_whitespace());
        let first = self.at;
        let (mut depth, mut quoted) = (0_usize, None);
        while let Some(byte) = self.peek().filter(|_| self.at - start < LONGEST_ROW) {
            match byte {
                b'\'' => {
                    let is_escaped = self.has_escapes || matches!(self.text.get(first..self.at), Some("E" | "e"));
                    let text = self.quoted(start, is_escaped)?;
                    // The text inside a function call or a cast is the value: nothing else of it is data.
                    quoted.get_or_insert(text);
                    continue;
                }
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b',' | b')' if depth == 0 => {
                    let bare = self.text.get(first..self.at).unwrap_or_default().trim();
                    let is_null = bare.eq_ignore_ascii_case("null");
                    self.at += 1;
                    return Some((quoted.or_else(|| (!is_null).then(|| bare.to_owned())), byte));
                }
                _ => {}
            }
            self.at += 1;
        }
        self.is_broken = true;
        None
    }

    /// Reads a text in single quotes; a doubled quote is one quote.
    fn quoted(&mut self, start: usize, is_escaped: bool) -> Option<String> {
        let mut bytes = Vec::new();
        self.at += 1;
        while let Some(byte) = self.peek().filter(|_| self.at - start < LONGEST_ROW) {
            self.at += 1;
            match byte {
                b'\'' if self.peek() == Some(b'\'') => self.at += 1,
                b'\'' => return Some(String::from_utf8_lossy(&bytes).into_owned()),
                b'\\' if is_escaped => {
                    let Some(next) = self.peek() else { break };
                    self.at += 1;
                    bytes.push(match next {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        other => other,
                    });
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
        self.is_broken = true;
        None
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn pass(&mut self, fits: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&fits) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<Option<String>>> {
        let mut literals = Literals::new(text, false);
        std::iter::from_fn(|| literals.row()).collect()
    }

    #[test]
    fn a_value_is_its_text_however_it_is_wrapped() {
        let text = " (1, 'a', NULL, CAST('b, c)' AS text), E'd\\'e', N'f') ;";
        let values: Vec<Option<String>> = rows(text).remove(0);
        let expected = [Some("1"), Some("a"), None, Some("b, c)"), Some("d'e"), Some("f")];
        assert_eq!(values, expected.map(|value| value.map(str::to_owned)));
    }

    #[test]
    fn an_open_quote_or_row_is_broken() {
        for text in ["(1, 'a", "(1, 2", "('a'", "(1, E'\\"] {
            let mut literals = Literals::new(text, false);
            assert_eq!(literals.row(), None, "{text}");
            assert!(literals.is_broken(), "{text}");
        }
        let mut whole = Literals::new("(1);\nx", false);
        assert!(whole.row().is_some() && whole.row().is_none() && !whole.is_broken());
        assert_eq!(whole.rest(), ";\nx");
    }
}
