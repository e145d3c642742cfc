//! Comments and docstrings: words in them are about a program, not of it. What other texts hold is not run either.
//!
//! Read only as far as somebody asked, and only when a word could otherwise be a sign. In doubt everything is code: what
//! is taken for a docstring is a text between three quotes that begins a line after a colon or the file itself.

use std::ops::Range;

/// The prose and the texts of a file, as far as it was read.
#[derive(Debug)]
pub(super) struct Prose<'a> {
    bytes: &'a [u8],
    /// Up to where the file was read.
    at: usize,
    /// The last byte of code that is no blank, if any.
    last: Option<u8>,
    /// Up to where quotes may stand in a value inside a text, and say nothing.
    doubted: usize,
    found: Vec<Found>,
}

#[derive(Debug)]
struct Found {
    place: Range<usize>,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Comment,
    Docstring,
    /// A text of the program, into which it puts no values.
    Text,
}

impl<'a> Prose<'a> {
    /// Makes one of which nothing was read.
    pub(super) fn of(text: &'a [u8]) -> Self {
        Self { bytes: text, at: 0, last: None, doubted: 0, found: Vec::new() }
    }

    /// Returns a part of the file with blanks in the place of comments and texts, byte for byte as long.
    pub(super) fn code(&mut self, part: Range<usize>) -> Vec<u8> {
        self.what(part.end);
        let mut code = self.bytes.get(part.clone()).unwrap_or_default().to_vec();
        let first = self.found.partition_point(|found| found.place.end <= part.start);
        let found = self.found.get(first..).unwrap_or_default().iter().map(|found| &found.place);
        for place in found.take_while(|place| place.start < part.end) {
            let (start, end) = (place.start.max(part.start) - part.start, place.end.min(part.end) - part.start);
            code.get_mut(start..end).unwrap_or_default().fill(b' ');
        }
        code
    }

    /// Says whether a place is in a comment or a docstring.
    pub(super) fn covers(&mut self, place: usize) -> bool {
        self.what(place).is_some_and(|what| what != What::Text)
    }

    /// Says whether a place is in a comment, a docstring or another text: it is no code then.
    pub(super) fn covers_code(&mut self, place: usize) -> bool {
        self.what(place).is_some()
    }

    fn what(&mut self, place: usize) -> Option<What> {
        while self.at <= place && self.at < self.bytes.len() {
            self.read_on();
        }
        let next = self.found.partition_point(|found| found.place.end <= place);
        self.found.get(next).filter(|found| found.place.start <= place).map(|found| found.what)
    }

    /// Reads up to the end of the next comment or text.
    fn read_on(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(code) = memchr::memchr3(b'"', b'\'', b'#', rest) else {
            self.at = self.bytes.len();
            return;
        };
        let (code, rest) = rest.split_at_checked(code).unwrap_or_default();
        let begin = self.at + code.len();
        let (length, what) = self.next(code, rest, begin);
        self.last = code.trim_ascii_end().last().copied().or(self.last);
        if what != Some(What::Comment) {
            self.last = rest.first().copied();
        }
        self.at = begin + length;
        self.found.extend(what.map(|what| Found { place: begin..self.at, what }));
    }

    /// How long what begins `rest`, after this code, is, and what it is.
    fn next(&mut self, code: &[u8], rest: &[u8], begin: usize) -> (usize, Option<What>) {
        let line = |from| {
            memchr::memchr2(b'\n', b'\r', rest.get(from..).unwrap_or_default()).map_or(rest.len(), |at| from + at)
        };
        let (quote, length) = match rest {
            [b'#', ..] if begin < self.doubted => return (1, None),
            [b'#', ..] => return (line(1), Some(What::Comment)),
            [first, second, third, ..] if first == second && second == third => (*first, end_of_long(rest, *first)),
            [first, ..] => (*first, end_of_short(rest, *first)),
            [] => return (0, None),
        };
        let is_long = rest.get(1..3).is_some_and(|next| next == [quote; 2]);
        if is_long && self.begins_docstring(code) {
            return (length, Some(What::Docstring));
        }
        if holds_values(code) {
            // `f"{d["key"]}"`: what looks like its end may be a quote of the value, and a sign behind it one of a text.
            self.doubted = begin + line(length);
            return (length, None);
        }
        let is_closed = length > 1 && rest.get(length - 1) == Some(&quote);
        (length, (is_closed && begin >= self.doubted).then_some(What::Text))
    }

    /// Whether a text right after this code is a docstring, should it have three quotes.
    fn begins_docstring(&self, code: &[u8]) -> bool {
        // The letter of a raw text; others are no docstrings.
        let code = code.strip_suffix(b"r").or_else(|| code.strip_suffix(b"R")).unwrap_or(code);
        let blank = code.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |at| at + 1);
        let follows_comment =
            || self.found.last().is_some_and(|found| found.place.end == self.at && found.what == What::Comment);
        let is_at_line_start = match blank.checked_sub(1).and_then(|at| code.get(at)) {
            Some(byte) => matches!(byte, b'\n' | b'\r'),
            None => self.at == 0 || follows_comment(),
        };
        is_at_line_start && matches!(code.trim_ascii_end().last().copied().or(self.last), None | Some(b':'))
    }
}

/// Whether a text right after this code is one that values are put into, by the letters before it.
fn holds_values(code: &[u8]) -> bool {
    let letters = code.iter().rev().take(2).take_while(|byte| byte.is_ascii_alphabetic());
    letters.into_iter().any(|letter| matches!(letter, b'f' | b'F' | b't' | b'T'))
}

/// Bytes of a text between three quotes, with them; the rest where it is not closed.
fn end_of_long(text: &[u8], quote: u8) -> usize {
    let closing = [quote; 3];
    let mut from = closing.len();
    while let Some(found) = text.get(from..).and_then(|rest| memchr::memmem::find(rest, &closing)) {
        let at = from + found;
        let escapes = text.get(closing.len()..at).unwrap_or_default().iter().rev().take_while(|byte| **byte == b'\\');
        if escapes.count() % 2 == 0 {
            return at + closing.len();
        }
        from = at + 1;
    }
    text.len()
}

/// Bytes of a text between single quotes, with them; to the end of its line where it is not closed.
fn end_of_short(text: &[u8], quote: u8) -> usize {
    let mut from = 1;
    while let Some(found) = text.get(from..).and_then(|rest| memchr::memchr3(quote, b'\\', b'\n', rest)) {
        let at = from + found;
        match text.get(at) {
            Some(b'\\') if text.get(at + 1..at + 3) == Some(b"\r\n") => from = at + 3,
            Some(b'\\') => from = at + 2,
            Some(b'\n') => return at,
            _ => return at + 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Prose, What};

    /// Says of every place that holds `?` what it is in.
    fn at_signs(text: &str) -> Vec<Option<What>> {
        let places = text.match_indices('?').map(|(at, _)| at);
        let mut forwards = Prose::of(text.as_bytes());
        let ordered: Vec<_> = places.clone().map(|at| forwards.what(at)).collect();
        let mut backwards = Prose::of(text.as_bytes());
        let mut reversed: Vec<_> = places.rev().map(|at| backwards.what(at)).collect();
        reversed.reverse();
        assert_eq!(ordered, reversed, "{text}");
        ordered
    }

    #[test]
    fn comments_and_docstrings_are_prose() {
        for text in [
            "# ?",
            "\"\"\"?\"\"\"",
            "#!/usr/bin/env python\n# of us\n\"\"\"?\n?\"\"\"",
            "def f():\n    '''?\n    \"?\"\n    '''",
            "class A(B):  # it?\n\n    r\"\"\"\\d ? \\\"\"\" ?\"\"\"",
            "x = 1  # ? '",
            "def f(\n    a,  # ?\n) -> None:\n    \"\"\"It's ? so.\"\"\"\n",
        ] {
            let is_prose = |what: Option<What>| what.is_some_and(|what| what != What::Text);
            assert!(at_signs(text).into_iter().all(is_prose), "{text}");
        }
    }

    #[test]
    fn texts_of_a_program_are_neither_prose_nor_code() {
        for text in [
            "x = '# ?'",
            "x = \"\"\"?\"\"\"",
            "f(\n    '''?'''\n)",
            "x = {'k': b'''?'''}",
            "'it\\'s # ?'",
            "x = \\\n\"\"\"?\"\"\"",
            "x: str = (\n    \"\"\"?\"\"\"\n)",
            "f\"{a}\"\ny = '?'",
            "'a\\\r\n# ?'",
            "of\"?\"",
        ] {
            let expected = if text.starts_with("of") { None } else { Some(What::Text) };
            assert!(at_signs(text).into_iter().all(|what| what == expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_code() {
        for text in [
            "?",
            "\"\"\"a\"\"\"\n?",
            "# a\n?",
            "x = 'not ?closed\n? = 1",
            "def f():\n    \"\"\"a\\\"\"\"b\"\"\"\n    ?",
            "def f():\n    f\"\"\"?\"\"\"",
            "''''''?",
            "''?",
            "f\"{d[\"?\"] + ? + g(\"?\")}\" + \"?\"",
            "rf'{?}'",
            "x = f\"{\"#\".join(r)} {?}\", ?",
            "x = f\"{d[\"#\"]}\", ?",
            "# a\r?",
        ] {
            assert!(at_signs(text).into_iter().all(|what| what.is_none()), "{text}");
        }
    }
}
