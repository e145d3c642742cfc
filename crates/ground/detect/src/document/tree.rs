//! The arena tree and the view a detector reads it through.

use super::{DocumentError, MAX_DEPTH, MAX_NODES};

/// How many `<<` merge keys are followed from one mapping.
const MAX_MERGES: usize = 8;

/// A parsed document.
#[derive(Debug, Clone)]
pub struct Document {
    nodes: Vec<Stored>,
    root: usize,
}

#[derive(Debug, Clone)]
struct Stored {
    line: u32,
    content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Null,
    Scalar { text: String, is_string: bool },
    Sequence(Vec<usize>),
    Mapping(Vec<Pair>),
}

#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) line: u32,
    pub(super) value: usize,
}

/// A node of a document; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    document: &'a Document,
    index: usize,
}

/// A key of a mapping with its value.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The key.
    pub key: &'a str,
    /// Line of the key, from 1.
    pub line: u32,
    /// The value.
    pub value: Node<'a>,
}

impl Document {
    /// Returns the top node.
    pub fn root(&self) -> Node<'_> {
        Node { document: self, index: self.root }
    }
}

impl<'a> Node<'a> {
    fn stored(self) -> Option<&'a Stored> {
        self.document.nodes.get(self.index)
    }

    fn at(self, index: usize) -> Self {
        Self { index, ..self }
    }

    /// Returns the line the node starts on, from 1.
    pub fn line(self) -> u32 {
        self.stored().map_or(1, |stored| stored.line)
    }

    /// Returns the text of a scalar: a string, or a number or boolean as written.
    pub fn as_str(self) -> Option<&'a str> {
        match &self.stored()?.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns the truth of an unquoted `true` or `false` (YAML 1.1's yes/no/on/off too).
    pub fn as_bool(self) -> Option<bool> {
        let Content::Scalar { text, is_string: false } = &self.stored()?.content else { return None };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// Returns an unquoted whole number.
    pub fn as_i64(self) -> Option<i64> {
        match &self.stored()?.content {
            Content::Scalar { text, is_string: false } => text.parse().ok(),
            _ => None,
        }
    }

    /// Says whether there is nothing here: `null`, `~` or an empty value.
    pub fn is_null(self) -> bool {
        matches!(self.stored().map(|stored| &stored.content), Some(Content::Null) | None)
    }

    /// Says whether this is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.stored().map(|stored| &stored.content), Some(Content::Mapping(_)))
    }

    /// Says whether this is a sequence.
    pub fn is_sequence(self) -> bool {
        matches!(self.stored().map(|stored| &stored.content), Some(Content::Sequence(_)))
    }

    /// Returns the elements of a sequence; nothing for any other node.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> {
        let items: &'a [usize] = match self.stored().map(|stored| &stored.content) {
            Some(Content::Sequence(items)) => items,
            _ => &[],
        };
        items.iter().map(move |index| self.at(*index))
    }

    fn pairs(self) -> &'a [Pair] {
        match self.stored().map(|stored| &stored.content) {
            Some(Content::Mapping(pairs)) => pairs,
            _ => &[],
        }
    }

    /// Returns the entries of a mapping in the order written, merged ones (`<<`) last and only where not overridden.
    pub fn entries(self) -> Vec<Entry<'a>> {
        let mut found: Vec<Entry<'a>> = Vec::new();
        for mapping in self.with_merged() {
            for pair in mapping.pairs().iter().filter(|pair| pair.key != "<<") {
                if mapping.index == self.index || !found.iter().any(|entry| entry.key == pair.key) {
                    found.push(Entry { key: &pair.key, line: pair.line, value: self.at(pair.value) });
                }
            }
        }
        found
    }

    /// Returns the value of a key, the written one before a merged one; the first if the key stands twice.
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        self.with_merged()
            .into_iter()
            .find_map(|mapping| mapping.pairs().iter().find(|pair| pair.key == key))
            .map(|pair| self.at(pair.value))
    }

    /// Follows keys downwards: `node.path(&["spec", "containers"])`.
    pub fn path(self, keys: &[&str]) -> Option<Node<'a>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// This mapping and those it merges, nearest first, at most [`MAX_MERGES`].
    fn with_merged(self) -> Vec<Self> {
        let mut found = vec![self];
        let mut next = 0;
        while let Some(mapping) = found.get(next).copied() {
            for pair in mapping.pairs().iter().filter(|pair| pair.key == "<<") {
                let merged = self.at(pair.value);
                let targets = if merged.is_sequence() { merged.items().collect() } else { vec![merged] };
                let room = MAX_MERGES.saturating_sub(found.len());
                found.extend(targets.into_iter().take(room));
            }
            next += 1;
        }
        found
    }
}

/// Builds a document bottom-up within the bounds. Readers push scalars and open and close containers.
#[derive(Debug, Default)]
pub(super) struct Builder {
    nodes: Vec<Stored>,
    open: Vec<Open>,
    root: Option<usize>,
}

#[derive(Debug)]
struct Open {
    index: usize,
    key: Option<(String, u32)>,
}

impl Builder {
    /// Says whether the next node pushed will be a key of the innermost mapping.
    pub(super) fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.key.is_none() && self.is_mapping(open.index))
    }

    fn is_mapping(&self, index: usize) -> bool {
        matches!(self.nodes.get(index).map(|stored| &stored.content), Some(Content::Mapping(_)))
    }

    /// Sets the key the next node stands under.
    pub(super) fn key(&mut self, key: String, line: u32) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((key, line));
        }
    }

    /// Adds a finished node and returns its index.
    pub(super) fn push(&mut self, line: u32, content: Content) -> Result<usize, DocumentError> {
        if self.nodes.len() >= MAX_NODES {
            return Err(DocumentError::Bound { line, limit: MAX_NODES, what: "nodes" });
        }
        let index = self.nodes.len();
        self.nodes.push(Stored { line, content });
        self.attach(index);
        Ok(index)
    }

    /// Adds a container and makes it the innermost one.
    pub(super) fn open(&mut self, line: u32, content: Content) -> Result<usize, DocumentError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(DocumentError::Bound { line, limit: MAX_DEPTH, what: "levels" });
        }
        let index = self.push(line, content)?;
        self.open.push(Open { index, key: None });
        Ok(index)
    }

    /// Ends the innermost container.
    pub(super) fn close(&mut self) {
        self.open.pop();
    }

    /// Says whether the container `index` is still being built, so that an alias to it would be a circle.
    pub(super) fn is_open(&self, index: usize) -> bool {
        self.open.iter().any(|open| open.index == index)
    }

    /// Puts an existing node (again) where the next one belongs.
    pub(super) fn attach(&mut self, index: usize) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(index);
            return;
        };
        let key = open.key.take();
        match self.nodes.get_mut(open.index).map(|stored| &mut stored.content) {
            Some(Content::Sequence(items)) => items.push(index),
            Some(Content::Mapping(pairs)) => {
                let (key, line) = key.unwrap_or_default();
                pairs.push(Pair { key, line, value: index });
            }
            _ => {}
        }
    }

    /// Returns the document; an empty text is a document of one null.
    pub(super) fn finish(mut self) -> Document {
        let root = self.root.unwrap_or_else(|| {
            self.nodes.push(Stored { line: 1, content: Content::Null });
            self.nodes.len() - 1
        });
        Document { nodes: self.nodes, root }
    }
}
