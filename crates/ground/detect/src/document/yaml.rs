//! YAML 1.2 with YAML 1.1's merge keys, several documents in one text.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::tree::{Builder, Content};
use super::{Document, DocumentError};

/// Reads every document of a YAML text.
///
/// # Errors
/// The text is not YAML, or larger than the bounds.
pub fn parse_yaml(text: &str) -> Result<Vec<Document>, DocumentError> {
    let mut documents = Vec::new();
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| DocumentError::Syntax {
            line: line_number(error.marker().line()),
            problem: error.info().to_owned(),
        })?;
        if matches!(event, Event::DocumentEnd) {
            documents.push(std::mem::take(&mut reader).builder.finish());
        } else {
            reader.take(event, line_number(span.start.line()))?;
        }
    }
    Ok(documents)
}

fn line_number(line: usize) -> u32 {
    u32::try_from(line.max(1)).unwrap_or(u32::MAX)
}

#[derive(Default)]
struct Reader {
    builder: Builder,
    anchors: HashMap<usize, usize>,
    /// Depth inside a key that is itself a container; such keys are read and dropped.
    complex_key_depth: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), DocumentError> {
        if self.skips_complex_key(&event) {
            return Ok(());
        }
        match event {
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor, line),
            Event::SequenceStart(anchor, _) => self.open(Content::Sequence(Vec::new()), anchor, line),
            Event::MappingStart(anchor, _) => self.open(Content::Mapping(Vec::new()), anchor, line),
            Event::SequenceEnd | Event::MappingEnd => {
                self.builder.close();
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, line),
            _ => Ok(()),
        }
    }

    /// A mapping or sequence as a key has no name a detector could ask for.
    fn skips_complex_key(&mut self, event: &Event<'_>) -> bool {
        let opens = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        let closes = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        if self.complex_key_depth > 0 {
            self.complex_key_depth = self.complex_key_depth + usize::from(opens) - usize::from(closes);
            return true;
        }
        if opens && self.builder.expects_key() {
            self.builder.key("?".to_owned(), 1);
            self.complex_key_depth = 1;
            return true;
        }
        false
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, line: u32) -> Result<(), DocumentError> {
        if self.builder.expects_key() {
            self.builder.key(text.to_owned(), line);
            return Ok(());
        }
        let is_plain = style == ScalarStyle::Plain;
        let content = if is_plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
            Content::Null
        } else {
            Content::Scalar { text: text.to_owned(), is_string: !is_plain }
        };
        let index = self.builder.push(line, content)?;
        self.anchors.insert(anchor, index);
        Ok(())
    }

    fn open(&mut self, content: Content, anchor: usize, line: u32) -> Result<(), DocumentError> {
        let index = self.builder.open(line, content)?;
        self.anchors.insert(anchor, index);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, line: u32) -> Result<(), DocumentError> {
        match self.anchors.get(&anchor).copied() {
            _ if self.builder.expects_key() => {
                self.builder.key("*".to_owned(), line);
                Ok(())
            }
            Some(index) if !self.builder.is_open(index) => {
                self.builder.attach(index);
                Ok(())
            }
            _ => self.builder.push(line, Content::Null).map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Document {
        parse_yaml(text).unwrap().remove(0)
    }

    #[test]
    fn nodes_know_their_lines() {
        let document = one("services:\n  web:\n    image: nginx:latest\n");
        let image = document.root().path(&["services", "web", "image"]).unwrap();
        assert_eq!((image.as_str(), image.line()), (Some("nginx:latest"), 3));
    }

    #[test]
    fn merge_keys_are_followed_and_overridden() {
        let document = one("base: &b {user: root, image: a}\nweb:\n  <<: *b\n  image: c\n");
        let web = document.root().get("web").unwrap();
        assert_eq!(web.get("user").unwrap().as_str(), Some("root"));
        assert_eq!(web.get("image").unwrap().as_str(), Some("c"));
        assert_eq!(web.entries().len(), 2);
    }

    #[test]
    fn a_billion_laughs_stays_as_small_as_its_file() {
        let mut text = String::from("a0: &a0 [lol, lol]\n");
        for level in 1..60 {
            let below = level - 1;
            text.push_str(&format!("a{level}: &a{level} [*a{below}, *a{below}]\n"));
        }
        assert_eq!(one(&text).root().entries().len(), 60);
    }

    #[test]
    fn an_alias_to_its_own_container_is_null() {
        assert!(one("a: &a [*a]\n").root().get("a").unwrap().items().all(Node::is_null));
    }

    #[test]
    fn deep_nesting_is_refused_not_overflowed() {
        assert!(parse_yaml(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn several_documents_are_read() {
        assert_eq!(parse_yaml("a: 1\n---\nb: 2\n").unwrap().len(), 2);
    }

    #[test]
    fn quoted_booleans_are_strings() {
        let document = one("a: 'true'\nb: true\n");
        assert_eq!(document.root().get("a").unwrap().as_bool(), None);
        assert_eq!(document.root().get("b").unwrap().as_bool(), Some(true));
    }

    use super::super::Node;

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-a-z:{}\\[\\]&*!|> \n'\"#,?]{0,200}") {
            let _ = parse_yaml(&text);
        }
    }
}
