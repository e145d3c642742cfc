//! The steps by which an assignment is read: separators, quotes, brackets, values of each kind.

use crate::engine::Reach;

/// Longest value read, in bytes.
const VALUE_LIMIT: usize = 512;
/// Longest way from a name to the `value` that belongs to it, in bytes.
const PAIR_LIMIT: usize = 80;
/// Longest name of what wraps a value, in bytes.
const WRAPPER_LIMIT: usize = 48;
/// Longest type annotation skipped, in bytes.
const ANNOTATION_LIMIT: usize = 48;

/// Cuts bytes off the end as long as they fit, at most a few: labels are short.
fn trim_end(text: &[u8], fits: fn(u8) -> bool) -> &[u8] {
    let excess = text.iter().rev().take(8).take_while(|byte| fits(**byte)).count();
    text.get(..text.len() - excess).unwrap_or_default()
}

/// What stands between a name and its value.
pub(super) enum Separator {
    Assign,
    Colon,
    Element,
}

/// A place in a file, moved on over what is read.
pub(super) struct Reader<'a> {
    pub(super) content: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> u8 {
        self.content.get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn skip_if(&mut self, byte: u8) -> bool {
        let is_there = self.peek(0) == byte;
        self.at += usize::from(is_there);
        is_there
    }

    pub(super) fn skip_quote(&mut self) -> bool {
        let escape = usize::from(self.peek(0) == b'\\');
        let is_quote = matches!(self.peek(escape), b'"' | b'\'' | b'`');
        self.at += if is_quote { escape + 1 } else { 0 };
        is_quote
    }

    pub(super) fn skip_blanks(&mut self) {
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// After the name in `name: NAME`, skips to the colon of the `value:` that follows, in YAML or JSON.
    pub(super) fn skip_to_value(&mut self, before: &[u8]) -> bool {
        let label = trim_end(before, |byte| byte == b' ' || byte == b'"' || byte == b'\'');
        let Some(label) = label.strip_suffix(b":") else { return false };
        if !trim_end(label, |byte| byte == b'"' || byte == b'\'').ends_with(b"name") {
            return false;
        }
        let rest = self.content.get(self.at..self.content.len().min(self.at + PAIR_LIMIT)).unwrap_or_default();
        let is_gap = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'"' | b'\'');
        let gap = rest.iter().take_while(|byte| is_gap(byte)).count();
        let Some(tail) = rest.get(gap..).and_then(|tail| tail.strip_prefix(b"value")) else { return false };
        let quote = usize::from(matches!(tail.first(), Some(b'"' | b'\'')));
        self.at += gap + b"value".len() + quote;
        self.skip_blanks();
        true
    }

    pub(super) fn separator(&mut self, is_argument: bool, is_element: bool, reach: Reach) -> Option<Separator> {
        let (length, separator) = match (self.peek(0), self.peek(1)) {
            // A value compared with stands in clear like one assigned.
            (b'=' | b'!', b'=') if reach == Reach::Everything => {
                (2 + usize::from(self.peek(2) == b'='), Separator::Assign)
            }
            (b'=', b'=' | b'~') | (b':', b':') => return None,
            (b':', b'=') | (b'=', b'>') => (2, Separator::Assign),
            (b'=', _) => (1, Separator::Assign),
            (b':', _) => (1, Separator::Colon),
            (b',', _) if is_argument => (1, Separator::Assign),
            // `setPassword("v")`: the value is handed to what is named.
            (b'(', b'"' | b'\'') if reach == Reach::Everything => (1, Separator::Assign),
            (b'>', _) if is_element => (1, Separator::Element),
            _ => return None,
        };
        self.at += length;
        Some(separator)
    }

    /// `PASSWORD 'v'` of SQL: nothing but blanks before a quote.
    pub(super) fn sql(&self, name: &[u8]) -> Option<Separator> {
        let is_sql = name.eq_ignore_ascii_case(b"password") && self.peek(0) == b'\'' && self.at > 0;
        (is_sql && self.content.get(self.at - 1) == Some(&b' ')).then_some(Separator::Assign)
    }

    /// Skips into a list, to its first value.
    pub(super) fn skip_bracket(&mut self) {
        let quote = usize::from(self.peek(1) == b'\\') + 1;
        if self.peek(0) == b'[' && matches!(self.peek(quote), b'"' | b'\'') {
            self.at += 1;
        }
    }

    /// Skips `str | None =` after a colon; stays put when no `=` follows.
    pub(super) fn skip_annotation(&mut self) {
        let rest = self.content.get(self.at..self.content.len().min(self.at + ANNOTATION_LIMIT)).unwrap_or_default();
        let is_annotation = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.[], |?<>".contains(byte);
        let length = rest.iter().take_while(|byte| is_annotation(byte)).count();
        if length > 0 && rest.get(length) == Some(&b'=') && rest.get(length + 1) != Some(&b'=') {
            self.at += length + 1;
        }
    }

    /// Skips `Some(`, `new SecretValue(`, `aws.String(` and the like, if a quote follows.
    pub(super) fn skip_wrapper(&mut self) {
        let rest = self.content.get(self.at..self.content.len().min(self.at + WRAPPER_LIMIT)).unwrap_or_default();
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.: &[]<>".contains(byte);
        let length = rest.iter().take_while(|byte| is_name(byte)).count();
        if length > 0 && rest.get(length) == Some(&b'(') && matches!(rest.get(length + 1), Some(b'"' | b'\'')) {
            self.at += length + 1;
        }
    }

    pub(super) fn quoted_value(&self) -> Option<(&'a [u8], usize)> {
        let prefix = usize::from(matches!(self.peek(0), b'b' | b'r' | b'u' | b'B' | b'R') && self.peek(1) != b'\\');
        let wrapper = b"SecretStr(";
        let is_wrapped = self.content.get(self.at..).is_some_and(|rest| rest.starts_with(wrapper));
        let at = self.at + if is_wrapped { wrapper.len() } else { prefix };
        let escape = usize::from(self.content.get(at) == Some(&b'\\'));
        let quote = *self.content.get(at + escape)?;
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return None;
        }
        let start = at + escape + 1;
        let rest = self.content.get(start..self.content.len().min(start + VALUE_LIMIT))?;
        let length = rest.iter().position(|byte| *byte == quote || *byte == b'\n')?;
        let value = rest.get(..length - escape.min(length))?;
        let tail = rest.get(length + 1..).unwrap_or_default();
        let next = tail.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        let is_whole = rest.get(length) == Some(&quote) && !matches!(next, Some(b'+' | b'%'));
        is_whole.then_some((value, start))
    }

    pub(super) fn bare_value(&self, is_flow: bool) -> Option<(&'a [u8], usize)> {
        let rest = self.content.get(self.at..self.content.len().min(self.at + VALUE_LIMIT))?;
        let line = rest.get(..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()))?;
        let ends =
            |byte: &u8| matches!(byte, b' ' | b'\t' | b';' | b'"' | b'\'') || (is_flow && matches!(byte, b',' | b'}'));
        let length = line.iter().position(ends).unwrap_or(line.len());
        let tail = line.get(length..)?.trim_ascii();
        // Prose after a colon is no value; a comment or the next shell command may follow one.
        let is_whole = tail.is_empty()
            || matches!(tail.first(), Some(b'#' | b';' | b'\\' | b'&' | b'|'))
            || self.is_shell()
            || is_flow;
        let value = line.get(..length)?;
        (is_whole && !value.is_empty()).then_some((value, self.at))
    }

    /// `NAME=value command`: the value ends at the blank.
    fn is_shell(&self) -> bool {
        self.at > 0 && self.content.get(self.at - 1) == Some(&b'=')
    }

    /// Length of `Basic ` or `Token ` before the value of an authorization, behind its quote if it has one.
    pub(super) fn scheme(&self) -> usize {
        let quote = usize::from(matches!(self.peek(0), b'"' | b'\'' | b'`'));
        let rest = self.content.get(self.at + quote..self.content.len().min(self.at + WRAPPER_LIMIT));
        let rest = rest.unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if length > 0 && rest.get(length) == Some(&b' ') { length + 1 } else { 0 }
    }

    /// `=value` up to where the parameter ends; a value that goes on with an expression or a template is none.
    pub(super) fn parameter_value(&mut self) -> Option<(&'a [u8], usize)> {
        if !self.skip_if(b'=') {
            return None;
        }
        let rest = self.content.get(self.at..self.content.len().min(self.at + VALUE_LIMIT))?;
        let is_value = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%+/=!*:".contains(byte);
        let length = rest.iter().take_while(|byte| is_value(byte)).count();
        let value = rest.get(..length)?;
        let goes_on = matches!(rest.get(length), Some(b'{' | b'$' | b'<' | b'(' | b'['));
        (!value.is_empty() && !goes_on).then_some((value, self.at))
    }

    pub(super) fn text_value(&self) -> Option<(&'a [u8], usize)> {
        let rest = self.content.get(self.at..self.content.len().min(self.at + VALUE_LIMIT))?;
        let value = rest.get(..memchr::memchr2(b'<', b'\n', rest)?)?;
        (!value.is_empty() && rest.get(value.len()) == Some(&b'<')).then_some((value, self.at))
    }
}
