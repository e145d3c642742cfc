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

impl Machine<'_> {
    /// Keeps a step, if the walk is traced.
    pub(super) fn record(&mut self, at: u64, step: &str, values: &[Value]) {
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

    fn shown(&self, value: Value, depth: u8) -> String {
        match value {
            Value::Opaque | Value::LostText | Value::LostBytes | Value::LostTuple => "…".to_owned(),
            Value::Dict => "{}".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Name(number) => quoted(&String::from_utf8_lossy(self.texts.get(number))),
            Value::Node(_) if depth >= MAX_DEPTH => "…".to_owned(),
            Value::Node(_) => {
                self.arena.node(value).map_or_else(|| "…".to_owned(), |node| self.shown_node(value, node, depth + 1))
            }
        }
    }

    fn shown_node(&self, value: Value, node: Node, depth: u8) -> String {
        match node {
            Node::Text(_) => self.text_of(value).map_or_else(|| "…".to_owned(), |text| quoted(&text)),
            Node::Bytes(_) => {
                let bytes = self.bytes_of(value).unwrap_or_default();
                let (short, rest) = bytes.split_at(bytes.len().min(MAX_CHARS));
                format!("b\"{}\"{}", short.escape_ascii(), if rest.is_empty() { "" } else { "…" })
            }
            Node::Wide(_) => self.arena.number(value).map_or_else(|| "…".to_owned(), |number| number.to_string()),
            Node::Tuple { .. } => format!("({})", self.listed(self.arena.elements(value), depth)),
            Node::Dict(_) => {
                let pairs = self.arena.pairs(value).iter().take(MAX_ELEMENTS);
                let shown =
                    pairs.map(|(key, value)| format!("{}: {}", self.shown(*key, depth), self.shown(*value, depth)));
                format!("{{{}}}", shown.collect::<Vec<_>>().join(", "))
            }
            Node::Global(index) => self.import(index).map_or_else(|| "?".to_owned(), |import| import.name.clone()),
            Node::Call { callee, arguments } => {
                format!("{}{}", self.shown(callee, depth), self.shown(arguments, depth))
            }
            Node::Instance { class } => format!("<{}>", self.shown(class, depth)),
            Node::Persistent(id) => format!("persistent {}", self.shown(id, depth)),
        }
    }

    fn listed(&self, elements: &[Value], depth: u8) -> String {
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
