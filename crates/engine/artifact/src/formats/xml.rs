//! The tags of an XML file, one after the other, without building a tree: a model's structure is in its attributes.
//!
//! Comments, character data and processing instructions are passed over; a document type is kept as text, because an
//! external entity in it makes the reader of the model fetch a file or an address.
//! Source: XML 1.0, sections 2 to 4; CWE-611.

use std::io;

use syndic_detect::ReadAt;

use crate::reader::Reader;

/// Longest tag or document type kept.
const MAX_TAG_BYTES: usize = 64 * 1024;
/// Tags read of one file.
const MAX_TAGS: u64 = 5_000_000;

/// What stands between two angle brackets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// An opening or empty element.
    Element(Element),
    /// A document type, as text.
    DocumentType(String),
}

/// The name of an element without its prefix, and its attributes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// Returns the text of an attribute, the five named entities resolved.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads tags off a source.
pub(super) struct Tags<'s> {
    reader: Reader<'s>,
    count: u64,
    is_broken: bool,
}

impl<'s> Tags<'s> {
    pub(super) fn new(source: &'s dyn ReadAt) -> Self {
        Self { reader: Reader::new(source), count: 0, is_broken: false }
    }

    /// Returns the next tag; nothing at the end, or where the bytes are no XML.
    pub(super) fn next(&mut self) -> Option<Tag> {
        loop {
            while self.reader.byte()? != b'<' {}
            self.count += 1;
            if self.count > MAX_TAGS {
                self.is_broken = true;
                return None;
            }
            let start = self.reader.position();
            let first = self.reader.byte();
            let second = self.reader.byte();
            self.reader.seek(start);
            match (first, second) {
                (Some(b'!'), Some(b'-')) => self.pass(b"-->")?,
                (Some(b'!'), Some(b'[')) => self.pass(b"]]>")?,
                (Some(b'?'), _) => self.pass(b"?>")?,
                (Some(b'/'), _) => self.pass(b">")?,
                (Some(b'!'), _) => return self.collect(true).map(Tag::DocumentType),
                _ => {
                    let text = self.collect(false)?;
                    return Some(Tag::Element(element(&text)));
                }
            }
        }
    }

    /// Ends the reading: whether all of it was read, and the fault of the source if there was one.
    ///
    /// # Errors
    /// The first fault of the source.
    pub(super) fn finish(self) -> io::Result<bool> {
        let is_whole = !self.is_broken;
        self.reader.finish().map(|()| is_whole)
    }

    fn pass(&mut self, end: &[u8]) -> Option<()> {
        let mut last = [0_u8; 3];
        loop {
            let Some(byte) = self.reader.byte() else {
                self.is_broken = true;
                return None;
            };
            last.rotate_left(1);
            if let Some(slot) = last.last_mut() {
                *slot = byte;
            }
            if last.ends_with(end) {
                return Some(());
            }
        }
    }

    /// Collects up to the closing bracket; quotes and, in a document type, square brackets hide others.
    fn collect(&mut self, is_document_type: bool) -> Option<String> {
        let mut bytes = Vec::new();
        let (mut quote, mut depth) = (None, 0_u32);
        loop {
            let byte = self.reader.byte().filter(|_| bytes.len() < MAX_TAG_BYTES);
            let Some(byte) = byte else {
                self.is_broken = true;
                return None;
            };
            match (quote, byte) {
                (Some(open), _) if byte == open => quote = None,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'[') if is_document_type => depth += 1,
                (None, b']') if is_document_type => depth = depth.saturating_sub(1),
                (None, b'>') if depth == 0 => return Some(String::from_utf8_lossy(&bytes).into_owned()),
                _ => {}
            }
            bytes.push(byte);
        }
    }
}

fn element(text: &str) -> Element {
    let text = text.trim_end_matches('/');
    let (name, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let name = name.rsplit(':').next().unwrap_or(name).to_owned();
    let mut attributes = Vec::new();
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { break };
        let Some((value, after)) = after.get(1..).and_then(|after| after.split_once(quote)) else { break };
        attributes.push((key.trim().to_owned(), unescape(value)));
        rest = after;
    }
    Element { name, attributes }
}

fn unescape(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.iter().fold(value.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

/// Says whether a document type declares an entity that stands in another file.
pub(super) fn has_external_entity(document_type: &str) -> bool {
    let declarations = document_type.split("<!ENTITY").skip(1);
    let mut declared = declarations.filter_map(|declaration| declaration.split('>').next());
    declared.any(|declaration| declaration.contains("SYSTEM") || declaration.contains("PUBLIC"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(text: &str) -> (Vec<Tag>, bool) {
        let source = text.as_bytes().to_vec();
        let mut tags = Tags::new(&source);
        let mut all = Vec::new();
        while let Some(tag) = tags.next() {
            all.push(tag);
        }
        (all, tags.finish().unwrap())
    }

    #[test]
    fn elements_are_read_whatever_their_attributes_hide() {
        let (tags, is_whole) =
            tags("<?xml version='1.0'?><!-- <no/> --><a b=\"x > y\" c = '&lt;&amp;'/><![CDATA[<no/>]]><p:d/></a>");
        let elements: Vec<_> =
            tags.iter().filter_map(|tag| if let Tag::Element(element) = tag { Some(element) } else { None }).collect();
        assert_eq!(elements.iter().map(|element| element.name.as_str()).collect::<Vec<_>>(), ["a", "d"]);
        assert_eq!((elements[0].attribute("b"), elements[0].attribute("c")), (Some("x > y"), Some("<&")));
        assert!(is_whole);
    }

    #[test]
    fn an_external_entity_is_told_from_one_with_its_text() {
        let document = |entity: &str| match tags(&format!("<!DOCTYPE a [<!ENTITY {entity}>]><a/>")).0.remove(0) {
            Tag::DocumentType(text) => has_external_entity(&text),
            Tag::Element(_) => panic!("no document type"),
        };
        assert!(document("x SYSTEM 'file:///etc/passwd'"));
        assert!(document("% x PUBLIC 'a' 'http://b'"));
        assert!(!document("x 'text > text'"));
    }

    #[test]
    fn a_tag_that_never_ends_is_broken() {
        assert!(!tags("<a b='").1);
        assert!(!tags("<!-- ").1);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[<>!?/a\\[\\]'\"= -]{0,200}") {
            let _ = tags(&text);
        }
    }
}
