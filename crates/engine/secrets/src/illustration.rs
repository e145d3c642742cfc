//! Places where code shows a credential rather than uses one: example lines and docstrings.
//!
//! Only values found by a name, an address or a header are judged so; a token of an issuer's own form is a leak
//! wherever it stands.

use memchr::memchr2_iter;

use crate::placeholder::contains;

/// Bytes before a value in which its line may call it an example.
const REACH: usize = 160;
/// Words by which a line says that what follows is shown, not used.
const WORDS: [&str; 6] = ["example", "e.g.", "sample", "hash", "sha256", ">>>"];

/// Where one file shows rather than uses; its docstrings are read once, in one pass.
#[derive(Debug)]
pub(crate) struct Illustrations {
    docstrings: Vec<(usize, usize)>,
}

impl Illustrations {
    /// Reads a file; only Python has docstrings.
    pub(crate) fn of(path: &str, content: &[u8]) -> Self {
        let is_python = path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("py"));
        Self { docstrings: if is_python { docstrings(content) } else { Vec::new() } }
    }

    /// Says whether the value at `at` is shown rather than used.
    pub(crate) fn covers(&self, content: &[u8], at: usize) -> bool {
        let near = content.get(at.saturating_sub(REACH)..at).unwrap_or_default();
        let line = last_line(near).to_ascii_lowercase();
        let index = self.docstrings.partition_point(|(start, _)| *start <= at);
        let docstring = index.checked_sub(1).and_then(|index| self.docstrings.get(index));
        WORDS.iter().any(|word| contains(&line, word.as_bytes())) || docstring.is_some_and(|(_, end)| at < *end)
    }
}

/// Returns start and end of every triple-quoted string that starts its line; the last may be open.
fn docstrings(content: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, u8)> = None;
    let mut next = 0;
    for at in memchr2_iter(b'"', b'\'', content) {
        let Some([quote, second, third]) = content.get(at..at + 3) else { break };
        if at < next || quote != second || quote != third {
            continue;
        }
        match open {
            Some((start, with)) if with == *quote => {
                open = None;
                found.extend(starts_line(content, start).then_some((start, at)));
            }
            Some(_) => continue,
            None => open = Some((at, *quote)),
        }
        next = at + 3;
    }
    let rest = open.filter(|(start, _)| starts_line(content, *start));
    found.extend(rest.map(|(start, _)| (start, content.len())));
    found
}

fn starts_line(content: &[u8], at: usize) -> bool {
    let before = content.get(at.saturating_sub(REACH)..at).unwrap_or_default();
    last_line(before).iter().all(|byte| matches!(byte, b' ' | b'\t' | b'r' | b'R' | b'u'))
}

fn last_line(text: &[u8]) -> &[u8] {
    text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> bool {
        Illustrations::of("a.py", text.as_bytes()).covers(text.as_bytes(), text.find("HERE").unwrap())
    }

    #[test]
    fn a_docstring_and_an_example_line_illustrate() {
        assert!(shown("def f():\n    \"\"\"Connects.\n\n    f(password='HERE')\n"));
        assert!(shown("x = 1  # e.g. password='HERE'"));
    }

    #[test]
    fn code_after_a_docstring_and_assigned_text_do_not() {
        assert!(!shown("def f():\n    \"\"\"Doc ''' it.\"\"\"\n    password = 'HERE'\n"));
        assert!(!shown("yaml = \"\"\"\npassword: 'HERE'\n"));
    }

    #[test]
    fn every_prefix_of_nested_quotes_is_read_without_panic() {
        let text = b"'''\"\"\"'''\"\"\"\"''''\"";
        for end in 0..text.len() {
            let _ = Illustrations::of("a.py", &text[..end]).covers(text, end);
        }
    }
}
