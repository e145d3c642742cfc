//! String literals, as far as their beginning tells.

use super::prose::Prose;

/// Shortest text that is a prompt when it is assigned to a name, in bytes.
const LEAST_NAMED: usize = 40;

/// A string literal.
pub(super) struct Literal<'a> {
    /// What stands between the quotes; to the end of the line, or of what is looked at, when it does not end before.
    pub(super) text: &'a [u8],
    /// What follows.
    rest: &'a [u8],
    /// Whether it may run over several lines.
    pub(super) is_long: bool,
}

impl<'a> Literal<'a> {
    /// Returns the literal at the beginning of a value.
    pub(super) fn at(value: &'a [u8]) -> Option<Self> {
        let prefix = value.iter().take(3).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let body = value.get(prefix..)?;
        let quote = *body.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
        if prefix > 2 || !value.iter().take(prefix).all(|byte| b"rbfutRBFUT".contains(byte)) {
            return None;
        }
        if body.get(..3) == Some(&[quote; 3]) {
            return Some(Self { text: body.get(3..)?, rest: &[], is_long: true });
        }
        let text = body.get(1..)?;
        let (text, rest) = text.split_at_checked(end(text, quote))?;
        // `f"{a["b"]}…"`: what looks like the end is a quote of a value.
        let opens = |sign| memchr::memchr_iter(sign, text).count();
        Some(Self { text, rest: rest.get(1..).unwrap_or_default(), is_long: opens(b'{') > opens(b'}') })
    }

    /// Whether more is put to it: another literal, a sum, values filled in.
    pub(super) fn goes_on(&self, is_bracketed: bool) -> bool {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t') || is_bracketed && matches!(byte, b'\n' | b'\r');
        let start = self.rest.iter().position(|byte| !is_blank(byte));
        let rest = start.and_then(|start| self.rest.get(start..)).unwrap_or_default();
        matches!(rest.first(), Some(b'+' | b'%' | b'.' | b'\\' | b'#')) || Self::at(rest).is_some()
    }

    /// Whether a value is a literal, or is put together with one.
    pub(super) fn is_within(value: &'a [u8]) -> bool {
        Self::at(open(value)).is_some() || is_sum_with_literal(value)
    }
}

/// Where a text ends: at its quote, or with its line.
fn end(text: &[u8], quote: u8) -> usize {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| memchr::memchr3(quote, b'\\', b'\n', rest)) {
        let at = from + at;
        if text.get(at) != Some(&b'\\') {
            return at;
        }
        from = at + 2;
    }
    text.len()
}

/// Says whether a value is a text that is not short, or is put together from texts.
pub(super) fn is_long_text(value: &[u8]) -> bool {
    let is_bracketed = matches!(value.trim_ascii_start().first(), Some(b'(' | b'\\'));
    match Literal::at(open(value)) {
        Some(found) => {
            found.is_long
                || found.text.len() >= LEAST_NAMED && memchr::memchr(b' ', found.text).is_some()
                || found.goes_on(is_bracketed)
        }
        None => is_sum_with_literal(value),
    }
}

/// `BASE + "…"`, also over several lines inside brackets.
fn is_sum_with_literal(value: &[u8]) -> bool {
    let code = Prose::of(value).code(0..value.len());
    let end = if trim_start(value).first() == Some(&b'(') { closing(&code) } else { memchr::memchr(b'\n', &code) };
    let end = end.unwrap_or(value.len());
    let part = value.get(..end).unwrap_or_default();
    memchr::memchr2(b'"', b'\'', part).is_some()
        && code.get(..end).is_some_and(|code| memchr::memchr2(b'+', b'%', code).is_some())
}

/// Where the first bracket of some code is closed.
fn closing(code: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    code.iter().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => return false,
        }
        depth == 0
    })
}

/// What follows brackets before a value.
fn open(value: &[u8]) -> &[u8] {
    let mut value = trim_start(value);
    while let Some(inside) = value.strip_prefix(b"(") {
        value = trim_start(inside);
    }
    value
}

/// What follows blanks, line breaks and comments.
pub(super) fn trim_start(value: &[u8]) -> &[u8] {
    let mut value = value;
    loop {
        let start = value.iter().position(|byte| !(byte.is_ascii_whitespace() || *byte == b'\\'));
        value = start.and_then(|start| value.get(start..)).unwrap_or_default();
        if value.first() != Some(&b'#') {
            return value;
        }
        value = value.get(memchr::memchr2(b'\n', b'\r', value).unwrap_or(value.len())..).unwrap_or_default();
    }
}

/// The name at the beginning of a value.
pub(super) fn name_at(value: &[u8]) -> &[u8] {
    value.get(..value.iter().position(|byte| !is_name(*byte)).unwrap_or(value.len())).unwrap_or_default()
}

/// Says whether a byte can be part of a name.
pub(super) const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
