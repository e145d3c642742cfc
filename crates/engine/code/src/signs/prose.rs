//! Comments and docstrings: words in them are about a program, not of it.
//!
//! Read only as far as somebody asked, and only when a word could otherwise be a sign. In doubt text is code: what is
//! taken for prose is a comment, or a text between three quotes that begins a line after a colon or the file itself.

use std::ops::Range;

/// The prose of a text, as far as it was read.
#[derive(Debug)]
pub(super) struct Prose<'a> {
    bytes: &'a [u8],
    /// Up to where the text was read.
    at: usize,
    /// The last byte of code that is no blank, if any.
    last: Option<u8>,
    found: Vec<Range<usize>>,
}

impl<'a> Prose<'a> {
    /// Makes one of which nothing was read.
    pub(super) fn of(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, last: None, found: Vec::new() }
    }

    /// Says whether a place is in a comment or a docstring.
    pub(super) fn covers(&mut self, place: usize) -> bool {
        while self.at <= place && self.at < self.bytes.len() {
            self.read_on();
        }
        let next = self.found.partition_point(|range| range.end <= place);
        self.found.get(next).is_some_and(|range| range.start <= place)
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
        let before = code.trim_ascii_end();
        let is_docstring = self.begins_docstring(code);
        self.last = before.last().copied().or(self.last);
        let quote = rest.first().copied().unwrap_or_default();
        self.at = begin
            + match rest {
                [b'#', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                [first, second, third, ..] if first == second && second == third => end_of_long(rest, quote),
                _ => end_of_short(rest, quote),
            };
        let is_long = rest.get(1..3).is_some_and(|next| next == [quote; 2]);
        if quote == b'#' || is_long && is_docstring {
            self.found.push(begin..self.at);
        }
        if quote != b'#' {
            self.last = Some(quote);
        }
    }

    /// Whether a text right after this code is a docstring, should it have three quotes.
    fn begins_docstring(&self, code: &[u8]) -> bool {
        // The letter of a raw text, or of one in Unicode; the others are no docstrings.
        let code = code.strip_suffix(b"r").or_else(|| code.strip_suffix(b"R")).unwrap_or(code);
        let blank = code.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |at| at + 1);
        let is_at_line_start = match blank.checked_sub(1).and_then(|at| code.get(at)) {
            Some(byte) => *byte == b'\n',
            None => {
                self.at == 0 || self.found.last().is_some_and(|range| range.end == self.at && self.is_comment(range))
            }
        };
        is_at_line_start && matches!(code.trim_ascii_end().last().copied().or(self.last), None | Some(b':'))
    }

    fn is_comment(&self, range: &Range<usize>) -> bool {
        self.bytes.get(range.start) == Some(&b'#')
    }
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
            Some(b'\\') => from = at + 2,
            Some(b'\n') => return at,
            _ => return at + 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::Prose;

    /// Says of every place that holds `?` whether it is prose.
    fn prose(text: &str) -> Vec<bool> {
        let places = text.match_indices('?').map(|(at, _)| at);
        let mut forwards = Prose::of(text);
        let ordered: Vec<bool> = places.clone().map(|at| forwards.covers(at)).collect();
        let mut backwards = Prose::of(text);
        let mut reversed: Vec<bool> = places.rev().map(|at| backwards.covers(at)).collect();
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
            assert!(prose(text).into_iter().all(|is_prose| is_prose), "{text}");
        }
    }

    #[test]
    fn code_and_the_texts_of_a_program_are_not() {
        for text in [
            "?",
            "x = '# ?'",
            "x = \"\"\"?\"\"\"",
            "f(\n    '''?'''\n)",
            "x = {'k': '''?'''}",
            "'it\\'s # ?'",
            "\"\"\"a\"\"\"\n?",
            "# a\n?",
            "x = 'not closed\n? = 1",
            "def f():\n    \"\"\"a\\\"\"\"b\"\"\"\n    ?",
            "def f():\n    f\"\"\"?\"\"\"",
            "x = \\\n\"\"\"?\"\"\"",
            "''''''?",
            "''?",
            "x: str = (\n    \"\"\"?\"\"\"\n)",
        ] {
            assert!(!prose(text).into_iter().any(|is_prose| is_prose), "{text}");
        }
    }
}
