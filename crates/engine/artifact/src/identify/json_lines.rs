//! JSON lines: one value a line, told by the first lines of a text.
//!
//! One bad line must not make a dataset disappear. Where the name says JSON lines a single good line is enough; where it
//! says nothing nearly all must be objects, because other texts have a line in braces too.

use serde::de::IgnoredAny;

use crate::Format;

/// Lines looked at.
const LOOKED_AT: usize = 12;

/// Says whether `head`, the beginning of a text, is JSON lines; `is_cut` tells that the text goes on after it.
pub(super) fn are(claimed: Option<Format>, head: &[u8], is_cut: bool) -> bool {
    let is_claimed = claimed == Some(Format::Jsonl);
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    if is_cut && lines.len() > 1 {
        lines.pop();
    }
    let filled: Vec<&[u8]> =
        lines.into_iter().map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).take(LOOKED_AT).collect();
    if is_claimed {
        let is_one_long_line = is_cut && filled.len() == 1;
        let starts_as_record = filled.first().is_some_and(|line| line.starts_with(b"{") || line.starts_with(b"["));
        return (is_one_long_line && starts_as_record) || filled.iter().any(|line| is_json(line));
    }
    let good = filled.iter().filter(|line| line.starts_with(b"{") && line.ends_with(b"}") && is_json(line)).count();
    good >= 2 && good * 4 >= filled.len() * 3
}

fn is_json(line: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_line_early_does_not_hide_the_rest() {
        let text = b"{\"a\":1}\n{\"a\":2}\n{bad\n{\"a\":3}\n{\"a\":4}\n";
        assert!(are(Some(Format::Jsonl), text, false));
        assert!(are(None, text, false));
        assert!(are(Some(Format::Jsonl), b"{\"a\":1}\n{bad\n", false));
    }

    #[test]
    fn lines_of_arrays_are_records_where_the_name_says_so() {
        assert!(are(Some(Format::Jsonl), b"[1, 2]\n[3, 4]\n", false));
        assert!(!are(None, b"[1, 2]\n[3, 4]\n", false));
    }

    #[test]
    fn other_texts_are_none() {
        assert!(!are(Some(Format::Jsonl), b"{bad\nworse\n", false));
        assert!(!are(None, b"{\n  \"a\": 1\n}\n", false));
        assert!(!are(None, b"{\"a\":1}\n", false));
        assert!(!are(None, b"{\"a\":1}\ntext\n{\"a\":2}\ntext\n", false));
    }
}
