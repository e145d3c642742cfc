//! The trace of a walk: each step that resolves, calls or builds, as a person reads it, with its offset.
//!
//! Made only when asked for. Values are written as Python would write them, cut short, because they are the file's own.

use std::fmt::Write as _;

use super::machine::Machine;
use super::value::{Node, Value};

/// Lines kept of one pickle.
const MAX_LINES: usize = 20_000;
/// How deep values are written out.
const MAX_DEPTH: u8 = 3;
/// Elements of one value written out.
const MAX_ELEMENTS: usize = 6;
/// Characters of one constant written out.
const MAX_CHARS: usize = 100;

/// Whether a walk is traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tracing {
    /// Only the facts are kept.
    #[default]
    Off,
    /// Each step is kept as a line.
    On,
}

impl<'a> Machine<'a> {
    /// Keeps a step, if the walk is traced.
    pub(super) fn record(&mut self, at: usize, step: &str, values: &[Value<'a>]) {
        if self.tracing == Tracing::Off || self.walk.trace.len() > MAX_LINES {
            return;
        }
        if self.walk.trace.len() == MAX_LINES {
            self.walk.trace.push("… further steps are left out".to_owned());
            return;
        }
        let shown: Vec<String> = values.iter().map(|value| self.shown(*value, 0)).collect();
        let line = format!("{at:>10}  {step:<10} {}", shown.join(" "));
        self.walk.trace.push(line.trim_end().to_owned());
    }

    fn shown(&self, value: Value<'a>, depth: u8) -> String {
        match value {
            Value::Opaque => "…".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Text(bytes) => quoted(&String::from_utf8_lossy(bytes)),
            Value::Bytes(bytes) => {
                let (short, rest) = bytes.split_at(bytes.len().min(MAX_CHARS));
                format!("b\"{}\"{}", short.escape_ascii(), if rest.is_empty() { "" } else { "…" })
            }
            Value::Node(_) if depth >= MAX_DEPTH => "…".to_owned(),
            Value::Node(_) => {
                self.arena.node(value).map_or_else(|| "…".to_owned(), |node| self.shown_node(node, depth + 1))
            }
        }
    }

    fn shown_node(&self, node: &Node<'a>, depth: u8) -> String {
        match node {
            Node::Owned(text) => quoted(text),
            Node::Tuple(elements) => format!("({})", self.listed(elements, depth)),
            Node::Dict(pairs) => {
                let pairs = pairs.iter().take(MAX_ELEMENTS);
                let shown =
                    pairs.map(|(key, value)| format!("{}: {}", self.shown(*key, depth), self.shown(*value, depth)));
                format!("{{{}}}", shown.collect::<Vec<_>>().join(", "))
            }
            Node::Global(index) => self.import(*index).map_or_else(|| "?".to_owned(), |import| import.name.clone()),
            Node::Call { callee, arguments } => {
                format!("{}{}", self.shown(*callee, depth), self.shown(*arguments, depth))
            }
            Node::Instance { class } => format!("<{}>", self.shown(*class, depth)),
            Node::Persistent(id) => format!("persistent {}", self.shown(*id, depth)),
        }
    }

    fn listed(&self, elements: &[Value<'a>], depth: u8) -> String {
        let mut text = String::new();
        for (index, element) in elements.iter().enumerate() {
            if index >= MAX_ELEMENTS {
                let _ = write!(text, ", … {} more", elements.len() - index);
                break;
            }
            let _ = write!(text, "{}{}", if index > 0 { ", " } else { "" }, self.shown(*element, depth));
        }
        text
    }
}

fn quoted(text: &str) -> String {
    let short: String = text.chars().take(MAX_CHARS).collect();
    format!("{short:?}{}", if short.len() < text.len() { "…" } else { "" })
}
