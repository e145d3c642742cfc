//! JSON as configuration files have it: comments and trailing commas are let pass, as editors write them.
//!
//! The reader keeps an explicit stack, so that nesting costs memory within [`super::MAX_DEPTH`], never the call stack.

use super::tree::{Builder, Content};
use super::{Document, DocumentError};

/// Reads one JSON value. Comments (`//`, `/* */`) and trailing commas are accepted.
///
/// # Errors
/// The text is not JSON, or larger than the bounds.
pub fn parse_json(text: &str) -> Result<Document, DocumentError> {
    let mut reader = Reader { bytes: text.as_bytes(), text, position: 0, line: 1, builder: Builder::default() };
    reader.document()?;
    Ok(reader.builder.finish())
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    position: usize,
    line: u32,
    builder: Builder,
}

/// What an open container is, so that its end is known.
#[derive(Clone, Copy, PartialEq)]
enum Container {
    Array,
    Object,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), DocumentError> {
        let mut open: Vec<Container> = Vec::new();
        self.blank();
        loop {
            // One turn reads one value, or ends containers until a value is expected again.
            match self.peek() {
                Some(b'{') => {
                    self.position += 1;
                    self.builder.open(self.line, Content::Mapping(Vec::new()))?;
                    open.push(Container::Object);
                }
                Some(b'[') => {
                    self.position += 1;
                    self.builder.open(self.line, Content::Sequence(Vec::new()))?;
                    open.push(Container::Array);
                }
                Some(b'}' | b']') if !open.is_empty() => {}
                Some(_) => {
                    self.scalar()?;
                    self.blank();
                    if self.peek() == Some(b',') {
                        self.position += 1;
                    }
                }
                None => return Err(self.error("the text ends early")),
            }
            if !self.next_value(&mut open)? {
                return Ok(());
            }
        }
    }

    /// Moves to the next value: ends containers, reads a key. Returns false at the end of the text.
    fn next_value(&mut self, open: &mut Vec<Container>) -> Result<bool, DocumentError> {
        loop {
            self.blank();
            let Some(innermost) = open.last().copied() else {
                return if self.peek().is_none() { Ok(false) } else { Err(self.error("text after the end")) };
            };
            match (self.peek(), innermost) {
                (Some(b'}'), Container::Object) | (Some(b']'), Container::Array) => {
                    self.position += 1;
                    self.builder.close();
                    open.pop();
                    self.blank();
                    if !open.is_empty() && self.peek() == Some(b',') {
                        self.position += 1;
                    }
                }
                (Some(b'"'), Container::Object) => {
                    let line = self.line;
                    let key = self.string()?;
                    self.blank();
                    if self.peek() != Some(b':') {
                        return Err(self.error("a key without `:`"));
                    }
                    self.position += 1;
                    self.blank();
                    self.builder.key(key, line);
                    return match self.peek() {
                        Some(b'}' | b']' | b',') | None => Err(self.error("a key without a value")),
                        Some(_) => Ok(true),
                    };
                }
                (None, _) => return Err(self.error("the text ends early")),
                (Some(_), Container::Object) => return Err(self.error("expected a key in quotes")),
                (Some(b'}'), Container::Array) => return Err(self.error("`}` ends an array")),
                (Some(_), Container::Array) => return Ok(true),
            }
        }
    }

    fn scalar(&mut self) -> Result<(), DocumentError> {
        let line = self.line;
        if self.peek() == Some(b'"') {
            let text = self.string()?;
            return self.builder.push(line, Content::Scalar { text, is_string: true }).map(drop);
        }
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(byte)).count();
        let word = self.text.get(self.position..self.position + length).unwrap_or_default().to_owned();
        self.position += length;
        let content = match word.as_str() {
            "null" => Content::Null,
            "true" | "false" => Content::Scalar { text: word, is_string: false },
            _ if word.parse::<f64>().is_ok() => Content::Scalar { text: word, is_string: false },
            _ => return Err(self.error("expected a value")),
        };
        self.builder.push(line, content).map(drop)
    }

    fn string(&mut self) -> Result<String, DocumentError> {
        let start = self.position;
        let mut end = start + 1;
        loop {
            match self.bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(b'\n') | None => return Err(self.error("a string without its end")),
                Some(_) => end += 1,
            }
        }
        self.position = end + 1;
        let quoted = self.text.get(start..=end).unwrap_or_default();
        // Lone surrogates and control characters are let through in a lossy form: a key must not hide behind them.
        Ok(serde_json::from_str(quoted).unwrap_or_else(|_| quoted.trim_matches('"').to_owned()))
    }

    /// Skips white space and comments, counting lines.
    fn blank(&mut self) {
        loop {
            match (self.peek(), self.bytes.get(self.position + 1)) {
                (Some(b'\n'), _) => {
                    self.line = self.line.saturating_add(1);
                    self.position += 1;
                }
                (Some(b' ' | b'\t' | b'\r'), _) => self.position += 1,
                (Some(0xEF), Some(0xBB)) => self.position += 3,
                (Some(b'/'), Some(b'/')) => self.skip_until(b"\n"),
                (Some(b'/'), Some(b'*')) => {
                    self.skip_until(b"*/");
                    self.position += 2;
                }
                _ => return,
            }
        }
    }

    fn skip_until(&mut self, end: &[u8]) {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let length = rest.windows(end.len()).position(|window| window == end).unwrap_or(rest.len());
        let lines = rest.iter().take(length).filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.position += length;
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn error(&self, problem: &str) -> DocumentError {
        DocumentError::Syntax { line: self.line, problem: problem.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_let_pass() {
        let text = "{\n // servers\n \"mcpServers\": {\"fs\": {\"args\": [\"-y\", 1, true, null,],}, /* x */},\n}";
        let document = parse_json(text).unwrap();
        let args = document.root().path(&["mcpServers", "fs", "args"]).unwrap();
        assert_eq!((args.items().count(), args.line()), (4, 3));
    }

    #[test]
    fn escapes_are_undone() {
        let document = parse_json(r#"{"a": "x\n\u00e9\"", "b": "\\"}"#).unwrap();
        assert_eq!(document.root().get("a").unwrap().as_str(), Some("x\né\""));
        assert_eq!(document.root().get("b").unwrap().as_str(), Some("\\"));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_line() {
        for text in ["", "{", "[1", "{\"a\"}", "{\"a\":}", "{a:1}", "[}", "1 2", "\"", "{\"a\":1]"] {
            assert!(parse_json(text).is_err(), "{text}");
        }
        assert_eq!(parse_json("{\n\n x").unwrap_err().to_string(), "line 3: expected a key in quotes");
    }

    #[test]
    fn deep_nesting_is_refused_not_overflowed() {
        assert!(matches!(parse_json(&"[".repeat(100_000)), Err(DocumentError::Bound { .. })));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-a-z0-9:{}\\[\\]\"\\\\/* \n,é]{0,200}") {
            let _ = parse_json(&text);
        }

        #[test]
        fn what_serde_prints_is_read(keys in proptest::collection::vec("\\PC{0,8}", 0..6)) {
            let value: serde_json::Value = keys.iter().map(|k| (k.clone(), serde_json::json!([k, 1.5, null]))).collect();
            let document = parse_json(&serde_json::to_string_pretty(&value).unwrap()).unwrap();
            for key in &keys {
                proptest::prop_assert_eq!(document.root().get(key).unwrap().items().next().unwrap().as_str(), Some(key.as_str()));
            }
        }
    }
}
